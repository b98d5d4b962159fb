"""The questions that people ask first: round numbers, repeated digits, the ends, numbers of unlike length, zeros.

Random questions hardly ever hold them, so a network can be right on thousands of those and wrong at `10+10+10`. The
choice is always the same for a task, whether it holds them out or not.

    >>> from adder.tasks.numerals import Span
    >>> simplest_numbers(Span(0, 99))
    [0, 1, 5, 9, 10, 50, 90, 99]
    >>> notable_numbers(Span(3, 25))
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21, 22, 24, 25]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.tasks.draws import DRAWS, Drawn
from adder.tasks.numerals import Span, digits

_MOST_ROUNDS = 50  # Later rounds mostly draw what was drawn before.


def simplest_numbers(span: Span) -> list[int]:
    """The very first numbers of a span, in order: its ends, 0, and of each length four, as 10, 50, 90 and 99."""
    found = {0, span.smallest, span.largest}
    for power in _powers(span):
        found |= {power, power * span.base // 2, power * (span.base - 1), power * span.base - 1}
    return _within(span, found)


def notable_numbers(span: Span) -> list[int]:
    """The numbers of a span that come to mind first, in order.

    Beside the simplest they are the neighbours of ends and powers, round numbers (`240`, `3000`), one digit repeated
    (`777`), and digits in order (`1234`, `4321`).
    """
    base = span.base
    found = {span.smallest + 1, span.largest - 1, *range(0, base**3, base), *simplest_numbers(span)}
    for length, power in enumerate(_powers(span), digits(span.smallest, base)):
        ones = (power * base - 1) // (base - 1)
        found |= {power - 1, power + 1}
        found |= {digit * each for digit in range(1, base) for each in (power, ones)}
        if length < base:
            found |= {_spelled(range(1, length + 1), base), _spelled(range(length, 0, -1), base)}
    return _within(span, found)


def first_questions(forms: Sequence[str], span: Span, n: int) -> Drawn:
    """At most `n` different questions that people ask first: the number of each question's form, and its numbers.

    They are shared out over the numbers of terms. Where a number of terms has few questions, all of those are among
    them.

    Args:
        forms: Every form that a question may have.
        span: The numbers it may have.
        n: How many questions at most.
    """
    rng = np.random.default_rng(0)
    by_terms: dict[int, list[int]] = {}
    for number, form in enumerate(forms):
        by_terms.setdefault(form.count("n"), []).append(number)
    most = max(by_terms)
    rows: list[tuple[Any, ...]] = []
    for left, (terms, numbered) in zip(range(len(by_terms), 0, -1), sorted(by_terms.items()), strict=True):
        found = _of_terms(terms, numbered, span, (n - len(rows)) // left, rng)
        rows += [row + (0,) * (most - terms) for row in found]
    table: NDArray[Any] = np.array(rows, span.dtype).reshape(-1, most + 1)
    return table[:, 0].astype(np.int64), table[:, 1:]


def _of_terms(terms: int, forms: Sequence[int], span: Span, n: int, rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """At most `n` questions of this many terms, each its form and its numbers."""
    if len(forms) * (span.largest - span.smallest + 1) ** terms <= n:
        return list(itertools.product(forms, *[range(span.smallest, span.largest + 1)] * terms))
    simplest: NDArray[Any] = np.array(simplest_numbers(span), span.dtype)
    notable: NDArray[Any] = np.array(notable_numbers(span), span.dtype)
    found: dict[tuple[Any, ...], None] = {}
    for _ in range(_MOST_ROUNDS):
        if len(found) >= n:
            break
        numbers: NDArray[Any] = notable[rng.integers(0, len(notable), (n, terms))]
        again = np.where(rng.random((n, terms)) < 0.5, numbers[:, :1], numbers)  # It makes 20+20+7+20, for example.
        simple = simplest[rng.integers(0, len(simplest), (n, terms))]
        unlike = DRAWS["lengths"].numbers(span, (n, terms), rng)
        numbers = np.choose(rng.integers(0, 4, (n, 1)), [numbers, again, simple, unlike])
        form = np.array(forms)[rng.integers(0, len(forms), n)]
        found |= dict.fromkeys(zip(form.tolist(), *numbers.T.tolist(), strict=True))
    return list(found)[:n]


def _powers(span: Span) -> list[int]:
    """The smallest number of each length that a number of the span may have."""
    lengths = range(digits(span.smallest, span.base), digits(span.largest, span.base) + 1)
    return [span.base ** (length - 1) for length in lengths]


def _within(span: Span, numbers: Iterable[int]) -> list[int]:
    return sorted(number for number in set(numbers) if span.smallest <= number <= span.largest)


def _spelled(row: Iterable[int], base: int) -> int:
    number = 0
    for digit in row:
        number = number * base + digit
    return number
