"""The quiz: the app asks, a person answers, the network answers, and the truth stands beside both.

A `Quiz` says what is played: its seed, length and difficulty. A `Game` is how far it has come against one solver. Both
are frozen, and an answer makes a new game out of the old one; there is no screen here and no clock. Everything that
happens follows from the solver, the quiz and the answers given, so a few short texts hold a whole game.

    >>> from adder.solvers.shipped import shipped_solver
    >>> game = Game(shipped_solver("two-digits"), Quiz(questions=("10+13", "7+8")))
    >>> game = game.answered("26", seconds=4.2)
    >>> str(game.turns[-1].verdict)  # doctest: +ELLIPSIS
    'No: 23. The network says 23 (... % sure)'
    >>> game.question, game.human_right, game.network_right
    ('7+8', 0, 1)
    >>> Game.from_dict(game.solver, game.to_dict()) == game
    True
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from adder.base import validation
from adder.base.errors import AdderError, QuizError, shorten
from adder.base.messages import Sentence
from adder.quiz.difficulty import LEVELS, _carries, _pool, _weigher
from adder.quiz.typed_answer import _same, read_answer
from adder.solvers.results import Answer
from adder.solvers.solver import Solver
from adder.tasks import AnyTask

FIRST_LEVEL = 2  # where a game begins whose difficulty follows the person
MOST_TURNS = 50
LONGEST_QUESTION = 250  # that an address may ask of a network that reads any length
LAST = 10  # turns that the recent accuracy counts
MOST_SECONDS = 3_600.0  # a longer turn was no thinking: the phone slept
OUTCOMES = ("both", "human", "network", "neither")
CSV_COLUMNS = (
    "number", "question", "truth", "human", "human_right", "network", "network_right", "network_confidence",
    "seconds", "level", "carries", "again", "held_out",
)  # fmt: skip

_LARGEST_SEED = 2**31 - 1
_UP_AFTER = 2  # right answers in a row on one level
_AGAIN_AFTER = 3  # turns before a missed question comes again


@dataclass(frozen=True, slots=True)
class Quiz:
    """What is played.

    Attributes:
        seed: What the questions are drawn from: equal quizzes against solvers of one task ask the same, but for those
            that come again to whoever missed them.
        length: How many questions, 1 to 50.
        level: How hard they are, 1 to 5, each a fifth of the task; None to follow the person.
        questions: These instead of drawn ones, such as those missed in an earlier game; they settle `length`.

    Raises:
        ExperimentError: A value that cannot work.
    """

    seed: int = 1
    length: int = 10
    level: int | None = None
    questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        questions = tuple(self.questions)
        object.__setattr__(self, "questions", questions)
        if questions:
            object.__setattr__(self, "length", len(questions))
        validation.whole_number("seed", self.seed, 0, _LARGEST_SEED)
        validation.whole_number("length", self.length, 1, MOST_TURNS)
        if self.level is not None:
            validation.whole_number("level", self.level, 1, LEVELS)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, answered by both.

    Attributes:
        question: What was asked.
        truth: The true answer, without padding.
        given: The person's answer as it was understood, such as `23` for `+23.0`.
        right: Whether that is right.
        network: The network's answer.
        written: The same without padding; empty where it wrote nothing.
        seconds: How long the person took, to a tenth of a second.
        level: How hard the question was, 1 to 5.
        carries: Columns that carry when it is worked on paper; None where the task is not of sums alone.
        again: Whether it had been missed and came again.
        held_out: Whether the network was never trained on it; None where nothing is held out.
    """

    question: str
    truth: str
    given: str
    right: bool
    network: Answer
    written: str
    seconds: float
    level: int
    carries: int | None
    again: bool
    held_out: bool | None

    @property
    def outcome(self) -> str:
        """Who was right: one of `OUTCOMES`."""
        if self.right:
            return "both" if self.network.correct else "human"
        return "network" if self.network.correct else "neither"

    @property
    def verdict(self) -> Sentence:
        """The person's answer judged, and what the network says."""
        if self.right:
            return Sentence("Yes: {truth}. {network}", truth=self.truth, network=self.network_says)
        return Sentence("No: {truth}. {network}", truth=self.truth, network=self.network_says)

    @property
    def network_says(self) -> Sentence:
        """The network's answer and its doubt."""
        if self.network.number is not None:
            return Sentence(
                "The network says {written} ({number:.2f} before rounding)",
                written=self.written,
                number=self.network.number,
            )
        sure = f"{math.floor(100 * self.network.confidence)} %"  # rounded down, so that only what is certain is 100 %
        if not self.written:
            return Sentence("The network writes nothing ({sure} sure)", sure=sure)
        return Sentence("The network says {written} ({sure} sure)", written=self.written, sure=sure)


