"""The lesson as a person sees it; its runs are recordings of the networks that ship."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.ui import take_home
from adder.ui.lesson import lesson_runs, living_picture, pair_map
from adder.ui.lesson.steps import STEPS, learned_or_memorised
from tests.ui.fake_runs import FakeRuns, click, drawn, texts
from tests.ui.fake_runs import opened as opened_page

MOST_WORDS = 25
GUESSES = {2: "swap", 3: "characters", 4: "bridge", 5: "train", 6: "memory", 7: "attention", 8: "fingers"}


def opened(**address: str) -> AppTest:
    return opened_page("lesson", **address)


def guessed(page: AppTest, name: str, answer: int = 0) -> AppTest:
    return drawn(page.button_group(key=f"lesson guess {name}").set_value(answer).run())


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def progress(page: AppTest) -> str:
    text: str = page.get("progress")[0].proto.text
    return text


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which epochs are shown."""
    now = [0.0]
    monkeypatch.setattr(lesson_runs.time, "monotonic", lambda: now[0])
    return now


def test_next_and_back_lead_through_all_steps(runs: FakeRuns) -> None:
    page = opened(lang="en")
    for number, step in enumerate(STEPS, start=1):
        assert page.title[0].value == f"{number}. {step.TITLE}"
        assert page.query_params["step"] == str(number)
        page = click(page, "lesson next") if number < len(STEPS) else page
    page = click(page, "lesson previous")
    assert page.query_params["step"] == str(len(STEPS) - 1)
    assert not runs.calls


