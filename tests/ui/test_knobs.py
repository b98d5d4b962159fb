from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder import Experiment
from adder.base.settings import settings_of
from adder.encodings import ENCODINGS, PADDINGS
from adder.experiment import CURRICULA, OPTIMIZERS, SCHEDULES, Optimizer, Training
from adder.networks import NETWORKS, Seq2Seq
from adder.networks.recurrent import CELLS
from adder.tasks import TASKS
from adder.tasks.arithmetic import DRAWS

KINDS: list[Any] = [*TASKS.values(), *ENCODINGS.values(), *NETWORKS.values(), Training]


def drawn(**settings: Any) -> AppTest:
    """The settings of an experiment as the page shows them."""

    def page(settings: dict[str, object]) -> None:
        from adder import Experiment
        from adder.ui import knobs

        knobs.show(Experiment().replaced(settings))

    shown = AppTest.from_function(page, kwargs={"settings": settings}).run(timeout=20)
    assert not shown.exception
    return shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_declared_and_takes_what_its_menu_offers(kind: Any) -> None:
    assert list(settings_of(kind)) == [field.name for field in dataclasses.fields(kind)]
    for name, declared in settings_of(kind).items():
        for value in declared.menu:
            assert declared.check(name, value) == value


@pytest.mark.parametrize("name", adder.PRESETS)
def test_every_setting_of_a_preset_has_its_widget(name: str) -> None:
    experiment = adder.preset(name)
    page = drawn(**experiment.flat())
    widgets = [*page.number_input, *page.selectbox, *page.toggle, *page.text_input]
    shown = {each.key: each.label for each in widgets}
    declared = {key: each.label for key, each in experiment.settings.items() if key != "task.name"}
    assert shown == declared


def test_an_entry_added_to_a_registry_is_on_the_page_in_links_and_in_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Wider(Seq2Seq):
        name = "wider"
        label = "A wider one"

    monkeypatch.setitem(OPTIMIZERS, "lion", Optimizer("Lion", ("momentum",)))
    monkeypatch.setitem(DRAWS, "primes", "often primes")
    monkeypatch.setitem(SCHEDULES, "steps", "in steps")
    monkeypatch.setitem(CURRICULA, "backwards", "hardest first")
    monkeypatch.setitem(PADDINGS, "middle", "in the middle")
    monkeypatch.setitem(CELLS, "mgu", dataclasses.replace(CELLS["gru"], name="mgu", label="Minimal gate"))
    monkeypatch.setitem(NETWORKS, "wider", Wider)  # type: ignore[arg-type]
    added = {
        "training.optimizer": ("lion", "Lion"),
        "training.draw": ("primes", "often primes"),
        "task.draw": ("primes", "often primes"),
        "training.schedule": ("steps", "in steps"),
        "training.curriculum": ("backwards", "hardest first"),
        "encoding.padding": ("middle", "in the middle"),
        "network.cell": ("mgu", "Minimal gate"),
        "network.name": ("wider", "A wider one"),
    }
    page = drawn()
    for setting, (value, label) in added.items():
        menu = next(each for each in page.selectbox if each.key == setting)
        assert label in menu.options
        with pytest.raises(adder.ExperimentError, match=f"^{setting} must be one of .*{value}"):
            Experiment().replaced({setting: "nonsense"})
    settings = {"training.optimizer": "lion", "task.draw": "primes", "network.cell": "mgu", "task.largest": "99"}
    assert (
        adder.from_query(adder.to_query(Experiment().replaced(settings))).flat().items()
        >= {
            **settings,
            "task.largest": 99,
        }.items()
    )
