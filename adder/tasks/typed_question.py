"""Checks typed questions of arithmetic, and refuses those that a task does not take, each in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError, shorten
from adder.base.messages import Sentence, counted, either
from adder.tasks import expression, typed_text
from adder.tasks.expression import OPERATORS, SQUARE, Parsed
from adder.tasks.numerals import DIGITS, Span
from adder.tasks.typed_text import Typed

_MOST_CHARACTERS = 100_000
_DIGIT_RUN = re.compile(r"[0-9A-Z]+")
_NUMBER = re.compile(r"(?<!\^)[0-9A-Za-z]+")  # It finds the numbers of a question that was parsed.
_EQUATION = re.compile(r"=.*[0-9A-Za-z]")
_OTHER_HABIT = re.compile(r"[=./:÷∶]")
_DIVISION = re.compile(r"(?<=[0-9)])[/:÷∶](?=[0-9(])")
_POINT = re.compile(r"(?<![0-9A-Za-z.])[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9A-Za-z.])")
_VERBS = {"+": Sentence("adds"), "-": Sentence("subtracts"), "*": Sentence("multiplies"), "^": Sentence("squares")}
_NAMES = {
    "+": Sentence("a plus sign"),
    "-": Sentence("a minus sign"),
    "*": Sentence("a times sign"),
    "^": Sentence("a square"),
}


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a question of a task may look like.

    Attributes:
        numbers: The numbers it may have.
        operators: The signs that may stand between them, or `^`.
        term_counts: How many numbers it may have.
        brackets: How deep brackets may nest.
        forms: Every form that it may have.
        longest: Characters of the longest question.
        example: A question, for messages.
    """

    numbers: Span
    operators: str
    term_counts: range
    brackets: int
    forms: frozenset[str]
    longest: int
    example: str

    def parse(self, text: str) -> Parsed:
        """Read a typed question.

        Raises:
            QuestionError: What is wrong, in words for the person who typed it.
        """
        if not isinstance(text, str):
            raise no_text(self.example, text)
        if len(text) > 10 * (self.longest + 100):
            raise QuestionError(
                counted(
                    "that is {n:,} character long; write a question such as {example}",
                    "that is {n:,} characters long; write a question such as {example}",
                    n=len(text),
                    example=self.example,
                )
            )
        typed = typed_text.read(text, self.numbers.base)
        if not typed.plain:
            raise QuestionError("there is nothing to solve; write a question such as {example}", example=self.example)
        shown = f'"{shorten(typed.shown)}"'
        _refuse_other_habits(typed, shown)
        parsed = expression.parse(typed, self.numbers.base)
        self._check_form(shown, parsed)
        for place, number in enumerate(parsed.numbers):
            if not self.numbers.smallest <= number <= self.numbers.largest:
                match = list(_NUMBER.finditer(typed.plain))[place]
                raise QuestionError(
                    "{number} is outside {range}, the numbers this network was trained on",
                    number=shorten(typed.quoted(*match.span())),
                    range=self.numbers.words,
                )
        return parsed

    def parse_row(self, number: int, row: Sequence[int], operator: str) -> Parsed:
        """The question that joins the numbers of one row of a list by an operator.

        Args:
            number: The row's number, for messages.
            row: The numbers.
            operator: What joins them, or `^`.

        Raises:
            QuestionError: The row makes no question of this task.
        """
        each = Sentence("each number in row {number}", number=number)
        try:
            terms = tuple(
                validation.whole_number(each, value, self.numbers.smallest, self.numbers.largest) for value in row
            )
        except ExperimentError as error:
            raise QuestionError(error.sentence) from error
        except TypeError as error:
            raise QuestionError(
                "row {number} must be a list of numbers; received: {received}",
                number=number,
                received=shorten(repr(row)),
            ) from error
        parsed = Parsed(f"n{SQUARE}2" if operator == SQUARE else operator.join("n" * len(terms)), terms)
        self._check_form(Sentence("row {number}", number=number), parsed)
        return parsed

    def _check_form(self, shown: str, parsed: Parsed) -> None:
        """Refuse a question with other signs, or with more numbers or brackets, than the task has."""
        used = {lexeme for lexeme in parsed.form if lexeme in (*OPERATORS, SQUARE)}
        if strange := sorted(used - set(self.operators)):
            raise QuestionError(
                "{question} has {sign}; this network only {skills}, and only numbers from {range}, as in {example}",
                question=shown,
                sign=_NAMES[strange[0]],
                skills=reduce(_both, map(_VERBS.__getitem__, self.operators)),
                range=self.numbers.words,
                example=self.example,
            )
        terms = len(parsed.numbers)
        if terms not in self.term_counts:
            found = counted("{n} number", "{n} numbers", n=terms)
            fewest, most = self.term_counts[0], self.term_counts[-1]
            wanted = (
                Sentence("exactly {n}", n=most)
                if fewest == most
                else Sentence("{low} to {high}", low=fewest, high=most)
            )
            raise QuestionError(
                "{question} has {found}; this network takes {wanted}, as in {example}",
                question=shown,
                found=found,
                wanted=wanted,
                example=self.example,
            )
        if parsed.form not in self.forms:
            raise QuestionError(self._strange_form(shown))

    def _strange_form(self, shown: str) -> Sentence:
        """What is wrong with a question whose signs and count of numbers are right."""
        if self.operators == SQUARE:
            return Sentence(
                "{question} is no square; this network squares one number, as in {example}",
                question=shown,
                example=self.example,
            )
        if not self.brackets:
            return Sentence(
                "{question} has brackets; this network knows none, as in {example}",
                question=shown,
                example=self.example,
            )
        return Sentence(
            "{question} nests its brackets deeper than this network knows, which is {deepest} deep",
            question=shown,
            deepest=self.brackets,
        )

    def askable(self, any_length: bool) -> Sentence:
        """What a person may ask, in a sentence."""
        if any_length:
            return Sentence("Whole numbers of any length with + between them.")
        numbers = self.numbers.words
        if self.operators == SQUARE:
            return Sentence(
                "Whole numbers from {numbers}, squared, as in {example}.", numbers=numbers, example=self.example
            )
        signs = either(self.operators)
        if self.brackets:
            return Sentence(
                "Whole numbers from {numbers} with {signs} between them, and brackets.", numbers=numbers, signs=signs
            )
        return Sentence("Whole numbers from {numbers} with {signs} between them.", numbers=numbers, signs=signs)