def test_the_last_step_leads_on_to_the_quiz_and_the_class(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    led = []
    monkeypatch.setattr("streamlit.switch_page", led.append)
    page = click(opened(step=str(len(STEPS) - 1)), "lesson next")
    assert not led
    click(page, "lesson quiz")
    click(page, "lesson class")
    assert [page.url_path for page in led] == ["quiz", "class"]


def test_the_row_of_steps_leads_to_any_of_them(runs: FakeRuns) -> None:
    page = opened()
    steps = page.button_group(key="lesson step")
    assert steps.value == 1
    page = drawn(steps.set_value(5).run())
    assert page.title[0].value == f"5. {STEPS[4].TITLE}"
    assert page.query_params["step"] == "5"


def test_a_projector_shows_every_step_until_it_is_switched_off(runs: FakeRuns) -> None:
    page = opened(present="1")
    for _ in STEPS[1:]:
        page = click(page, "lesson next")
        assert page.query_params["present"] == "1"
    page = drawn(page.toggle(key="present").set_value(False).run())
    assert "present" not in page.query_params


@pytest.mark.parametrize("address", [{"step": "99"}, {"step": "", "seed": "-3"}, {"step": "6", "away": "9x.44444"}])
def test_a_nonsense_address_is_drawn(runs: FakeRuns, address: dict[str, str]) -> None:
    assert opened(**address).query_params["step"] == ("6" if "away" in address else "1")


def test_what_a_link_hides_is_not_there(runs: FakeRuns) -> None:
    assert not guessed(opened(step="7", hide="files"), "attention").get("download_button")
    page = guessed(opened(step="5", hide="train,present,playground"), "train")
    assert not page.toggle
    assert {button.key for button in page.button} <= {"lesson next", "lesson previous", "speak zh", "speak en"}


def test_a_step_begins_with_few_words() -> None:
    for step in STEPS:
        source = ast.parse(Path(step.__file__ or "").read_text("utf-8"))
        calls = [node for node in ast.walk(source) if isinstance(node, ast.Call)]
        [words] = [ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "prose.about"]
        assert len(words.split()) <= MOST_WORDS, words


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
def test_what_to_notice_is_told_after_the_guess(runs: FakeRuns, number: int, clock: list[float]) -> None:
    page = opened(step=str(number))
    assert "What to notice." not in texts(page)
    page = guessed(page, GUESSES.get(number, "task 1"))
    if number in (5, 6):
        assert "What to notice." not in texts(page)
        page = click(page, "train")
        runs.show("done", 30)
        page = drawn(page.run())
        clock[0] += 60
        page = drawn(page.run())
    assert "What to notice." in texts(page)
    assert len(page.get("download_button")) == (number >= 5), "a single network that has learned is taken home"


def test_signs_mean_nothing_until_somebody_has_guessed(runs: FakeRuns) -> None:
    page = opened(step="1", seed="5")
    first = page.table[0].value.to_dict("records")
    assert not any(character.isdecimal() for row in first for text in row.values() for character in text)
    assert first[-1]["It should write"] == "**?**"
    assert opened(step="1", seed="5").table[0].value.to_dict("records") == first
    said = [row["Which means"] for row in guessed(page, "task 5").table[0].value.to_dict("records")]
    assert all(eval(question) == int(answer) for question, answer in (row.split("=") for row in said))
    page = click(page, "Draw others")
    assert page.table[0].value.to_dict("records") != first
    assert page.query_params["seed"] == "6"


def test_swapping_the_numbers_changes_next_to_nothing(runs: FakeRuns) -> None:
    page = guessed(opened(step="2"), "swap")
    before = metrics(page)
    page = drawn(page.toggle(key="lesson swap").set_value(True).run())
    after = metrics(page)
    assert before.keys() == after.keys()
    for label, value in before.items():
        assert float(after[label]) == pytest.approx(float(value), abs=0.05)
    assert page.query_params["swap"] == "1"


def test_both_networks_are_trained_at_once_with_the_numbers_in_the_chosen_order(runs: FakeRuns) -> None:
    page = click(guessed(opened(step="2"), "swap"), "train")
    assert list(runs.experiments.values()) == [adder.preset("mapping-mlp"), adder.preset("mapping-lstm")]
    assert page.query_params["run"] == "run1,run2"
    page = drawn(page.toggle(key="lesson swap").set_value(True).run())
    click(page, "train")
    orders = [run.encoding.question_order for run in runs.experiments.values()]  # type: ignore[union-attr]
    assert orders == ["written", "written", "reversed", "reversed"]


def test_a_run_is_found_again_by_its_address(runs: FakeRuns) -> None:
    click(guessed(opened(step="5"), "train"), "train")
    runs.show("done", 12)
    page = opened(step="5", run="run1")
    assert progress(page).startswith("Reached its target after epoch 12")
    assert page.query_params["run"] == "run1"
    assert "run" not in opened(step="5", run="gone").query_params


def test_a_run_can_be_stopped(runs: FakeRuns) -> None:
    page = click(guessed(opened(step="5"), "train"), "train")
    click(page, "stop")
    assert runs.calls == ["submit", "leave run1"]


def test_a_run_that_has_not_begun_says_what_it_waits_for_and_counts_no_epochs(runs: FakeRuns) -> None:
    page = click(guessed(opened(step="5"), "train"), "train")
    runs.show("running", 0, "It gets ready")
    assert progress(drawn(page.run())) == "It gets ready."
    runs.show("running", 1)
    assert progress(drawn(page.run())) == "Epoch 1 of 30"


def test_what_was_trained_before_is_replayed_and_can_be_trained_anew(
    runs: FakeRuns, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    solver = runs.solver
    monkeypatch.setattr(runs, "snapshot", lambda run, epoch: (looked_at.append(epoch), solver(run))[1])
    page = guessed(opened(step="6"), "memory")
    runs.show("done", 30)  # Somebody has trained it before.
    page = click(page, "train")
    assert progress(page) == "Epoch 1 of 30. Replay."
    assert looked_at[-1] == 1
    clock[0] += 1
    page = drawn(page.run())
    assert progress(page) == "Epoch 9 of 30. Replay."
    assert looked_at[-1] == 9
    clock[0] += 10
    page = drawn(page.run())
    assert progress(page).startswith("Done: 30 epochs")
    assert runs.calls == ["submit"]
    page = click(page, "replay")
    assert progress(page) == "Epoch 1 of 30. Replay."
    page = click(page, "stop")
    click(page, "anew")
    assert runs.calls == ["submit", "again"]


@pytest.mark.parametrize("number", [2, 5, 6])
def test_steps_that_train_show_every_state_of_a_run(runs: FakeRuns, number: int) -> None:
    page = click(guessed(opened(step=str(number)), GUESSES[number]), "train")
    for status, seen in (("queued", 0), ("failed", 0), ("running", 3), ("stopped", 3), ("done", 3)):
        runs.show(status, seen)
        drawn(page.run())


def test_a_sum_of_ones_own_goes_through_the_pipeline(runs: FakeRuns) -> None:
    page = opened(step="3", sum="7+8", padding="terms", read="reversed", write="reversed")
    page = guessed(page, "characters")
    assert "The network reads [8, 11, 11, 10, 7, 11, 11] and has to write [5, 1, 11, 11]." in texts(page)
    page = page.text_input(key="lesson field sum").set_value("7+").run()
    assert '"7+" ends with an operator; write a number after it.' in texts(page)
    assert page.query_params["sum"] == "7+"


def test_what_is_said_of_a_network_is_true_of_it(runs: FakeRuns) -> None:
    page = guessed(opened(step="4"), "bridge")
    assert "bottleneck" in texts(page)
    page = drawn(page.toggle(key="lesson nobridge").set_value(True).run())
    assert "a state for each of the 2 characters" in texts(page)
    page = drawn(page.selectbox[0].set_value("columns").run())
    assert "no bottleneck" in texts(page)
    assert page.toggle(key="lesson nobridge").disabled
    page = drawn(page.selectbox[0].set_value("nine-digits").run())
    assert "attention" in texts(page)


def test_chosen_sums_are_kept_away_both_ways_round(runs: FakeRuns, clock: list[float]) -> None:
    page = guessed(opened(step="6", away="43.88"), "memory")
    page = click(page, "train")
    [experiment] = runs.experiments.values()
    asked = {question for question, _ in experiment.task.pairs}  # type: ignore[union-attr]
    assert len(asked) == 97
    assert not asked & {"3+4", "4+3", "8+8"}
    runs.show("done", 30)
    drawn(page.run())
    clock[0] += 60
    page = drawn(page.run())
    assert "of 97 right. Held out:" in texts(page)
    assert page.query_params["away"] == "34.88"


def test_as_many_sums_can_be_kept_away_as_leave_every_sign_in_practice() -> None:
    every = sorted({pair_map.named(first, second) for first in range(10) for second in range(10)})
    for begin in range(len(every)):
        away = learned_or_memorised._known((every[begin:] + every[:begin])[: pair_map.MOST_KEPT_AWAY])
        task = pair_map.without(away).task
        assert set(task.alphabet) == set("0123456789+ ")
        assert task.longest_answer == 2


def test_brackets_are_worked_out(runs: FakeRuns) -> None:
    page = guessed(opened(step="8", ask="brackets"), "brackets")
    assert "= 14" in texts(page)


def test_a_network_is_asked_beyond_what_it_was_trained_on_and_fails(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    monkeypatch.setattr(take_home, "show", lambda _, solver: taken.append(solver.experiment))
    page = guessed(opened(step="8", ask="broken"), "broken")
    assert "✗ wrong" in texts(page)
    page = drawn(page.text_input[0].set_value("3+10").run())
    assert "✓ right" in texts(page)
    assert set(taken) == {adder.preset("seq2seq")}, "what goes home says how it was trained"


def test_a_hundred_digits_are_added_and_others_drawn(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(living_picture, "_component", lambda: lambda data, **_: shown.append(data["picture"]))
    page = guessed(opened(step="8"), "fingers")
    page = click(page, "Another sum of 100 digits")
    assert page.query_params["seed"] == "2"
    for picture in shown:
        first, second = picture["question"].split("+")
        assert len(first) == len(second) == 100
        assert picture["answer"] == picture["expected"] == str(int(first) + int(second))
    assert shown[0]["question"] != shown[1]["question"]


def test_the_way_to_the_playground_takes_the_experiment_and_its_run_along(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = click(guessed(opened(step="6", present="1"), "memory"), "train")
    monkeypatch.setattr("streamlit.switch_page", lambda page: None)
    page = click(page, "playground")
    assert page.session_state["run"] == "run1"
    assert "task.name=rule" in page.session_state["experiment_query"]
