from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from adder import Experiment, ExperimentError, Rule, Seq2Seq, Solver, Task, Training, evaluate, memorised
from adder.analysis.memorisation import _seen
from adder.solvers.results import Epoch
from adder.tasks.questions import Questions
from adder.training.trainer import draw
from tests.experiments import TINY_FAST, TINY_LINEAR, TINY_TEXT, adding_solver, random_solver

SMALL_WORLD = dataclasses.replace(
    TINY_LINEAR, task=Task(smallest=0, largest=9, held_out=0.2), training=Training(epochs=60, samples=20, batch_size=10)
)


def after(epochs: int, experiment: Experiment = SMALL_WORLD) -> Solver:
    """A solver whose history says that it was trained for so many epochs."""
    history = [Epoch(epoch, 1, 0, 1, 0, 0, 0, None, 0, 20 * epoch) for epoch in range(1, epochs + 1)]
    return dataclasses.replace(random_solver(experiment), history=tuple(history))


def test_the_questions_of_every_epoch_are_counted_once_whatever_their_order() -> None:
    asked = {
        tuple(sorted(numbers)) for epoch in (1, 2) for numbers in np.asarray(draw(SMALL_WORLD, epoch).numbers).tolist()
    }
    memory = memorised(after(2), n=10)
    assert (memory.seen, memory.distinct_questions) == (len(asked), 55)
    assert 20 < memory.seen < 40


def test_a_longer_run_has_seen_more_until_it_has_seen_all_that_is_not_held_out() -> None:
    seen = [memorised(after(epochs), n=10).seen for epochs in (0, 1, 3, 60)]
    assert seen[0] == 0 < seen[1] < seen[2] < seen[3]
    assert seen[3] == 55 - SMALL_WORLD.task.held_out_questions


def test_a_small_world_with_nothing_held_out_is_seen_whole() -> None:
    memory = memorised(after(30, TINY_TEXT.replaced({"training.samples": 1_000})), n=10)
    assert memory.seen == memory.distinct_questions == 55
    assert memory.held_out_exact_match is None


def test_a_large_world_is_seen_in_small_part() -> None:
    experiment = Experiment(task=Task(smallest=0, largest=99_999), training=Training(samples=500))
    memory = memorised(after(2, experiment), n=10)
    assert memory.seen == 1_000
    assert memory.distinct_questions == 5_000_050_000


def test_questions_are_counted_as_the_curriculum_drew_them() -> None:
    experiment = Experiment(
        task=Task(smallest=0, largest=999), training=Training(epochs=10, samples=1_000, curriculum="naive")
    )
    first = memorised(after(1, experiment), n=10)
    assert first.seen == 55  # The first level has one digit, and so 55 questions.
    assert memorised(after(10, experiment), n=10).seen > 5_000


def test_a_list_of_ones_own_is_counted_by_its_questions() -> None:
    rule = Rule(tuple((f"{number}", f"{number % 7}") for number in range(50)), held_out=0.2)
    experiment = Experiment(
        task=rule, network=Seq2Seq(encoder_units=2, decoder_units=2), training=Training(samples=500)
    )
    memory = memorised(after(3, experiment), n=10)
    assert (memory.seen, memory.distinct_questions) == (50 - rule.held_out_questions, 50)


@pytest.mark.parametrize("experiment", [TINY_FAST, TINY_TEXT], ids=["held out", "nothing held out"])
def test_both_kinds_of_questions_are_asked(experiment: Experiment) -> None:
    solver = after(1, experiment)
    memory, report = memorised(solver, n=300, seed=3), evaluate(solver, n=300, seed=3)
    if experiment.task.held_out:
        found = (memory.held_out_exact_match, memory.trained_exact_match)
        assert found == (report.exact_match, report.trained_exact_match)
    else:
        assert (memory.held_out_exact_match, memory.trained_exact_match) == (None, report.exact_match)


def test_what_was_seen_is_asked_as_it_was_drawn_each_question_once() -> None:
    solver = after(2)
    drawn = Questions.joined([draw(SMALL_WORLD, epoch) for epoch in (1, 2)])
    _, first = np.unique(drawn.keys, return_index=True)
    once = drawn[first]
    memory = memorised(solver, n=1_000)
    assert memory.seen_exact_match == solver.predict(once).correct.mean()
    assert (memory.unseen_exact_match, memory.unseen) == (None, 0)
    keys, some = _seen(solver, 1_000, 7)
    assert sorted(some.keys) == sorted(once.keys) == sorted(keys)
    assert len(_seen(solver, 5, 7)[1]) == 5


def test_where_nothing_is_held_out_the_fresh_questions_that_were_not_seen_are_asked_apart() -> None:
    solver = adding_solver()
    solver = dataclasses.replace(solver, history=after(1).history)
    memory = memorised(solver, n=500)
    assert memory.seen_exact_match == memory.unseen_exact_match == memory.trained_exact_match == 1
    drawn = solver.experiment.task.sample(500, np.random.default_rng(7), split="any")
    assert memory.unseen == int((~np.isin(drawn.keys, draw(solver.experiment, 1).keys)).sum())


def test_a_run_that_has_not_begun_has_seen_nothing() -> None:
    memory = memorised(after(0, TINY_TEXT), n=20)
    assert (memory.seen, memory.seen_exact_match, memory.unseen) == (0, None, 20)
    assert memory.unseen_exact_match == memory.trained_exact_match


def test_every_question_seen_is_asked_as_often_as_any_other() -> None:
    solver = after(2)
    keys, _ = _seen(solver, 1, 0)
    counts = dict.fromkeys(map(int, keys), 0)
    for seed in range(600):
        _, some = _seen(solver, 5, seed)
        assert len(set(some.keys)) == len(some) == 5
        for key in some.keys:
            counts[int(key)] += 1
    expected = 600 * 5 / len(keys)
    assert min(counts.values()) > 0.6 * expected
    assert max(counts.values()) < 1.4 * expected


def test_a_number_of_questions_that_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ExperimentError, match="n must be a whole number from 1 to 1,000,000; received: 0"):
        memorised(after(1), n=0)
