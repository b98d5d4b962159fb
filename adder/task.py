"""What may be asked: the numbers, how many of them, how they are drawn, and the true answer.

A `Task` knows nothing of characters on a grid (see `adder.encoding`) nor of networks. It draws questions as an
integer array, one row a question, and reads a typed question into such a row.

    >>> task = Task(smallest=1, largest=10, terms=2)
    >>> task.parse("3+10")
    (3, 10)
    >>> task.text((3, 10)), task.answer((3, 10))
    ('3+10', 13)
    >>> task.distinct_questions          # 3+10 and 10+3 are one question
    55
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from adder import checks
from adder.errors import ExperimentError, QuestionError, shorten

DRAWS = ("numbers", "lengths")
SPLITS = ("train", "held_out", "any")

LARGEST_NUMBER = 10**15  # terms times this still fits 64 bits, so every sum is exact
MOST_TERMS = 10
MOST_HELD_OUT = 0.9
LEAST_HELD_OUT = 0.01  # held-out questions are found by rejection: a rarer split would be slow to draw

_MOST_ENUMERATED = 200_000
_PLAIN = {full_width: full_width - 0xFEE0 for full_width in range(0xFF01, 0xFF5F)}  # ！ to ～ are ! to ~, moved up


@dataclass(frozen=True, slots=True)
class Task:
    """Sums of `terms` whole numbers from `smallest` to `largest`.

    Attributes:
        smallest: The smallest number in a question.
        largest: The largest number in a question.
        terms: How many numbers a question adds.
        held_out: The share of distinct questions kept away from training, 0 or 0.01 to 0.9. A question belongs to
            the held-out set by a hash of its canonical form, in which `a+b` and `b+a` are one, so no seed, epoch or
            run can leak it into training.
        draw: `"numbers"` draws every number alike; `"lengths"` draws the number of digits first, so that short
            numbers do not vanish among long ones.

    Raises:
        ExperimentError: A field that cannot work, or a world too small to hold anything out.
    """

    smallest: int = 1
    largest: int = 10
    terms: int = 2
    held_out: float = 0.0
    draw: str = "numbers"

    def __post_init__(self) -> None:
        def settle(name: str, value: float) -> None:
            object.__setattr__(self, name, value)

        settle("largest", checks.whole_number("task.largest", self.largest, 1, LARGEST_NUMBER))
        settle("smallest", checks.whole_number("task.smallest", self.smallest, 0, self.largest))
        settle("terms", checks.whole_number("task.terms", self.terms, 2, MOST_TERMS))
        checks.choice("task.draw", self.draw, DRAWS)
        share = checks.number("task.held_out", self.held_out, 0, MOST_HELD_OUT)
        if 0 < share < LEAST_HELD_OUT:
            raise ExperimentError("task.held_out", f"0 or at least {LEAST_HELD_OUT}", share)
        settle("held_out", share)
        if share and not 0 < self.held_out_questions < self.distinct_questions:
            raise ExperimentError(
                "task.held_out",
                f"a share that leaves some of the {self.distinct_questions} distinct questions on either side",
                share,
            )

    @property
    def largest_answer(self) -> int:
        """The largest sum a question can have."""
        return self.terms * self.largest

    @property
    def example(self) -> str:
        """A question of this task, for messages and empty boxes.

        >>> Task(largest=100).example
        '12+50'
        """
        for low, high in ((12, 50), (3, 10)):
            if self.smallest <= low and self.largest >= high:
                return self.text([low, *[high] * (self.terms - 1)])
        return self.text([self.smallest, *[self.largest] * (self.terms - 1)])

    @property
    def distinct_questions(self) -> int:
        """How many questions there are when the order of the terms does not matter."""
        return math.comb(self.largest - self.smallest + self.terms, self.terms)

    @property
    def held_out_questions(self) -> int:
        """How many distinct questions are held out: counted in a small world, expected in a large one."""
        if not self.held_out:
            return 0
        if self.distinct_questions > _MOST_ENUMERATED:
            return round(self.distinct_questions * self.held_out)
        return _count_held_out(self.smallest, self.largest, self.terms, self.held_out)

    def is_held_out(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which questions belong to the held-out set.

        Args:
            numbers: Questions, shape `(n, terms)`.

        Returns:
            Shape `(n,)`.
        """
        return question_hash(numbers) < np.uint64(int(self.held_out * 2.0**64))

    def sample(self, n: int, rng: np.random.Generator, *, split: str = "train") -> NDArray[np.int64]:
        """Draw `n` questions.

        Args:
            n: How many.
            rng: The source of randomness.
            split: `"train"` for questions that are not held out, `"held_out"` for only those, `"any"` for both.

        Returns:
            Shape `(n, terms)`.

        Raises:
            ExperimentError: `split="held_out"` where nothing is held out.
        """
        checks.choice("split", split, SPLITS)
        if split == "any" or not self.held_out:
            if split == "held_out":
                raise ExperimentError("task.held_out", "over 0 to draw held-out questions", self.held_out)
            return self._draw(n, rng)
        wanted = split == "held_out"
        share = self.held_out if wanted else 1 - self.held_out
        kept: list[NDArray[np.int64]] = []
        missing = n
        while missing > 0:
            drawn = self._draw(math.ceil(missing / share * 1.1) + 16, rng)
            drawn = drawn[self.is_held_out(drawn) == wanted][:missing]
            kept.append(drawn)
            missing -= len(drawn)
        return np.concatenate(kept) if kept else np.empty((0, self.terms), np.int64)

    def _draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        shape = (n, self.terms)
        if self.draw == "numbers":
            return rng.integers(self.smallest, self.largest, shape, endpoint=True)
        lengths = rng.integers(digits(self.smallest), digits(self.largest), shape, endpoint=True)
        low = np.where(lengths == 1, 0, 10 ** (lengths - 1)).clip(min=self.smallest)
        high = (10**lengths - 1).clip(max=self.largest)
        return rng.integers(low, high, endpoint=True)

    def answer(self, numbers: Sequence[int]) -> int:
        """The true answer to one question."""
        return sum(int(number) for number in numbers)

    def answers(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The true answers: shape `(n, terms)` to shape `(n,)`."""
        return numbers.sum(axis=1)

    def text(self, numbers: Sequence[int]) -> str:
        """A question as a person writes it.

        >>> Task().text([3, 10])
        '3+10'
        """
        return "+".join(str(int(number)) for number in numbers)

    def parse(self, text: str) -> tuple[int, ...]:
        """Read a typed question.

        Spaces, full-width characters, leading zeros and a closing `=` or `=?` are accepted.

        Raises:
            QuestionError: What is wrong, in words for the person who typed it.

        >>> Task(largest=100).parse(" １２ + 50 =")
        (12, 50)
        >>> Task().parse("12+")
        Traceback (most recent call last):
        adder.errors.QuestionError: "12+" ends with an operator; write a number after it
        """
        if not isinstance(text, str):
            raise QuestionError(f"a question must be text, such as {self.example!r}; received: {shorten(repr(text))}")
        if len(text) > 1_000:
            raise QuestionError(f"that is {len(text):,} characters long; write a sum such as {self.example}")
        question = re.sub(r"\s+", "", text.translate(_PLAIN))
        question = re.sub(r"=\??$", "", question).replace("−", "-")
        shown = f'"{shorten(question)}"'
        if not question:
            raise QuestionError(f"there is nothing to solve; write a sum such as {self.example}")
        if re.search(r"\d-|-\d", question):
            raise QuestionError(
                f"{shown} has a minus sign; this network only adds, and only numbers from {self._range}"
            )
        stranger = re.search(r"[^0-9+]", question)
        if stranger:
            raise QuestionError(f'{shown} has "{stranger[0]}" in it; write only digits and +, as in {self.example}')
        if question.endswith("+"):
            raise QuestionError(f"{shown} ends with an operator; write a number after it")
        if question.startswith("+"):
            raise QuestionError(f"{shown} starts with an operator; write a number before it")
        if "++" in question:
            raise QuestionError(f"{shown} has two operators in a row; write a number between them")
        parts = question.split("+")
        if len(parts) != self.terms:
            found = "1 number" if len(parts) == 1 else f"{len(parts)} numbers"
            raise QuestionError(f"{shown} has {found}; this network adds exactly {self.terms}, as in {self.example}")
        numbers = tuple(int(part) for part in parts)
        for number in numbers:
            if not self.smallest <= number <= self.largest:
                raise QuestionError(
                    f"{shorten(str(number))} is outside {self._range}, the numbers this network was trained on"
                )
        return numbers

    @property
    def _range(self) -> str:
        return f"{self.smallest:,} to {self.largest:,}"


def digits(number: int) -> int:
    """How many decimal digits `number` has, counted exactly.

    `ceil(log10(number + 1))`, the popular form, goes through a float and is wrong near large powers of ten.

    >>> [digits(number) for number in (0, 9, 10, 999_999_999_999_999)]
    [1, 1, 2, 15]
    """
    return len(str(number))


def question_hash(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A stable 64-bit hash of each question, the same for every order of its terms.

    Each term is scrambled with the finaliser of SplitMix64 (Steele, Lea & Flood 2014), the scrambled terms are
    added, which forgets their order, and the sum is scrambled again.

    Args:
        numbers: Shape `(n, terms)`.

    Returns:
        Shape `(n,)`.
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is the point
        return _scramble(_scramble(numbers.astype(np.uint64)).sum(axis=1, dtype=np.uint64))


def _scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@lru_cache(maxsize=64)
def _count_held_out(smallest: int, largest: int, terms: int, held_out: float) -> int:
    world = itertools.combinations_with_replacement(range(smallest, largest + 1), terms)
    questions = np.fromiter(itertools.chain.from_iterable(world), np.int64).reshape(-1, terms)
    return int((question_hash(questions) < np.uint64(int(held_out * 2.0**64))).sum())
