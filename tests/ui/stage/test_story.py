"""What the stage tells is what the network answers, worked out once."""

from __future__ import annotations

import dataclasses
import gc
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import adder
from adder.base.language import LANGUAGES
from adder.runs.visitors import Visitor
from adder.solvers import evaluation
from adder.solvers.solver import Solver
from adder.tasks.pairs import Rule
from adder.training import trainer
from adder.ui.stage import story
from adder.ui.stage.once import Once
from tests.experiments import random_solver
from tests.ui.fake_runs import FakeRuns

DEAR = adder.preset("seq2seq").replaced(
    {
        "task.largest": 10**160 - 1,
        "network.bidirectional": True,
        "network.encoder_units": 512,
        "network.decoder_units": 512,
        "training.samples": 10_000,
        "training.batch_size": 1,
    }
)


def looked(
    told: story.Story | None, question: str, epochs: Sequence[int], language: str = "en", key: str = "a test"
) -> dict[str, Any]:
    assert told is not None
    return story.look(
        told, key, question=question, language=LANGUAGES[language], wanted=epochs, mapped=epochs, asked=epochs
    )


def told_of(solver: Solver) -> story.Story:
    return story.Story(solver.experiment, (len(solver.history),), solver.history, False, lambda _: solver)


def test_a_moment_and_a_map_are_what_the_network_of_its_epoch_answers() -> None:
    told = story.story_of(story.SHIPPED, "seq2seq")
    assert told is not None
    assert told.kept[0] == 0
    assert told.kept[-1] == len(told.epochs) == 30
    scene = story.scene_of(told.experiment).plain
    for epoch in (0, 4, 30):
        found = looked(told, "3+10", [epoch], key="seq2seq")
        solver = told.network(epoch)
        assert solver is not None
        assert found["moments"][0]["said"] == [solver.solve(question).text for question, _ in scene["twenty"]]
        cells = "".join("1" if solver.solve(question).correct else "0" for question in scene["map"]["questions"])
        assert found["maps"] == [{"epoch": epoch, "right": cells}]


def test_the_twenty_are_twenty_questions_and_none_is_the_mirror_of_another() -> None:
    for name in adder.PRESETS:
        experiment = adder.preset(name)
        checked = trainer.check_questions(experiment)
        rows = trainer.examples_among(checked)
        assert len(np.unique(checked.keys[rows])) == len(rows) <= 20
        twenty = story.scene_of(experiment).plain["twenty"]
        assert [text for text, _ in twenty] == experiment.task.texts(checked[rows])


def test_a_network_that_is_slow_to_answer_is_asked_less_after_each_epoch() -> None:
    assert not any(story.is_slow(adder.preset(name)) for name in adder.PRESETS)
    scene = story.scene_of(DEAR)
    assert len(scene.twenty) == story.asked(DEAR) == 4
    assert len(scene.cells) == 0
    assert scene.plain["map"] is None


def test_a_lucky_guess_is_the_same_here_and_in_the_report_that_ships() -> None:
    for name in adder.PRESETS:
        report = adder.shipped_solver(name).report
        assert report is not None
        assert story.scene_of(adder.preset(name)).plain["guess"] == report.guess_exact_match


@pytest.mark.parametrize(
    ("preset", "question", "printed", "expected"),
    [
        ("calculator", "2*(3-4)", "2 × (3 − 4)", "−2"),
        ("squares", "7²", "7²", "49"),
        ("columns", "9" * 60 + "+1", "9" * 60 + " + 1", "1" + "0" * 60),
        ("mapping-mlp", "３+4", "3 + 4", "7"),
    ],
)
def test_every_kind_of_network_is_asked(preset: str, question: str, printed: str, expected: str) -> None:
    told = told_of(adder.shipped_solver(preset))
    (answer,) = looked(told, question, told.kept, key=preset)["answers"]
    assert (answer["question"], answer["expected"]) == (printed, expected)
    assert answer["right"]
    assert (answer["sure"] is None) == (answer["number"] is not None) == (preset == "mapping-mlp")
    assert answer["sure"] in (None, adder.shipped_solver(preset).solve(question).confidence), "it is not rounded twice"
    assert answer["picture"]["right"]


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("3+", "en", '"3+" ends with an operator; write a number after it.'),
        ("3+", "zh", '"3+" 以运算符结尾；请在后面写一个数。'),
        ("**1**+2", "en", '"**1**+2" starts with an operator; write a number before it.'),
        ("1" * 10_000, "en", "That is 10,000 characters long; write a question such as 3+10."),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words_and_the_rest_is_told(
    question: str, language: str, said: str
) -> None:
    found = looked(story.story_of(story.SHIPPED, "seq2seq"), question, [30], language, key="seq2seq")
    assert found["trouble"] == said
    assert found["answers"] == []
    assert len(found["moments"]) == 1


