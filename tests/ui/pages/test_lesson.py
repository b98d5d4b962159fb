"""The lesson as a person sees it, with recorded runs for an engine: the networks that ship, and their epochs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.base.errors import RunError
from adder.experiment import Experiment
from adder.query import nearest_preset
from adder.runs.run import RunView
from adder.solvers.results import Epoch, Example
from adder.solvers.solver import Solver
from adder.training import trainer
from adder.training.trainer import EpochEvent
from adder.ui import run_service
from adder.ui.lesson.steps import STEPS, beginners_mistake

APP = str(Path(__file__).parents[3] / "app.py")


class RecordedJobs:
    """A job service whose runs are those of the shipped networks; `seen` says how many of their epochs are over."""

    watching = 1

    def __init__(self) -> None:
        self.runs: dict[str, Experiment] = {}
        self.status = "running"
        self.seen = 0
        self.left: list[str] = []

    def submit(self, experiment: Experiment, *, asker: str = "") -> str:
        assert asker
        run = f"run{len(self.runs) + 1}"
        self.runs[run] = experiment
        return run

    def view(self, job_id: str, watcher: str = "") -> RunView:
        if job_id not in self.runs:
            raise RunError("this run is not on the server any more")
        experiment = self.runs[job_id]
        events = self._solver(experiment).history[: self.seen]
        if events:
            events = (*events[:-1], self._with_examples(experiment, events[-1]))
        return RunView(job_id, experiment, self.status, events=events, moving=bool(events))

    def solver(self, job_id: str) -> Solver | None:
        return self._solver(self.runs[job_id]) if self.seen else None

    def leave(self, job_id: str, watcher: str) -> bool:
        self.left.append(job_id)
        return True

    def _solver(self, experiment: Experiment) -> Solver:
        shipped = adder.shipped_solver(nearest_preset(experiment))
        return dataclasses.replace(shipped, experiment=experiment)

    def _with_examples(self, experiment: Experiment, event: Epoch) -> EpochEvent:
        questions = trainer.check_questions(experiment)[:20]
        said = self._solver(experiment).predict(questions)
        asked = zip(experiment.task.texts(questions), said.expected, said.texts, strict=True)
        return EpochEvent(**dataclasses.asdict(event), examples=tuple(Example(*each) for each in asked))


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> RecordedJobs:
    recorded = RecordedJobs()
    monkeypatch.setattr(run_service, "get", lambda: recorded)
    return recorded


def lesson() -> None:
    """The lesson alone, as the page's frame would show it."""
    from adder.ui.pages import lesson as page

    page.show()


def opened(**address: str) -> AppTest:
    """The lesson at an address."""
    page = AppTest.from_function(lesson, default_timeout=60)
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def texts(page: AppTest) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "warning", "info", "error", "progress", "code")
    elements = [element for kind in kinds for element in page.get(kind)]
    shown = "\n".join(str(getattr(each, "value", "")) + getattr(each.proto, "text", "") for each in elements)
    return re.sub(r"\\(.)", r"\1", shown)


