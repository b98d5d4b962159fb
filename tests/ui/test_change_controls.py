"""The menus of what may change while a network learns."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import adder
from tests.ui.fake_runs import FakeRuns, drawn

_PAGE = """
from adder.ui import address, change_controls, watched_run

address.load_experiment()
change_controls.show(watched_run.poll()[0])
address.write(address.of_experiment())
"""


def opened(**address: str) -> AppTest:
    app = AppTest.from_string(_PAGE, default_timeout=60)
    for key, value in address.items():
        app.query_params[key.replace("__", ".")] = value
    return drawn(app.run())


def shown(page: AppTest) -> dict[str, Any]:
    return {box.key.removeprefix("change "): box.value for box in page.selectbox}


def choose(page: AppTest, name: str, value: str) -> AppTest:
    return drawn(page.selectbox(key=f"change {name}").set_value(value).run())


def test_before_a_run_the_menus_choose_what_it_begins_with(runs: FakeRuns) -> None:
    page = opened(preset="two-digits", run="gone")
    assert shown(page) == {"learning_rate": "0.008", "batch_size": "40", "draw": "ends"}
    page = choose(choose(page, "learning_rate", "0.003"), "draw", "lengths")
    assert page.query_params["training.learning_rate"] == "0.003"
    assert page.query_params["training.draw"] == "lengths"
    assert runs.calls == []


def test_while_a_run_goes_on_they_change_its_next_epoch_and_the_address_follows(runs: FakeRuns) -> None:
    experiment = adder.preset("seq2seq")
    runs.experiments["run1"] = experiment
    runs.show("running", 3)
    page = choose(opened(preset="seq2seq", run="run1"), "learning_rate", "0.01")
    assert runs.calls == ["change {'learning_rate': 0.01}"]
    assert shown(page)["learning_rate"] == "0.01", "until then, too"
    assert "training.changes" not in page.query_params
    runs.wanted = {}
    runs.experiments["run1"] = experiment.changed(5, {"learning_rate": 0.01})
    runs.show("running", 4)
    page = drawn(page.run())
    assert shown(page)["learning_rate"] == "0.01"
    assert page.query_params["training.changes"] == "5:learning_rate=0.01"
    assert page.query_params["run"] == "run1"


def test_a_run_of_others_leads_to_a_copy(runs: FakeRuns) -> None:
    runs.experiments["run1"] = adder.preset("seq2seq")
    runs.show("running", 3)
    runs.copy = "mine"
    page = choose(opened(preset="seq2seq", run="run1"), "batch_size", "50")
    assert page.query_params["run"] == "mine"
    assert "it goes on. This is your own copy" in page.toast[0].value


@pytest.mark.parametrize("status", ["done", "loading"])
def test_a_run_that_is_over_is_left_as_it_is(runs: FakeRuns, status: str) -> None:
    runs.experiments["run1"] = adder.preset("seq2seq")
    runs.show(status, 30)
    page = opened(preset="seq2seq", run="run1")
    if status == "loading":
        assert not page.selectbox
        return
    page = choose(page, "batch_size", "50")
    assert runs.calls == []
    assert "run" not in page.query_params
    assert page.query_params["training.batch_size"] == "50"


def test_only_what_can_change_is_offered(runs: FakeRuns) -> None:
    page = opened(task__name="rule", task__pairs="a,b\nb,a", hide="training.batch_size")
    assert shown(page) == {"learning_rate": "0.001"}
    offered = opened(task__operators="-").selectbox(key="change draw").options
    assert "with long carries" not in offered
    assert "often near the ends" in offered
