from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import Questions, Rule, Task
from adder.tasks.questions import ALPHABET, blanks_first, blanks_last, symbols, texts
from tests.experiments import same_questions

SPACE = ALPHABET.index(" ")
BATCH = Task(largest=100, terms=3, fewest_terms=2).read(["3+10", "12+50+7", "100+100", "1+2+3"])


def test_the_alphabet_keeps_its_order_for_ever() -> None:
    assert ALPHABET == "0123456789+ -*()^ABCDEF"
    assert (ALPHABET.index("+"), SPACE) == (10, 11)


@given(st.lists(st.text(ALPHABET, max_size=7), min_size=1, max_size=5))
def test_symbols_and_texts_are_each_others_inverse(rows: list[str]) -> None:
    grid = symbols(rows, ALPHABET, 7)
    assert grid.shape == (len(rows), 7)
    assert grid.dtype == np.int32
    assert texts(grid, ALPHABET) == [row.ljust(7) for row in rows]


def test_texts_of_no_rows_are_none() -> None:
    assert symbols([], ALPHABET, 4).shape == (0, 4)
    assert texts(symbols([], ALPHABET, 4), ALPHABET) == []


def test_texts_of_part_of_a_grid_are_of_that_part() -> None:
    grid = symbols(["3+10", "12+5"], ALPHABET, 4)
    assert texts(grid[:, ::-1], ALPHABET) == ["01+3", "5+21"]
    assert texts(grid[:, ::2], ALPHABET) == ["31", "1+"]


@given(st.lists(st.text("12+ ", min_size=4, max_size=4), min_size=1, max_size=5))
def test_blanks_move_to_one_end_and_all_else_keeps_its_order(rows: list[str]) -> None:
    grid = symbols(rows, ALPHABET, 4)
    bare = [row.replace(" ", "") for row in rows]
    assert texts(blanks_first(grid, SPACE), ALPHABET) == [row.rjust(4) for row in bare]
    assert texts(blanks_last(grid, SPACE), ALPHABET) == [row.ljust(4) for row in bare]


@pytest.mark.parametrize(
    "rows", [slice(1, 3), np.array([True, False, False, True]), np.array([2, 0, 2]), np.array([], np.int64)]
)
def test_rows_of_a_batch_are_a_batch(rows: slice | np.ndarray) -> None:
    every = np.arange(len(BATCH))[rows]
    part = BATCH[rows]
    assert len(part) == len(every)
    for place, row in enumerate(every):
        assert same_questions(part[place : place + 1], BATCH[row : row + 1])


def test_batches_are_joined_in_their_order() -> None:
    assert same_questions(Questions.joined([BATCH[:1], BATCH[1:3], BATCH[3:]]), BATCH)
    assert Questions.joined([BATCH]) is BATCH


def test_a_batch_without_numbers_stays_without_them() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    known, unknown = rule.read(["cat"]), rule.read(["tag"])
    both = Questions.joined([known, unknown])
    assert (both.numbers, both.values) == (None, None)
    assert (known.answered, unknown.answered, both.answered) == (True, False, False)
    assert rule.texts(both) == rule.texts(both[np.array([0, 1])]) == ["cat", "tag"]
    assert (both[:1].numbers, both[:1].answered) == (None, False)
