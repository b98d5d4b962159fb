r"""A task of your own: a list of questions and answers, whatever rule may lie behind them.

Here a list is read, checked and made a `Rule`. All that follows from a list stands in `adder.tasks.listed`.

    >>> rule = Rule.from_csv("question,answer\ncat,tac\ndog,god\n")
    >>> rule.pairs
    (('cat', 'tac'), ('dog', 'god'))
    >>> rule.alphabet
    'acdgot '
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

from adder.base.csv_files import csv_text
from adder.base.errors import ExperimentError, QuestionFileError, shorten
from adder.base.messages import Sentence, counted, marked
from adder.base.settings import Setting, check_settings, setting
from adder.tasks.list_canonical import Canonical
from adder.tasks.list_file import ListFile, read_list
from adder.tasks.listed import Listed
from adder.tasks.plain_cell import plain_cell, plain_question
from adder.tasks.task import HELD_OUT

MOST_PAIRS = 20_000
MOST_QUESTION_CHARACTERS = 64
MOST_ANSWER_CHARACTERS = 40
MOST_SYMBOLS = 96
MOST_CSV_CHARACTERS = 2_000_000
_MOST_LINES = 2 * MOST_PAIRS  # Each question may be asked in two ways.


@dataclass(frozen=True, slots=True)
class Pairs(Setting):
    """Questions with their answers, each question once."""

    type_name = Sentence("a question and its answer a line, with a comma between")

    def limits(self) -> str:
        return Sentence("2 to {most:,} pairs", most=MOST_PAIRS)

    def _check_value(self, name: str, value: object) -> tuple[tuple[str, str], ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ExperimentError(name, Sentence("pairs of a question and its answer"), value)
        checked: dict[str, str] = {}
        for number, pair in enumerate(value, start=1):
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
                raise ExperimentError(_pair_name(number), Sentence("a question and its answer, both texts"), pair)
            question, answer = plain_question(pair[0]), plain_cell(pair[1])
            _check_pair(question, answer, number)
            if question in checked:
                raise ExperimentError(_pair_name(number), Sentence("a question that no pair before it asks"), question)
            checked[question] = answer
        if not 2 <= len(checked) <= MOST_PAIRS:
            raise ExperimentError(name, self.limits(), Sentence("{n:,} of them", n=len(checked)))
        return tuple(checked.items())

    def _parse(self, text: str) -> tuple[tuple[str, ...], ...]:
        try:
            return tuple(tuple(row) for row in csv.reader(io.StringIO(text)) if row)
        except csv.Error as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True)
class Rule(Listed):
    """Questions that are all given with their answers.

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
        Pairs(
            marked("Questions and answers"),
            marked("This is your own list. Each line has a question and its answer, as in CSV."),
        ),
    )
    held_out: float = setting(0.0, HELD_OUT)

    def __post_init__(self) -> None:
        check_settings(self, "task")
        different = len(self.alphabet) - 1  # The space only pads.
        if different > MOST_SYMBOLS:
            raise ExperimentError(
                "task.pairs",
                Sentence("of at most {most} different characters", most=MOST_SYMBOLS),
                Sentence("{n:,} of them", n=different),
            )
        self._check_both_sides()

    @classmethod
    def from_csv(cls, text: str, held_out: float = 0.0, heading: bool | None = None) -> Rule:
        r"""The rule that a CSV text lists, `question,answer` a row; `read_pairs` says more.

        Raises:
            QuestionFileError: A row that is empty in part, too long, or contradicts another; the message names it.
            ExperimentError: `held_out` leaves nothing on one side.

        >>> Rule.from_csv("1+1,2\n1+1,3")
        Traceback (most recent call last):
        adder.base.errors.QuestionFileError: row 2 answers "1+1" with "3", but row 1 answers it with "2"
        """
        return read_pairs(text, heading).rule(held_out)

    def to_csv(self) -> str:
        """The list as CSV with its heading."""
        return csv_text([("question", "answer"), *self.pairs])


class Pair(NamedTuple):
    """A row of a list: its number, counted from 1, its question and its answer."""

    row: int
    question: str
    answer: str


@dataclass(frozen=True)
class PairsFile:
    """A file that lists questions with their answers, as it was read.

    Attributes:
        read: Its rows, its heading and its separator.
        pairs: Each row.
        repeats: Rows that repeat an earlier row's question and answer, each with that row.
        contradictions: Rows that answer an earlier row's question differently, each with that row.
    """

    read: ListFile
    pairs: tuple[Pair, ...]
    repeats: tuple[tuple[Pair, Pair], ...]
    contradictions: tuple[tuple[Pair, Pair], ...]

    def rule(self, held_out: float = 0.0) -> Rule:
        """The task that the file lists: each way to ask a question once.

        Raises:
            QuestionFileError: A row contradicts another, or there are too few.
            ExperimentError: `held_out` leaves nothing on one side.
        """
        if self.contradictions:
            raise QuestionFileError(contradiction(*self.contradictions[0]))
        if len(self.distinct) < 2:
            raise QuestionFileError("the list must have at least 2 different questions, each with its answer")
        return Rule(self.distinct, held_out)

    @cached_property
    def distinct(self) -> tuple[tuple[str, str], ...]:
        """Each way to ask a question once, with its answer."""
        answers: dict[str, str] = {}
        for pair in self.pairs:
            answers.setdefault(pair.question, pair.answer)
        return tuple(answers.items())


