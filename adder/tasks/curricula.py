"""Curricula: the order of difficulty in which training asks its questions (Zaremba & Sutskever 2014).

Each curriculum is one entry of `CURRICULA`: its label, and the levels of difficulty that it asks for, here and in a
script.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import marked
from adder.base.source import block

Levels = NDArray[np.int64]


MASTERED = 0.98  # The next level comes once an epoch has this share of its characters right.


@dataclass(frozen=True, slots=True)
class Practice:
    """What a curriculum knows of an epoch before it is drawn.

    Attributes:
        questions: How many questions it has.
        highest: How many levels of difficulty the task has.
        done: How much of the run is done once the epoch is over, from 0 to 1.
        mastered: How many epochs before it had at least the share `MASTERED` of all characters right in training.
    """

    questions: int
    highest: int
    done: float
    mastered: int


@dataclass(frozen=True, slots=True)
class Curriculum:
    """One order of difficulty.

    Attributes:
        label: Its name in menus.
        levels: The level of each question of an epoch, as `AnyTask.sample` takes them; None where questions are drawn
            as the task draws them.
        source: The same in a script: `levels(epoch, epochs, mastered, rng)`, a list that is gone through again and
            again.
    """

    label: str
    levels: Callable[[Practice, np.random.Generator], Levels | None]
    source: str


def _rising(practice: Practice, rng: np.random.Generator) -> Levels:
    """One level for all, which rises over the first half of the run and then stays at the top."""
    level = min(math.ceil(2 * practice.done * practice.highest), practice.highest)
    return np.full(practice.questions, level, np.int64)


def _any(practice: Practice, rng: np.random.Generator) -> Levels:
    return rng.integers(1, practice.highest, practice.questions, endpoint=True)


def _by_turns(practice: Practice, rng: np.random.Generator) -> Levels:
    even = np.arange(practice.questions) % 2 == 0
    return np.where(even, _any(practice, rng), _rising(practice, rng))


def _earned(practice: Practice, rng: np.random.Generator) -> Levels:
    """One level more for each epoch that was mastered; three questions in ten are of any level so far."""
    reached = min(1 + practice.mastered, practice.highest)
    before = rng.integers(1, reached, practice.questions, endpoint=True)
    return np.where(rng.random(practice.questions) < 0.3, before, reached)


CURRICULA: dict[str, Curriculum] = {
    "none": Curriculum(marked("none"), lambda practice, rng: None, source=""),
    "naive": Curriculum(
        marked("naive"),
        _rising,
        block('''
            def levels(epoch, epochs, mastered, rng):
                """The levels of an epoch: one, which rises over the first half of the run."""
                return [min(math.ceil(2 * epoch / epochs * LEVELS), LEVELS)]
        '''),
    ),
    "mixed": Curriculum(
        marked("mixed"),
        _any,
        block('''
            def levels(epoch, epochs, mastered, rng):
                """The levels of an epoch: any, in every epoch."""
                return [rng.randint(1, LEVELS) for _ in range(SAMPLES)]
        '''),
    ),
    "combined": Curriculum(
        marked("combined"),
        _by_turns,
        block('''
            def levels(epoch, epochs, mastered, rng):
                """The levels of an epoch: one that rises over the first half of the run, and any, in turns."""
                reached = min(math.ceil(2 * epoch / epochs * LEVELS), LEVELS)
                return [rng.randint(1, LEVELS) if place % 2 == 0 else reached for place in range(SAMPLES)]
        '''),
    ),
    "earned": Curriculum(
        marked("earned"),
        _earned,
        block('''
            def levels(epoch, epochs, mastered, rng):
                """The levels of an epoch: one more for each epoch that was mastered, and some of any level so far."""
                reached = min(1 + mastered, LEVELS)
                return [rng.randint(1, reached) if rng.random() < 0.3 else reached for _ in range(SAMPLES)]
        '''),
    ),
}
