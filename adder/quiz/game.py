"""The quiz: the app asks, a person answers, the network answers, and the truth stands beside both.

A `Quiz` says what is played: its seed, length and difficulty. A `Game` is how far it has come against one solver. Both
are frozen, and an answer makes a new game out of the old one; there is no screen here and no clock. Everything that
happens follows from the solver, the quiz and the answers given, so a few short texts hold a whole game.

    >>> from adder.solvers.shipped import shipped_solver
    >>> game = Game(shipped_solver("two-digits"), Quiz(questions=("10+13", "7+8")))
    >>> game = game.answered("26", seconds=4.2)
    >>> game.turns[-1].right, game.turns[-1].truth, game.turns[-1].written
    (False, '23', '23')
    >>> game.question, game.human_right, game.network_right
    ('7+8', 0, 1)
    >>> Game.from_dict(game.solver, game.to_dict()) == game
    True
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from adder.base import validation
from adder.base.errors import AdderError, QuizError
from adder.quiz import difficulty, written
from adder.quiz.difficulty import LEVELS
from adder.quiz.own_question import read_question
from adder.quiz.score import Score
from adder.quiz.turn import Turn
from adder.quiz.typed_answer import is_right, read_answer
from adder.solvers.solver import Solver

FIRST_LEVEL = 2  # A game that follows the person begins here.
MOST_TURNS = 50
LONGEST_QUESTION = 250  # An address may not ask longer ones of a network that reads any length.
MOST_SECONDS = 3_600.0  # Whoever took longer was not thinking: the phone slept.

_LARGEST_SEED = 2**31 - 1
_RIGHT_TO_RISE = 2  # After this many right answers in a row the next question is harder.
_LEAST_TURNS_BETWEEN = 3  # A missed question waits for this many others before it comes again.


@dataclass(frozen=True, slots=True)
class Quiz:
    """What is played.

    Attributes:
        seed: What the questions are drawn from. Equal quizzes against solvers of one task ask the same questions,
            except that missed ones come again.
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
class Game(Score):
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
            return  # The questions were checked when the game began.
        if self.quiz.questions:
            questions = tuple(map(self._plain, self.quiz.questions))
            object.__setattr__(self, "quiz", dataclasses.replace(self.quiz, questions=questions))

    def _plain(self, question: str) -> str:
        """One of the quiz's own questions as the task writes it, once it can be asked."""
        experiment = self.solver.experiment
        longest = max(LONGEST_QUESTION, experiment.task.longest_question)
        task, read = read_question(experiment, question, longest)
        return task.texts(read)[0]

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
            elif in_a_row == _RIGHT_TO_RISE:
                level, in_a_row = min(LEVELS, level + 1), 0
        return level

    @property
    def question(self) -> str | None:
        """What is asked now; None where the game is over."""
        if self.over:
            return None
        if self.quiz.questions:
            return self.quiz.questions[len(self.turns)]
        return self._missed_before() or self._least_asked()

    def _missed_before(self) -> str | None:
        """The question that was missed longest ago and not asked since, once a few others have come between."""
        latest = {turn.question: place for place, turn in enumerate(self.turns)}
        missed = (place for place in latest.values() if not self.turns[place].right)
        place = min(missed, default=len(self.turns))
        return self.turns[place].question if len(self.turns) - place > _LEAST_TURNS_BETWEEN else None

    def _least_asked(self) -> str:
        """The first question of this level that was asked least often; a small task has too few for a whole game."""
        asked = [turn.question for turn in self.turns]
        level = difficulty.levels(self.solver.experiment.task, self.quiz.seed)[self.level - 1]
        return min(level.questions, key=asked.count)

    def answered(self, typed: str, seconds: float = 0.0, *, number: int | None = None, thousands: str = ",") -> Game:
        """The game after an answer to the present question.

        Args:
            typed: What the person typed.
            seconds: How long they took.
            number: Which question this answers, counted from 1. An answer to another than the present one, as from
                a button pressed twice, changes nothing.
            thousands: What the person's language groups thousands with, a comma or a point.

        Raises:
            QuizError: It could not be an answer; the error says why, and it costs no turn.
        """
        question = self.question
        if question is None or (number is not None and number != len(self.turns) + 1):
            return self
        task, asked = self.solver.read([question])  # A network for any length widens its task to the question.
        given = read_answer(task, typed, thousands)
        answer = self.solver.solve(question)
        truth = answer.expected_unpadded
        assert truth is not None  # It was drawn, or checked when the game was made.
        carries = task.carries(asked)
        effort = task.effort(question, truth)
        turn = Turn(
            question=question,
            truth=truth,
            given=given,
            right=is_right(task, given, truth),
            network=answer,
            written=answer.unpadded,
            seconds=round(min(max(seconds, 0.0), MOST_SECONDS), 1),
            level=difficulty.level_of(self.solver.experiment.task, self.quiz.seed, question, effort),
            carries=None if carries is None else int((carries[0] > 0).sum()),
            again=any(turn.question == question for turn in self.turns),
            held_out=bool(task.is_held_out(asked)[0]) if task.held_out else None,
        )
        return dataclasses.replace(self, turns=(*self.turns, turn))

    def to_dict(self) -> dict[str, str]:
        """The game as a few short texts for an address, without its opponent.

        >>> from adder.solvers.shipped import shipped_solver
        >>> Game(shipped_solver("two-digits"), Quiz(seed=3, level=2)).answered("5", seconds=2.5).to_dict()
        {'seed': '3', 'length': '10', 'level': '2', 'answers': '5_25'}
        """
        quiz = self.quiz
        if quiz.questions:
            texts = {"ask": written.questions_text(quiz.questions)}
        else:
            texts = {"seed": str(quiz.seed), "length": str(quiz.length)}
        if quiz.level is not None:
            texts["level"] = str(quiz.level)
        if self.turns:
            texts["answers"] = written.answers_text(self.turns)
        return texts

    @classmethod
    def from_dict(cls, solver: Solver, texts: Mapping[str, str]) -> Game:
        """The game that `to_dict` described, played again against this solver.

        Raises:
            QuizError: The texts describe no game.
        """
        written.check_names(texts)
        given = [name for name in ("seed", "length", "level") if name in texts]
        numbers = {name: written.whole_number(name, texts[name]) for name in given}
        questions = written.questions_from(texts["ask"], MOST_TURNS) if "ask" in texts else ()
        try:
            game = cls(solver, Quiz(questions=questions, **numbers))
        except AdderError as error:
            raise QuizError(error.sentence) from error
        for typed, seconds in written.answers_from(texts.get("answers", ""), game.quiz.length):
            game = game.answered(typed, seconds)
        return game

    def to_csv(self) -> str:
        """The turns as CSV, one row each."""
        return written.turns_csv(self.turns)
