from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import (
    Calibration,
    Experiment,
    ExperimentError,
    QuestionError,
    Rule,
    Seq2Seq,
    Solver,
    Tally,
    Task,
    evaluate,
)
from adder.solvers.answering import teacher_forced
from adder.solvers.evaluation import (
    commonest_answer,
    evaluate_on,
    guess_scores,
    looking_up,
    loss,
    mean_absolute_error,
    rmse,
    wilson_interval,
)
from adder.solvers.predictions import Predictions
from adder.tasks import AnyTask
from adder.tasks.questions import ALPHABET
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, adding_solver, carrying_solver, random_solver

KINDS = pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED], ids=["text", "reversed", "scaled"])


SMALL = Seq2Seq(encoder_units=1, decoder_units=1)


def always(text: str, task: AnyTask = TINY_TEXT.task, certainty: float = 1_000) -> Solver:
    """A network that writes the same two characters whatever it is asked: its output layer sees the step alone."""
    experiment = Experiment(task=task, network=SMALL)
    assert task.longest_answer == len(text) == 2
    weights = {name: np.zeros(shape, np.float32) for name, shape in experiment.weight_shapes.items()}
    first, second = (task.alphabet.index(char) for char in text)
    weights["decoder/bias"][:] = [5, 9, 5, 9]  # The state grows with each step: tanh(1), then about tanh(2).
    weights["character/kernel"][0, [first, second]] = [0, certainty]
    weights["character/bias"][:] = -2 * certainty
    weights["character/bias"][[first, second]] = [0, -0.86 * certainty]
    return Solver(experiment, weights)


def untrained(experiment: Experiment) -> Solver:
    """A network that finds every character equally likely."""
    return Solver(experiment, {name: np.zeros(shape, np.float32) for name, shape in experiment.weight_shapes.items()})


def test_hand_made_answers_have_their_known_figures() -> None:
    solver = always("12")
    questions = solver.experiment.task.read(["2+10", "10+2", "1+10", "9+10", "1+1", "6+10", "3+9", "10+10"])
    assert solver.predict(questions).texts == ["12"] * 8
    report = evaluate_on(solver, questions)
    # The right answers are 12, 12, 11, 19, " 2", 16, 12 and 20.
    assert (report.questions, report.distinct, report.split) == (8, 8, "given")
    assert report.exact_match == 3 / 8
    assert report.exact_match_interval == wilson_interval(3 / 8, 8)
    assert report.character_accuracy == (6 + 4) / 16
    assert report.unpadded_accuracy == (6 + 4) / 15
    assert report.malformed == 0
    assert report.rmse == pytest.approx(math.sqrt((0 + 0 + 1 + 49 + 100 + 16 + 0 + 64) / 8))
    assert report.mean_absolute_error == pytest.approx((0 + 0 + 1 + 7 + 10 + 4 + 0 + 8) / 8)
    assert report.by_position == (Tally(1, 8, 6), Tally(2, 8, 4))
    assert report.by_length == (Tally(3, 2, 1), Tally(4, 5, 2), Tally(5, 1, 0))
    assert report.by_carries == (Tally(0, 7, 2), Tally(1, 1, 1))
    assert report.by_terms == (Tally(2, 8, 3),)
    assert report.by_operator == (Tally("+", 8, 3),)
    assert report.calibration == (Calibration(1.0, 8, 3),)
    assert report.guess_exact_match == 3 / 8
    assert report.guess_character_accuracy == (6 + 4) / 16
    assert report.trained_exact_match is None


def test_answers_that_spell_no_number_are_left_out_of_the_error() -> None:
    solver = always("1+")
    report = evaluate_on(solver, solver.experiment.task.read(["2+10", "1+10"]))
    assert report.malformed == 1
    assert report.rmse is None
    assert report.mean_absolute_error is None
    assert report.exact_match == 0
    assert report.character_accuracy == 0.5


