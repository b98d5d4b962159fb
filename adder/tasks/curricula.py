"""In which order of difficulty training asks its questions, as in Learning to Execute (Zaremba & Sutskever 2014).

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


@dataclass(frozen=True, slots=True)
class Curriculum:
    """One order of difficulty.

    Attributes:
        label: Its name in menus.
        levels: The level of each question of an epoch, as `AnyTask.sample` takes them; None where questions are drawn
            as the task draws them. It is given how many questions there are, how many levels the task has, how much of
            the run is done once the epoch is over, from 0 to 1, and the source of randomness.
        source: The same in a script: `levels(epoch, epochs, rng)`, a list that is gone through again and again.
    """

    label: str
    levels: Callable[[int, int, float, np.random.Generator], Levels | None]
    source: str


def _rising(n: int, highest: int, done: float, rng: np.random.Generator) -> Levels:
    """One level for all, which rises over the first half of the run and then stays at the top."""
    return np.full(n, min(math.ceil(2 * done * highest), highest), np.int64)


def _any(n: int, highest: int, done: float, rng: np.random.Generator) -> Levels:
    return rng.integers(1, highest, n, endpoint=True)


def _by_turns(n: int, highest: int, done: float, rng: np.random.Generator) -> Levels:
    return np.where(np.arange(n) % 2 == 0, _any(n, highest, done, rng), _rising(n, highest, done, rng))


CURRICULA: dict[str, Curriculum] = {
    "none": Curriculum(marked("none"), lambda n, highest, done, rng: None, source=""),
    "naive": Curriculum(
        marked("naive"),
        _rising,
        block('''
            def levels(epoch, epochs, rng):
                """The levels of an epoch: one, which rises over the first half of the run."""
                return [min(math.ceil(2 * epoch / epochs * LEVELS), LEVELS)]
        '''),
    ),
    "mixed": Curriculum(
        marked("mixed"),
        _any,
        block('''
            def levels(epoch, epochs, rng):
                """The levels of an epoch: any, in every epoch."""
                return [rng.randint(1, LEVELS) for _ in range(SAMPLES)]
        '''),
    ),
    "combined": Curriculum(
        marked("combined"),
        _by_turns,
        block('''
            def levels(epoch, epochs, rng):
                """The levels of an epoch: one that rises over the first half of the run, and any, in turns."""
                reached = min(math.ceil(2 * epoch / epochs * LEVELS), LEVELS)
                return [rng.randint(1, LEVELS) if place % 2 == 0 else reached for place in range(SAMPLES)]
        '''),
    ),
}