def click(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
def test_every_step_opens(jobs: RecordedJobs, number: int) -> None:
    page = opened(step=str(number), lang="en")
    assert not page.exception
    assert STEPS[number - 1].TITLE in texts(page)
    assert page.query_params["step"] == str(number)
    assert not jobs.runs


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
def test_every_step_is_presented_without_a_title(jobs: RecordedJobs, number: int) -> None:
    page = opened(step=str(number), present="1")
    assert not page.exception
    assert not page.title
    assert page.query_params["present"] == "1"
    page = page.toggle(key="lesson present").set_value(False).run()
    assert page.title
    assert "present" not in page.query_params


def test_next_and_previous_lead_through_all_steps(jobs: RecordedJobs) -> None:
    page = opened()
    for number in range(1, len(STEPS)):
        assert page.header[0].value.startswith(f"{number}. ")
        page = click(page, "lesson next")
        assert not page.exception
    assert page.query_params["step"] == str(len(STEPS))
    page = click(page, "lesson previous")
    assert page.query_params["step"] == str(len(STEPS) - 1)


@pytest.mark.parametrize("address", [{"step": "99"}, {"step": "x"}, {"step": ""}, {"step": "1", "seed": "-3"}])
def test_a_nonsense_address_begins_at_the_beginning(jobs: RecordedJobs, address: dict[str, str]) -> None:
    page = opened(**address)
    assert not page.exception
    assert page.query_params["step"] == "1"


def test_what_a_link_hides_is_not_there(jobs: RecordedJobs) -> None:
    page = opened(step="5", hide="train,present,playground")
    assert not page.exception
    assert not page.toggle
    assert {button.key for button in page.button} <= {"lesson next", "lesson previous", "speak zh", "speak en"}


def test_sums_are_drawn_from_the_seed_of_the_address(jobs: RecordedJobs) -> None:
    page = opened(step="1", seed="5", largest="100")
    first = page.table[0].value.to_dict()
    assert opened(step="1", seed="5", largest="100").table[0].value.to_dict() == first
    page = next(button for button in page.button if button.label == "Draw others").click().run()
    assert page.table[0].value.to_dict() != first
    assert page.query_params["seed"] == "6"


def test_swapping_the_numbers_changes_next_to_nothing(jobs: RecordedJobs) -> None:
    page = opened(step="2")
    before = metrics(page)
    page = page.toggle(key="lesson swap").set_value(True).run()
    after = metrics(page)
    assert before.keys() == after.keys()
    for label, value in before.items():
        assert float(after[label]) == pytest.approx(float(value), abs=0.05)
    assert page.query_params["swap"] == "1"


def test_both_networks_are_trained_at_once_with_the_numbers_in_the_chosen_order(jobs: RecordedJobs) -> None:
    page = click(opened(step="2"), "train")
    assert list(jobs.runs.values()) == [adder.preset("mapping-mlp"), adder.preset("mapping-lstm")]
    assert page.query_params["run"] == "run1,run2"
    jobs.seen, jobs.status = 40, "done"
    page = page.toggle(key="lesson swap").set_value(True).run()
    page = click(page, "train")
    assert not page.exception
    orders = [run.encoding.question_order for run in jobs.runs.values()]  # type: ignore[union-attr]
    assert orders == ["written", "written", "reversed", "reversed"]


def test_a_run_is_found_again_by_its_address(jobs: RecordedJobs) -> None:
    click(opened(step="5"), "train")
    jobs.seen, jobs.status = 12, "done"
    page = opened(step="5", run="run1")
    assert not page.exception
    assert "of 20** fresh questions" in texts(page)
    assert page.query_params["run"] == "run1"
    assert "run" not in opened(step="5", run="gone").query_params


def test_a_run_can_be_stopped(jobs: RecordedJobs) -> None:
    page = click(opened(step="5"), "train")
    page = click(page, "stop")
    assert jobs.left == ["run1"]


@pytest.mark.parametrize("status", ["queued", "running", "stopped", "failed", "done"])
@pytest.mark.parametrize("number", ["2", "5", "6"])
def test_steps_that_train_show_every_state_of_a_run(jobs: RecordedJobs, number: str, status: str) -> None:
    page = click(opened(step=number), "train")
    for seen in (0, 3):
        jobs.seen, jobs.status = seen, status
        page.run()
        assert not page.exception


def test_shuffled_characters_are_other_questions_or_none(jobs: RecordedJobs) -> None:
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


def test_a_sum_of_ones_own_goes_through_the_pipeline(jobs: RecordedJobs) -> None:
    page = opened(step="3", sum="7+8", padding="terms", read="reversed", write="reversed")
    assert not page.exception
    assert "The network reads [8, 11, 11, 10, 7, 11, 11] and has to write [5, 1, 11, 11]." in texts(page)
    page = page.text_input(key="lesson sum").set_value("7+").run()
    assert '"7+" ends with an operator; write a number after it.' in texts(page)
    assert page.query_params["sum"] == "7+"


def test_without_its_bridge_the_network_is_refused_by_keras(jobs: RecordedJobs) -> None:
    page = opened(step="4")
    assert "expected ndim=3, found ndim=2" not in texts(page)
    page = page.toggle(key="lesson nobridge").set_value(True).run()
    assert "expected ndim=3, found ndim=2. Full shape received: (None, 100)" in texts(page)
    page = page.selectbox[0].set_value("columns").run()
    assert page.toggle(key="lesson nobridge").disabled
    assert not page.exception


def test_held_out_pairs_are_counted_apart(jobs: RecordedJobs) -> None:
    page = click(opened(step="6"), "train")
    assert [run.task.held_out for run in jobs.runs.values()] == [0.2]
    jobs.seen, jobs.status = 30, "done"
    assert "of the framed ones, which it never saw" in texts(page.run())


@pytest.mark.parametrize(
    ("kind", "question", "answer"),
    [("terms", "1+2+3+4", "= 10"), ("plus-minus", "5-12", "= -7"), ("calculator", "2*(3+4)", "= 14")],
)
def test_harder_questions_are_answered(jobs: RecordedJobs, kind: str, question: str, answer: str) -> None:
    page = opened(step=str(len(STEPS)), ask=kind, **{f"q.{kind}": question})
    assert not page.exception
    assert answer in texts(page).replace("−", "-")


def test_a_hundred_digits_are_added_and_others_drawn(jobs: RecordedJobs) -> None:
    page = opened(step=str(len(STEPS)), ask="columns")
    first = page.text_area[0].value
    assert [len(number) for number in first.split("+")] == [100, 100]
    longest = len(str(sum(map(int, first.split("+")))))
    assert f"✓ right] in all {longest} digits" in texts(page)
    page = next(button for button in page.button if button.label == "Another sum of 100 digits").click().run()
    assert page.text_area[0].value != first
    assert not page.exception


def test_the_way_to_the_playground_takes_the_experiment_and_its_run_along(
    jobs: RecordedJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = click(opened(step="6", present="1"), "train")
    monkeypatch.setattr("streamlit.switch_page", lambda page: None)
    page = click(page, "playground")
    assert page.session_state["run"] == "run1"
    assert "task.held_out=0.2" in page.session_state["experiment_query"]
    assert not page.session_state["present"]
