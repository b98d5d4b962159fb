from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.quiz.slips import CARRY, ONE_DIGIT, REVERSED, slip
from adder.tasks.arithmetic import Task

TASK = Task(smallest=0, largest=9_999_999, terms=4, fewest_terms=2)
NUMBERS = st.lists(st.integers(0, 9_999_999), min_size=2, max_size=4)


def asked(numbers: list[int]) -> str:
    return "+".join(map(str, numbers))


def added_without(numbers: list[int], forgotten: set[int]) -> tuple[int, bool]:
    """The sum where these columns hand nothing on, worked out column by column, and whether any had something to."""
    total, carry, dropped = 0, 0, False
    for column in range(9):
        here = sum(number // 10**column % 10 for number in numbers) + carry
        total += here % 10 * 10**column
        carry = here // 10
        if column in forgotten and carry:
            carry, dropped = 0, True
    return total, dropped


@given(NUMBERS, st.sets(st.integers(0, 7), min_size=1))
def test_whoever_forgets_a_carry_is_told_so(numbers: list[int], forgotten: set[int]) -> None:
    wrong, dropped = added_without(numbers, forgotten)
    if dropped and wrong != sum(numbers):
        assert slip(TASK, asked(numbers), str(wrong), str(sum(numbers))) == CARRY


@given(NUMBERS, st.integers(0, 40_000_000))
def test_nobody_is_told_so_who_forgot_none(numbers: list[int], answer: int) -> None:
    possible = {
        added_without(numbers, set(columns))[0]
        for size in range(9)
        for columns in itertools.combinations(range(8), size)
    }
    if slip(TASK, asked(numbers), str(answer), str(sum(numbers))) == CARRY and answer not in possible:
        columns = [sum(number // 10**place % 10 for number in numbers) for place in range(7)]
        assert str(answer).endswith(str(columns[0])), "the sums of the columns stand beside one another"


@given(NUMBERS)
def test_what_is_right_is_no_slip(numbers: list[int]) -> None:
    assert slip(TASK, asked(numbers), str(sum(numbers)), str(sum(numbers))) == ""


@pytest.mark.parametrize(
    ("task", "question", "given", "truth", "expected"),
    [
        (Task(largest=99), "27+15", "32", "42", CARRY),
        (Task(largest=99), "57+68", "25", "125", CARRY),
        (Task(largest=99), "27+15", "312", "42", CARRY),
        (Task(largest=99), "27+15", "24", "42", REVERSED),
        (Task(largest=99), "10+20", "40", "30", ONE_DIGIT),
        (Task(largest=99), "10+20", "7", "30", ""),
        (Task(largest=99), "10+20", "-30", "30", ""),
        (Task(largest=255, base=2), "11+1", "10", "100", CARRY),
        (Task(largest=99, operators="+-"), "5-17", "-21", "-12", ""),
        (Task(largest=99, operators="+-"), "5-17", "-13", "-12", ONE_DIGIT),
        (Task(largest=99, operators="*"), "3*4", "21", "12", REVERSED),
    ],
)
def test_slips_by_name(task: Task, question: str, given: str, truth: str, expected: str) -> None:
    assert slip(task, question, given, truth) == expected
