from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import Rule, Task, preset
from adder.quiz.difficulty import LEVELS, level_of, levels

TO_99 = Task(smallest=0, largest=99)
MINUS = dataclasses.replace(TO_99, operators="-")


@pytest.mark.parametrize("name", ["two-digits", "calculator", "binary", "squares", "smallest", "plus-minus", "terms"])
def test_a_harder_level_asks_for_more_work(name: str) -> None:
    task = preset(name).task
    found = levels(task, seed=1)
    means = [sum(task.effort(each, "") for each in level.questions) / len(level.questions) for level in found]
    assert means == sorted(means)
    assert means[0] < means[4] / 1.5
    assert [level.effort for level in found] == [max(task.effort(each, "") for each in one.questions) for one in found]


def test_levels_are_fifths_of_distinct_questions_in_the_order_they_were_drawn() -> None:
    found = levels(TO_99, seed=1)
    questions = [question for level in found for question in level.questions]
    assert len(found) == LEVELS
    assert len(set(questions)) == len(questions)
    assert {len(level.questions) for level in found} <= {len(questions) // 5, len(questions) // 5 + 1}
    assert found == levels(TO_99, seed=1) != levels(TO_99, seed=2)
    tiny = levels(Task(largest=2), seed=1)
    assert [len(level.questions) for level in tiny] == [1] * LEVELS
    assert {level.questions[0] for level in tiny} == {"1+1", "1+2", "2+1", "2+2"}


def test_a_level_ends_where_the_next_one_begins() -> None:
    words = Rule(tuple(("x" * length, "y") for length in range(1, 11)))
    found = levels(words, seed=1)
    assert [level.effort for level in found] == [3, 5, 7, 9, 11]
    assert [level_of(words, 1, "x" * length, length + 1) for length in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    # As hard as one level's hardest, or harder than that.
    assert [level_of(words, 1, "not drawn", work) for work in (0, 3, 4, 9, 10, 99)] == [1, 1, 2, 4, 5, 5]


@pytest.mark.parametrize(
    ("task", "question", "work"),
    [
        (TO_99, "50+30", 2),
        (TO_99, "57+38", 4),
        (TO_99, "7+1", 1),
        (TO_99, "7+8", 3),
        (TO_99, "0+99", 0),
        (MINUS, "57-31", 2),
        (MINUS, "51-37", 4),
        (MINUS, "30-57", 3),
        (dataclasses.replace(TO_99, operators="+*"), "12*34", 8),
        (Task(largest=9, terms=3), "2+3+4", 2),
        (Task(largest=9, terms=3, brackets=1), "2+(3+4)", 4),
        (Task(smallest=0, largest=255, base=2), "100+1", 1),
        (Task(smallest=0, largest=255, base=2), "111+1", 7),
        (Task(smallest=0, largest=99, terms=1, operators="^"), "9^2", 2),
        (Task(smallest=0, largest=99, terms=1, operators="^"), "19^2", 8),
    ],
)
def test_digits_brackets_and_carries_are_work(task: Task, question: str, work: int) -> None:
    assert task.effort(question, "") == work


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_taking_away_borrows_where_adding_back_carries(one: int, other: int) -> None:
    task = Task(smallest=0, largest=2 * 10**9, operators="+-")
    low, high = sorted((one, other))
    columns = (len(str(low)) if low else 0, len(str(min(low, high - low))) if low and high - low else 0)
    assert task.effort(f"{high}-{low}", "") - columns[0] == task.effort(f"{low}+{high - low}", "") - columns[1]
