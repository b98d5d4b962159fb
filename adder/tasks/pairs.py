r"""A task of your own: a list of questions and answers, whatever rule may lie behind them.

The characters and the longest question and answer are found in the list. No answer is worked out, so the true answer
to a question that is not in the list is unknown.

    >>> rule = Rule.from_csv("question,answer\ncat,tac\ndog,god\n")
    >>> rule.pairs
    (('cat', 'tac'), ('dog', 'god'))
    >>> rule.alphabet
    'acdgot '
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.errors import ExperimentError, QuestionFileError, shorten
from adder.base.messages import Sentence, counted, marked
from adder.base.settings import Setting, check_settings, setting
from adder.tasks.listed import Listed
from adder.tasks.task import HELD_OUT

MOST_PAIRS = 20_000
MOST_CHARACTERS = 40  # of one question or answer
MOST_SYMBOLS = 96
MOST_CSV_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True)
class Pairs(Setting):
    """Questions with their answers, each question once."""

    type_name = Sentence("a question and its answer a line, with a comma between")

    def _limits(self) -> str:
        return Sentence("2 to {most:,} pairs", most=MOST_PAIRS)

    def _check_value(self, name: str, value: object) -> tuple[tuple[str, str], ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ExperimentError(name, Sentence("pairs of a question and its answer"), value)
        checked: dict[str, str] = {}
        for number, pair in enumerate(value, start=1):
            where = Sentence("task.pairs, pair {number}", number=number)
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
                raise ExperimentError(where, Sentence("a question and its answer, both texts"), pair)
            question, answer = pair[0].strip(), pair[1].strip()
            _check_pair(question, answer, where)
            if question in checked:
                raise ExperimentError(where, Sentence("a question that no pair before it asks"), question)
            checked[question] = answer
        if not 2 <= len(checked) <= MOST_PAIRS:
            raise ExperimentError(name, self.expected, Sentence("{n:,} of them", n=len(checked)))
        return tuple(checked.items())

    def _parse(self, text: str) -> tuple[tuple[str, ...], ...]:
        try:
            return tuple(tuple(row) for row in csv.reader(io.StringIO(text)) if row)
        except csv.Error as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True)
class Rule(Listed):
    """Questions with their answers, all given.

    Attributes:
        pairs: Each question with its answer. Spaces around a question or answer are dropped.
        held_out: The share of questions kept away from training, chosen by a hash of the question.

    Raises:
        ExperimentError: What is wrong, and in which pair, counted from 1.
    """

    name: ClassVar[str] = "rule"
    label: ClassVar[str] = marked("Your own list")
    own_list: ClassVar[bool] = True

    pairs: tuple[tuple[str, str], ...] = setting(
        (("1", "one"), ("2", "two"), ("3", "three")),
        Pairs(marked("Questions and answers"), marked("Your own list: a question and its answer a line, as in CSV.")),
    )
    held_out: float = setting(0.0, HELD_OUT)

    def __post_init__(self) -> None:
        check_settings(self, "task")
        different = len(self.alphabet) - 1  # without the space that pads
        if different > MOST_SYMBOLS:
            raise ExperimentError(
                "task.pairs",
                Sentence("of at most {most} different characters", most=MOST_SYMBOLS),
                Sentence("{n:,} of them", n=different),
            )
        self._check_both_sides()

    @classmethod
    def from_csv(cls, text: str, held_out: float = 0.0) -> Rule:
        r"""The rule that a CSV text lists, `question,answer` a row, with or without that heading.

        Rows that repeat one another are taken once; `repeated_rows` says which they are.

        Raises:
            QuestionFileError: A row that is empty in part, too long, or contradicts another; the message names it.
            ExperimentError: `held_out` leaves nothing on one side.

        >>> Rule.from_csv("1+1,2\n1+1,3")
        Traceback (most recent call last):
        adder.base.errors.QuestionFileError: row 2 answers "1+1" with "3", but row 1 answers it with "2"
        """
        pairs: dict[str, str] = {}
        first: dict[str, int] = {}
        for number, question, answer in _csv_rows(text):
            if pairs.setdefault(question, answer) != answer:
                raise QuestionFileError(
                    'row {number} answers "{question}" with "{answer}", but row {before} answers it with "{other}"',
                    number=number,
                    question=shorten(question),
                    answer=shorten(answer),
                    before=first[question],
                    other=shorten(pairs[question]),
                )
            first.setdefault(question, number)
            if len(pairs) > MOST_PAIRS:
                raise QuestionFileError(
                    "the list may have {most:,} different questions; row {number} is one more",
                    most=MOST_PAIRS,
                    number=number,
                )
        if len(pairs) < 2:
            raise QuestionFileError("the list must have at least 2 different questions, each with its answer")
        return cls(tuple(pairs.items()), held_out)

    def to_csv(self) -> str:
        """The list as CSV with its heading."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([("question", "answer"), *self.pairs])
        return buffer.getvalue()