def test_questions_are_counted_by_their_terms_and_once_for_each_of_their_operators() -> None:
    task = Task(smallest=0, largest=4, terms=3, fewest_terms=2, operators="+-*", brackets=1)
    questions = task.read(["3*4", "4*(4-1)", "2+3*4", "4+4", "4-4-4"])
    report = evaluate_on(untrained(Experiment(task=task, network=SMALL)), questions)
    assert report.exact_match == 0
    assert [(each.kind, each.asked) for each in report.by_terms] == [(2, 2), (3, 3)]
    assert [(each.kind, each.asked) for each in report.by_operator] == [("+", 2), ("-", 2), ("*", 3)]
    assert report.by_carries == ()
    assert [(each.kind, each.asked) for each in report.by_length] == [(3, 2), (5, 2), (7, 1)]


def test_right_answers_are_counted_with_their_terms_and_operators() -> None:
    task = Task(smallest=1, largest=4, terms=3, fewest_terms=2)
    report = evaluate_on(always("10", task), task.read(["3+3+4", "4+4+2", "1+1", "2+4"]))
    assert report.by_terms == (Tally(2, 2, 0), Tally(3, 2, 2))
    assert report.by_operator == (Tally("+", 4, 2),)
    assert report.by_carries == (Tally(0, 2, 0), Tally(1, 2, 2))


def test_a_question_asked_twice_counts_once_for_the_interval() -> None:
    solver = always("12")
    once, often = (evaluate_on(solver, solver.experiment.task.read(["2+10", "1+1"] * times)) for times in (1, 50))
    assert (often.questions, often.distinct) == (100, 2)
    assert once.exact_match == often.exact_match == 0.5
    assert once.exact_match_interval == often.exact_match_interval


def test_squares_have_neither_terms_to_count_nor_carries() -> None:
    task = Task(smallest=0, largest=9, terms=1, operators="^")
    report = evaluate_on(always("16", task), task.read(["4^2", "5^2"]))
    assert report.by_operator == (Tally("^", 2, 1),)
    assert report.by_terms == (Tally(1, 2, 1),)
    assert report.by_carries == ()


def test_a_list_of_ones_own_is_judged_by_characters_alone() -> None:
    rule = Rule((("cat", "me"), ("dog", "wa"), ("cow", "mo")))
    report = evaluate_on(always("me", rule), rule.read(["cat", "dog", "cow"]))
    assert (report.exact_match, report.character_accuracy) == (1 / 3, 3 / 6)
    assert (report.malformed, report.rmse, report.mean_absolute_error) == (1, None, None)
    assert report.by_carries == report.by_terms == report.by_operator == ()
    assert report.by_length == (Tally(3, 3, 1),)


def test_questions_whose_true_answers_nobody_knows_cannot_be_judged_by() -> None:
    rule = Rule((("cat", "me"), ("dog", "wa")))
    with pytest.raises(QuestionError, match="some of these questions are not in the list"):
        evaluate_on(always("me", rule), rule.read(["cat", "tac"]))


def test_calibration_says_how_often_answers_of_a_confidence_are_right() -> None:
    solver = random_solver(TINY_FAST)
    questions = TINY_FAST.task.sample(2_000, np.random.default_rng(0))
    predictions = solver.predict(questions)
    confidence = predictions.outputs.astype(np.float64).max(axis=2).prod(axis=1)
    report = evaluate_on(solver, questions)
    assert sum(each.asked for each in report.calibration) == 2_000
    assert sum(each.right for each in report.calibration) == predictions.correct.sum()
    tenths = [int(each.confidence * 10) for each in report.calibration]
    assert tenths == sorted(set(tenths))
    for tenth, each in zip(tenths, report.calibration, strict=True):
        here = (confidence * 10).astype(int) == tenth
        assert each.asked == here.sum()
        assert each.confidence == pytest.approx(confidence[here].mean(), abs=1e-6)


@pytest.mark.parametrize("certainty", [0.0, 3.0, 1_000.0])
def test_a_network_is_as_sure_as_its_probabilities_say(certainty: float) -> None:
    solver = always("12", certainty=certainty)
    (bin_,) = evaluate_on(solver, solver.experiment.task.read(["2+10", "1+1"])).calibration
    assert bin_.confidence == pytest.approx(solver.solve("2+10").confidence, abs=2e-6)
    assert bin_.share == bin_.right / 2


@pytest.mark.parametrize("asked", [1, 55, 2_000, 1_000_000])
def test_an_interval_around_everything_or_nothing_ends_exactly_there(asked: int) -> None:
    assert wilson_interval(1.0, asked)[1] == 1.0
    assert wilson_interval(0.0, asked)[0] == 0.0


