"""Which sum a class is asked next: of a level, of one that follows the class, or of a list that was pasted in."""

from __future__ import annotations

from collections.abc import Sequence

from adder.base.errors import QuizError
from adder.experiment import Experiment
from adder.quiz import difficulty
from adder.quiz.difficulty import LEVELS
from adder.quiz.game import FIRST_LEVEL
from adder.quiz.own_question import read_question
from adder.rooms.events import Asked
from adder.rooms.room import Room
from adder.rooms.round import Round
from adder.tasks.questions import texts

MOST_ROUNDS = 30
FEWEST_ROUNDS = 5

_TOO_EASY, _TOO_HARD = 0.8, 0.5  # A class that is followed gets harder sums from here on, and easier ones below.
_MOST_CHARACTERS_ASKED = 60  # A longer question could not be read at a distance.


def level_for(rounds: Sequence[Round]) -> int:
    """The level of the next sum of a game that follows the class.

    It rises after a round that most had right, and falls after one that most had wrong.
    """
    level = FIRST_LEVEL
    for each in rounds:
        if each.accuracy is not None:
            level += (each.accuracy >= _TOO_EASY) - (each.accuracy < _TOO_HARD)
            level = min(LEVELS, max(1, level))
    return level


def pasted(experiment: Experiment, text: str) -> tuple[str, ...]:
    """The sums of a list that was pasted in, one on each line, as the opponent's task writes them.

    Raises:
        QuizError: There are none or too many, or one of them cannot be asked of this opponent.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise QuizError("there is no sum in the list yet; write one a line")
    if len(lines) > MOST_ROUNDS:
        raise QuizError("a game has at most {most} questions", most=MOST_ROUNDS)
    return tuple(asked(experiment, 1, line).question for line in lines)


def drawn(room: Room, level: int | None) -> str:
    """A sum that was asked least often so far.

    Args:
        room: The game.
        level: How hard it is to be, 1 to 5; None to follow the class.
    """
    asked_before = [each.question for each in room.rounds]
    levels = difficulty.levels(room.task, int.from_bytes(room.code.encode()) % 2**31)
    return min(levels[(level or level_for(room.counted)) - 1].questions, key=asked_before.count)


def asked(experiment: Experiment, number: int, question: str) -> Asked:
    """A round that asks a question, with its true answer.

    Raises:
        QuizError: It cannot be asked of a network like this, or nobody knows its answer.
    """
    task, read = read_question(experiment, question, _MOST_CHARACTERS_ASKED)
    carries = task.carries(read)
    return Asked(
        number,
        task.texts(read)[0],
        truth=texts(read.answers, task.alphabet)[0].strip(),
        carries=None if carries is None else int((carries[0] > 0).sum()),
    )
