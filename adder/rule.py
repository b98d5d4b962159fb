r"""A task of your own: a list of questions and answers, whatever rule may lie behind them.

What an arithmetic `Task` knows of itself is here found in the list: the characters, the longest question and answer.
Nothing is computed; a question that is not in the list has no true answer to compare with.

    >>> rule = Rule.from_csv("question,answer\ncat,tac\ndog,god\n")
    >>> rule.pairs
    (('cat', 'tac'), ('dog', 'god'))
    >>> rule.alphabet
    'acdgot '
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from adder import checks
from adder.errors import ExperimentError, QuestionError, QuestionFileError, shorten
from adder.questions import Questions, symbols, texts
from adder.task import LEAST_HELD_OUT, MOST_HELD_OUT, SPLITS

MOST_PAIRS = 20_000
MOST_CHARACTERS = 40  # of one question or answer
MOST_SYMBOLS = 96
MOST_CSV_CHARACTERS = 2_000_000


@dataclass(frozen=True)
class Rule:
    """Questions with their answers, all given.

    Attributes:
        pairs: Each question with its answer: 2 to 20,000 of them, up to 40 characters each, of at most 96 different
            characters in all. Spaces around a question or answer are dropped. Each question occurs once.
        held_out: The share of questions kept away from training, 0 or 0.01 to 0.9, chosen by a hash of the question.

    Raises:
        ExperimentError: What is wrong, and in which pair, counted from 1.
    """

    name: ClassVar[str] = "rule"

    pairs: tuple[tuple[str, str], ...] = (("1", "one"), ("2", "two"), ("3", "three"))
    held_out: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", _checked(self.pairs, "pair"))
        share = checks.number("task.held_out", self.held_out, 0, MOST_HELD_OUT)
        if 0 < share < LEAST_HELD_OUT:
            raise ExperimentError("task.held_out", f"0 or at least {LEAST_HELD_OUT}", share)
        object.__setattr__(self, "held_out", share)
        if len(self.alphabet) > MOST_SYMBOLS:
            raise ExperimentError(
                "task.pairs", f"of at most {MOST_SYMBOLS} different characters", f"{len(self.alphabet)} of them"
            )
        if share and not 0 < self.held_out_questions < len(self.pairs):
            raise ExperimentError(
                "task.held_out", f"a share that leaves some of the {len(self.pairs)} questions on either side", share
            )

    @classmethod
    def from_csv(cls, text: str, held_out: float = 0.0) -> Rule:
        r"""The rule that a CSV text lists, `question,answer` a row, with or without that heading.

        Rows that repeat one another are taken once.

        Raises:
            QuestionFileError: A row that is empty in part, too long, or contradicts another; the message names it.
            ExperimentError: `held_out` leaves nothing on one side.

        >>> Rule.from_csv("1+1,2\n1+1,3")
        Traceback (most recent call last):
        adder.errors.QuestionFileError: row 2 answers "1+1" with "3", but row 1 answers it with "2"
        """
        if len(text) > MOST_CSV_CHARACTERS:
            raise QuestionFileError(f"the list may have {MOST_CSV_CHARACTERS:,} characters; it has {len(text):,}")
        try:
            rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True))
        except csv.Error as error:
            raise QuestionFileError(f"the list must be CSV, a question and its answer a row ({error})") from error
        pairs: dict[str, str] = {}
        first: dict[str, int] = {}
        for number, row in enumerate(rows, start=1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or (number == 1 and [cell.lower() for cell in cells] == ["question", "answer"]):
                continue
            if len(cells) != 2:
                raise QuestionFileError(f"row {number} must have a question and an answer; it has {len(cells)} cells")
            question, answer = cells
            try:
                _check_pair(question, answer, f"row {number}")
            except ExperimentError as error:
                raise QuestionFileError(f"{error.field} must be {error.expected}") from error
            if pairs.setdefault(question, answer) != answer:
                raise QuestionFileError(
                    f'row {number} answers "{shorten(question)}" with "{shorten(answer)}", but row {first[question]} '
                    f'answers it with "{shorten(pairs[question])}"'
                )
            first.setdefault(question, number)
            if len(pairs) > MOST_PAIRS:
                raise QuestionFileError(
                    f"the list may have {MOST_PAIRS:,} different questions; row {number} is one more"
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

    @cached_property
    def alphabet(self) -> str:
        """The characters of all questions and answers in their order, and the space that pads."""
        return "".join(sorted({each for pair in self.pairs for text in pair for each in text} - {" "})) + " "

    @property
    def blank(self) -> int:
        """The symbol that pads."""
        return len(self.alphabet) - 1

    @cached_property
    def longest_question(self) -> int:
        """Characters of the longest question."""
        return max(len(question) for question, _ in self.pairs)

    @cached_property
    def longest_answer(self) -> int:
        """Characters of the longest answer."""
        return max(len(answer) for _, answer in self.pairs)

    @property
    def aligned(self) -> bool:
        """Whether all questions share a layout: never known of a list."""
        return False

    @property
    def example(self) -> str:
        """The first question."""
        return self.pairs[0][0]

    @property
    def distinct_questions(self) -> int:
        """How many questions there are."""
        return len(self.pairs)

    @property
    def held_out_questions(self) -> int:
        """How many of them are held out."""
        return int(self._held_out.sum())

    @property
    def levels(self) -> int:
        """Steps of difficulty a curriculum can take: a list has none."""
        return 1

    @cached_property
    def _all(self) -> Questions:
        return self._questions([question for question, _ in self.pairs], [answer for _, answer in self.pairs])

    @cached_property
    def _held_out(self) -> NDArray[np.bool_]:
        return self.is_held_out(self._all)

    def sample(
        self, n: int, rng: np.random.Generator, *, split: str = "train", levels: NDArray[np.int64] | None = None
    ) -> Questions:
        """Draw `n` questions from the list, each time any of them.

        Args:
            n: How many.
            rng: The source of randomness.
            split: `"train"` for questions that are not held out, `"held_out"` for only those, `"any"` for both.
            levels: Not read: a list has one level.

        Raises:
            ExperimentError: `split="held_out"` where nothing is held out.
        """
        checks.choice("split", split, SPLITS)
        if split == "held_out" and not self.held_out:
            raise ExperimentError("task.held_out", "over 0 to draw held-out questions", self.held_out)
        every = np.ones(len(self.pairs), bool)
        rows = np.flatnonzero({"any": every, "held_out": self._held_out, "train": ~self._held_out}[split])
        return self._all[rng.choice(rows, n)]

    def is_held_out(self, questions: Questions) -> NDArray[np.bool_]:
        """Which questions belong to the held-out set: shape `(n,)`."""
        return questions.keys < np.uint64(int(self.held_out * 2.0**64))

    def read(self, texts: Sequence[str]) -> Questions:
        """Typed questions as a batch; the true answers are known where all are in the list.

        Raises:
            QuestionError: The first that has a strange character or is too long, in words for who typed it.
        """
        answers = dict(self.pairs)
        questions = [self._parsed(text) for text in texts]
        known = all(question in answers for question in questions)
        return self._questions(questions, [answers[each] if known else "" for each in questions], known)

    def _parsed(self, text: str) -> str:
        if not isinstance(text, str):
            raise QuestionError(f"a question must be text, such as {self.example!r}; received: {shorten(repr(text))}")
        question = text.strip()
        if not question:
            raise QuestionError(f"there is nothing to answer; write a question such as {self.example}")
        if len(question) > self.longest_question:
            raise QuestionError(
                f"that is {len(question):,} characters long; the longest this network reads is {self.longest_question}"
            )
        for at, character in enumerate(question, start=1):
            if character not in self.alphabet:
                raise QuestionError(
                    f'"{question}" has "{character}" in it at character {at}; this network has never seen that one'
                )
        return question

    def _questions(self, questions: list[str], answers: list[str], answered: bool = True) -> Questions:
        keys = [int.from_bytes(hashlib.sha256(each.encode()).digest()[:8], "big") for each in questions]
        width = self.longest_answer
        return Questions(
            symbols(questions, self.alphabet, self.longest_question),
            symbols([answer.rjust(width) for answer in answers], self.alphabet, width),
            np.array(keys, np.uint64),
            answered=answered,
        )

    def texts(self, questions: Questions) -> list[str]:
        """Questions as they were given."""
        return [text.strip() for text in texts(questions.symbols, self.alphabet)]

    def value(self, text: str) -> int | None:
        """The number that an answer's text spells, or None where it spells none."""
        spelled = text.strip()
        return int(spelled) if spelled.removeprefix("-").isdecimal() and spelled.isascii() else None


def _checked(pairs: object, noun: str) -> tuple[tuple[str, str], ...]:
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise ExperimentError("task.pairs", "pairs of a question and its answer", pairs)
    checked: dict[str, str] = {}
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
            raise ExperimentError(f"task.pairs, {noun} {number}", "a question and its answer, both texts", pair)
        question, answer = pair[0].strip(), pair[1].strip()
        _check_pair(question, answer, f"task.pairs, {noun} {number}")
        if question in checked:
            raise ExperimentError(f"task.pairs, {noun} {number}", "a question that no pair before it asks", question)
        checked[question] = answer
    if not 2 <= len(checked) <= MOST_PAIRS:
        raise ExperimentError("task.pairs", f"2 to {MOST_PAIRS:,} pairs", f"{len(checked):,} of them")
    return tuple(checked.items())


def _check_pair(question: str, answer: str, where: str) -> None:
    for text in (question, answer):
        if not 1 <= len(text) <= MOST_CHARACTERS or not text.isprintable():
            raise ExperimentError(where, f"a question and an answer of 1 to {MOST_CHARACTERS} plain characters", text)