@pytest.mark.parametrize(
    ("share", "asked", "low", "high"),
    [(0.995, 2_000, 0.9908, 0.9973), (1.0, 100, 0.9630, 1.0), (0.0, 100, 0.0, 0.0370), (0.5, 2, 0.0945, 0.9055)],
)
def test_the_interval_is_wilsons(share: float, asked: int, low: float, high: float) -> None:
    assert wilson_interval(share, asked) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6), st.data())
def test_an_interval_holds_its_share_and_narrows_with_more_questions(asked: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, asked)) / asked
    low, high = wilson_interval(share, asked)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    closer = wilson_interval(share, 4 * asked)
    assert closer[1] - closer[0] < high - low


def test_numbers_are_rounded_before_they_are_judged() -> None:
    solver = adding_solver()
    report = evaluate(solver, n=500)
    assert (report.exact_match, report.character_accuracy, report.rmse, report.malformed) == (1, 1, 0, 0)
    assert report.by_position == ()
    shifted = Solver(solver.experiment, solver.weights | {"sum/bias": np.array([1.2 / 200], np.float32)})
    report = evaluate(shifted, n=500)
    assert (report.exact_match, report.character_accuracy, report.rmse) == (0, 0, 1)


@KINDS
def test_every_tally_adds_up_to_the_whole(experiment: Experiment) -> None:
    report = evaluate(random_solver(experiment), n=3_000)
    right = round(report.exact_match * 3_000)
    for tallies in (report.by_length, report.by_carries, report.by_terms, report.by_operator):
        assert sum(tally.asked for tally in tallies) == 3_000
        assert sum(tally.right for tally in tallies) == right
        assert [tally.kind for tally in tallies] == sorted({tally.kind for tally in tallies})
        assert all(0 <= tally.right <= tally.asked for tally in tallies)
    if report.by_position:
        characters = len(report.by_position) * 3_000
        assert all(tally.asked == 3_000 for tally in report.by_position)
        assert sum(tally.right for tally in report.by_position) / characters == pytest.approx(report.character_accuracy)


