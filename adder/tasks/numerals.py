"""Whole numbers written in a base from 2 to 16, as text and as rows of symbols; exact at any size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.tasks.questions import ALPHABET, symbols

DIGITS = "0123456789ABCDEF"
_SPACE = ALPHABET.index(" ")
_PYTHONS = {2: "b", 8: "o", 10: "d", 16: "X"}  # the bases that Python itself writes


def spell(number: int, base: int = 10) -> str:
    """A number as it is written.

    >>> spell(255, 16), spell(-6, 2)
    ('FF', '-110')
    """
    if base in _PYTHONS:
        return format(number, _PYTHONS[base])
    sign, rest, spelled = "-" * (number < 0), abs(number), ""
    while rest or not spelled:
        rest, digit = divmod(rest, base)
        spelled = DIGITS[digit] + spelled
    return sign + spelled


def value(text: str, base: int = 10) -> int | None:
    """The number that a text spells, or None where it spells none or one too long to be an answer.

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
    except ValueError:  # longer than Python reads
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
    if values.dtype == object or base ** (width - 1) >= 2**63:  # more than the processor's numbers hold
        return symbols([spell(each, base).rjust(width) for each in values.tolist()], ALPHABET, width)
    powers = np.array([base**power for power in range(width - 1, -1, -1)], np.int64)
    quotients = values[:, None] // powers
    grid = (quotients % base).astype(np.int32)
    if base > 10:
        grid = _DIGIT_SYMBOLS[grid]
    grid[:, :-1][quotients[:, :-1] == 0] = _SPACE
    return grid


_DIGIT_SYMBOLS = np.array([ALPHABET.index(each) for each in DIGITS], np.int32)
