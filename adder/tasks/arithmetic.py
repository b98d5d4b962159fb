"""What may be asked: numbers, operators, brackets, the base, how questions are drawn, and the true answers.

A `Task` knows nothing of how a network reads a question (see `adder.encodings`) nor of networks. It draws `Questions`,
and reads a typed question into them. A task of your own, given as a list of questions and
answers, is `adder.tasks.pairs`.

    >>> task = Task(smallest=1, largest=10, terms=2)
    >>> task.parse("3+10")
    Parsed(form='n+n', numbers=(3, 10))
    >>> task.answer("3+10")
    13
    >>> task.distinct_questions          # 3+10 and 10+3 are one question
    55
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError, shorten
from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Number, Whole, check_settings, setting
from adder.tasks import expression, numerals
from adder.tasks.canonical import Structure, count_questions, question_hash, structure
from adder.tasks.expression import OPERATORS, SQUARE, Parsed
from adder.tasks.forms import count_forms, forms_of
from adder.tasks.numerals import digit_columns, digits
from adder.tasks.questions import ALPHABET, Questions, blanks_last

DRAWS = {
    "numbers": marked("every number alike"),
    "lengths": marked("every length alike"),
    "forms": marked("every form alike"),
    "ends": marked("often near the ends"),
    "carries": marked("with long carries"),
}
SPLITS = ("train", "held_out", "any")

MOST_DIGITS = 1_000
LARGEST_NUMBER = 10**MOST_DIGITS - 1
MOST_ANSWER_DIGITS = 4_000  # Python writes out no number of many more
MOST_TERMS = 10
MOST_BRACKETS = 3
MOST_FORMS = 5_000  # a batch is worked out form by form
MOST_HELD_OUT = 0.9
LEAST_HELD_OUT = 0.01  # held-out questions are found by rejection: a rarer split would be slow to draw

_CHAINED = 0.5  # of the questions that `draw="carries"` draws, and of their columns
_PROPAGATING = 0.7
_NEAR_ENDS = 0.5  # of the questions that `draw="ends"` draws
_MOST_ENUMERATED = 200_000
_SPACE = ALPHABET.index(" ")
_MINUS = ALPHABET.index("-")


HELD_OUT = Number(
    marked("Held out (%)"),
    marked(
        "The share of distinct questions never trained on, mirrors such as 3+4 and 4+3 being one. 0 is as in the "
        "textbook."
    ),
    0,
    MOST_HELD_OUT,
    least=LEAST_HELD_OUT,
    percent=True,
)


@dataclass(frozen=True, slots=True)
class _Operators(Choice):
    """Some of `OPERATORS`, each once and in any order, or `SQUARE` alone."""

    def _limits(self) -> str:
        return Sentence("some of +-*, each once, or ^ for squares")

    def _check_value(self, name: str, value: object) -> str:
        given = "".join(value.split()) if isinstance(value, str) else ""
        ordered = SQUARE if given == SQUARE else "".join(each for each in OPERATORS if each in given)
        if not ordered or sorted(given) != sorted(ordered):
            raise ExperimentError(name, self.expected, value)
        return ordered


@dataclass(frozen=True)
class Task:
    """Arithmetic on whole numbers from `smallest` to `largest`.

    Attributes:
        smallest: The smallest number in a question.
        largest: The largest number in a question.
        terms: How many numbers a question has, or the most it may have.
        fewest_terms: The fewest it may have; None for exactly `terms`. The number of terms is drawn uniformly.
        operators: Which of `+-*` may stand between numbers, each place drawn alike; `^` alone asks for the square of
            one number, as in `12^2`.
        brackets: How deep brackets may nest. Every way to bracket a question is drawn alike.
        base: What numbers are written in.
        held_out: The share of distinct questions kept away from training. A question belongs to the held-out set by a
            hash of its canonical form, in which `a+b` and `b+a` are one, so no seed, epoch or run can leak it into
            training.
        draw: `"numbers"` draws every number alike; `"lengths"` draws the number of digits first, so that short
            numbers do not vanish among long ones; `"forms"` draws every number alike and every form of question,
            where the others draw the number of terms first, so that few of the questions are easy; `"ends"` is as
            `"numbers"`, but in half of the questions numbers lie near the smallest or the largest, so that neither
            `0+0` nor `99+99` is rare; `"carries"`, only for sums of 2 numbers, is as `"lengths"`, but in half of the
            questions most columns add up to just too little to carry, so that a carry from below runs on and on.

    Raises:
        ExperimentError: A field that cannot work, or a world too small to hold anything out.

    >>> Task(largest=9, terms=3, fewest_terms=2, operators="+-*", brackets=1).answer("2*(3+4)")
    14
    """

    name: ClassVar[str] = "arithmetic"
    label: ClassVar[str] = marked("Arithmetic")

    smallest: int = setting(
        1, Whole(marked("Smallest number"), marked("The smallest number in a question."), 0, LARGEST_NUMBER)
    )
    largest: int = setting(
        10, Whole(marked("Largest number"), marked("The largest number in a question."), 1, LARGEST_NUMBER)
    )
    terms: int = setting(
        2, Whole(marked("Numbers in a question"), marked("How many numbers, or at most how many."), 1, MOST_TERMS)
    )
    fewest_terms: int | None = setting(
        None,
        Whole(
            marked("At least so many numbers"),
            marked("The fewest numbers a question has; empty for always as many as above."),
            1,
            MOST_TERMS,
            optional=True,
        ),
    )
    operators: str = setting(
        "+",
        _Operators(
            marked("Operators"),
            marked("What may stand between numbers; the square asks for one number times itself."),
            {
                "+": marked("plus"),
                "-": marked("minus"),
                "*": marked("times"),
                "+-": marked("plus and minus"),
                "+*": marked("plus and times"),
                "-*": marked("minus and times"),
                "+-*": marked("plus, minus and times"),
                "^": marked("square"),
            },
        ),
    )
    brackets: int = setting(
        0, Whole(marked("Brackets, how deep"), marked("How deep brackets may nest; 0 for none."), 0, MOST_BRACKETS)
    )
    base: int = setting(
        10, Whole(marked("Base"), marked("What numbers are written in: 2 for binary, 10 as usual."), 2, 16)
    )
    held_out: float = setting(0.0, HELD_OUT)
    draw: str = setting(
        "numbers",
        Choice(
            marked("Questions are drawn"),
            marked("Drawn uniformly over numbers, short ones vanish among long ones; so lengths may be drawn first."),
            DRAWS,
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "task")
        validation.whole_number("task.smallest", self.smallest, 0, self.largest)
        squares = self.operators == SQUARE
        fewest, most = (1, 1) if squares else (2, MOST_TERMS)
        validation.whole_number("task.terms", self.terms, fewest, most)
        if self.fewest_terms is not None:
            validation.whole_number("task.fewest_terms", self.fewest_terms, fewest, self.terms)
        if self.fewest_terms == self.terms:  # there is one way to say it, so that equal tasks are equal
            object.__setattr__(self, "fewest_terms", None)
        validation.whole_number("task.brackets", self.brackets, 0, 0 if squares else MOST_BRACKETS)
        if self.draw == "carries" and not self.adds_two:
            raise ExperimentError(
                "task.draw", Sentence("another one than carries, which is for sums of 2 numbers"), self.draw
            )
        self._check_size()
        if self.held_out and not 0 < self.held_out_questions < self.distinct_questions:
            raise ExperimentError(
                "task.held_out",
                Sentence(
                    "a share that leaves some of the {n} distinct questions on either side", n=self.distinct_questions
                ),
                self.held_out,
            )

    def _check_size(self) -> None:
        count = sum(count_forms(terms, self.operators, self.brackets) for terms in self.term_counts)
        if count > MOST_FORMS:
            raise ExperimentError(
                "task.terms",
                Sentence(
                    "so few that there are at most {most:,} forms of questions (with operators {operators} and "
                    "brackets {brackets} deep there are {count:,})",
                    most=MOST_FORMS,
                    operators=self.operators,
                    brackets=self.brackets,
                    count=count,
                ),
                self.terms,
            )
        longest = digits(self.largest) * (self.terms if "*" in self.operators else 2 if self.operators == SQUARE else 1)
        if longest > MOST_ANSWER_DIGITS:
            raise ExperimentError(
                "task.largest",
                Sentence("so small that answers have at most {most:,} digits", most=MOST_ANSWER_DIGITS),
                self.largest,
            )

    @property
    def term_counts(self) -> range:
        """How many numbers a question may have."""
        return range(self.fewest_terms or self.terms, self.terms + 1)

    @property
    def adds_two(self) -> bool:
        """Whether every question is a sum of exactly two numbers."""
        return (self.operators, self.brackets, self.term_counts) == ("+", 0, range(2, 3))

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Every form a question may have, fewest terms first."""
        return tuple(form for terms in self.term_counts for form in self._forms_of(terms))

    def _forms_of(self, terms: int) -> tuple[str, ...]:
        return forms_of(terms, self.operators, self.brackets)

    @cached_property
    def alphabet(self) -> str:
        """The characters of questions and answers: the part of `ALPHABET` up to the last one that is needed."""
        used = numerals.DIGITS[: self.base] + "+ " + self.operators
        used += "()" * bool(self.brackets) + "-" * (self.smallest_answer < 0)
        return ALPHABET[: max(map(ALPHABET.index, used)) + 1]

    @property
    def blank(self) -> int:
        """The symbol that pads."""
        return _SPACE

    @cached_property
    def number_width(self) -> int:
        """Characters of the longest number."""
        return digits(self.largest, self.base)

    @property
    def aligned(self) -> bool:
        """Whether all questions share a layout, so that each number can have columns of its own."""
        return not self.brackets

    @cached_property
    def longest_question(self) -> int:
        """Characters of the longest question."""
        return max(len(form) + form.count("n") * (self.number_width - 1) for form in self.forms)

    @cached_property
    def longest_answer(self) -> int:
        """Characters of the longest answer, its sign included.

        >>> Task(smallest=0, largest=99, operators="-").longest_answer
        3
        """
        low, high = self.smallest_answer, self.largest_answer
        return max(digits(max(high, 0), self.base), digits(-low, self.base) + 1 if low < 0 else 1)

    @cached_property
    def _bounds(self) -> tuple[int, int, int]:
        each = [expression.bounds(expression.tree(form), self.smallest, self.largest) for form in self.forms]
        lows, highs, sizes = zip(*each, strict=True)
        return min(lows), max(highs), max(sizes)

    @property
    def smallest_answer(self) -> int:
        """The smallest answer a question can have."""
        return self._bounds[0]

    @property
    def largest_answer(self) -> int:
        """The largest answer a question can have."""
        return self._bounds[1]

    @property
    def _number_type(self) -> type:
        return np.int64 if self._bounds[2] < 2**62 else object  # Python's own numbers have no largest

    @cached_property
    def example(self) -> str:
        """A question of this task, for messages and empty boxes.

        >>> Task(largest=100).example
        '12+50'
        """
        terms = max(self.term_counts[0], min(self.terms, 3))
        form = max(self._forms_of(terms), key=lambda each: (each.count("("), "*" in each, len(set(each))))
        chosen: tuple[int, ...] = (self.smallest, self.largest)
        for numbers in ((12, 50, 37), (3, 10, 7), (2, 7, 5)):
            if self.smallest <= min(numbers) and max(numbers) <= self.largest:
                chosen = numbers
                break
        place = itertools.count()
        return "".join(self.spell(chosen[next(place) % len(chosen)]) if lexeme == "n" else lexeme for lexeme in form)

    @cached_property
    def distinct_questions(self) -> int:
        """How many questions there are when the order of what is added or multiplied does not matter."""
        numbers = self.largest - self.smallest + 1
        return sum(count_questions(each, numbers) for each in self._structures)

    @property
    def _structures(self) -> dict[Structure, str]:
        """One form for each structure."""
        return {structure(expression.tree(form)): form for form in self.forms}

    @property
    def held_out_questions(self) -> int:
        """How many distinct questions are held out: counted in a small world, expected in a large one."""
        if not self.held_out:
            return 0
        numbers = self.largest - self.smallest + 1
        forms = list(self._structures.values())
        if sum(numbers ** form.count("n") for form in forms) > _MOST_ENUMERATED:
            return int(self.distinct_questions * Fraction(self.held_out).limit_denominator(10**6))
        return _count_held_out(tuple(forms), self.smallest, self.largest, self.held_out)

    @property
    def levels(self) -> int:
        """Steps of difficulty a curriculum can take: by digits and by terms, together."""
        return max(self.number_width - digits(self.smallest, self.base), len(self.term_counts) - 1) + 1

    def at_level(self, level: int) -> Task:
        """The same task with no question harder than a level, 1 being the easiest; only for drawing from.

        Levels below the last draw uniformly over lengths, so that what was learned first is not forgotten.

        >>> Task(smallest=0, largest=99_999).at_level(2).largest
        99
        """
        if level >= self.levels:
            return self
        share = (level - 1) / (self.levels - 1)
        shortest = digits(self.smallest, self.base)
        longest = shortest + math.ceil(share * (self.number_width - shortest))
        fewest = self.term_counts[0]
        return dataclasses.replace(
            self,
            largest=min(self.largest, self.base**longest - 1),
            terms=fewest + math.ceil(share * (self.terms - fewest)),
            fewest_terms=fewest,
            held_out=0,
            draw="lengths",
        )

    def widened(self, largest: int) -> Task:
        """The same task with numbers up to `largest`, for a network that reads questions of any length."""
        return dataclasses.replace(self, smallest=0, largest=max(largest, self.largest), held_out=0)

    def sample(
        self, n: int, rng: np.random.Generator, *, split: str = "train", levels: NDArray[np.int64] | None = None
    ) -> Questions:
        """Draw `n` questions.

        Args:
            n: How many.
            rng: The source of randomness.
            split: `"train"` for questions that are not held out, `"held_out"` for only those, `"any"` for both.
            levels: The level of each question where a curriculum asks for some, shape `(n,)`.

        Raises:
            ExperimentError: `split="held_out"` where nothing is held out.
        """
        validation.choice("split", split, SPLITS)
        if split == "held_out" and not self.held_out:
            raise ExperimentError("task.held_out", Sentence("over 0 to draw held-out questions"), self.held_out)
        if levels is None:
            forms, numbers = self._sample(n, rng, split, self)
            return self._questions(forms, numbers)
        numbers = np.zeros((n, self.terms), self._number_type)
        forms = np.zeros(n, np.int64)
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            easier = self.at_level(int(level))
            forms[rows], drawn = self._sample(len(rows), rng, split, easier)
            numbers[rows, : drawn.shape[1]] = drawn
        return self._questions(forms, numbers)

    def _sample(
        self, n: int, rng: np.random.Generator, split: str, drawing: Task
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Forms and numbers drawn as another task draws them, on this task's side of the split."""
        if split == "any" or not self.held_out:
            return drawing._draw(n, rng)
        wanted = split == "held_out"
        share = self.held_out if wanted else 1 - self.held_out
        kept: list[tuple[NDArray[np.int64], NDArray[Any]]] = []
        missing, barren = n, 0
        while missing > 0:
            forms, numbers = drawing._draw(math.ceil(missing / share * 1.1) + 16, rng)
            rows = np.flatnonzero(self._held_out(self._keys(forms, numbers)) == wanted)[:missing]
            kept.append((forms[rows], numbers[rows]))
            missing -= len(rows)
            barren = 0 if len(rows) else barren + 1
            if barren == 100 and drawing is not self:  # an easy level may lie wholly on the other side
                return self._sample(n, rng, split, self)
        if not kept:
            return drawing._draw(0, rng)
        return np.concatenate([each[0] for each in kept]), np.concatenate([each[1] for each in kept])

    def _draw(self, n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Forms, as indices into those of the widest task with the same forms, and numbers."""
        forms = np.zeros(n, np.int64)
        if len(self.forms) > 1:
            counts = [len(self._forms_of(terms)) for terms in self.term_counts]
            firsts = np.cumsum([0, *counts[:-1]])
            which = rng.integers(0, len(counts), n)
            forms = firsts[which] + rng.integers(0, np.array(counts)[which])
            if self.draw == "forms":
                forms = rng.integers(0, len(self.forms), n)
        shape = (n, self.terms)
        kind = self._number_type
        if self.draw in ("numbers", "forms", "ends"):
            numbers = _integers(rng, self.smallest, self.largest, shape, kind)
            return forms, self._used(forms, self._near_ends(numbers, rng) if self.draw == "ends" else numbers)
        numbers = self._used(forms, self._by_length(self.smallest, self.largest, shape, rng))
        return forms, self._chained(numbers, rng) if self.draw == "carries" else numbers

    def _by_length(self, smallest: int, largest: int, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Numbers from `smallest` to `largest`, the number of their digits drawn first."""
        width = digits(largest, self.base)
        lengths = rng.integers(digits(smallest, self.base), width, shape, endpoint=True)
        powers = np.array([self.base**power for power in range(width + 1)], object)
        low = np.where(lengths == 1, 0, powers[lengths - 1]).clip(min=smallest)
        high = (powers[lengths] - 1).clip(max=largest)
        return _integers(rng, low, high, shape, self._number_type)

    def _near_ends(self, numbers: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        """Numbers, half of the questions' replaced by some whose distance from an end is drawn by its length."""
        span = self.largest - self.smallest
        distances = self._by_length(0, span, numbers.shape, rng)
        distances *= rng.random(numbers.shape) > 1 / (digits(span, self.base) + 1)  # the end itself is a length too
        above = rng.random(numbers.shape) < 0.5
        alike = rng.random(len(numbers)) < 0.5  # in some questions all numbers are near one end, as in 99+99
        above[alike] = above[alike, :1]
        chosen = rng.random(len(numbers)) < _NEAR_ENDS
        near = np.where(above, self.smallest + distances, self.largest - distances)
        return np.where(chosen[:, None], near, numbers)

    def _chained(self, numbers: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        """Sums of two numbers, in half of which most digits of one of them make their column add up to `base - 1`."""
        turned = rng.random(len(numbers)) < 0.5  # so that a carry runs under either, where the other is blank
        first, second = np.where(turned[:, None], numbers[:, ::-1], numbers).T
        chosen = rng.random(len(numbers)) < _CHAINED
        changed = second.copy()
        for place in range(self.number_width):
            power = self.base**place
            here = chosen & (second >= power) & (rng.random(len(numbers)) < _PROPAGATING)
            wanted = self.base - 1 - first // power % self.base
            changed = np.where(here, changed + (wanted - changed // power % self.base) * power, changed)
        fits = (changed >= self.smallest) & (changed <= self.largest)
        chained = np.stack([first, np.where(fits, changed, second)], axis=1)
        return np.where(turned[:, None], chained[:, ::-1], chained)

    def _used(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[Any]:
        """Numbers with 0 where a form has no place for them."""
        if len(self.term_counts) > 1:
            terms = np.array([form.count("n") for form in self.forms])[forms]
            numbers[np.arange(self.terms) >= terms[:, None]] = 0
        return numbers

    def is_held_out(self, questions: Questions) -> NDArray[np.bool_]:
        """Which questions belong to the held-out set: shape `(n,)`."""
        return self._held_out(questions.keys)

    def _held_out(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        return keys < np.uint64(int(self.held_out * 2.0**64))

    def _questions(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> Questions:
        n = len(forms)
        symbols = np.full((n, self.longest_question), _SPACE, np.int32)
        values: NDArray[Any] = np.zeros(n, self._number_type)
        for form, rows in self._by_form(forms):
            columns = numbers[rows]
            values[rows] = expression.work_out(expression.tree(form), columns.T)
            grid = self._written(form, columns)
            symbols[rows, : grid.shape[1]] = grid
        return Questions(symbols, self._answer_symbols(values), self._keys(forms, numbers), numbers, values)

    def _keys(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[np.uint64]:
        keys = np.zeros(len(forms), np.uint64)
        low_bits = (numbers % 2**64 if numbers.dtype == object else numbers).astype(np.uint64)
        for form, rows in self._by_form(forms):
            keys[rows] = question_hash(expression.tree(form), list(low_bits[rows].T))
        return keys

    def _by_form(self, forms: NDArray[np.int64]) -> list[tuple[str, Any]]:
        if len(self.forms) == 1:
            return [(self.forms[0], slice(None))]
        order = np.argsort(forms, kind="stable")
        present, starts = np.unique(forms[order], return_index=True)
        groups = np.split(order, starts[1:]) if len(order) else []
        return [(self.forms[form], rows) for form, rows in zip(present, groups, strict=True)]

    def _written(self, form: str, numbers: NDArray[Any]) -> NDArray[np.int32]:
        """Questions of one form, each number in columns of its own where the task is aligned."""
        columns: list[NDArray[np.int32]] = []
        place = 0
        for lexeme in form:
            if lexeme == "n":
                columns.append(digit_columns(numbers[:, place], self.number_width, self.base))
                place += 1
            else:
                columns.append(np.full((len(numbers), 1), ALPHABET.index(lexeme), np.int32))
        grid = np.concatenate(columns, axis=1)
        return grid if self.aligned else blanks_last(grid, _SPACE)

    def _answer_symbols(self, values: NDArray[Any]) -> NDArray[np.int32]:
        grid = digit_columns(abs(values), self.longest_answer, self.base)
        negative = np.flatnonzero(values < 0)
        if len(negative):  # the sign stands on the last blank before the digits
            grid[negative, (grid[negative] == _SPACE).sum(axis=1) - 1] = _MINUS
        return grid

    def spell(self, number: int) -> str:
        """A number as it is written in the task's base."""
        return numerals.spell(number, self.base)

    def value(self, text: str) -> int | None:
        """The number that an answer's text spells, or None where it spells none."""
        return numerals.value(text, self.base)

    def parse(self, text: str) -> Parsed:
        """Read a typed question.

        Spaces, full-width characters, leading zeros, brackets that change nothing and a closing `=` or `=?` are
        accepted.

        Raises:
            QuestionError: What is wrong, in words for the person who typed it.

        >>> Task(largest=100).parse(" １２ + 50 =").numbers
        (12, 50)
        >>> Task().parse("12+")
        Traceback (most recent call last):
        adder.base.errors.QuestionError: "12+" ends with an operator; write a number after it
        """
        if not isinstance(text, str):
            raise QuestionError(
                Sentence(
                    "a question must be text, such as {example!r}; received: {received}",
                    example=self.example,
                    received=shorten(repr(text)),
                )
            )
        if len(text) > 10 * (self.longest_question + 100):
            raise QuestionError(
                Sentence(
                    "that is {n:,} characters long; write a question such as {example}",
                    n=len(text),
                    example=self.example,
                )
            )
        question = expression.plain(text)
        if not question:
            raise QuestionError(
                Sentence("there is nothing to solve; write a question such as {example}", example=self.example)
            )
        parsed = expression.parse(question, self.base)
        self._check_form(f'"{shorten(question)}"', parsed)
        for number in parsed.numbers:
            if not self.smallest <= number <= self.largest:
                raise QuestionError(
                    Sentence(
                        "{number} is outside {range}, the numbers this network was trained on",
                        number=shorten(self.spell(number)),
                        range=self.range,
                    )
                )
        return parsed

    def _check_form(self, shown: str, parsed: Parsed) -> None:
        used = {lexeme for lexeme in parsed.form if lexeme in OPERATORS} | (
            {SQUARE} if SQUARE in parsed.form else set()
        )
        if strange := sorted(used - set(self.operators)):
            raise QuestionError(
                Sentence(
                    "{question} has {sign}; this network only {skills}, and only numbers from {range}, as in {example}",
                    question=shown,
                    sign=_NAMES[strange[0]],
                    skills=reduce(_both, map(_VERBS.__getitem__, self.operators)),
                    range=self.range,
                    example=self.example,
                )
            )
        terms = len(parsed.numbers)
        if terms not in self.term_counts:
            found = Sentence("1 number") if terms == 1 else Sentence("{n} numbers", n=terms)
            fewest, most = self.term_counts[0], self.terms
            wanted = (
                Sentence("exactly {n}", n=most)
                if fewest == most
                else Sentence("{low} to {high}", low=fewest, high=most)
            )
            raise QuestionError(
                Sentence(
                    "{question} has {found}; this network takes {wanted}, as in {example}",
                    question=shown,
                    found=found,
                    wanted=wanted,
                    example=self.example,
                )
            )
        if parsed.form not in self._form_numbers:
            if self.operators == SQUARE:
                raise QuestionError(
                    Sentence(
                        "{question} is no square; this network squares one number, as in {example}",
                        question=shown,
                        example=self.example,
                    )
                )
            if not self.brackets:
                raise QuestionError(
                    Sentence(
                        "{question} has brackets; this network knows none, as in {example}",
                        question=shown,
                        example=self.example,
                    )
                )
            raise QuestionError(
                Sentence(
                    "{question} nests its brackets deeper than this network knows, which is {deepest} deep",
                    question=shown,
                    deepest=self.brackets,
                )
            )

    @cached_property
    def _form_numbers(self) -> dict[str, int]:
        return {form: index for index, form in enumerate(self.forms)}

    def read(self, texts: Sequence[str]) -> Questions:
        """Typed questions as a batch.

        Raises:
            QuestionError: The first that cannot be asked, in words for the person who typed it.
        """
        return self.questions([self.parse(text) for text in texts])

    def questions(self, parsed: Sequence[Parsed]) -> Questions:
        """Parsed questions of this task as a batch."""
        forms = np.array([self._form_numbers[each.form] for each in parsed], np.int64)
        numbers: NDArray[Any] = np.zeros((len(parsed), self.terms), self._number_type)
        for row, each in enumerate(parsed):
            numbers[row, : len(each.numbers)] = each.numbers
        return self._questions(forms, numbers)

    def of(self, numbers: Sequence[Sequence[int]], operator: str | None = None) -> Questions:
        """Lists of numbers, ragged ones welcome, joined by one operator; of a task of squares, one number a list.

        Args:
            numbers: The numbers of each question.
            operator: One of the task's operators; by default its first.

        Raises:
            QuestionError: Another operator, or the first row that is no question of this task, counted from 1.

        >>> [int(value) for value in Task(terms=4, fewest_terms=2).of([[1, 2], [1, 4, 7], [1, 1, 9, 6]]).values]
        [3, 12, 17]
        """
        sign = self.operators[0] if operator is None else operator
        if sign not in tuple(self.operators):
            known = ", ".join(self.operators)
            raise QuestionError(
                Sentence("operator must be one of {known}; received: {received}", known=known, received=repr(sign))
            )
        return self.questions([self._row(number, row, sign) for number, row in enumerate(numbers, start=1)])

    def _row(self, number: int, row: Sequence[int], sign: str) -> Parsed:
        """One question from its numbers."""
        each = Sentence("each number in row {number}", number=number)
        try:
            terms = tuple(validation.whole_number(each, value, self.smallest, self.largest) for value in row)
        except ExperimentError as error:
            raise QuestionError(error.sentence) from error
        except TypeError as error:
            raise QuestionError(
                Sentence(
                    "row {number} must be a list of numbers; received: {received}",
                    number=number,
                    received=shorten(repr(row)),
                )
            ) from error
        parsed = Parsed(f"n{SQUARE}2" if sign == SQUARE else sign.join("n" * len(terms)), terms)
        self._check_form(Sentence("row {number}", number=number), parsed)
        return parsed

    def answer(self, text: str) -> int:
        """The true answer to a typed question.

        Raises:
            QuestionError: The question cannot be asked.
        """
        parsed = self.parse(text)
        return int(expression.work_out(expression.tree(parsed.form), parsed.numbers))

    def texts(self, questions: Questions) -> list[str]:
        """Questions as a person writes them."""
        return ["".join(row).replace(" ", "") for row in _CHARACTERS[questions.symbols].tolist()]

    @property
    def range(self) -> Sentence:
        """The numbers a question may have, in words."""
        low, high = self.spell(self.smallest), self.spell(self.largest)
        if self.base != 10:
            return Sentence("{low} to {high} in base {base}", low=shorten(low), high=shorten(high), base=self.base)
        if len(high) < 20:
            low, high = f"{self.smallest:,}", f"{self.largest:,}"
        return Sentence("{low} to {high}", low=shorten(low), high=shorten(high))


_CHARACTERS = np.array(list(ALPHABET))
_VERBS = {"+": Sentence("adds"), "-": Sentence("subtracts"), "*": Sentence("multiplies"), "^": Sentence("squares")}
_NAMES = {
    "+": Sentence("a plus sign"),
    "-": Sentence("a minus sign"),
    "*": Sentence("a times sign"),
    "^": Sentence("a square"),
}


def _both(one: Sentence, other: Sentence) -> Sentence:
    return Sentence("{one} and {other}", one=one, other=other)


def _integers(rng: np.random.Generator, low: Any, high: Any, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """Whole numbers from `low` to `high`, both included, each a number or an array of `shape`."""
    if kind is np.int64:
        lows, highs = (each.astype(np.int64) if isinstance(each, np.ndarray) else each for each in (low, high))
        return rng.integers(lows, highs, shape, endpoint=True)
    lows, highs = np.broadcast_to(np.array(low, object), shape), np.broadcast_to(np.array(high, object), shape)
    drawn = np.empty(shape, object)
    for place in np.ndindex(shape):
        span: Any = highs[place] - lows[place] + 1
        drawn[place] = lows[place] + int.from_bytes(rng.bytes(span.bit_length() // 8 + 9)) % span
    return drawn


@lru_cache(maxsize=64)
def _count_held_out(forms: tuple[str, ...], smallest: int, largest: int, held_out: float) -> int:
    keys = []
    for form in forms:
        world = np.meshgrid(*[np.arange(smallest, largest + 1, dtype=np.uint64)] * form.count("n"), indexing="ij")
        keys.append(question_hash(expression.tree(form), [each.ravel() for each in world]))
    return int((np.unique(np.concatenate(keys)) < np.uint64(int(held_out * 2.0**64))).sum())
