"""Reads a question that somebody gives a game, in place of a drawn one."""

from __future__ import annotations

from adder.base.errors import AdderError, QuizError, shorten
from adder.experiment import Experiment
from adder.tasks import AnyTask
from adder.tasks.questions import Questions


def read_question(experiment: Experiment, question: str, most: int) -> tuple[AnyTask, Questions]:
    """The question with its true answer, and the task that it is of.

    Args:
        experiment: What the opponent was trained on.
        question: What is to be asked.
        most: How many characters it may have.

    Raises:
        QuizError: It is longer, cannot be asked of a network like this, or nobody knows its answer.

    >>> read_question(Experiment(), " 3 + 4 =", 250)[1].values
    array([7])
    """
    if len(question) > most:
        raise QuizError("a question of a game has at most {most:,} characters", most=most)
    try:
        task = experiment.task_of([question])
        read = task.read([question])
    except AdderError as error:
        raise QuizError(error.sentence) from error
    if not read.answered:
        raise QuizError("nobody knows the true answer to {question}", question=shorten(question))
    return task, read
