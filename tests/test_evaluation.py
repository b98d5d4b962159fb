from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import Experiment, ExperimentError, QuestionError, Solver, Tally, Task, evaluate
from adder.evaluation import carries, commonest_answer, evaluate_on, guess_scores, loss, rmse
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, adding_solver, random_solver

KINDS = pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED], ids=["text", "reversed", "scaled"])


def always(text: str) -> Solver:
    """A network that writes the same two characters whatever it is asked: its output layer sees the step alone."""
    experiment = TINY_TEXT.replaced({"network.decoder_units": 1, "network.encoder_units": 1})
    shapes = experiment.network.weight_shapes(experiment.task, experiment.encoding)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    first, second = ("0123456789+ ".index(char) for char in text)
    weights["decoder/bias"][:] = [5, 9, 5, 9]  # the state grows with each step: tanh(1), then about tanh(2)
    states = experiment.network.forward(experiment.task, experiment.encoding, weights, np.zeros((1, 5), np.int32))
    assert states.shape == (1, 2, 12)
    weights["character/kernel"][0, [first, second]] = [0, 1_000]
    weights["character/bias"][[first, second]] = [0, -860]
    weights["character/bias"][[i for i in range(12) if i not in (first, second)]] = -2_000
    return Solver(experiment, weights)


def test_hand_made_answers_have_their_known_figures() -> None:
    solver = always("12")
    numbers = np.array([[2, 10], [10, 2], [1, 10], [9, 10], [1, 1], [6, 10], [3, 9], [10, 10]])
    assert solver.predict(numbers).texts == ["12"] * 8
    report = evaluate_on(solver, numbers)
    # expected: 12, 12, 11, 19, " 2", 16, 12, 20
    assert report.questions == 8
    assert report.split == "given"
    assert report.exact_match == 3 / 8
    assert report.character_accuracy == (6 + 4) / 16
    assert report.malformed == 0
    assert report.rmse == pytest.approx(math.sqrt((0 + 0 + 1 + 49 + 100 + 16 + 0 + 64) / 8))
    assert report.by_position == (Tally(1, 8, 6), Tally(2, 8, 4))
    assert report.by_length == (Tally(3, 2, 1), Tally(4, 5, 2), Tally(5, 1, 0))
    assert report.by_carries == (Tally(0, 7, 2), Tally(1, 1, 1))
    assert report.guess_exact_match == 3 / 8
    assert report.guess_character_accuracy == (6 + 4) / 16


def test_answers_that_spell_no_number_are_left_out_of_the_error() -> None:
    report = evaluate_on(always("1+"), np.array([[2, 10], [1, 10]]))
    assert report.malformed == 1
    assert report.rmse is None
    assert report.exact_match == 0
    assert report.character_accuracy == 0.5


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
    for tallies in (report.by_length, report.by_carries):
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
        evaluate_on(random_solver(TINY_TEXT), np.empty((0, 2), np.int64))


@pytest.mark.parametrize(
    ("numbers", "count"),
    [
        ([12, 50], 0),
        ([19, 3], 1),
        ([99, 1], 2),
        ([5, 5], 1),
        ([0, 0], 0),
        ([999, 999], 3),
        ([9, 9, 9], 1),
        ([50, 60], 1),
    ],
)
def test_carries_are_counted_as_on_paper(numbers: list[int], count: int) -> None:
    assert carries(np.array([numbers])).tolist() == [count]


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=2))
def test_carries_of_two_terms_are_the_digits_that_the_sum_lacks(numbers: list[int]) -> None:
    def digit_sum(number: int) -> int:
        return sum(map(int, str(number)))

    lost = digit_sum(numbers[0]) + digit_sum(numbers[1]) - digit_sum(sum(numbers))
    assert carries(np.array([numbers])).tolist() == [lost // 9]


def test_counting_carries_leaves_the_questions_alone() -> None:
    numbers = np.array([[19, 3]])
    carries(numbers)
    assert numbers.tolist() == [[19, 3]]


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
    assert rmse([13, None, 20], np.array([12, 5, 24])) == pytest.approx(math.sqrt((1 + 16) / 2))
    assert rmse([None], np.array([5])) is None
    assert rmse([10**15], np.array([0])) == pytest.approx(1e15)


def test_the_loss_on_characters_is_the_cross_entropy() -> None:
    experiment = TINY_TEXT
    zeros = {name: np.zeros_like(weight) for name, weight in random_solver(experiment).weights.items()}
    numbers = np.array([[3, 10], [1, 1]])
    solver = Solver(experiment, zeros)  # every character equally likely
    assert loss(solver, solver.predict(numbers), numbers) == pytest.approx(math.log(12), rel=1e-5)


def test_the_loss_on_numbers_is_the_mean_squared_error() -> None:
    solver = adding_solver()
    shifted = Solver(solver.experiment, solver.weights | {"sum/bias": np.array([0.1], np.float32)})
    numbers = np.array([[3, 10], [1, 1]])
    assert loss(shifted, shifted.predict(numbers), numbers) == pytest.approx(0.01, rel=1e-4)


def test_more_questions_than_a_batch_are_answered_alike() -> None:
    solver = random_solver(TINY_TEXT)
    numbers = Task().sample(4_500, np.random.default_rng(0))
    assert evaluate_on(solver, numbers).exact_match == solver.predict(numbers).correct.mean()