@dataclass(frozen=True, slots=True)
class Missed:
    """Questions of one kind: how many were asked, and how many each side missed.

    Attributes:
        kind: How many columns carry, or in a task that is not of sums alone the level.
        asked: How many there were.
        human: How many of them the person missed.
        network: How many of them the network missed.
    """

    kind: int
    asked: int
    human: int
    network: int


@dataclass(frozen=True, slots=True)
class Game:
    """How far a quiz has come.

    Attributes:
        solver: The opponent.
        quiz: What is played.
        turns: The questions answered so far.

    Raises:
        QuizError: One of the quiz's own questions cannot be asked of this solver, or has no known answer.
    """

    solver: Solver
    quiz: Quiz
    turns: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        if self.turns:
            return  # they were asked
        longest = max(LONGEST_QUESTION, self.solver.experiment.task.longest_question)
        for question in self.quiz.questions:
            if len(question) > longest:
                raise QuizError(Sentence("a question of a game has at most {most:,} characters", most=longest))
            try:
                known = self.solver.read([question])[1].answered
            except AdderError as error:
                raise QuizError(error.sentence) from error
            if not known:
                raise QuizError(Sentence("nobody knows the true answer to {question}", question=shorten(question)))

    @property
    def over(self) -> bool:
        """Whether every question has been answered."""
        return len(self.turns) == self.quiz.length

    @property
    def number(self) -> int:
        """The present question's number, counted from 1; that of the last one where the game is over."""
        return min(len(self.turns) + 1, self.quiz.length)

    @property
    def level(self) -> int:
        """How hard the next question is.

        Where the difficulty follows the person, two right answers in a row make it harder and a wrong one easier, so
        that in the long run about seven in ten are right (Levitt 1971).
        """
        if self.quiz.level is not None:
            return self.quiz.level
        level, in_a_row = FIRST_LEVEL, 0
        for turn in self.turns:
            in_a_row = in_a_row + 1 if turn.right else 0
            if not turn.right:
                level = max(1, level - 1)
            elif in_a_row == _UP_AFTER:
                level, in_a_row = min(LEVELS, level + 1), 0
        return level

    @property
    def question(self) -> str | None:
        """What is asked now; None where the game is over."""
        if self.over:
            return None
        return self.quiz.questions[len(self.turns)] if self.quiz.questions else self._due() or self._fresh()

    def _due(self) -> str | None:
        """The question that was missed longest ago and not asked since, once a few others have come between."""
        latest = {turn.question: place for place, turn in enumerate(self.turns)}
        missed = (place for place in latest.values() if not self.turns[place].right)
        place = min(missed, default=len(self.turns))
        return self.turns[place].question if len(self.turns) - place > _AGAIN_AFTER else None

    def _fresh(self) -> str:
        """The next question of this level that has been asked least, in a small task maybe not for the first time."""
        asked = [turn.question for turn in self.turns]
        return min(_pool(self.solver.experiment.task, self.quiz.seed)[self.level - 1], key=asked.count)

    def answered(self, typed: str, seconds: float = 0.0, *, number: int | None = None) -> Game:
        """The game after an answer to the present question.

        Args:
            typed: What the person typed.
            seconds: How long they took.
            number: Which question this answers, counted from 1. An answer to another than the present one, as from
                a button pressed twice, changes nothing.

        Raises:
            QuizError: It is no answer that could be right or wrong; the text says why, and it costs no turn.
        """
        question = self.question
        if question is None or (number is not None and number != len(self.turns) + 1):
            return self
        task, asked = self.solver.read([question])  # a network for any length widens its task to the question
        given = read_answer(task, typed)
        answer = self.solver.solve(question)
        truth = answer.expected_unpadded
        assert truth is not None  # drawn, or checked when the game was made
        turn = Turn(
            question=question,
            truth=truth,
            given=given,
            right=_same(task, given, truth),
            network=answer,
            written=answer.unpadded,
            seconds=round(min(max(seconds, 0.0), MOST_SECONDS), 1),
            level=self._level_of(task, question),
            carries=_carries(task, asked),
            again=any(turn.question == question for turn in self.turns),
            held_out=bool(task.is_held_out(asked)[0]) if task.held_out else None,
        )
        return dataclasses.replace(self, turns=(*self.turns, turn))

    def _level_of(self, task: AnyTask, question: str) -> int:
        """The level that a question was drawn for, or where it was not drawn, the first with one as hard."""
        pool = _pool(self.solver.experiment.task, self.quiz.seed)
        for level, questions in enumerate(pool, start=1):
            if question in questions:
                return level
        weigh = _weigher(task)
        weight = weigh(question)
        harder = (level for level, questions in enumerate(pool, start=1) if weight <= max(map(weigh, questions)))
        return next(harder, LEVELS)

    @property
    def human_right(self) -> int:
        """How many the person got right."""
        return sum(turn.right for turn in self.turns)

    @property
    def network_right(self) -> int:
        """How many the network got right."""
        return sum(turn.network.correct is True for turn in self.turns)

    @property
    def tally(self) -> dict[str, int]:
        """How many turns had each outcome, in the order of `OUTCOMES`."""
        outcomes = [turn.outcome for turn in self.turns]
        return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}

    @property
    def recent_accuracy(self) -> float | None:
        """The share of the last ten that the person got right; None before the first."""
        last = self.turns[-LAST:]
        return sum(turn.right for turn in last) / len(last) if last else None

    @property
    def best_streak(self) -> int:
        """The most answers in a row that the person got right."""
        best = streak = 0
        for turn in self.turns:
            streak = streak + 1 if turn.right else 0
            best = max(best, streak)
        return best

    @property
    def median_seconds(self) -> float | None:
        """The person's median time a question, which one long pause does not move; None before the first."""
        return float(np.median([turn.seconds for turn in self.turns])) if self.turns else None

    @property
    def missed(self) -> tuple[str, ...]:
        """The questions that the person missed at least once, in the order they came."""
        return tuple(dict.fromkeys(turn.question for turn in self.turns if not turn.right))

    @property
    def by_kind(self) -> tuple[Missed, ...]:
        """What each side missed: of sums by carries, of other tasks by level."""
        kinds = [turn.level if turn.carries is None else turn.carries for turn in self.turns]
        return tuple(
            Missed(
                kind,
                kinds.count(kind),
                sum(not turn.right for turn, each in zip(self.turns, kinds, strict=True) if each == kind),
                sum(not turn.network.correct for turn, each in zip(self.turns, kinds, strict=True) if each == kind),
            )
            for kind in sorted(set(kinds))
        )

    def to_dict(self) -> dict[str, str]:
        """The game as a few short texts for an address; who the opponent is, is not among them.

        >>> from adder.solvers.shipped import shipped_solver
        >>> Game(shipped_solver("two-digits"), Quiz(seed=3, level=2)).answered("5", seconds=2.5).to_dict()
        {'seed': '3', 'length': '10', 'level': '2', 'answers': '5_25'}
        """
        quiz = self.quiz
        texts = {"ask": _joined(quiz.questions)} if quiz.questions else {}
        if not quiz.questions:
            texts = {"seed": str(quiz.seed), "length": str(quiz.length)}
        if quiz.level is not None:
            texts["level"] = str(quiz.level)
        if self.turns:
            texts["answers"] = "~".join(f"{_escaped(turn.given)}_{round(10 * turn.seconds)}" for turn in self.turns)
        return texts

    @classmethod
    def from_dict(cls, solver: Solver, texts: Mapping[str, str]) -> Game:
        """The game that `to_dict` described, played again against this solver.

        Raises:
            QuizError: The texts describe no game.
        """
        strange = next((key for key in texts if key not in _KEYS), None)
        if strange is not None:
            raise QuizError(Sentence("a game has no {key}", key=shorten(strange)))
        numbers = {key: _whole(key, texts[key]) for key in ("seed", "length", "level") if key in texts}
        if texts.get("ask", "").count("~") >= MOST_TURNS:
            raise QuizError(Sentence("a game has at most {most} questions", most=MOST_TURNS))
        questions = _separated(texts["ask"]) if "ask" in texts else ()
        try:
            game = cls(solver, Quiz(questions=questions, **numbers))
        except AdderError as error:
            raise QuizError(error.sentence) from error
        if texts.get("answers", "").count("~") >= game.quiz.length:
            raise QuizError(Sentence("the game has more answers than questions"))
        given = [each.rpartition("_") for each in texts["answers"].split("~")] if texts.get("answers") else []
        for answer, _, tenths in given:
            game = game.answered(unquote(answer), _whole("answers", tenths) / 10)
        return game

    def to_csv(self) -> str:
        """The turns as CSV, one row each."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for number, turn in enumerate(self.turns, start=1):
            sure = "" if turn.network.number is not None else f"{turn.network.confidence:.6f}"
            row: list[Any] = [number, turn.question, turn.truth, turn.given, turn.right, turn.written]
            row += [turn.network.correct, sure, turn.seconds, turn.level, turn.carries, turn.again, turn.held_out]
            writer.writerow(["" if cell is None else cell for cell in row])
        return buffer.getvalue()


_KEYS = ("seed", "length", "level", "ask", "answers")


def _whole(key: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text):
        raise QuizError(Sentence("{key} must be a whole number; received: {text}", key=key, text=shorten(text)))
    return int(text)


def _escaped(text: str) -> str:
    """`text` without the two characters that separate answers.

    >>> _escaped("-5"), _escaped("a_b")
    ('-5', 'a%5Fb')
    """
    return quote(text, safe="+*^()").replace("_", "%5F").replace("~", "%7E")


def _joined(texts: tuple[str, ...]) -> str:
    return "~".join(map(_escaped, texts))


def _separated(text: str) -> tuple[str, ...]:
    return tuple(map(unquote, text.split("~")))