def repeated_rows(text: str) -> tuple[tuple[int, int], ...]:
    r"""The rows of a CSV list that repeat an earlier one: the number of each, with the number of the row it repeats.

    Raises:
        QuestionFileError: A row that is empty in part or too long; the message names it.

    >>> repeated_rows("1+1,2\n1+2,3\n1+1,2\n")
    ((3, 1),)
    """
    first: dict[tuple[str, str], int] = {}
    rows = [(number, first.setdefault((question, answer), number)) for number, question, answer in _csv_rows(text)]
    return tuple((number, before) for number, before in rows if number != before)


def _csv_rows(text: str) -> Iterator[tuple[int, str, str]]:
    """The number, counted from 1, the question and the answer of each row of a CSV list that holds something."""
    if len(text) > MOST_CSV_CHARACTERS:
        raise QuestionFileError(
            "the list may have {most:,} characters; it has {n:,}", most=MOST_CSV_CHARACTERS, n=len(text)
        )
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None), strict=True)
    try:
        yield from _pairs(rows)
    except csv.Error as error:
        raise QuestionFileError(
            "the list must be CSV, a question and its answer a row ({why})", why=str(error)
        ) from error


def _pairs(rows: Iterable[list[str]]) -> Iterator[tuple[int, str, str]]:
    for number, row in enumerate(rows, start=1):
        if not row:
            continue
        cells = [cell.strip() for cell in row]
        if len(cells) == 2 and _fits(cells[0]) and _fits(cells[1]):
            if number > 1 or [cell.lower() for cell in cells] != ["question", "answer"]:
                yield number, cells[0], cells[1]
            continue
        if not any(cells):
            continue
        if len(cells) != 2:
            problem = counted(
                "row {number} must have a question and an answer; it has only one cell",
                "row {number} must have a question and an answer; it has {n} cells",
                n=len(cells),
                number=number,
            )
            if number == 1:
                problem = Sentence("{problem}; a heading must be question,answer", problem=problem)
            raise QuestionFileError(problem)
        question, answer = cells
        if not _fits(question):
            problem = _trouble(question, Sentence("the question in row {number}", number=number))
        else:
            problem = _trouble(answer, Sentence("the answer in row {number}", number=number))
        raise QuestionFileError(problem)


def _fits(text: str) -> bool:
    """Whether a list may hold a question or an answer."""
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable()


def _trouble(text: str, which: Sentence) -> Sentence:
    """What is wrong with a question or an answer that does not fit."""
    if not text:
        return Sentence("{which} is empty", which=which)
    if len(text) > MOST_CHARACTERS:
        return counted(
            "{which} has {n:,} character; it may have {most}",
            "{which} has {n:,} characters; it may have {most}",
            n=len(text),
            which=which,
            most=MOST_CHARACTERS,
        )
    at, character = next((at, each) for at, each in enumerate(text, start=1) if not each.isprintable())
    code = f"U+{ord(character):04X}"
    return Sentence(
        "{which} has a character that cannot be shown, {code}, at character {at}", which=which, code=code, at=at
    )


def _check_pair(question: str, answer: str, where: Sentence) -> None:
    for text in (question, answer):
        if not _fits(text):
            limits = Sentence("a question and an answer of 1 to {most} plain characters", most=MOST_CHARACTERS)
            raise ExperimentError(where, limits, text)
