"""What an epoch trains on and how fast: its questions, its curriculum, its learning rate."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import Experiment, Task, Training
from adder.experiment.training import SCHEDULES
from adder.solvers.cost import CHECK_QUESTIONS
from adder.solvers.results import Epoch
from adder.tasks.curricula import CURRICULA, MASTERED
from adder.tasks.draws import DRAWS
from adder.training.trainer import batches, check_questions, draw
from tests.experiments import TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT, same_questions


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("task", [Task(smallest=0, largest=99, held_out=0.1), Task(largest=10**6, held_out=0.1)])
def test_check_questions_are_distinct_and_held_out(task: Task, seed: int) -> None:
    questions = check_questions(Experiment(task=task, seed=seed))
    assert task.is_held_out(questions).all()
    assert len(set(task.texts(questions))) == len(questions) > 200
    assert len(questions) <= CHECK_QUESTIONS


def test_check_questions_are_fresh_where_nothing_is_held_out() -> None:
    task = Task(largest=100)
    first, second = (task.texts(check_questions(Experiment(task=task, seed=seed))) for seed in (1, 2))
    assert len(set(first)) == len(first) > 300
    assert first != second


@pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED, TINY_LINEAR])
def test_each_epoch_trains_on_other_questions_and_never_on_held_out_ones(experiment: Experiment) -> None:
    first, again, second = (batches(experiment, epoch) for epoch in (1, 1, 2))
    assert first[0].shape[:2] == first[1].shape[:2] == (2, 10)
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], second[0])
    if experiment.task.held_out:
        assert not experiment.task.is_held_out(draw(experiment, 1)).any()


EPOCH = Epoch(1, 1.0, 0.5, 1.0, 0.5, 0.5, 0.2, 0.2, 0.1, 400)
WIDE = Experiment(
    task=Task(smallest=0, largest=99_999, terms=3, fewest_terms=2, held_out=0.2),
    training=Training(epochs=10, samples=400, batch_size=10),
)


def digits_drawn(curriculum: str, epoch: int, rows: slice = slice(None)) -> tuple[int, int]:
    """The digits of the longest number and the terms of the longest question that an epoch draws."""
    questions = draw(WIDE.replaced({"training.curriculum": curriculum}), epoch)[rows]
    assert not WIDE.task.is_held_out(questions).any()
    assert questions.numbers is not None
    return len(str(questions.numbers.max())), max(text.count("+") + 1 for text in WIDE.task.texts(questions))


def test_without_a_curriculum_all_levels_are_drawn_from_the_start() -> None:
    assert digits_drawn("none", 1) == (5, 3)


def test_the_naive_curriculum_rises_to_the_top_by_the_middle_of_the_run() -> None:
    assert WIDE.task.levels == 5
    assert [digits_drawn("naive", epoch)[0] for epoch in range(1, 11)] == [1, 2, 3, 4, 5, 5, 5, 5, 5, 5]
    assert [digits_drawn("naive", epoch)[1] for epoch in (1, 2, 5)] == [2, 3, 3]


def test_the_mixed_curriculum_draws_every_level_all_along() -> None:
    for epoch in (1, 10):
        numbers = draw(WIDE.replaced({"training.curriculum": "mixed"}), epoch).numbers
        assert numbers is not None
        assert numbers.max() > 9_999
        assert (numbers.max(axis=1) < 10).mean() > 0.15  # A fifth of them has level 1.


def test_the_combined_curriculum_is_half_mixed_and_half_naive() -> None:
    mixed, naive = slice(0, None, 2), slice(1, None, 2)
    assert [digits_drawn("combined", epoch, naive)[0] for epoch in (1, 3, 5)] == [1, 3, 5]
    assert [digits_drawn("combined", epoch, mixed)[0] for epoch in (1, 3, 5)] == [5, 5, 5]


def test_training_may_draw_otherwise_than_its_task_does() -> None:
    task = Task(smallest=0, largest=99_999, held_out=0.1)
    plain, short = (
        draw(Experiment(task=task, training=Training(draw=how)), epoch=1).numbers for how in (None, "lengths")
    )
    assert plain is not None
    assert short is not None
    assert (plain < 10).mean() < 0.01
    assert (short < 10).mean() == pytest.approx(0.2, abs=0.03)
    assert not task.is_held_out(draw(Experiment(task=task, training=Training(draw="lengths")), epoch=1)).any()


@pytest.mark.parametrize("curriculum", CURRICULA)
def test_a_curriculum_draws_as_many_questions_and_the_same_ones_again(curriculum: str) -> None:
    experiment = WIDE.replaced({"training.curriculum": curriculum})
    first, again = draw(experiment, 3), draw(experiment, 3)
    assert len(first) == WIDE.training.samples
    assert np.array_equal(first.symbols, again.symbols)


def test_the_learning_rate_is_constant_without_a_final_one() -> None:
    training = Training(epochs=5, learning_rate=0.01)
    assert [training.at(epoch).learning_rate for epoch in range(1, 6)] == [0.01] * 5


def test_the_learning_rate_falls_along_a_half_cosine_to_the_final_one() -> None:
    training = Training(epochs=5, learning_rate=0.01, final_learning_rate=0.002)
    rates = [training.at(epoch).learning_rate for epoch in range(1, 6)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[2] == pytest.approx(0.006)
    assert rates[4] == pytest.approx(0.002)
    assert rates == sorted(rates, reverse=True)


def test_the_learning_rate_falls_in_a_line_or_by_the_same_factor() -> None:
    training = Training(epochs=3, learning_rate=0.01, final_learning_rate=0.0001)
    rates = {
        schedule: [dataclasses.replace(training, schedule=schedule).at(epoch).learning_rate for epoch in (1, 2, 3)]
        for schedule in SCHEDULES
    }
    assert rates["linear"] == pytest.approx([0.01, 0.00505, 0.0001])
    assert rates["exponential"] == pytest.approx([0.01, 0.001, 0.0001])


@example("cosine", 2, 1.0, 1.0000000000000003e-09, 1)  # The difference of the rates is rounded to that of 1 and 0.
@given(
    st.sampled_from(list(SCHEDULES)), st.integers(2, 100), st.floats(1e-7, 10), st.floats(1e-9, 10), st.integers(0, 98)
)
def test_every_schedule_goes_from_the_first_rate_to_the_final_one_without_turning(
    schedule: str, epochs: int, first: float, final: float, at: int
) -> None:
    training = Training(epochs, learning_rate=first, final_learning_rate=final, schedule=schedule)
    assert training.at(1).learning_rate == pytest.approx(first)
    assert training.at(epochs).learning_rate == pytest.approx(final)
    before, after = (training.at(1 + min(epochs - 1, at + step)).learning_rate for step in (0, 1))
    assert min(first, final) * (1 - 1e-9) <= before <= max(first, final) * (1 + 1e-9)
    assert (after - before) * (final - first) >= 0 or after == pytest.approx(before)


def test_a_single_epoch_uses_the_first_learning_rate() -> None:
    training = Training(epochs=1, learning_rate=0.01, final_learning_rate=0.002)
    assert training.at(1).learning_rate == 0.01


def test_the_earned_curriculum_rises_after_each_epoch_in_which_nearly_all_was_right() -> None:
    experiment = WIDE.replaced({"training.curriculum": "earned"})

    def longest(epoch: int, *accuracies: float) -> int:
        history = [dataclasses.replace(EPOCH, epoch=place, accuracy=each) for place, each in enumerate(accuracies, 1)]
        numbers = draw(experiment, epoch, history).numbers
        assert numbers is not None
        return len(str(numbers.max()))

    assert [longest(1), longest(2, MASTERED), longest(2, MASTERED - 0.01)] == [1, 2, 1]
    assert longest(4, 0.5, 1.0, 0.5, 1.0) == 2  # What comes later in the history does not count yet.
    assert longest(9, *[1.0] * 8) == 5


CHANGING = Training(
    epochs=9, samples=400, changes=((3, "batch_size", 100), (3, "draw", "lengths"), (5, "learning_rate", 0.02))
)


def test_a_change_holds_from_its_epoch_to_the_next_change_of_the_same_setting() -> None:
    changing = dataclasses.replace(CHANGING, changes=(*CHANGING.changes, (7, "batch_size", 50), (7, "draw", None)))
    held = [(now.learning_rate, now.batch_size, now.draw, now.steps) for now in map(changing.at, (2, 3, 5, 7))]
    assert held == [
        (0.001, 10, None, 40),
        (0.001, 100, "lengths", 4),
        (0.02, 100, "lengths", 4),
        (0.02, 50, None, 8),
    ]
    assert changing.stretches == (range(1, 3), range(3, 5), range(5, 7), range(7, 10))
    for epoch in range(1, 11):
        assert changing.steps_before(epoch) == sum(changing.at(each).steps for each in range(1, epoch))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_changed_learning_rate_goes_on_to_the_final_one(schedule: str) -> None:
    training = dataclasses.replace(CHANGING, final_learning_rate=0.0001, schedule=schedule)
    planned, rest = dataclasses.replace(training, changes=()), Training(5, learning_rate=0.02, schedule=schedule)
    rest = dataclasses.replace(rest, final_learning_rate=0.0001)
    rates = [training.at(epoch).learning_rate for epoch in range(1, 10)]
    assert rates[:4] == [planned.at(epoch).learning_rate for epoch in range(1, 5)]
    assert rates[4:] == [rest.at(epoch).learning_rate for epoch in range(1, 6)]
    last = dataclasses.replace(planned, changes=((9, "learning_rate", 0.02),))
    assert last.at(9).learning_rate == 0.02


@pytest.mark.parametrize("how", DRAWS)
def test_whatever_is_drawn_later_the_same_questions_are_held_out_and_checked(how: str) -> None:
    experiment = Experiment(task=Task(smallest=0, largest=99_999, held_out=0.2), training=Training(epochs=4))
    changed = experiment.changed(3, {"draw": how, "batch_size": 50})
    assert same_questions(draw(changed, 2), draw(experiment, 2))
    drawn = draw(changed, 3)
    assert same_questions(drawn, draw(experiment.replaced({"training.draw": how}), 3))
    assert not experiment.task.is_held_out(drawn).any()
    assert same_questions(check_questions(changed), check_questions(experiment))
    assert [each.shape[:2] for each in batches(changed, 3)] == [(20, 50)] * 2
