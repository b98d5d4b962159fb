"""The playground as a person sees it, with runs that a tiny trainer made beforehand in place of the engine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.base.errors import RunError
from adder.base.settings import settings_of
from adder.experiment import Experiment
from adder.runs.run import RunView
from adder.runs.store import RunRecord
from adder.solvers.solver import Solver
from adder.training.trainer import EpochEvent, Trainer
from adder.ui import run_service
from adder.ui.panels import PANELS

APP = str(Path(__file__).parents[3] / "app.py")
SMALL = {"network.encoder_units": 8, "network.decoder_units": 8, "training.epochs": 3, "training.samples": 50}


class RecordedJobs:
    """A job service whose runs are recordings: submit starts one, `show` decides how much of it is seen."""

    store_trouble = ""
    watching = 1

    def __init__(self) -> None:
        self.submitted: list[Experiment] = []
        self.calls: list[str] = []
        self.status = "running"
        self.seen = 0
        self.message = ""
        self.alone = True
        self.own = "a-run"  # what a button leads to
        self.wait: float | None = None
        self.watchers = 1
        self.events: tuple[EpochEvent, ...] = ()
        self.trained: Solver | None = None

    def record(self, experiment: Experiment) -> None:
        trainer = Trainer(experiment)
        self.events = tuple(dataclasses.replace(event, solver=None) for event in trainer.run())
        self.trained = trainer.solver()

    def show(self, status: str, seen: int, message: str = "") -> None:
        self.status, self.seen, self.message = status, seen, message

    def submit(self, experiment: Experiment, *, again: bool = False, only: int | None = None, asker: str = "") -> str:
        assert asker
        self.submitted.append(experiment)
        self.calls += ["again"] * again + [f"only {only}"] * (only is not None)
        return "a-run"

    def view(self, job_id: str, watcher: str = "") -> RunView:
        if job_id not in ("a-run", self.own) or not self.submitted:
            raise RunError("this run is not on the server any more; press Train to run its experiment again")
        place = 2 if self.status == "queued" else 0
        events = self.events[: self.seen]
        return RunView(
            job_id,
            self.submitted[-1],
            self.status,
            place,
            events,
            self.message,
            moving=bool(events),
            wait=self.wait,
            watchers=self.watchers,
        )

    def solver(self, job_id: str) -> Solver | None:
        return self.trained if self.seen else None

    def stop(self, job_id: str, watcher: str = "") -> str:
        assert watcher
        self.calls.append("stop")
        return self.own

    def pause(self, job_id: str, watcher: str = "") -> str:
        assert watcher
        self.calls.append("pause")
        return self.own

    def runs(self) -> tuple[RunRecord, ...]:
        if not self.trained or not self.submitted:
            return ()
        report = adder.evaluate(self.trained, n=50)
        when = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
        return (RunRecord.of("a-run", self.submitted[-1], "done", when, self.events, report),)

    def keras_file_of(self, solver: Solver) -> bytes | None:
        self.calls.append("keras")
        return b"a model" if self.calls.count("keras") > 1 else None

    def leave(self, job_id: str, watcher: str) -> bool:
        self.calls.append("leave")
        return self.alone

    def resume(self, job_id: str, *, epochs: int | None = None, only: int | None = None, asker: str = "") -> str:
        assert asker
        self.calls.append("resume" if epochs is None and only is None else f"resume {epochs} {only}")
        if epochs is not None:
            self.submitted[-1] = self.submitted[-1].replaced({"training.epochs": epochs})
        return self.own


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> RecordedJobs:
    recorded = RecordedJobs()
    monkeypatch.setattr(run_service, "get", lambda: recorded)
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
    """The buttons of the run, without the language's and the panels'."""
    return [button.label for button in page.button if not (button.key or "").startswith(("speak", "panel"))]


def ask(page: AppTest, question: str) -> str:
    return texts(page.text_input[0].set_value(question).run())


def test_the_first_screen_is_already_answered_by_a_network_that_ships(jobs: RecordedJobs) -> None:
    page = opened()
    assert not page.exception
    assert "3 + 10 = 13" in texts(page)
    assert "✓ right" in texts(page)
    assert "ships with adder" in texts(page)
    assert labels(page) == ["Train", "One epoch", "New seed"]
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


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("ab,ba\nab,ba\nba,ab\n", "Row 2 repeats row 1; it is taken once."),
        (
            "ab,ba\nba,ab\nab,ba\nab,ba\n",
            "2 rows repeat others and are taken once; the first is row 3, which repeats row 1.",
        ),
        ("ab,ba\nba,ab\n", ""),
    ],
)
def test_rows_of_ones_own_list_that_repeat_others_are_told(rows: str, told: str, jobs: RecordedJobs) -> None:
    page = opened()
    page.session_state["more"] = True
    page.run()
    uploader = next(each for each in page.file_uploader if each.label == "Train on your own list (CSV)")
    uploader.set_value(("words.csv", rows.encode(), "text/csv")).run()
    assert not page.exception
    shown = texts(page)
    assert "Your own list of 2 questions" in shown
    assert told in shown
    assert ("repeat" in shown) == bool(told)


def test_training_submits_the_chosen_experiment_and_puts_its_run_into_the_address(jobs: RecordedJobs) -> None:
    page = click(opened(preset="mapping-mlp", seed="4"), "Train")
    assert jobs.submitted == [adder.preset("mapping-mlp").replaced({"seed": 4})]
    assert page.query_params["run"] == "a-run"
    assert page.query_params["preset"] == "mapping-mlp"
    assert page.query_params["seed"] == "4"
    assert labels(page) == ["Pause", "Stop", "Reset", "New seed"]


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
        ("queued", "", "Number 2 in the queue", ["Pause", "Stop", "Reset", "New seed"]),
        (
            "paused",
            "",
            "Paused after epoch 2 of 30",
            ["Continue", "Train from the start", "One epoch", "Stop", "Reset"],
        ),
        ("stopped", "", "Stopped after epoch 2 of 30", ["Continue", "Train from the start", "One epoch", "Reset"]),
        ("failed", "the loss is not finite", "the loss is not finite", ["Continue", "Train from the start"]),
        ("done", "", "Reached its target after epoch 2 of 30", ["30 more epochs", "Train again", "Reset", "New seed"]),
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


def test_every_button_reaches_the_run(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "One epoch")
    click(page, "Pause")
    jobs.show("paused", 1)
    click(page.run(), "One epoch")
    click(page, "Continue")
    jobs.show("running", 2)
    click(page.run(), "Stop")
    jobs.show("stopped", 2)
    click(page.run(), "Train from the start")
    assert jobs.calls == ["only 1", "pause", "resume None 1", "resume", "stop", "again"]


def test_a_run_that_is_done_goes_on_for_as_many_epochs_again(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "Train")
    jobs.show("done", 3)
    page = click(page.run(), "30 more epochs")
    assert jobs.calls == ["resume 60 None"]
    assert page.query_params["training.epochs"] == "60"
    assert page.query_params["run"] == "a-run"


@pytest.mark.parametrize("button", ["Pause", "Stop"])
def test_who_leaves_a_shared_run_is_told_of_the_copy_that_they_have(
    jobs: RecordedJobs, recording: RecordedJobs, button: str
) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(), "Train")
    jobs.show("running", 2)
    jobs.watchers = 29
    assert "29 watch this run" in texts(page.run())
    jobs.own = "a-copy"
    page = click(page, button)
    assert page.query_params["run"] == "a-copy"
    assert page.query_params.get("runs", "a-copy") == "a-copy"
    (toast,) = page.toast
    assert "Others watch that run, so it goes on for them." in toast.value


def test_a_run_that_waits_says_for_how_long(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.wait = recording.events, 41.0
    page = click(opened(), "Train")
    jobs.show("queued", 0)
    assert "Number 2 in the queue. About 41 s to wait." in texts(page.run())


def test_a_dip_after_the_best_epoch_is_explained(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.trained = recording.trained
    shares = zip(recording.events, (0.2, 0.9, 0.7), strict=True)
    jobs.events = tuple(dataclasses.replace(event, exact_match=share) for event, share in shares)
    page = click(opened(), "Train")
    jobs.show("running", 3)
    assert "The best epoch" not in texts(page.run())
    jobs.show("done", 3)
    assert "The best epoch was 2, with an exact match of 90.0%" in texts(page.run())


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
    assert labels(page) == ["Train", "One epoch", "New seed"]


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
    jobs.show("running", 0)
    assert "Your network answers after its first epoch" in texts(click(opened(training__epochs="31"), "Train"))


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


def with_knobs(**address: str) -> AppTest:
    page = opened(**address)
    page.session_state["more"] = True
    return page.run()


def knob(page: AppTest, label: str) -> Any:
    kinds = (page.number_input, page.selectbox, page.toggle, page.text_input)
    return next(each for kind in kinds for each in kind if each.label == label)


def test_knobs_change_the_experiment_and_its_address(jobs: RecordedJobs) -> None:
    page = with_knobs()
    knob(page, "Epochs").set_value(12).run()
    assert page.query_params["training.epochs"] == "12"
    knob(page, "Stop at exact match").set_value(0.99).run()
    assert page.query_params["training.target"] == "0.99"
    knob(page, "Stop at exact match").set_value("none").run()
    assert "training.target" not in page.query_params
    knob(page, "Held out (%)").set_value(20).run()
    assert page.query_params["task.held_out"] == "0.2"
    knob(page, "Reads both ways").set_value(True).run()
    assert page.query_params["network.bidirectional"] == "true"
    knob(page, "Learning rate").set_value("0.003").run()
    assert page.query_params["training.learning_rate"] == "0.003"
    assert not page.exception


def test_a_change_that_cannot_work_yet_is_explained_and_waits_for_its_other_half(jobs: RecordedJobs) -> None:
    page = with_knobs()
    knob(page, "Batch size").set_value(7).run()
    assert "“Batch size” must be a divisor of training.samples (1,000)." in texts(page)
    assert "training.batch_size" not in page.query_params
    assert knob(page, "Batch size").value == 7
    knob(page, "Questions an epoch").set_value(700).run()
    assert page.query_params["training.batch_size"] == "7"
    assert page.query_params["training.samples"] == "700"
    assert "Nothing was changed yet" not in texts(page)


def test_a_change_that_cannot_work_can_be_undone(jobs: RecordedJobs) -> None:
    page = with_knobs()
    knob(page, "Batch size").set_value(7).run()
    click(page, "Undo")
    assert knob(page, "Batch size").value == 10
    assert "Nothing was changed yet" not in texts(page)


@pytest.mark.parametrize("name", list(adder.NETWORKS))
def test_choosing_a_network_brings_an_encoding_that_it_reads_and_only_its_own_knobs(
    jobs: RecordedJobs, name: str
) -> None:
    page = with_knobs()
    knob(page, "Network").set_value(name).run()
    assert not page.exception
    assert "Nothing was changed yet" not in texts(page)
    assert knob(page, "Network").value == name
    of = {each: {setting.label for setting in settings_of(kind).values()} for each, kind in adder.NETWORKS.items()}
    shown = {each.label for kind in (page.number_input, page.selectbox, page.toggle, page.text_input) for each in kind}
    assert shown & set().union(*of.values()) == of[name]


def test_what_a_teachers_link_hides_is_not_there_and_stays_in_the_address(jobs: RecordedJobs) -> None:
    page = opened(hide="train,seed,preset,more,board")
    assert not page.exception
    assert labels(page) == []
    assert [box.label for box in page.selectbox] == []
    assert page.query_params["hide"] == "board,more,preset,seed,train"
    assert "panel board" not in [button.key for button in page.button]


@pytest.mark.parametrize("panel", list(PANELS))
def test_every_panel_opens(jobs: RecordedJobs, panel: str) -> None:
    page = opened(panel=panel)
    assert not page.exception
    assert page.query_params["panel"] == panel
    page = opened(panel=panel, preset="mapping-mlp")
    assert not page.exception


def test_the_language_is_switched_and_stays_in_the_address(jobs: RecordedJobs) -> None:
    page = click(opened(), "简体中文")
    assert not page.exception
    assert page.query_params["lang"] == "zh"
    assert "English" in [button.label for button in page.button]


def test_many_questions_are_answered_each_in_its_row(jobs: RecordedJobs) -> None:
    page = opened(panel="batch")
    page.text_area[0].set_value("3+10\n3+\n7+8,16").run()
    assert "**2 of 2** answered right." in texts(page)
    rows = page.dataframe[0].value
    assert rows["Predicted"].tolist() == ["13", "", "15"]
    assert rows["Note"].tolist() == [
        "",
        '"3+" ends with an operator; write a number after it',
        "7+8 is 15; the file says 16",
    ]


def test_two_networks_answer_the_same_question_side_by_side(jobs: RecordedJobs) -> None:
    shown = texts(opened(panel="compare"))
    assert "12 + 50 = 62" in shown
    assert "it is **62**" in shown


def test_runs_are_kept_and_laid_over_one_another(jobs: RecordedJobs, recording: RecordedJobs) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    page = click(opened(panel="runs"), "Train")
    jobs.show("done", 3)
    page.run()
    assert [len(table.value) for table in page.table][-1] == 1
    page = click(page, "New seed")
    assert page.query_params["runs"] == "a-run"
    assert "run" not in page.query_params
    page = click(page, "Open")
    assert page.query_params["run"] == "a-run"
    page = click(page, "Remove from this list")
    assert not page.exception


def test_the_board_lists_the_runs_of_the_same_task_and_opens_their_experiments(
    jobs: RecordedJobs, recording: RecordedJobs
) -> None:
    jobs.events, jobs.trained = recording.events, recording.trained
    assert "No run of this task was finished" in texts(opened(panel="board"))
    jobs.submitted.append(adder.preset("seq2seq").replaced(SMALL))
    rows = opened(panel="board").dataframe[0].value
    assert rows["Samples"].tolist() == [150]
    assert rows["Weights"].tolist() == [adder.preset("seq2seq").replaced(SMALL).weights]
    assert "No run of this task was finished" in texts(opened(panel="board", preset="two-digits"))


def test_what_a_network_knows_can_be_taken_home(jobs: RecordedJobs) -> None:
    page = opened(panel="files", preset="two-digits")
    names = [button.label for button in page.get("download_button")]
    assert names == ["Solver (.adder)", "History (CSV)", "Report (JSON)", "Keras script (.py)"]
    page = click(page, "Prepare the Keras model (.keras)")
    assert "Preparing the Keras model …" in [button.label for button in page.button]
    page.run()
    assert [button.label for button in page.get("download_button")][-1] == "Keras model (.keras)"


def test_an_uploaded_solver_answers_and_a_damaged_one_is_refused(
    jobs: RecordedJobs, text_solver: Solver, tmp_path: Path
) -> None:
    page = opened(panel="files")
    page.file_uploader[0].upload("tiny.adder", text_solver.to_bytes()).run()
    page = click(page, "Ask it")
    assert "Answered by the solver that you uploaded." in texts(page)
    page = opened(panel="files")
    page.file_uploader[0].upload("torn.adder", text_solver.to_bytes()[:-100]).run()
    assert not page.exception
    assert "This is not a solver's file: " in texts(page)


def test_a_list_of_ones_own_becomes_a_task_and_a_bad_one_is_explained(jobs: RecordedJobs) -> None:
    page = with_knobs()
    page.file_uploader[0].upload("words.csv", b"question,answer\nab,ba\ncd,dc\n").run()
    assert not page.exception
    assert page.query_params["task.name"] == "rule"
    assert "Your own list of 2 questions" in texts(page)
    page = with_knobs()
    page.file_uploader[0].upload("words.csv", b"ab,ba\nab,bb\n").run()
    assert 'Row 2 answers "ab" with "bb"' in texts(page)
    assert "task.name" not in page.query_params


def test_a_list_too_long_for_an_address_stays_out_of_it(jobs: RecordedJobs) -> None:
    page = with_knobs()
    page.file_uploader[0].upload("long.csv", "\n".join(f"q{n},{n}" for n in range(1_000)).encode()).run()
    assert not page.exception
    assert page.query_params == {}
    assert "Your own list of 1,000 questions" in texts(page)


def test_a_store_that_cannot_keep_runs_is_told_and_the_page_stays_up(jobs: RecordedJobs) -> None:
    jobs.store_trouble = "Runs cannot be kept on disk"
    page = opened()
    assert not page.exception
    assert "Runs cannot be kept on disk" in texts(page)
    assert "3 + 10 = 13" in texts(page)