@KINDS
def test_equal_seeds_give_equal_reports(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    assert evaluate(solver, n=300, seed=3) == evaluate(solver, n=300, seed=3)
    assert evaluate(solver, n=300, seed=3).by_length != evaluate(solver, n=300, seed=4).by_length


def test_a_report_says_whether_its_questions_were_held_out() -> None:
    assert evaluate(random_solver(TINY_FAST), n=10).split == "held_out"
    assert evaluate(random_solver(TINY_TEXT), n=10).split == "fresh"


def test_held_out_questions_are_set_beside_as_many_that_were_trained_on() -> None:
    names = tuple("abcdefghijkl")
    probe = Rule(tuple((name, "me") for name in names), held_out=0.3)
    held_out = probe.is_held_out(probe.read(names))
    # Those trained on are answered with me, and the others should be answered with wa.
    rule = Rule(tuple((name, "wa" if out else "me") for name, out in zip(names, held_out, strict=True)), held_out=0.3)
    report = evaluate(always("me", rule), n=200)
    assert (report.split, report.exact_match, report.trained_exact_match) == ("held_out", 0, 1)
    assert report.distinct == held_out.sum()
    assert evaluate(random_solver(TINY_TEXT), n=10).trained_exact_match is None


def test_what_people_ask_first_is_asked_beside_the_rest() -> None:
    report = evaluate(always("12"), n=200)
    assert (report.questions, report.first_questions) == (200, 100)  # People ask sums of 1 to 10 first.
    assert report.first_exact_match == 9 / 100  # Of those, 2+10 to 10+2 are 12.
    assert report.first_exact_match_interval == wilson_interval(9 / 100, 100)
    assert evaluate(always("12"), n=30).first_questions == 30
    rule = Rule(tuple((name, "me") for name in "abcd"))
    report = evaluate(always("me", rule), n=20)
    assert (report.first_questions, report.first_exact_match, report.first_exact_match_interval) == (0, None, None)


def test_a_network_of_any_length_is_asked_longer_questions() -> None:
    report = evaluate(carrying_solver(), n=100, digits=40)
    assert report.exact_match == 1
    assert report.by_length == (Tally(81, 100, 100),)
    assert len(report.by_position) == 41
    assert report.rmse == 0


@pytest.mark.parametrize("digits", [1, 2, 1_000])
def test_longer_questions_have_exactly_so_many_digits(digits: int) -> None:
    report = evaluate(carrying_solver(), n=20, digits=digits)
    assert [tally.kind for tally in report.by_length] == [2 * digits + 1]


def test_other_draws_than_the_tasks_may_be_asked_for() -> None:
    solver = random_solver(Experiment(task=Task(smallest=0, largest=9_999), network=SMALL))
    short = {
        draw: sum(tally.asked for tally in evaluate(solver, n=500, draw=draw).by_length if int(tally.kind) <= 5)
        for draw in (None, "numbers", "lengths")
    }
    assert short[None] == short["numbers"] < 10
    assert short["lengths"] > 100


@pytest.mark.parametrize(
    ("solver", "settings", "sentence"),
    [
        (
            random_solver(TINY_TEXT),
            {"digits": 5},
            "digits must be left out, since this network reads questions of one length only; received: 5",
        ),
        (carrying_solver(), {"digits": 0}, "digits must be a whole number from 1 to "),
        (random_solver(TINY_TEXT), {"draw": "even"}, "draw must be one of numbers, lengths"),
        (
            random_solver(Experiment(task=Rule(), network=SMALL)),
            {"draw": "lengths"},
            "draw must be one for this task; lengths is for arithmetic; a list of questions is drawn from as it is",
        ),
    ],
    ids=["digits", "no digits", "draw", "rule"],
)
def test_questions_that_cannot_be_drawn_so_are_refused(solver: Solver, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        evaluate(solver, n=10, **settings)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("n", [0, -1, 1_000_001, 2.5, True])
def test_a_number_of_questions_that_cannot_be_asked_is_refused(n: int) -> None:
    with pytest.raises(ExperimentError, match="n must be a whole number from 1 to 1,000,000"):
        evaluate(random_solver(TINY_TEXT), n=n)


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_a_seed_that_cannot_be_used_is_refused(seed: int) -> None:
    with pytest.raises(ExperimentError, match="seed must be a whole number"):
        evaluate(random_solver(TINY_TEXT), n=10, seed=seed)


def test_no_questions_are_refused() -> None:
    with pytest.raises(QuestionError, match="there are no questions to ask"):
        evaluate_on(random_solver(TINY_TEXT), TINY_TEXT.task.read([]))


@pytest.mark.parametrize(
    ("expected", "guess", "scores"),
    [
        ([" 9", "12", "13"], "12", (1 / 3, 3 / 6)),
        (["12", "12", "34"], "12", (2 / 3, 4 / 6)),
        (["9", "12", "12", "130"], "12", (2 / 4, 2 / 4)),
        (["7"], "7", (1.0, 1.0)),
    ],
)
def test_the_best_guess_is_the_commonest_character_of_each_position(
    expected: list[str], guess: str, scores: tuple[float, float]
) -> None:
    assert commonest_answer(expected) == guess
    assert guess_scores(expected) == pytest.approx(scores)


def test_the_error_is_over_readable_answers_only() -> None:
    assert rmse([13, None, 20], [12, 5, 24]) == pytest.approx(math.sqrt((1 + 16) / 2))
    assert mean_absolute_error([13, None, 20], [12, 5, 24]) == 2.5
    assert rmse([None], [5]) is None
    assert mean_absolute_error([None], [5]) is None
    assert rmse([10**15], [0]) == pytest.approx(1e15)
    assert rmse([-3], [4]) == 7


def test_errors_too_large_for_a_float_are_not_told() -> None:
    assert rmse([10**400], [0]) is None
    assert mean_absolute_error([10**400], [1]) is None
    assert rmse([10**400 + 3], [10**400]) == 3


@pytest.mark.parametrize("order", ["written", "reversed"])
def test_a_blank_in_an_answer_is_no_padding(order: str) -> None:
    rule = Rule((("1", "a b"), ("2", "b"), ("3", "ab ab")))
    experiment = Experiment(rule, network=SMALL).replaced({"encoding.answer_order": order})
    solver = untrained(experiment.replaced({"training.padding_weight": 0}))
    solver.weights["character/bias"][rule.blank] = 1.0  # It writes nothing but blanks.
    questions = rule.read(["1", "2", "3"])
    report = evaluate_on(solver, questions)
    assert report.character_accuracy == (3 + 4 + 1) / 15  # The answers are "  a b", "    b" and "ab ab".
    assert report.unpadded_accuracy == 2 / 9
    total = math.log(len(rule.alphabet) - 1 + math.e)
    expected = (7 * total + 6 * (total - 1)) / 13  # The loss also counts two blanks right before an answer.
    assert loss(solver, solver.predict(questions), questions) == pytest.approx(expected, rel=1e-5)


def test_zeros_that_fill_an_answer_up_are_padding() -> None:
    told = Predictions(["010", "000"], ["-07", "000"], np.zeros((2, 3, 14)), [10, 0])
    assert told.unpadded_accuracy("zero") == 1 / 3
    assert told.unpadded_accuracy("space") == 3 / 6


@pytest.mark.parametrize("feedback", [False, True])
@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_the_loss_on_characters_is_the_cross_entropy(feedback: bool, weight: float) -> None:
    experiment = TINY_TEXT.replaced({"training.padding_weight": weight, "network.feedback": feedback})
    questions = experiment.task.read(["3+10", "1+1"])
    solver = untrained(experiment)
    assert loss(solver, solver.predict(questions), questions) == pytest.approx(math.log(12), rel=1e-5)


def test_the_loss_counts_padding_by_its_weight() -> None:
    experiment = TINY_TEXT.replaced({"training.padding_weight": 0.25, "encoding.full_length": True})
    solver = untrained(experiment)
    solver.weights["character/bias"][ALPHABET.index(" ")] = 1.0
    total = math.log(11 + math.e)
    questions = experiment.task.read(["10+10", "1+1"])  # In "   20" and "    2", the last blank is no padding.
    expected = (3 * total + (2 + 0.25 * 5) * (total - 1)) / (5 + 0.25 * 5)
    assert loss(solver, solver.predict(questions), questions) == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_a_network_that_reads_itself_is_measured_on_the_truth() -> None:
    experiment = TINY_TEXT.replaced({"network.feedback": True})
    solver = random_solver(experiment)
    questions = experiment.task.sample(50, np.random.default_rng(0))
    answers = experiment.encoding.encode_answers(experiment.task, questions)
    inputs = experiment.encoding.encode_questions(experiment.task, questions)
    told = teacher_forced(experiment, solver.weights, inputs, answers)
    likelihood = np.take_along_axis(told.values, answers[:, :, None].astype(np.int64), axis=2)
    found = loss(solver, solver.predict(questions), questions)
    assert found == pytest.approx(float(-np.log(likelihood).mean()), rel=1e-5)
    assert not np.allclose(told.values, solver.predict(questions).outputs, atol=1e-3)


def test_the_loss_on_numbers_is_the_mean_squared_error() -> None:
    solver = adding_solver()
    shifted = Solver(solver.experiment, solver.weights | {"sum/bias": np.array([0.1], np.float32)})
    questions = solver.experiment.task.read(["3+10", "1+1"])
    assert loss(shifted, shifted.predict(questions), questions) == pytest.approx(0.01, rel=1e-4)


def test_more_questions_than_a_batch_are_answered_alike() -> None:
    solver = random_solver(TINY_TEXT)
    questions = Task().sample(4_500, np.random.default_rng(0))
    assert evaluate_on(solver, questions).exact_match == solver.predict(questions).correct.mean()


def test_whoever_waits_is_asked_between_batches_whether_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.solvers.evaluation.questions_at_once", lambda *_: 10)
    solver, looks = random_solver(TINY_TEXT), []
    with looking_up(lambda: looks.append(1)):
        report = evaluate(solver, 40)
    assert len(looks) == 8, "fresh questions, and those that people ask first"
    assert report == evaluate(solver, 40)

    def end() -> None:
        raise QuestionError("nobody waits")

    with looking_up(end), pytest.raises(QuestionError, match="nobody waits"):
        evaluate(solver, 40)
    assert evaluate(solver, 40) == report
