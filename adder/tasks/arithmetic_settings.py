"""The settings of an arithmetic task, and all that follows from them before a question is drawn.

>>> from adder.tasks.arithmetic import Task
>>> task = Task(smallest=0, largest=99, operators="-")
>>> task.longest_question, task.longest_answer, task.example
(5, 3, '12-50')
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError
from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Whole, check_settings, setting
from adder.tasks import expression, numerals, typed_text
from adder.tasks.canonical import count_distinct, count_held_out
from adder.tasks.draws import DRAWS
from adder.tasks.expression import OPERATORS, SQUARE
from adder.tasks.forms import count_forms, forms_of
from adder.tasks.numerals import Span, digits
from adder.tasks.questions import ALPHABET
from adder.tasks.task import HELD_OUT, AnyTask
from adder.tasks.typed_question import longest_number

MOST_DIGITS = 1_000
LARGEST_NUMBER = 10**MOST_DIGITS - 1
MOST_ANSWER_DIGITS = 4_000  # Python writes out no number of many more.
MOST_TERMS = 15
MOST_BRACKETS = 3
MOST_FORMS = 5_000  # A batch is worked out form by form, but for sums without brackets.


@dataclass(frozen=True, slots=True)
class _Operators(Choice):
    """Some of `OPERATORS`, each once and in any order, or `SQUARE` alone."""

    def limits(self) -> str:
        return Sentence("some of +-*, each once, or ^ for squares")

    def _check_value(self, name: str, value: object) -> str:
        given = "".join(typed_text.plain(value).split()) if isinstance(value, str) else ""
        ordered = SQUARE if given == SQUARE else "".join(each for each in OPERATORS if each in given)
        if not ordered or sorted(given) != sorted(ordered):
            raise ExperimentError(name, self.limits(), value)
        return ordered


@dataclass(frozen=True)
class Arithmetic(AnyTask):
    """The settings of arithmetic, which `adder.tasks.arithmetic.Task` explains, and what follows from them."""

    name: ClassVar[str] = "arithmetic"
    label: ClassVar[str] = marked("Arithmetic")

    smallest: int = setting(
        1, Whole(marked("Smallest number"), marked("No number in a question is smaller than this."), 0, LARGEST_NUMBER)
    )
    largest: int = setting(
        10, Whole(marked("Largest number"), marked("No number in a question is larger than this."), 1, LARGEST_NUMBER)
    )
    terms: int = setting(
        2,
        Whole(
            marked("Numbers in a question"),
            marked("A question has this many numbers, or at most this many if fewer are allowed below."),
            1,
            MOST_TERMS,
        ),
    )
    fewest_terms: int | None = setting(
        None,
        Whole(
            marked("Fewest numbers"),
            marked("A question has at least this many numbers. If this is empty, it always has as many as above."),
            1,
            MOST_TERMS,
            optional=True,
        ),
    )
    operators: str = setting(
        "+",
        _Operators(
            marked("Operators"),
            marked("These may stand between the numbers. The square asks for one number times itself."),
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
        0,
        Whole(
            marked("Brackets, how deep"), marked("Brackets may nest this deep. At 0 there are none."), 0, MOST_BRACKETS
        ),
    )
    base: int = setting(
        10,
        Whole(marked("Base"), marked("Numbers are written in this base: 2 is binary, and 10 is the usual one."), 2, 16),
    )
    held_out: float = setting(0.0, HELD_OUT)
    draw: str = setting(
        "numbers",
        Choice(
            marked("Questions are drawn"),
            marked(
                "If every number comes equally often, nearly all of them are long. The other ways give short or "
                "difficult questions a larger share."
            ),
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
        if self.fewest_terms == self.terms:  # Equal tasks must be written alike.
            object.__setattr__(self, "fewest_terms", None)
        validation.whole_number("task.brackets", self.brackets, 0, 0 if squares else MOST_BRACKETS)
        if only_for := self.draw_refusal(self.draw):
            raise ExperimentError(
                "task.draw",
                Sentence("one for this task; {draw} is for {only_for}", draw=self.draw, only_for=only_for),
                self.draw,
            )
        _check_size(self)
        self._check_both_sides()

    @property
    def term_counts(self) -> range:
        return range(self.fewest_terms or self.terms, self.terms + 1)

    @property
    def sums(self) -> bool:
        return self.operators == "+" and not self.brackets

    @property
    def adds_and_subtracts(self) -> bool:
        """Whether every question only adds and subtracts, without brackets."""
        return not self.brackets and set(self.operators) <= {"+", "-"}

    @property
    def adds_two(self) -> bool:
        return self.sums and self.term_counts == range(2, 3)

    @property
    def one_form(self) -> bool:
        return len(self.forms) == 1

    @property
    def grid(self) -> range | None:
        two_numbers = self.term_counts == range(2, 3) and not self.brackets
        return range(self.smallest, self.largest + 1) if two_numbers and self.largest < 2**62 else None

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Every form a question may have, fewest terms first."""
        return tuple(form for terms in self.term_counts for form in self._forms_of(terms))

    def _forms_of(self, terms: int) -> tuple[str, ...]:
        return forms_of(terms, self.operators, self.brackets)

    @cached_property
    def widest_forms(self) -> tuple[str, ...]:
        """Some forms that have the longest questions, and the smallest and the largest numbers on the way."""
        if not self.adds_and_subtracts:
            return self.forms
        alike = [self._forms_of(terms) for terms in self.term_counts]
        return tuple(form for forms in alike for form in sorted({forms[0], forms[-1]}))  # All signs are alike.

    @cached_property
    def alphabet(self) -> str:
        """The characters of questions and answers: the part of `ALPHABET` up to the last one that is needed."""
        used = numerals.DIGITS[: self.base] + "+ " + self.operators
        used += "()" * bool(self.brackets) + "-" * (self.smallest_answer < 0)
        return ALPHABET[: max(map(ALPHABET.index, used)) + 1]

    @cached_property
    def number_width(self) -> int:
        return digits(self.largest, self.base)

    @property
    def aligned(self) -> bool:
        return not self.brackets

    @cached_property
    def longest_question(self) -> int:
        return max(len(form) + form.count("n") * (self.number_width - 1) for form in self.widest_forms)

    @cached_property
    def longest_answer(self) -> int:
        low, high = self.smallest_answer, self.largest_answer
        return max(digits(max(high, 0), self.base), digits(-low, self.base) + 1 if low < 0 else 1)

    @cached_property
    def _bounds(self) -> tuple[int, int, int]:
        each = [expression.bounds(expression.tree(form), self.smallest, self.largest) for form in self.widest_forms]
        lows, highs, sizes = zip(*each, strict=True)
        return min(lows), max(highs), max(sizes)

    @property
    def largest_size(self) -> int:
        return max(self.largest_answer, -self.smallest_answer, self.largest)

    @property
    def smallest_answer(self) -> int:
        """The smallest answer a question can have."""
        return self._bounds[0]

    @property
    def largest_answer(self) -> int:
        """The largest answer a question can have."""
        return self._bounds[1]

    @cached_property
    def span(self) -> Span:
        """The numbers that a question may have."""
        dtype = np.int64 if self._bounds[2] < 2**62 else object  # Python's own numbers have no largest.
        return Span(self.smallest, self.largest, self.base, dtype)

    @property
    def range(self) -> Sentence:
        """The numbers a question may have, in words."""
        return self.span.words

    @cached_property
    def example(self) -> str:
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
        return count_distinct(self.forms, self.largest - self.smallest + 1)

    @property
    def held_out_questions(self) -> int:
        return count_held_out(self.forms, self.smallest, self.largest, self.held_out)

    @property
    def levels(self) -> int:
        """How many steps of difficulty a curriculum can take, counting those by digits and those by terms."""
        return max(self.number_width - digits(self.smallest, self.base), len(self.term_counts) - 1) + 1

    def at_level(self, level: int) -> Self:
        """The same task with no question harder than a level, 1 being the easiest; only for drawing from.

        Levels below the last draw uniformly over lengths, so that what was learned first is not forgotten.

        >>> from adder.tasks.arithmetic import Task
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

    def draw_refusal(self, draw: str) -> Sentence | None:
        return None if DRAWS[draw].suits(self) else DRAWS[draw].only_for

    def drawn_as(self, draw: str) -> Self:
        """The same task with its questions drawn another way, one of `DRAWS`."""
        return dataclasses.replace(self, draw=draw)

    def undivided(self) -> Self:
        return dataclasses.replace(self, held_out=0, draw="numbers")

    def widened(self, largest: int) -> Self:
        """The same task with numbers up to `largest`, for a network that reads questions of any length."""
        return dataclasses.replace(self, smallest=0, largest=max(largest, self.largest), held_out=0)

    @property
    def most_digits(self) -> int:
        """Digits of the longest number that a network may be asked which reads questions of any length."""
        return MOST_DIGITS if self.base <= 10 else digits(LARGEST_NUMBER, self.base) - 1

    def widened_for(self, texts: Sequence[str]) -> Self:
        longest, most = longest_number(texts, self.base), self.most_digits
        if longest > most:
            raise QuestionError("a number may have at most {most:,} digits; this one has {n:,}", most=most, n=longest)
        return self.widened(self.base**longest - 1) if longest > self.number_width else self

    def of_digits(self, digits: int) -> Self:
        """The same task with every number of exactly this many digits, and nothing held out."""
        validation.whole_number("digits", digits, 1, MOST_DIGITS)
        smallest = self.base ** (digits - 1) if digits > 1 else 0
        return dataclasses.replace(self, smallest=smallest, largest=self.base**digits - 1, held_out=0)


def _check_size(task: Arithmetic) -> None:
    count = sum(count_forms(terms, task.operators, task.brackets) for terms in task.term_counts)
    if count > MOST_FORMS and not task.adds_and_subtracts:
        raise ExperimentError(
            "task.terms",
            Sentence(
                "so few that there are at most {most:,} forms of questions (with operators {operators} and "
                "brackets {brackets} deep there are {count:,})",
                most=MOST_FORMS,
                operators=task.operators,
                brackets=task.brackets,
                count=count,
            ),
            task.terms,
        )
    longest = digits(task.largest) * (task.terms if "*" in task.operators else 2 if task.operators == SQUARE else 1)
    if longest > MOST_ANSWER_DIGITS:
        raise ExperimentError(
            "task.largest",
            Sentence("so small that answers have at most {most:,} digits", most=MOST_ANSWER_DIGITS),
            task.largest,
        )
