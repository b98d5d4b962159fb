"""The lesson as a person sees it; its runs are recordings of the networks that ship."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.ui.lesson.steps import STEPS, beginners_mistake
from tests.ui.fake_runs import FakeRuns, click, drawn, texts
from tests.ui.fake_runs import opened as opened_page


def opened(**address: str) -> AppTest:
    return opened_page("lesson", **address)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_next_and_previous_lead_through_all_steps(runs: FakeRuns) -> None:
    page = opened(lang="en")
    for number, step in enumerate(STEPS, start=1):
        assert page.header[0].value == f"{number}. {step.TITLE}"
        assert page.query_params["step"] == str(number)
        page = click(page, "lesson next") if number < len(STEPS) else page
    page = click(page, "lesson previous")
    assert page.query_params["step"] == str(len(STEPS) - 1)
    assert not runs.calls


def test_the_row_of_steps_leads_to_any_of_them(runs: FakeRuns) -> None:
    page = opened()
    steps = page.button_group(key="lesson step")
    assert steps.value == 1
    page = drawn(steps.set_value(5).run())
    assert page.header[0].value == f"5. {STEPS[4].TITLE}"
    assert page.query_params["step"] == "5"


def test_a_projector_shows_every_step_without_a_title(runs: FakeRuns) -> None:
    page = opened(present="1")
    for _ in STEPS[1:]:
        page = click(page, "lesson next")
        assert not page.title
        assert page.query_params["present"] == "1"
    page = drawn(page.toggle(key="lesson present").set_value(False).run())
    assert page.title
    assert "present" not in page.query_params


@pytest.mark.parametrize("address", [{"step": "99"}, {"step": "", "seed": "-3"}])
def test_a_nonsense_address_begins_at_the_beginning(runs: FakeRuns, address: dict[str, str]) -> None:
    page = opened(**address)
    assert page.query_params["step"] == "1"


def test_what_a_link_hides_is_not_there(runs: FakeRuns) -> None:
    page = opened(step="5", hide="train,present,playground")
    assert not page.toggle
    assert {button.key for button in page.button} <= {"lesson next", "lesson previous", "speak zh", "speak en"}


def test_sums_are_drawn_from_the_seed_of_the_address(runs: FakeRuns) -> None:
    page = opened(step="1", seed="5", largest="100")
    first = page.table[0].value.to_dict()
    assert opened(step="1", seed="5", largest="100").table[0].value.to_dict() == first
    page = click(page, "Draw others")
    assert page.table[0].value.to_dict() != first
    assert page.query_params["seed"] == "6"


def test_swapping_the_numbers_changes_next_to_nothing(runs: FakeRuns) -> None:
    page = opened(step="2")
    before = metrics(page)
    page = page.toggle(key="lesson swap").set_value(True).run()
    after = metrics(page)
    assert before.keys() == after.keys()
    for label, value in before.items():
        assert float(after[label]) == pytest.approx(float(value), abs=0.05)
    assert page.query_params["swap"] == "1"


def test_both_networks_are_trained_at_once_with_the_numbers_in_the_chosen_order(runs: FakeRuns) -> None:
    page = click(opened(step="2"), "train")
    assert list(runs.experiments.values()) == [adder.preset("mapping-mlp"), adder.preset("mapping-lstm")]
    assert page.query_params["run"] == "run1,run2"
    runs.show("done", 40)
    page = page.toggle(key="lesson swap").set_value(True).run()
    page = click(page, "train")
    orders = [run.encoding.question_order for run in runs.experiments.values()]  # type: ignore[union-attr]
    assert orders == ["written", "written", "reversed", "reversed"]


def test_a_run_is_found_again_by_its_address(runs: FakeRuns) -> None:
    click(opened(step="5"), "train")
    runs.show("done", 12)
    page = opened(step="5", run="run1")
    assert "of 20** fresh questions" in texts(page)
    assert page.query_params["run"] == "run1"
    assert "run" not in opened(step="5", run="gone").query_params


def test_a_run_can_be_stopped(runs: FakeRuns) -> None:
    page = click(opened(step="5"), "train")
    page = click(page, "stop")
    assert runs.calls == ["submit", "leave run1"]


@pytest.mark.parametrize("number", ["2", "5", "6"])
def test_steps_that_train_show_every_state_of_a_run(runs: FakeRuns, number: str) -> None:
    page = click(opened(step=number), "train")
    for status, seen in (("queued", 0), ("failed", 0), ("running", 3), ("stopped", 3), ("done", 3)):
        runs.show(status, seen)
        drawn(page.run())


def test_shuffled_characters_are_other_questions_or_none(runs: FakeRuns) -> None:
    page = opened(step="2", shuffle="1")
    rows = page.table[1].value.to_dict("records")
    assert rows[0]["It writes"] == "`62`"
    assert {"".join(sorted(row["Characters"].strip("`"))) for row in rows} == {"+0125"}
    assert any(row["It writes"] == "–" for row in rows)
    assert all(row["It writes"] != "`62`" for row in rows[1:])


def test_a_text_is_shuffled_into_different_ones() -> None:
    found = beginners_mistake.shuffled("12+50", 6, np.random.default_rng(3))
    assert len(set(found)) == 6
    assert "12+50" not in found
    assert beginners_mistake.shuffled("11", 6, np.random.default_rng(3)) == []


def test_a_sum_of_ones_own_goes_through_the_pipeline(runs: FakeRuns) -> None:
    page = opened(step="3", sum="7+8", padding="terms", read="reversed", write="reversed")
    assert "The network reads [8, 11, 11, 10, 7, 11, 11] and has to write [5, 1, 11, 11]." in texts(page)
    page = page.text_input(key="lesson sum").set_value("7+").run()
    assert '"7+" ends with an operator; write a number after it.' in texts(page)
    assert page.query_params["sum"] == "7+"


def test_without_its_bridge_the_network_is_refused_by_keras(runs: FakeRuns) -> None:
    page = opened(step="4")
    assert "expected ndim=3, found ndim=2" not in texts(page)
    page = page.toggle(key="lesson nobridge").set_value(True).run()
    assert "expected ndim=3, found ndim=2. Full shape received: (None, 100)" in texts(page)
    page = page.selectbox[0].set_value("columns").run()
    assert page.toggle(key="lesson nobridge").disabled


def test_held_out_pairs_are_counted_apart(runs: FakeRuns) -> None:
    page = click(opened(step="6"), "train")
    assert [run.task.held_out for run in runs.experiments.values()] == [0.2]
    runs.show("done", 30)
    assert "of the framed ones, which it never saw" in texts(page.run())


@pytest.mark.parametrize(
    ("kind", "question", "answer"),
    [("plus-minus", "5-12", "= -7"), ("calculator", "2*(3+4)", "= 14")],
)
def test_harder_questions_are_answered(runs: FakeRuns, kind: str, question: str, answer: str) -> None:
    page = opened(step=str(len(STEPS)), ask=kind, **{f"q.{kind}": question})
    assert answer in texts(page).replace("−", "-")


def test_a_hundred_digits_are_added_and_others_drawn(runs: FakeRuns) -> None:
    page = opened(step=str(len(STEPS)), ask="columns")
    first = page.text_area[0].value
    assert [len(number) for number in first.split("+")] == [100, 100]
    longest = len(str(sum(map(int, first.split("+")))))
    assert f"✓ right] in all {longest} digits" in texts(page)
    page = click(page, "Another sum of 100 digits")
    assert page.text_area[0].value != first


def test_the_way_to_the_playground_takes_the_experiment_and_its_run_along(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = click(opened(step="6", present="1"), "train")
    monkeypatch.setattr("streamlit.switch_page", lambda page: None)
    page = click(page, "playground")
    assert page.session_state["run"] == "run1"
    assert "task.held_out=0.2" in page.session_state["experiment_query"]
    assert not page.session_state["present"]
