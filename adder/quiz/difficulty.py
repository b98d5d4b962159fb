"""How hard a question is to work out on paper, and a task's questions sorted into five levels by that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from adder.tasks import AnyTask
from adder.tasks.questions import texts

LEVELS = 5

_QUESTIONS_DRAWN = 1_000


@dataclass(frozen=True, slots=True)
class Level:
    """A fifth of the questions that a game may ask.

    Attributes:
        questions: In the order they were drawn.
        effort: The effort of the hardest of them.
    """

    questions: tuple[str, ...]
    effort: int


@lru_cache(maxsize=64)
def levels(task: AnyTask, seed: int) -> tuple[Level, ...]:
    """Distinct questions drawn from a seed, sorted into levels, the easiest level first."""
    # Drawing by length puts short questions among them.
    asked = task.drawn_as("lengths").sample(_QUESTIONS_DRAWN, np.random.default_rng(seed), split="any")
    answers = dict(zip(task.texts(asked), texts(asked.answers, task.alphabet), strict=True))
    drawn = list(answers)
    efforts = [task.effort(question, answer.strip()) for question, answer in answers.items()]
    easiest_first = sorted(range(len(drawn)), key=efforts.__getitem__)
    found = []
    for level in range(LEVELS):
        first = min(len(drawn) * level // LEVELS, len(drawn) - 1)
        end = max(len(drawn) * (level + 1) // LEVELS, first + 1)  # Every level of a tiny task has a question.
        places = easiest_first[first:end]
        found.append(Level(tuple(drawn[place] for place in sorted(places)), efforts[places[-1]]))
    return tuple(found)


def level_of(task: AnyTask, seed: int, question: str, work: int) -> int:
    """The level that a question was drawn for.

    Args:
        task: What the game is played on.
        seed: What its questions are drawn from.
        question: Any question, even one that was not drawn.
        work: Its effort. A question that was not drawn is on the first level that has one as hard.
    """
    found = levels(task, seed)
    drawn_for = (number for number, level in enumerate(found, start=1) if question in level.questions)
    as_hard = (number for number, level in enumerate(found, start=1) if work <= level.effort)
    return next(drawn_for, None) or next(as_hard, LEVELS)
