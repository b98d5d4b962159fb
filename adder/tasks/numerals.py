"""Whole numbers written in a base from 2 to 16, as text and as rows of symbols, and how they add up on paper.

Everything here is exact at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import shorten
from adder.base.messages import Sentence
from adder.tasks.questions import ALPHABET, symbols

DIGITS = "0123456789ABCDEF"
_SPACE = ALPHABET.index(" ")
_MINUS = ALPHABET.index("-")
_FORMATS = {2: "b", 8: "o", 10: "d", 16: "X"}  # Python's `format` writes these bases.


@dataclass(frozen=True, slots=True)
class Span:
    """The whole numbers from `smallest` to `largest`.

    Attributes:
        smallest: The smallest of them.
        largest: The largest of them.
        base: What they are written in.
        dtype: The type of the arrays that hold them: `np.int64`, or `object` where results may be larger.
    """

    smallest: int
    largest: int
    base: int = 10
    dtype: type = np.int64

    @property
    def words(self) -> Sentence:
        """Its two ends in words.

        >>> Span(0, 9_999).words
        '0 to 9,999'
        """
        low, high = spell(self.smallest, self.base), spell(self.largest, self.base)
        if self.base != 10:
            return Sentence("{low} to {high} in base {base}", low=shorten(low), high=shorten(high), base=self.base)
        if len(high) < 20:
            low, high = f"{self.smallest:,}", f"{self.largest:,}"
        return Sentence("{low} to {high}", low=shorten(low), high=shorten(high))


def spell(number: int, base: int = 10) -> str:
    """A number as it is written.

    >>> spell(255, 16), spell(-6, 2)
    ('FF', '-110')
    """
    if base in _FORMATS:
        return format(number, _FORMATS[base])
    sign, rest, spelled = "-" * (number < 0), abs(number), ""
    while rest or not spelled:
        rest, digit = divmod(rest, base)
        spelled = DIGITS[digit] + spelled
    return sign + spelled


def value(text: str, base: int = 10) -> int | None:
    """The number that a text spells, or None where it spells none, or one too long to be an answer.

    Spaces around it do not matter.

    >>> [value(text) for text in (" 62", "-5", "6 2", "  ", "--5")]
    [62, -5, None, None, None]
    """
    spelled = text.strip()
    bare = spelled.removeprefix("-")
    if not bare or any(each not in DIGITS[:base] for each in bare):
        return None
    try:
        return int(spelled, base)
    except ValueError:  # Python refuses to read thousands of digits.
        return None


def digits(number: int, base: int = 10) -> int:
    """How many digits `number` has, counted exactly.

    `ceil(log10(number + 1))`, the popular form, goes through a float and is wrong near large powers of ten.

    >>> [digits(number) for number in (0, 9, 10, 999_999_999_999_999)]
    [1, 1, 2, 15]
    >>> digits(255, base=2)
    8
    """
    if base == 10:
        return len(str(number))
    counted = 1
    while number >= base:
        number //= base
        counted += 1
    return counted


def digit_columns(values: NDArray[Any], width: int, base: int = 10) -> NDArray[np.int32]:
    """Each value as `width` symbols, right-aligned, spaces before it: `(n,)` to `(n, width)`.

    >>> digit_columns(np.array([7, 12]), 3)
    array([[11, 11,  7],
           [11,  1,  2]], dtype=int32)
    """
    if values.dtype == object or base ** (width - 1) >= 2**63:  # The values may need more than 64 bits.
        return symbols([spell(each, base).rjust(width) for each in values.tolist()], ALPHABET, width)
    powers = np.array([base**power for power in range(width - 1, -1, -1)], np.int64)
    quotients = values[:, None] // powers
    grid = (quotients % base).astype(np.int32)
    if base > 10:
        grid = _DIGIT_SYMBOLS[grid]
    grid[:, :-1][quotients[:, :-1] == 0] = _SPACE
    return grid


def signed_columns(values: NDArray[Any], width: int, base: int = 10) -> NDArray[np.int32]:
    """The same of values that may be negative, with the sign right before the digits.

    >>> signed_columns(np.array([7, -2]), 3)
    array([[11, 11,  7],
           [11, 12,  2]], dtype=int32)
    """
    grid = digit_columns(abs(values), width, base)
    negative = np.flatnonzero(values < 0)
    if len(negative):
        grid[negative, (grid[negative] == _SPACE).sum(axis=1) - 1] = _MINUS
    return grid


def column_carries(numbers: NDArray[Any], base: int = 10) -> NDArray[np.int64]:
    """What each column of each sum hands to the next one: shape `(n, terms)` to `(n, columns)`.

    Returns:
        The least significant column first, as many columns as the longest number has digits.

    >>> column_carries(np.array([[12, 50], [19, 3], [99, 1]])).tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    rest = numbers.copy()
    carry = np.zeros(len(numbers), np.int64)
    columns: list[NDArray[np.int64]] = []
    while not columns or rest.any():
        carry = ((rest % base).sum(axis=1) + carry) // base
        columns.append(carry.astype(np.int64))
        rest //= base
    return np.stack(columns, axis=1)


_DIGIT_SYMBOLS = np.array([ALPHABET.index(each) for each in DIGITS], np.int32)
