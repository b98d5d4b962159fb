from __future__ import annotations

import dataclasses
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder import Task
from adder.tasks.arithmetic_settings import LARGEST_NUMBER
from adder.tasks.first_questions import notable_numbers
from adder.tasks.numerals import Span, digits
from tests.experiments import tasks
from tests.tasks.worlds import HUGE, rng


@pytest.mark.parametrize(
    "task", [HUGE, Task(largest=LARGEST_NUMBER), Task(largest=2**61), Task(largest=10**30, base=7)]
)
def test_large_numbers_are_drawn_alike_over_their_whole_range(task: Task) -> None:
    numbers = task.sample(1_000, rng()).numbers
    assert numbers is not None
    counts, _ = np.histogram((numbers.ravel() / task.largest).astype(np.float64), bins=5, range=(0, 1))
    share = counts / numbers.size
    assert np.abs(share - 0.2).max() < 0.04


@pytest.mark.parametrize(("base", "largest"), [(10, 99_999), (2, 31), (16, 0xFFFFF), (10, 10**30 - 1)])
def test_drawing_over_lengths_makes_every_length_as_likely(base: int, largest: int) -> None:
    task = Task(smallest=0, largest=largest, draw="lengths", base=base)
    numbers = task.sample(5_000, rng()).numbers
    assert numbers is not None
    counted = Counter(digits(number, base) for number in numbers.ravel().tolist())
    lengths = digits(largest, base)
    assert sorted(counted) == list(range(1, lengths + 1))
    assert max(abs(count / 10_000 - 1 / lengths) for count in counted.values()) < 0.015
    assert (numbers == 0).any()


def test_drawing_over_numbers_makes_every_number_as_likely() -> None:
    numbers = Task(smallest=0, largest=9).sample(50_000, rng()).numbers
    assert numbers is not None
    assert np.abs(np.bincount(numbers.ravel()) / numbers.size - 0.1).max() < 0.01


@pytest.mark.parametrize("operators", ["+", "+-*"])
def test_drawing_ends_makes_neither_end_rare(operators: str) -> None:
    task = Task(smallest=5, largest=9_999, terms=3, operators=operators, draw="ends")
    numbers = task.sample(20_000, rng()).numbers
    assert numbers is not None
    assert numbers.min() == 5
    assert numbers.max() == 9_999
    near_low, near_high = (numbers < 5 + 100).all(axis=1), (numbers > 9_999 - 100).all(axis=1)
    assert near_low.mean() > 0.02
    assert near_high.mean() > 0.02
    assert (numbers == 9_999).all(axis=1).sum() > 5
    middle = (numbers > 1_000) & (numbers < 9_000)
    assert 0.3 < middle.mean() < 0.6


def test_drawing_what_people_ask_first_makes_none_of_it_rare() -> None:
    numbers = Task(smallest=0, largest=99_999, terms=3, draw="first").sample(40_000, rng()).numbers
    assert numbers is not None
    assert (numbers.min(), numbers.max()) == (0, 99_999)
    same = (numbers == numbers[:, :1]).all(axis=1)
    assert 0.05 < same.mean() < 0.12
    for asked in (0, 7, 10, 99, 100, 101, 5_000, 22_222, 99_990, 99_999):
        assert (numbers == asked).mean() > 5e-5, asked  # Drawn alike, it would be 1e-5.
    notable = np.isin(numbers, notable_numbers(Span(0, 99_999)))
    assert notable.all(axis=1).mean() > 0.05  # Drawn alike, it would be 1e-8.
    assert 0.3 < (~notable).all(axis=1).mean() < 0.6


@pytest.mark.parametrize(
    "task",
    [
        Task(smallest=0, largest=99, terms=3, draw="first"),
        Task(smallest=20, largest=0x7FFF, base=16, draw="first"),
        Task(smallest=0, largest=10**30, draw="first"),
    ],
)
def test_a_script_draws_what_people_ask_first_as_often(task: Task) -> None:
    defined: dict[str, Any] = {name: value for name, (value, _) in task.constants().items()}
    for lines in (*task.source([task.draw], curriculum=False, padded=False), "import numpy as np"):
        exec(lines, defined)
    random = Random(1)
    theirs = np.array([defined["draw_question"](random) for _ in range(20_000)], object)
    ours = task.sample(20_000, rng()).numbers
    assert ours is not None
    notable = notable_numbers(task.span)
    for of in (
        lambda numbers: (numbers == numbers[:, :1]).all(axis=1),
        lambda numbers: np.isin(numbers[:, 0].astype(float), np.array(notable, float)),
        lambda numbers: numbers[:, 1] == task.largest,
        lambda numbers: numbers[:, 1] > task.largest // 2,
        lambda numbers: numbers[:, 0] < numbers[:, 1],
    ):
        assert of(theirs).mean() == pytest.approx(of(ours).mean(), abs=0.015)


