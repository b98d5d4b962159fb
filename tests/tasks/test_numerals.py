from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder.tasks.numerals import DIGITS, column_carries, digit_columns, digits, spell, value
from adder.tasks.questions import ALPHABET, texts

bases = st.integers(2, 16)
huge = st.integers(-(10**100), 10**100)


@given(huge, bases)
@example(0, 2)
def test_a_number_reads_back_from_its_spelling_in_every_base(number: int, base: int) -> None:
    spelled = spell(number, base)
    assert value(spelled, base) == int(spelled, base) == number
    assert len(spelled.removeprefix("-")) == digits(abs(number), base)


@pytest.mark.parametrize(("base", "letter"), [(2, "b"), (8, "o"), (10, "d"), (16, "X")])
@given(number=huge)
def test_a_spelling_is_pythons_own(base: int, letter: str, number: int) -> None:
    assert spell(number, base) == format(number, letter)


@pytest.mark.parametrize("base", range(2, 17))
@pytest.mark.parametrize("power", [1, 2, 15, 16, 18, 63, 100])
def test_digits_are_exact_at_powers_of_the_base(base: int, power: int) -> None:
    assert digits(base**power - 1, base) == power
    assert digits(base**power, base) == power + 1
    assert digits(base**power + 1, base) == power + 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13", 13), (" 62", 62), ("007", 7), ("26 ", 26), ("-5", -5), (" -05", -5), ("-0", 0), ("6 2", None),
        ("   ", None), ("", None), ("-", None), ("--5", None), ("5-", None), ("- 5", None), ("+5", None),
        ("1+3", None), ("1_0", None), ("A", None), ("５", None), ("²", None), ("1.0", None),
    ],
)  # fmt: skip
def test_a_text_spells_a_number_or_none(text: str, number: int | None) -> None:
    assert value(text) == number


@pytest.mark.parametrize("base", range(2, 16))
def test_a_digit_that_the_base_lacks_spells_no_number(base: int) -> None:
    assert value(DIGITS[base - 1], base) == base - 1
    assert value(DIGITS[base], base) is None
    assert value(f"1{DIGITS[base]}", base) is None


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=5), bases, st.integers(0, 5), st.booleans())
@example([2**63 - 1], 16, 5, False)
@example([4 * 10**18], 10, 1, False)
def test_columns_of_digits_show_the_spelling(numbers: list[int], base: int, room: int, as_objects: bool) -> None:
    width = digits(max(numbers), base) + room
    columns = digit_columns(np.array(numbers, object if as_objects else np.int64), width, base)
    assert columns.dtype == np.int32
    assert texts(columns, ALPHABET) == [spell(number, base).rjust(width) for number in numbers]


@given(st.lists(st.integers(0, 10**100), min_size=1, max_size=3), bases)
def test_columns_of_huge_numbers_are_exact(numbers: list[int], base: int) -> None:
    width = digits(max(numbers), base)
    columns = digit_columns(np.array(numbers, object), width, base)
    assert [int(text, base) for text in texts(columns, ALPHABET)] == numbers


def test_no_values_are_an_empty_grid() -> None:
    assert digit_columns(np.array([], np.int64), 3).shape == (0, 3)


@given(st.lists(st.integers(0, 10**40), min_size=2, max_size=4), bases)
@example([999, 999], 10)
@example([9, 9, 9], 10)
def test_columns_carry_what_the_digits_of_a_sum_lack(numbers: list[int], base: int) -> None:
    def digit_sum(number: int) -> int:
        return sum(map(DIGITS.index, spell(number, base)))

    row = np.array([numbers], object)
    carried = column_carries(row, base)
    assert carried.shape == (1, max(digits(number, base) for number in numbers))
    lost = sum(map(digit_sum, numbers)) - digit_sum(sum(numbers) % base ** carried.shape[1]) - carried[0, -1]
    assert carried.sum() * (base - 1) == lost
    assert row.tolist() == [numbers]
