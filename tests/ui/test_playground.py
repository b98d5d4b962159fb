"""The playground as a person sees it, with runs that a tiny trainer made beforehand in place of the engine."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.errors import JobError
from adder.experiment import Experiment
from adder.jobs import JobView
from adder.results import EpochEvent
from adder.solver import Solver
from adder.training import Trainer
from adder.ui import state

APP = str(Path(__file__).parents[2] / "app.py")
SMALL = {"network.encoder_units": 8, "network.decoder_units": 8, "training.epochs": 3, "training.samples": 50}


class RecordedJobs:
    """A job service whose runs are recordings: submit starts one, `show` decides how much of it is seen."""

    def __init__(self) -> None:
        self.submitted: list[Experiment] = []
        self.calls: list[str] = []
        self.status = "running"
        self.seen = 0
        self.message = ""
        self.alone = True
        self.events: tuple[EpochEvent, ...] = ()
        self.trained: Solver | None = None

    def record(self, experiment: Experiment) -> None:
        trainer = Trainer(experiment)
        self.events = tuple(dataclasses.replace(event, solver=None) for event in trainer.run())
        self.trained = trainer.solver()

    def show(self, status: str, seen: int, message: str = "") -> None:
        self.status, self.seen, self.message = status, seen, message

    def submit(self, experiment: Experiment, *, again: bool = False) -> str:
        self.submitted.append(experiment)
        return "a-run"

    def view(self, job_id: str, watcher: str = "") -> JobView:
        if job_id != "a-run" or not self.submitted:
            raise JobError("this run is not on the server any more; press Train to run its experiment again")
        place = 2 if self.status == "queued" else 0
        events = self.events[: self.seen]
        return JobView(job_id, self.submitted[-1], self.status, place, events, self.message, moving=bool(events))

    def solver(self, job_id: str) -> Solver | None:
        return self.trained if self.seen else None

    def stop(self, job_id: str) -> None:
        self.calls.append("stop")

    def leave(self, job_id: str, watcher: str) -> bool:
        self.calls.append("leave")
        return self.alone

    def resume(self, job_id: str) -> None:
        self.calls.append("resume")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> RecordedJobs:
    recorded = RecordedJobs()
    monkeypatch.setattr(state, "jobs", lambda: recorded)
    return recorded


@pytest.fixture(scope="module")
def recording() -> RecordedJobs:
    recorded = RecordedJobs()
    recorded.record(adder.preset("seq2seq").replaced(SMALL))
    return recorded


def opened(**address: str) -> AppTest:
    page = AppTest.from_file(APP, default_timeout=30)
    for key, value in address.items():
        page.query_params[key.replace("__", ".")] = value
    return page.run()


def texts(page: AppTest) -> str:
    kinds = ("title", "markdown", "caption", "warning", "info", "error", "progress")
    elements = [element for kind in kinds for element in page.get(kind)]
    shown = "\n".join(str(getattr(each, "value", "")) + getattr(each.proto, "text", "") for each in elements)
    return re.sub(r"\\(.)", r"\1", shown)  # as Markdown shows what was escaped


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def ask(page: AppTest, question: str) -> str:
    return texts(page.text_input[0].set_value(question).run())


def test_the_first_screen_is_already_answered_by_a_network_that_ships(jobs: RecordedJobs) -> None:
    page = opened()
    assert not page.exception
    assert "3 + 10 = 13" in texts(page)
    assert "✓ right" in texts(page)
    assert "ships with adder" in texts(page)
    assert labels(page) == ["Train", "New seed"]
    assert not jobs.submitted


def test_a_typed_sum_gets_its_predicted_and_expected_characters(jobs: RecordedJobs) -> None:
    shown = ask(opened(), "7+8")
    assert "7 + 8 = 15" in shown
    assert "Predicted **15**, expected **15**" in shown


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "There is nothing to solve; write a question such as 3+10."),
        ("12+", '"12+" ends with an operator; write a number after it.'),
        ("abc", '"abc" has "a" in it at character 1; in base 10 the digits are 0 to 9.'),
        ("1+2+3", '"1+2+3" has 3 numbers; this network takes exactly 2, as in 3+10.'),
        ("999+1", "999 is outside 1 to 10, the numbers this network was trained on."),
        ("-3+5", "minus sign"),
        ("**1**+2", '"**1**+2" starts with an operator; write a number before it.'),
        ("1" * 10_000, "That is 10,000 characters long; write a question such as 3+10."),
    ],
)
def test_a_question_that_cannot_be_asked_gets_a_sentence(jobs: RecordedJobs, question: str, sentence: str) -> None:
    page = opened()
    assert sentence in ask(page, question)
    assert not page.exception


def test_full_width_characters_are_read_as_their_plain_ones(jobs: RecordedJobs) -> None:
    assert "3 + 10 = 13" in ask(opened(), "３＋１０")


@pytest.mark.parametrize(
    ("preset", "question", "printed"),
    [
        ("calculator", "2*(3-4)", "2 × (3 − 4)"),
        ("squares", "7²", "7²"),
        ("binary", "101+11", "101 + 11"),
        ("plus-minus", "5-12", "5 − 12"),
    ],
)
def test_every_kind_of_question_is_printed_as_people_write_it(
    jobs: RecordedJobs, preset: str, question: str, printed: str
) -> None:
    assert f"### {printed} = " in ask(opened(preset=preset), question)


def test_a_network_of_any_length_is_asked_a_long_question(jobs: RecordedJobs) -> None:
    page = opened(preset="columns")
    shown = ask(page, "9" * 60 + "+1")
    assert not page.exception
    assert "= 1" + "0" * 60 in shown
    assert "✓ right" in shown
    assert "One row for each character" not in shown  # which would be sixty of them


def test_a_question_that_is_not_in_ones_own_list_is_answered_without_a_verdict(jobs: RecordedJobs) -> None:
    jobs.record(adder.Experiment(task=adder.Rule((("ab", "ba"), ("ba", "ab")))).replaced(SMALL))
    page = click(opened(task__name="rule", task__pairs="ab,ba\nba,ab"), "Train")
    jobs.show("running", 2)
    page.run()
    assert not page.exception
    assert jobs.submitted[0].task == adder.Rule((("ab", "ba"), ("ba", "ab")))
    assert "not in the list, so nobody knows" in ask(page, "aa")
    assert "expected **ba**" in ask(page, "ab")
    assert 'has "c" in it at character 2' in ask(page, "ac")


def test_training_submits_the_chosen_experiment_and_puts_its_run_into_the_address(jobs: RecordedJobs) -> None:
    page = click(opened(preset="mapping-mlp", seed="4"), "Train")
    assert jobs.submitted == [adder.preset("mapping-mlp").replaced({"seed": 4})]
    assert page.query_params["run"] == "a-run"
    assert page.query_params["preset"] == "mapping-mlp"
    assert page.query_params["seed"] == "4"
    assert labels(page) == ["Stop", "Reset", "New seed"]


def test_a_running_run_shows_progress_figures_and_twenty_examples(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "Train")
    jobs.show("running", 2)
    page.run()
    assert not page.exception
    assert "Epoch 2 of 30" in texts(page)
    assert "left" in texts(page)
    assert [metric.label for metric in page.metric] == ["Exact match", "Characters right", "Loss"]
    assert all("guessing" in metric.delta for metric in page.metric[:2])
    assert "of 20** fresh questions (nothing is held out, so training may have seen them), after epoch 2" in texts(page)
    assert sum(len(table.value) for table in page.table) == 20
    assert "Answered by your network" in texts(page)


@pytest.mark.parametrize(
    ("status", "message", "sentence", "buttons"),
    [
        ("queued", "", "Number 2 in the queue", ["Stop", "Reset", "New seed"]),
        ("stopped", "", "Stopped after epoch 2 of 30", ["Continue", "Train from the start", "Reset", "New seed"]),
        ("failed", "the loss is not finite", "the loss is not finite", ["Continue", "Train from the start"]),
        ("done", "", "Reached its target after epoch 2 of 30", ["Train again", "Reset", "New seed"]),
    ],
)
def test_each_state_of_a_run_says_what_it_is_and_what_can_be_done(
    jobs: RecordedJobs, recording: RecordedJobs, status: str, message: str, sentence: str, buttons: list[str]
) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "Train")
    jobs.show(status, 2, message)
    page.run()
    assert not page.exception
    assert sentence in texts(page)
    assert labels(page)[: len(buttons)] == buttons


def test_stop_and_continue_reach_the_run(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "Train")
    click(page, "Stop")
    jobs.show("stopped", 1)
    click(page.run(), "Continue")
    assert jobs.calls == ["stop", "resume"]


def test_a_new_session_finds_the_run_of_its_address_again(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    click(opened(), "Train")
    jobs.show("running", 3)
    assert "Epoch 3 of 30" in texts(opened(preset="seq2seq", run="a-run"))


def test_a_run_that_the_server_no_longer_has_is_explained(jobs: RecordedJobs) -> None:
    page = opened(preset="seq2seq", run="gone")
    assert "This run is not on the server any more; press Train to run its experiment again." in texts(page)
    assert "run" not in page.query_params
    assert "Train" in labels(page)


def test_an_address_that_cannot_work_says_which_field_and_shows_the_default(jobs: RecordedJobs) -> None:
    page = opened(preset="seq2seq", task__largest="0")
    assert not page.exception
    assert "task.largest must be a whole number from 1 to" in texts(page)
    assert "Train" in labels(page)


def test_reset_forgets_the_run_but_keeps_the_seed(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(seed="6"), "Train")
    jobs.show("done", 3)
    page = click(page.run(), "Reset")
    assert "run" not in page.query_params
    assert page.query_params["seed"] == "6"
    assert labels(page) == ["Train", "New seed"]


def test_reset_leaves_a_run_that_somebody_else_watches_to_them(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained, jobs.alone = recording.events, recording.trained, False
    page = click(opened(), "Train")
    jobs.show("running", 2)
    page = click(page.run(), "Reset")
    assert jobs.calls == ["leave"]
    assert [toast.value for toast in page.toast] == ["Somebody else watches that run, so it goes on for them."]
    assert "Train" in labels(page)


def test_a_changed_experiment_says_that_another_network_answers(jobs: RecordedJobs) -> None:
    assert "Not your settings yet" in texts(opened(training__epochs="31"))
    assert "Not your settings yet" not in texts(opened())


def test_a_new_seed_is_another_experiment(jobs: RecordedJobs) -> None:
    page = click(opened(), "New seed")
    assert page.query_params["seed"] == "2"
    assert "seed 2" in texts(page)


def test_choosing_a_preset_changes_the_experiment_and_the_address(jobs: RecordedJobs) -> None:
    page = opened()
    page.selectbox[0].set_value("two-digits").run()
    assert page.query_params["preset"] == "two-digits"
    assert "of them held out" in texts(page)
    assert not page.exception


@pytest.mark.parametrize("name", list(adder.PRESETS))
def test_every_preset_opens_with_its_shipped_network(jobs: RecordedJobs, name: str) -> None:
    page = opened(preset=name)
    assert not page.exception
    assert f"**{adder.preset(name).weights:,}** weight" in texts(page)


def test_knobs_change_the_experiment_and_refuse_what_cannot_work(jobs: RecordedJobs) -> None:
    page = opened(more="open")
    page.session_state["more"] = True
    page.run()
    knob = {each.label: each for each in page.number_input}
    knob["Epochs"].set_value(12).run()
    assert page.query_params["training.epochs"] == "12"
    knob = {each.label: each for each in page.number_input}
    knob["Batch size"].set_value(7).run()
    assert "training.batch_size must be a divisor of training.samples (1,000); received: 7" in texts(page)
    assert "training.batch_size" not in page.query_params
    target = next(box for box in page.selectbox if box.label == "Stop at exact match")
    target.set_value("99 %").run()
    assert page.query_params["training.target"] == "0.99"