def read_pairs(text: str, heading: bool | None = None) -> PairsFile:
    r"""Read a file that lists questions with their answers, as spreadsheets and people write it.

    Args:
        text: The file's text.
        heading: Whether its first row is a heading; None to tell as `read_list` does.

    Raises:
        QuestionFileError: A row that is empty in part or too long; the message names it.

    >>> [(later.row, earlier.row) for later, earlier in read_pairs("1+1,2\n1+2,3\n2+1,3\n").repeats]
    [(3, 2)]
    """
    if len(text) > MOST_CSV_CHARACTERS:
        raise QuestionFileError(
            "the list may have {most:,} characters; it has {n:,}", most=MOST_CSV_CHARACTERS, n=len(text)
        )
    if len(set(text.splitlines())) > _MOST_LINES:
        raise QuestionFileError("it may have {most:,} rows, and it has more", most=_MOST_LINES)
    try:
        read = read_list(text, heading)
    except csv.Error as error:
        raise QuestionFileError(
            "the list must be CSV, a question and its answer a row ({why})", why=str(error)
        ) from error
    asked: set[str] = set()
    for number, cells in read.rows:  # An endless list is refused before anything is made of it.
        asked.add(cells[0])
        if len(asked) > MOST_PAIRS:
            raise QuestionFileError(
                "the list may have {most:,} different questions; row {number} is one more",
                most=MOST_PAIRS,
                number=number,
            )
    pairs = tuple(_pair(number, cells) for number, cells in read.rows)
    keys = Canonical.of((question, answer) for _, question, answer in pairs).keys([pair.question for pair in pairs])
    first: dict[int, Pair] = {}
    later = [
        (pair, before) for key, pair in zip(keys, pairs, strict=True) if (before := first.setdefault(key, pair)) != pair
    ]
    return PairsFile(
        read,
        pairs,
        tuple(each for each in later if each[0].answer == each[1].answer),
        tuple(each for each in later if each[0].answer != each[1].answer),
    )


def contradiction(later: Pair, before: Pair) -> Sentence:
    """What is wrong with a row that contradicts another."""
    values = {
        "number": later.row,
        "question": shorten(later.question),
        "answer": shorten(later.answer),
        "before": before.row,
        "other": shorten(before.answer),
    }
    if later.question == before.question:
        return Sentence(
            'row {number} answers "{question}" with "{answer}", but row {before} answers it with "{other}"', **values
        )
    return Sentence(
        'row {number} answers "{question}" with "{answer}", but row {before} answers "{same}" with "{other}"',
        same=shorten(before.question),
        **values,
    )


def _pair(number: int, cells: tuple[str, ...]) -> Pair:
    """The question and the answer in a row's cells."""
    if len(cells) == 2:
        question, answer = plain_question(cells[0]), cells[1]
        if _fits(question, MOST_QUESTION_CHARACTERS) and _fits(answer, MOST_ANSWER_CHARACTERS):
            return Pair(number, question, answer)
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
    if not _fits(question, MOST_QUESTION_CHARACTERS):
        problem = _trouble(question, MOST_QUESTION_CHARACTERS, Sentence("the question in row {number}", number=number))
    else:
        problem = _trouble(answer, MOST_ANSWER_CHARACTERS, Sentence("the answer in row {number}", number=number))
    raise QuestionFileError(problem)


def _fits(text: str, most: int) -> bool:
    """Whether a list may hold a question or an answer of at most `most` characters."""
    return 0 < len(text) <= most and (text.isprintable() or all(map(_may_stand, text)))


def _may_stand(character: str) -> bool:
    """Whether a list may hold a character; one that cannot be shown only if `plain_cell` keeps it."""
    return character.isprintable() or unicodedata.category(character) == "Cf"


def _trouble(text: str, most: int, which: Sentence) -> Sentence:
    """What is wrong with a question or an answer that does not fit."""
    if not text:
        return Sentence("{which} is empty", which=which)
    if len(text) > most:
        return counted(
            "{which} has {n:,} character; it may have {most}",
            "{which} has {n:,} characters; it may have {most}",
            n=len(text),
            which=which,
            most=most,
        )
    at, character = next((at, each) for at, each in enumerate(text, start=1) if not _may_stand(each))
    code = f"U+{ord(character):04X}"
    return Sentence(
        "{which} has a character that cannot be shown, {code}, at character {at}", which=which, code=code, at=at
    )


def _pair_name(number: int) -> Sentence:
    return Sentence("task.pairs, pair {number}", number=number)


def _check_pair(question: str, answer: str, number: int) -> None:
    for text, most in ((question, MOST_QUESTION_CHARACTERS), (answer, MOST_ANSWER_CHARACTERS)):
        if not _fits(text, most):
            limits = Sentence(
                "plain characters, 1 to {most} in a question and 1 to {longest} in an answer",
                most=MOST_QUESTION_CHARACTERS,
                longest=MOST_ANSWER_CHARACTERS,
            )
            raise ExperimentError(_pair_name(number), limits, text)