def _refuse_other_habits(typed: Typed, shown: str) -> None:
    """Refuse what people often write but no question may have, and say more than that its sign is unknown."""
    if not _OTHER_HABIT.search(typed.plain):
        return
    if match := _DIVISION.search(typed.plain):
        raise QuestionError(
            "{question} has a division sign at character {at}; no network here divides",
            question=shown,
            at=typed.places[match.start()],
        )
    if _EQUATION.search(typed.plain):
        raise QuestionError('{question} has an answer in it; write only what stands before the "="', question=shown)
    if match := _POINT.search(typed.plain):
        written = typed.quoted(*match.span())
        raise QuestionError(
            '{question} has "{number}" in it, which is a fraction to some and {whole} to others; write whole numbers '
            "without a point",
            question=shown,
            number=written,
            whole=match[0].replace(".", ""),
        )


def _both(one: Sentence, other: Sentence) -> Sentence:
    return Sentence("{one} and {other}", one=one, other=other)


def no_text(example: str, received: object) -> QuestionError:
    """The error for a question that is no text."""
    return QuestionError(
        "a question must be text, such as {example!r}; received: {received}",
        example=example,
        received=shorten(repr(received)),
    )


def longest_number(texts: Sequence[str], base: int) -> int:
    """The digits of the longest number in these questions, without leading zeros; their other faults do not matter.

    >>> longest_number(["007+12", "123+"], 10)
    3
    """
    short = [str(text) for text in texts if len(str(text)) <= _MOST_CHARACTERS]  # `parse` refuses the others.
    runs = (run for text in short for run in _DIGIT_RUN.findall(typed_text.read(text, base).plain.upper()))
    return max((len(run.lstrip("0")) for run in runs if set(run) <= set(DIGITS[:base])), default=0)
