"""One round of a room: a question, and how a class answers it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from adder.base.errors import RoomError
from adder.quiz.typed_answer import is_right, read_answer
from adder.rooms.events import Question
from adder.tasks import AnyTask

SUM, CELLS, GUESS = KINDS = ("sum", "cells", "guess")
MOST_ANSWER_CHARACTERS = 150
_CELL = re.compile(r"([0-9]{1,2})\+([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one player answered.

    Attributes:
        given: The answer as it was read.
        at: When it came, in seconds since 1970.
        right: Whether it is right; None if nobody can say.
    """

    given: str
    at: float
    right: bool | None


class Round(Question, frozen=True):
    """A question and its answers; see also `Revealed`.

    Attributes:
        asked: When it was asked, in seconds since 1970.
        answers: The answer of each player who has answered.
        written: The network's answer, once it is shown.
        network_right: Whether that is right; None if the network was not asked.
        confidence: How likely the network found it.
        revealed: Whether the truth is shown.
        skipped: Whether the round does not count.
    """

    asked: float = 0.0
    answers: Mapping[str, Answer] = msgspec.field(default_factory=dict)
    written: str = ""
    network_right: bool | None = None
    confidence: float | None = None
    revealed: bool = False
    skipped: bool = False

    @property
    def answered(self) -> int:
        """How many have answered."""
        return len(self.answers)

    @property
    def right(self) -> int:
        """How many have answered right."""
        return sum(answer.right is True for answer in self.answers.values())

    @property
    def accuracy(self) -> float | None:
        """The share of the answers that are right; None while there is none."""
        return self.right / self.answered if self.answers else None

    @property
    def commonest(self) -> list[tuple[str, int]]:
        """The different answers, each with how many gave it, the commonest first."""
        return Counter(answer.given for answer in self.answers.values()).most_common()

    @property
    def cells(self) -> Counter[tuple[int, int]]:
        """How often each sum of the table was tapped, the smaller number first."""
        found: Counter[tuple[int, int]] = Counter()
        for answer in self.answers.values():
            found.update(_cells(answer.given))
        return found

    def read(self, task: AnyTask, typed: str, thousands: str = ",") -> str:
        """What a phone sent, as the answer that it stands for.

        Raises:
            RoomError: It could not be an answer here.
            QuizError: It could not be an answer to a sum; the error tells the person why.
        """
        if len(typed) > MOST_ANSWER_CHARACTERS:
            raise RoomError("an answer has at most {most} characters", most=MOST_ANSWER_CHARACTERS)
        if self.kind == SUM:
            return read_answer(task.widened_for([self.question]), typed, thousands)
        if self.kind == GUESS:
            if typed not in map(str, range(len(self.options))):
                raise RoomError("choose one of the {n} answers", n=len(self.options))
            return typed
        cells = {(min(cell), max(cell)) for cell in _cells(typed)}
        inside = all(self.smallest <= one and other <= self.largest for one, other in cells)
        if not inside or not 0 < len(cells) <= self.most:
            raise RoomError(
                "choose 1 to {most} sums of numbers from {smallest} to {largest}",
                most=self.most,
                smallest=self.smallest,
                largest=self.largest,
            )
        return " ".join(f"{one}+{other}" for one, other in sorted(cells))

    def judged(self, task: AnyTask, given: str) -> bool | None:
        """Whether an answer that `read` returned is right; None if nobody can say."""
        if self.kind == SUM:
            return is_right(task.widened_for([self.question]), given, self.truth)
        return given == self.truth if self.kind == GUESS and self.truth else None


def _cells(text: str) -> list[tuple[int, int]]:
    """The sums of `3+4 5+9`; a text that is none of them is left out.

    >>> _cells("3+4 5+9 x")
    [(3, 4), (5, 9)]
    """
    return [(int(found[1]), int(found[2])) for each in text.split() if (found := _CELL.fullmatch(each))]
