from __future__ import annotations

import dataclasses
from random import Random

import numpy as np
import pytest

from adder import ExperimentError, Task
from tests.experiments import same_questions
from tests.tasks.worlds import BINARY, HUGE, RAGGED, SQUARES, asked_otherwise, everything, rng

TO_99 = Task(smallest=0, largest=99, held_out=0.1)
SPLIT_TASKS = {
    "sums": TO_99,
    "two to four terms": dataclasses.replace(RAGGED, held_out=0.1),
    "differences over lengths": Task(smallest=0, largest=99_999, operators="-", held_out=0.3, draw="lengths"),
    "deep brackets": Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-*", brackets=2, held_out=0.2),
    "squares": dataclasses.replace(SQUARES, held_out=0.1),
    "binary": dataclasses.replace(BINARY, held_out=0.1),
    "a hundred digits": dataclasses.replace(HUGE, held_out=0.1),
}
splits = pytest.mark.parametrize("task", SPLIT_TASKS.values(), ids=SPLIT_TASKS)


@splits
def test_each_side_of_the_split_draws_its_own_questions_alone(task: Task) -> None:
    most = 300 if task.largest > 10**18 else 3_000
    for split, held_out in (("train", False), ("held_out", True)):
        drawn = task.sample(most, rng(), split=split)
        assert len(drawn) == most
        assert (task.is_held_out(drawn) == held_out).all()
        assert same_questions(drawn, task.sample(most, rng(), split=split))
        assert not same_questions(drawn, task.sample(most, rng(1), split=split))
        assert task.sample(0, rng(), split=split).answers.shape == (0, task.longest_answer)


def test_both_sides_together_hold_every_question() -> None:
    trained = np.unique(TO_99.sample(100_000, rng()).keys)
    held_out = np.unique(TO_99.sample(20_000, rng(), split="held_out").keys)
    assert len(held_out) == TO_99.held_out_questions
    assert len(trained) + len(held_out) == TO_99.distinct_questions
    assert Task().held_out_questions == Task().is_held_out(everything(Task())).sum() == 0


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ("held_out", r"task\.held_out must be over 0"),
        ("test", "split must be one of train, held_out, any"),
    ],
)
def test_a_side_that_is_not_there_is_refused(split: str, sentence: str) -> None:
    with pytest.raises(ExperimentError, match=sentence):
        Task().sample(5, rng(), split=split)


@pytest.mark.parametrize(
    ("task", "count"),
    [
        (Task(smallest=1, largest=10), 55),
        (Task(smallest=1, largest=100), 5_050),
        (Task(smallest=0, largest=99), 5_050),
        (Task(smallest=0, largest=9, terms=3), 220),
        (Task(smallest=4, largest=4), 1),
        (Task(smallest=0, largest=9, operators="-"), 100),
        (Task(smallest=0, largest=9, operators="+-*"), 55 + 100 + 55),
        (Task(smallest=0, largest=9, terms=3, fewest_terms=2), 55 + 220),
        (Task(smallest=0, largest=99, terms=1, operators="^"), 100),
        (BINARY, 32_896),
        (Task(smallest=0, largest=9, terms=3, brackets=2), 220),
        (Task(smallest=0, largest=10**100 - 1), 10**100 * (10**100 + 1) // 2),
    ],
)
def test_distinct_questions_count_a_question_and_its_mirror_once(task: Task, count: int) -> None:
    assert task.distinct_questions == count


@pytest.mark.parametrize(
    "task",
    [
        Task(smallest=3, largest=12),
        Task(smallest=0, largest=5, terms=3, fewest_terms=2, operators="+-*", brackets=1),
        Task(smallest=0, largest=3, terms=4, operators="+-", brackets=2),
        Task(smallest=0, largest=5, terms=4, fewest_terms=2),
        Task(smallest=0, largest=20, base=3, operators="*"),
        Task(smallest=0, largest=99, terms=1, operators="^"),
    ],
)
def test_in_a_small_world_every_distinct_question_has_a_key_of_its_own(task: Task) -> None:
    every = everything(task)
    assert len(np.unique(every.keys)) == task.distinct_questions
    held = dataclasses.replace(task, held_out=0.3)
    assert held.held_out_questions == len(np.unique(every.keys[held.is_held_out(every)]))
    assert 0.5 < held.held_out_questions / (task.distinct_questions * 0.3) < 1.5


def test_held_out_questions_are_expected_in_a_large_world() -> None:
    task = Task(largest=10**6, held_out=0.25)
    assert task.held_out_questions == round(task.distinct_questions * 0.25)
    assert abs(task.is_held_out(task.sample(100_000, rng(), split="any")).mean() - 0.25) < 0.01


@splits
def test_no_order_of_its_terms_leaks_a_held_out_question_into_training(task: Task) -> None:
    random = Random(1)
    for split in ("train", "held_out"):
        drawn = task.sample(300, rng(), split=split)
        questions = task.texts(drawn)
        others = [asked_otherwise(task, question, random) for question in questions]
        mirrored = task.read(others)
        assert np.array_equal(mirrored.keys, drawn.keys)
        assert np.array_equal(mirrored.values, drawn.values)  # type: ignore[arg-type]
        assert set(task.is_held_out(mirrored).tolist()) == {split == "held_out"}
        assert (others != questions) or task.operators in ("-", "^")


def test_the_split_is_the_same_on_every_machine_and_for_ever() -> None:
    keys = Task(smallest=0, largest=99).read(["3+10", "0+0", "99+99"]).keys
    assert keys.tolist() == [7088723081602902580, 814277273372256191, 7137916308229574072]
    for task in (Task(smallest=0, largest=10**30), Task(smallest=0, largest=99, base=16), RAGGED):
        assert task.of([[3, 10]]).keys[0] == keys[0]


def test_a_larger_share_holds_out_all_that_a_smaller_one_does() -> None:
    every = everything(Task(smallest=0, largest=99))
    small = Task(smallest=0, largest=99, held_out=0.1).is_held_out(every)
    large = Task(smallest=0, largest=99, held_out=0.3).is_held_out(every)
    assert large[small].all()
    assert large.sum() > small.sum()


@splits
def test_no_level_leaks_a_held_out_question_into_training(task: Task) -> None:
    most = 100 if task.largest > 10**18 else 2_000
    levels = np.arange(most) % task.levels + 1
    drawn = task.sample(most, rng(), levels=levels)
    assert not task.is_held_out(drawn).any()
    assert same_questions(drawn, task.sample(most, rng(), levels=levels))


def test_a_level_that_is_wholly_held_out_draws_from_all_the_others() -> None:
    task = Task(smallest=1, largest=255, base=2, held_out=0.9)
    assert task.is_held_out(task.read(["1+1"])).all()
    drawn = task.sample(20, rng(), levels=np.ones(20, np.int64))
    assert len(drawn) == 20
    assert not task.is_held_out(drawn).any()