def test_carries_run_under_either_number_where_the_other_is_blank() -> None:
    numbers = Task(smallest=0, largest=99_999, draw="carries").sample(4_000, rng()).numbers
    assert numbers is not None
    first, second = numbers.T
    shorter_first = (first < 10) & (second >= 1_000)
    nines = second // 10 % 1_000 == 999
    assert (shorter_first & nines).sum() > 0
    turned = (second < 10) & (first >= 1_000) & (first // 10 % 1_000 == 999)
    assert turned.sum() > 0


@pytest.mark.parametrize("base", [2, 10, 16])
def test_drawing_carries_makes_most_columns_of_half_the_questions_pass_one_on(base: int) -> None:
    task = Task(smallest=0, largest=base**6 - 1, draw="carries", base=base)
    plain, chained = (
        dataclasses.replace(task, draw=draw).sample(4_000, rng()).numbers for draw in ("lengths", "carries")
    )
    assert plain is not None
    assert chained is not None

    def passing(numbers: NDArray[Any]) -> float:
        columns = [(numbers // base**place % base).sum(axis=1) == base - 1 for place in range(6)]
        within = [numbers[:, 1] >= base**place for place in range(6)]
        return float(np.sum(np.logical_and(columns, within)) / np.sum(within))

    assert passing(plain) < 1.5 / base
    assert passing(chained) > passing(plain) + 0.1
    assert chained.min() >= 0
    assert chained.max() <= task.largest


def test_every_number_of_terms_is_drawn_alike_and_so_is_every_form_of_it() -> None:
    task = Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-", brackets=1)
    counted = Counter(task.parse(text).form for text in task.texts(task.sample(20_000, rng())))
    assert set(counted) == set(task.forms)
    for terms in task.term_counts:
        counts = [count for form, count in counted.items() if form.count("n") == terms]
        assert abs(sum(counts) / 20_000 - 1 / 3) < 0.02
        assert max(abs(count / sum(counts) - 1 / len(counts)) for count in counts) < 0.03


def test_drawing_over_forms_makes_every_form_as_likely() -> None:
    task = Task(smallest=0, largest=9, terms=3, fewest_terms=2, operators="+-", brackets=1, draw="forms")
    drawn = task.sample(20_000, rng())
    counted = Counter(task.parse(text).form for text in task.texts(drawn))
    assert set(counted) == set(task.forms)
    assert max(abs(count / 20_000 - 1 / len(task.forms)) for count in counted.values()) < 0.01
    assert drawn.numbers is not None
    assert np.abs(np.bincount(drawn.numbers[:, 0]) / 20_000 - 0.1).max() < 0.01


@pytest.mark.parametrize(
    "task",
    [
        Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-*", brackets=2, draw="large"),
        Task(smallest=0, largest=10**15, base=7, terms=3, operators="-*", draw="large"),
        Task(smallest=0, largest=99, terms=1, operators="^", draw="large"),
    ],
)
def test_half_of_what_is_drawn_large_has_the_largest_answer_of_eight_also_in_a_script(task: Task) -> None:
    constants = [f"{name} = {value}" for name, (value, _) in task.constants().items()]
    defined: dict[str, Any] = {}
    for lines in ("import itertools, operator", *constants, *task.source([task.draw], curriculum=False, padded=False)):
        exec(lines, defined)
    random = Random(1)
    alike = task.drawn_as("forms").sample(20_000, rng())
    ours = task.sample(10_000, rng(2))
    theirs = np.array([defined["answer"](defined["draw_question"](random)) for _ in range(10_000)], object)
    for share in (0.5, 0.9, 0.99):
        bound = np.sort(np.abs(alike.values))[int(share * 20_000)]
        below = (np.abs(alike.values) < bound).mean()
        for values in (ours.values, theirs):
            assert (np.abs(values) < bound).mean() == pytest.approx(below / 2 + below**8 / 2, abs=0.02)


@given(tasks().filter(lambda task: task.levels > 1), st.integers(0, 2**31 - 1))
def test_questions_are_drawn_at_the_levels_asked_for(task: Task, seed: int) -> None:
    levels = rng(seed).integers(1, task.levels, 30, endpoint=True)
    drawn = task.sample(30, rng(seed), split="any", levels=levels)
    assert task.texts(drawn) == task.texts(task.read(task.texts(drawn)))
    for text, level in zip(task.texts(drawn), levels.tolist(), strict=True):
        numbers = task.parse(text).numbers
        easier = task.at_level(level)
        assert len(numbers) in easier.term_counts
        assert all(task.smallest <= number <= easier.largest for number in numbers)
