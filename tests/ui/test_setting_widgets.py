from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder import Experiment, cli
from adder.base.settings import settings_of
from adder.encodings import ENCODINGS, PADDINGS
from adder.experiment import settings_guide
from adder.experiment.training import OPTIMIZERS, SCHEDULES, Optimizer, Schedule, Training
from adder.networks import NETWORKS, Seq2Seq
from adder.networks.layers import CELLS
from adder.tasks import TASKS
from adder.tasks.curricula import CURRICULA, Curriculum
from adder.tasks.draws import DRAWS

PRIMES = dataclasses.replace(DRAWS["numbers"], label="often primes")
KINDS: list[Any] = [*TASKS.values(), *ENCODINGS.values(), *NETWORKS.values(), Training]


def drawn(**settings: Any) -> AppTest:
    """The settings of an experiment as the page shows them."""

    def page(settings: dict[str, object]) -> None:
        from adder import Experiment
        from adder.ui import setting_widgets

        setting_widgets.show(Experiment().replaced(settings))

    shown = AppTest.from_function(page, kwargs={"settings": settings}).run(timeout=20)
    assert not shown.exception
    return shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_declared_and_takes_what_its_menu_offers(kind: Any) -> None:
    assert list(settings_of(kind)) == [field.name for field in dataclasses.fields(kind)]
    for name, declared in settings_of(kind).items():
        for value in declared.menu:
            assert declared.check(name, value) == value


# Of presets with the same settings, one.
@pytest.mark.parametrize("name", {tuple(adder.preset(name).settings): name for name in adder.PRESETS}.values())
def test_every_setting_of_a_preset_has_its_widget(name: str) -> None:
    experiment = adder.preset(name)
    page = drawn(**experiment.flat())
    widgets = [*page.number_input, *page.selectbox, *page.toggle, *page.text_input]
    shown = {each.key: each.label for each in widgets}
    assert shown == {key: each.label for key, each in experiment.settings.items()}


def test_a_draft_shows_what_was_typed_until_all_of_it_can_work() -> None:
    page = drawn(**{"task.largest": 10**30, "encoding.padding": "right", "task.fewest_terms": "2", "task.terms": 3})
    page.text_input(key="task.largest").set_value("many").run()
    page.number_input(key="task.fewest_terms").set_value(None).run()
    assert not page.exception
    assert "must be a whole number" in page.error[0].value
    assert page.text_input(key="task.largest").value == "many"
    assert page.number_input(key="task.fewest_terms").value is None


@dataclasses.dataclass(frozen=True, slots=True)
class Wider(Seq2Seq):
    """A network that only this test knows."""

    name = "wider"
    label = "A wider one"


def test_an_entry_in_a_registry_is_complete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    added: dict[str, tuple[Any, str, Any, str]] = {  # Each setting has its registry, and an entry with its label.
        "task.draw": (DRAWS, "primes", PRIMES, "often primes"),
        "encoding.padding": (PADDINGS, "middle", "in the middle", "in the middle"),
        "network.name": (NETWORKS, "wider", Wider, "A wider one"),
        "network.cell": (CELLS, "mgu", dataclasses.replace(CELLS["gru"], label="Minimal gate"), "Minimal gate"),
        "training.optimizer": (OPTIMIZERS, "lion", Optimizer("Lion!", ("momentum",)), "Lion!"),
        "training.draw": (DRAWS, "primes", PRIMES, "often primes"),
        "training.schedule": (SCHEDULES, "steps", Schedule("in steps", min, ""), "in steps"),
        "training.curriculum": (CURRICULA, "backwards", Curriculum("hardest first", min, ""), "hardest first"),
    }
    for registry, name, entry, _ in added.values():
        monkeypatch.setitem(registry, name, entry)
    page, guide = drawn(), settings_guide()
    for setting, (_, name, _, label) in added.items():
        assert label in next(each for each in page.selectbox if each.key == setting).options
        assert setting == "network.name" or f"`{name}` ({label})" in guide
        with pytest.raises(adder.ExperimentError, match=f"^{setting} must be one of .*{name}"):
            Experiment().replaced({setting: "nonsense"})
    assert "## A wider one: `network.name=wider`" in guide
    experiment = Experiment().replaced({setting: name for setting, (_, name, _, _) in added.items()})
    assert adder.from_query(adder.to_query(experiment)) == experiment
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "--help"])
    assert "primes" in capsys.readouterr().out