def test_a_question_that_is_not_in_ones_own_list_is_answered_without_a_verdict() -> None:
    solver = random_solver(adder.Experiment(task=Rule((("ab", "ba"), ("ba", "ab")))))
    (answer,) = looked(told_of(solver), "aa", [0], key="a list")["answers"]
    assert answer["right"] is None
    assert answer["expected"] is None


def test_a_run_is_told_as_it_stands_and_one_that_is_gone_is_not(runs: FakeRuns) -> None:
    run = runs.submit(adder.preset("seq2seq"), asker=Visitor("somebody"))
    told = story.story_of(story.RUN, run)
    assert told is not None
    assert (told.kept, told.active) == ((0,), True), "it has not begun, and yet it is known from what it starts"
    shipped = story.story_of(story.SHIPPED, "seq2seq")
    assert shipped is not None
    one, other = (
        looked(each, "3+10", [0], key=key)["answers"][0] for key, each in {"run": told, "its": shipped}.items()
    )
    assert one["written"] == other["written"]
    unknown = runs.submit(adder.preset("seq2seq").replaced({"seed": 7}), asker=Visitor("another"))
    assert (begun := story.story_of(story.RUN, unknown)) is not None
    assert begun.kept == ()
    runs.show("done", 30)
    told = story.story_of(story.RUN, run)
    assert told is not None
    assert not told.active
    assert [each["epoch"] for each in story.outline(told, 28, LANGUAGES["en"])["figures"]] == [29, 30]
    assert story.outline(told, 31, LANGUAGES["en"])["from"] == 0, "the run began anew"
    assert looked(told, "3+10", [told.kept[-1], 77], key=run)["moments"][0]["epoch"] == told.kept[-1]
    assert story.story_of(story.RUN, "gone") is None
    assert story.story_of("else", "seq2seq") is story.story_of(story.SHIPPED, "none") is None


def test_what_changes_in_mid_run_is_told_with_its_epoch(runs: FakeRuns) -> None:
    changed = adder.preset("seq2seq").replaced({"training.changes": "9:draw=ends,5:learning_rate=1e-5,9:batch_size=50"})
    told = story.story_of(story.RUN, runs.submit(changed, asker=Visitor("somebody")))
    assert told is not None
    assert story.outline(told, 0, LANGUAGES["en"])["changes"] == [
        {"epoch": 5, "said": "Learning rate 0.00001"},
        {"epoch": 9, "said": "Batch size 50, Training draws often near the ends"},
    ]
    assert story.outline(told, 0, LANGUAGES["zh"])["changes"][0]["said"] == "学习率 0.00001"


def test_an_uploaded_network_is_told_for_as_long_as_its_session_holds_it(text_solver: Solver) -> None:
    lent = story.Lent("a secret", text_solver)
    assert story.story_of(story.LENT, "a secret") is not None
    assert story.story_of(story.LENT, "another") is None
    del lent
    gc.collect()
    assert story.story_of(story.LENT, "a secret") is None


def test_much_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "BATCH_SECONDS", 0.0)
    solver = adder.shipped_solver("seq2seq")
    told = dataclasses.replace(told_of(solver), kept=(1, 2, 3))
    assert [each["epoch"] for each in looked(told, "3+10", [3, 2, 1], key="in parts")["moments"]] == [3]


def test_each_moment_and_map_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask_all = evaluation.ask_all

    def counted(solver: Solver, *rest: Any) -> Any:
        asked.append(1)
        return ask_all(solver, *rest)

    monkeypatch.setattr(evaluation, "ask_all", counted)
    told = told_of(adder.shipped_solver("seq2seq"))
    for _ in range(3):
        looked(told, "3+10", told.kept, key="once")
    assert asked == [1, 1], "the twenty, and the map"


def test_what_many_ask_for_at_once_is_made_once_and_what_failed_is_tried_again() -> None:
    once, going, made = Once(2), threading.Event(), []

    def make() -> int:
        going.wait(10)
        made.append(1)
        return len(made)

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(once.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    going.set()
    for thread in threads:
        thread.join(10)
    assert found == [1] * 4
    with pytest.raises(ZeroDivisionError):
        once.get("b", lambda: 1 // 0)
    assert once.get("b", lambda: 2) == 2
    once.get("c", lambda: 3)
    assert once.get("a", make) == 2, "the oldest was let go of"
