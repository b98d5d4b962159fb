"""How questions of arithmetic are drawn: which form each has, and which numbers stand in it.

Each way to draw is one entry of `DRAWS`: its label, what it draws here and in a script, and the tasks it is for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.source import block
from adder.tasks.numerals import Span, digits
from adder.tasks.task import AnyTask

Drawn = tuple[NDArray[np.int64], NDArray[Any]]  # Each question has the number of its form, and its numbers.

CANDIDATES = 8  # A large answer is the largest of this many.

_CHAINED_SHARE = 0.5
_CHAINED_COLUMNS_SHARE = 0.7
_NEAR_ENDS_SHARE = 0.5
_PATTERNED_SHARE = 0.5
_FIRST_AGAIN_SHARE = 0.2
_ONLY_ARITHMETIC = Sentence("arithmetic; a list of questions is drawn from as it is")
_MOST_EMPTY_ROUNDS = 100  # After this many, the wanted side of the split seems empty.


@dataclass(frozen=True, slots=True)
class Draw:
    """One way to draw questions.

    Attributes:
        label: Its name in menus.
        numbers: Draws numbers of a span, in an array of the given shape: a row for each question.
        source: The same in a script: `draw_numbers(rng, count)`, the numbers from SMALLEST to LARGEST of one question.
            It may call `by_length(rng, smallest, largest)`, which draws a number's length before the number.
        forms_alike: Whether all forms are drawn alike; otherwise the number of terms is drawn first.
        large_answers: Whether half of the questions are those with the largest answer of `CANDIDATES`.
        suits: Whether it is for a task.
        only_for: The tasks that it is for, in words.
    """

    label: str
    numbers: Callable[[Span, tuple[int, int], np.random.Generator], NDArray[Any]]
    source: str
    forms_alike: bool = False
    large_answers: bool = False
    suits: Callable[[AnyTask], bool] = lambda task: bool(task.operators)
    only_for: Sentence = _ONLY_ARITHMETIC


def draw_forms(counts: Sequence[int], n: int, rng: np.random.Generator, *, alike: bool) -> NDArray[np.int64]:
    """The number of each question's form, shape `(n,)`.

    Args:
        counts: How many forms there are of each number of terms; the forms are numbered in this order.
        n: How many to draw.
        rng: The source of randomness.
        alike: Whether every form is drawn alike; otherwise every number of terms is.
    """
    if sum(counts) == 1:
        return np.zeros(n, np.int64)
    firsts = np.cumsum([0, *counts[:-1]])
    which = rng.integers(0, len(counts), n)
    forms: NDArray[np.int64] = firsts[which] + rng.integers(0, np.array(counts)[which])
    return rng.integers(0, sum(counts), n) if alike else forms


def draw_side(
    n: int,
    share: float,
    draw: Callable[[int], Drawn],
    wanted: Callable[[Drawn], NDArray[np.bool_]],
    otherwise: Callable[[], Drawn] | None,
) -> Drawn:
    """`n` questions from one side of the split, found by rejection.

    Args:
        n: How many questions.
        share: The share of all questions that lies on this side.
        draw: Draws a number of questions from both sides.
        wanted: Tells which of them lie on this side.
        otherwise: Gives the `n` questions where the world of `draw` seems to have none on this side.
    """
    kept: list[Drawn] = []
    missing, empty_rounds = n, 0
    while missing > 0:
        forms, numbers = draw(math.ceil(missing / share * 1.1) + 16)
        rows = np.flatnonzero(wanted((forms, numbers)))[:missing]
        kept.append((forms[rows], numbers[rows]))
        missing -= len(rows)
        empty_rounds = 0 if len(rows) else empty_rounds + 1
        if empty_rounds == _MOST_EMPTY_ROUNDS and otherwise:
            return otherwise()
    if not kept:
        return draw(0)
    return np.concatenate([each[0] for each in kept]), np.concatenate([each[1] for each in kept])


def _numbers_alike(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    return _integers(rng, span.smallest, span.largest, shape, span.dtype)


def _lengths_alike(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    """Numbers whose count of digits is drawn first, so that short ones do not vanish among long ones."""
    width = digits(span.largest, span.base)
    lengths = rng.integers(digits(span.smallest, span.base), width, shape, endpoint=True)
    powers = np.array([span.base**power for power in range(width + 1)], object)
    low = np.where(lengths == 1, 0, powers[lengths - 1]).clip(min=span.smallest)
    high = (powers[lengths] - 1).clip(max=span.largest)
    return _integers(rng, low, high, shape, span.dtype)


def _near_ends(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    """Numbers drawn alike, but in half of the questions their distance from an end is drawn by its length."""
    numbers = _numbers_alike(span, shape, rng)
    reach = Span(0, span.largest - span.smallest, span.base, span.dtype)
    distances = _lengths_alike(reach, shape, rng)
    distances *= rng.random(shape) > 1 / (digits(reach.largest, span.base) + 1)  # The end itself counts as a length.
    low = rng.random(shape) < 0.5
    alike = rng.random(shape[0]) < 0.5  # In some questions all numbers are near the same end, as in 99+99.
    low[alike] = low[alike, :1]
    chosen = rng.random(shape[0]) < _NEAR_ENDS_SHARE
    near = np.where(low, span.smallest + distances, span.largest - distances)
    return np.where(chosen[:, None], near, numbers)


def _as_people_ask(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    """Numbers as `ends` draws them, some of them patterned in half of the questions; in some the first comes again."""
    numbers, patterned = _near_ends(span, shape, rng), _patterned(span, shape, rng)
    for others, chosen in ((patterned, _PATTERNED_SHARE), (numbers[:, :1], _FIRST_AGAIN_SHARE)):
        share = rng.random((shape[0], 1))  # A new share each time makes neither one nor all rare.
        here = (rng.random((shape[0], 1)) < chosen) & (rng.random(shape) < share)
        numbers = np.where(here, others, numbers)
    return numbers


def _patterned(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    """Numbers of one digit repeated and then another, or their neighbours: 7, 20, 99, 101, 500, 2999, 88888.

    Those beyond the span become its ends.
    """
    shortest, width = digits(span.smallest, span.base), digits(span.largest, span.base)
    ones: NDArray[Any] = np.array(
        [(span.base**length - 1) // (span.base - 1) for length in range(width + 1)], span.dtype
    )
    lengths = rng.integers(shortest, width, shape, endpoint=True)
    first: NDArray[Any] = rng.integers(0, span.base, shape).astype(span.dtype)
    last: NDArray[Any] = rng.integers(0, span.base, shape).astype(span.dtype)
    last = np.where(rng.random(shape) < 0.5, 0, last)
    tails = rng.integers(0, lengths, endpoint=True)
    near = np.where(rng.random(shape) < 0.25, rng.integers(-1, 1, shape, endpoint=True), 0)
    numbers: NDArray[Any] = first * (ones[lengths] - ones[tails]) + last * ones[tails] + near
    return numbers.clip(span.smallest, span.largest)


def _chained(span: Span, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[Any]:
    """Pairs drawn by length; in half of them most columns add up to `base - 1`, so that carries run on."""
    numbers = _lengths_alike(span, shape, rng)
    turned = rng.random(len(numbers)) < 0.5  # A carry can then run under either number where the other is blank.
    first, second = np.where(turned[:, None], numbers[:, ::-1], numbers).T
    chosen = rng.random(len(numbers)) < _CHAINED_SHARE
    changed = second.copy()
    for place in range(digits(span.largest, span.base)):
        power = span.base**place
        here = chosen & (second >= power) & (rng.random(len(numbers)) < _CHAINED_COLUMNS_SHARE)
        wanted = span.base - 1 - first // power % span.base
        changed = np.where(here, changed + (wanted - changed // power % span.base) * power, changed)
    fits = (changed >= span.smallest) & (changed <= span.largest)
    chained = np.stack([first, np.where(fits, changed, second)], axis=1)
    return np.where(turned[:, None], chained[:, ::-1], chained)


def _integers(rng: np.random.Generator, low: Any, high: Any, shape: tuple[int, int], dtype: type) -> NDArray[Any]:
    """Whole numbers from `low` to `high`, both included; each limit is a number or an array of `shape`."""
    if dtype is np.int64:
        lows, highs = (each.astype(np.int64) if isinstance(each, np.ndarray) else each for each in (low, high))
        return rng.integers(lows, highs, shape, endpoint=True)
    lows, highs = (np.broadcast_to(np.array(each, object), shape).ravel().tolist() for each in (low, high))
    spans = [high - low + 1 for low, high in zip(lows, highs, strict=True)]
    lengths = [span.bit_length() // 8 + 9 for span in spans]
    # The generator gives four bytes at a time: these are the bytes that it would give if it were asked once a number.
    starts = [0, *itertools.accumulate(-(-length // 4) * 4 for length in lengths)]
    content = rng.bytes(starts[-1]) if spans else b""  # Asked for none, it would skip four.
    drawn = np.empty(len(spans), object)
    drawn[:] = [
        low + int.from_bytes(content[start : start + length]) % span
        for low, span, start, length in zip(lows, spans, starts, lengths, strict=False)
    ]
    return drawn.reshape(shape)


_ALIKE = block('''
    def draw_numbers(rng, count):
        """Every number alike."""
        return [rng.randint(SMALLEST, LARGEST) for _ in range(count)]
''')

_LENGTHS = block('''
    def draw_numbers(rng, count):
        """The number of digits is drawn first, so that short numbers do not vanish among long ones."""
        return [by_length(rng, SMALLEST, LARGEST) for _ in range(count)]
''')

_ENDS = block('''
    def draw_numbers(rng, count):
        """In half of the questions numbers lie near an end, so that neither 0+0 nor 99+99 is rare."""
        if rng.random() < 0.5:
            return [rng.randint(SMALLEST, LARGEST) for _ in range(count)]
        above = [rng.random() < 0.5 for _ in range(count)]
        if rng.random() < 0.5:
            above = above[:1] * count  # All numbers are near the same end.
        span = LARGEST - SMALLEST
        distances = [by_length(rng, 0, span) for _ in range(count)]
        itself = 1 / (len(spell(span)) + 1)  # The end itself counts as one more length.
        distances = [0 if rng.random() < itself else each for each in distances]
        return [SMALLEST + each if up else LARGEST - each for each, up in zip(distances, above, strict=True)]
''')

_CARRIES = block('''
    def draw_numbers(rng, count):
        """In half of the sums most columns just do not carry, so that a carry from below runs on and on."""
        first, second = (by_length(rng, SMALLEST, LARGEST) for _ in range(count))
        if rng.random() < 0.5:
            changed, power = second, 1
            while power <= second:
                if rng.random() < 0.7:
                    wanted = BASE - 1 - first // power % BASE
                    changed += (wanted - changed // power % BASE) * power
                power *= BASE
            second = changed if SMALLEST <= changed <= LARGEST else second
        return [first, second] if rng.random() < 0.5 else [second, first]
''')

_FIRST = "\n\n\n".join(
    (
        _ENDS.replace("draw_numbers", "near_ends").rstrip("\n"),
        block('''
            def patterned(rng):
                """One digit repeated and then another, or a neighbour of such a number: 7, 20, 99, 101, 500, 2999."""
                length = rng.randint(SHORTEST, NUMBER_WIDTH)
                tail = rng.randint(0, length)
                ones, tail_ones = ((BASE**each - 1) // (BASE - 1) for each in (length, tail))
                first, last = rng.randrange(BASE), rng.choice([0, rng.randrange(BASE)])
                near = rng.randint(-1, 1) if rng.random() < 0.25 else 0
                return min(max(first * (ones - tail_ones) + last * tail_ones + near, SMALLEST), LARGEST)


            def draw_numbers(rng, count):
                """What people ask first: round numbers, repeated digits, ends, the same number again and again."""
                numbers = near_ends(rng, count)
                share = rng.random() if rng.random() < 0.5 else 0
                numbers = [patterned(rng) if rng.random() < share else each for each in numbers]
                share = rng.random() if rng.random() < 0.2 else 0
                return [numbers[0] if rng.random() < share else each for each in numbers]
        '''),
    )
)

DRAWS: dict[str, Draw] = {
    "numbers": Draw(marked("every number alike"), _numbers_alike, _ALIKE),
    "lengths": Draw(marked("every length alike"), _lengths_alike, _LENGTHS),
    "forms": Draw(marked("every form alike"), _numbers_alike, _ALIKE, forms_alike=True),
    "large": Draw(marked("often with large answers"), _numbers_alike, _ALIKE, forms_alike=True, large_answers=True),
    "ends": Draw(marked("often near the ends"), _near_ends, _ENDS),
    "first": Draw(marked("with what people ask first"), _as_people_ask, _FIRST),
    "carries": Draw(
        marked("with long carries"),
        _chained,
        _CARRIES,
        suits=lambda task: task.adds_two,
        only_for=Sentence("sums of exactly 2 numbers"),
    ),
}
