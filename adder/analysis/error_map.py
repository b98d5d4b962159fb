"""The map of a network's mistakes: the share of right answers by first and second number.

Every question of a small task is asked, one in each cell. In a large task several numbers share a cell, and all cells
get equally many questions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence
from adder.solvers.evaluation import ask_all
from adder.solvers.solver import Solver
from adder.tasks import AnyTask
from adder.tasks.questions import Questions

MOST_ASKED = 10_201  # These are all pairs of 0 to 100.
CELLS_A_SIDE = 25

_SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class ErrorMap:
    """The share of right answers, cell by cell.

    Attributes:
        starts: The smallest number of each row and column, shape `(cells,)`.
        ends: The largest number of each, shape `(cells,)`.
        right: Share right by first number, then second, shape `(cells, cells)`.
        asked: How many questions each cell was asked.
        whole: Whether every question of the task was asked.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    right: NDArray[np.float64]
    asked: int
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Questions of two numbers, equally many for each cell of a square.

    Attributes:
        edges: The smallest number of each row and column, and one more than the largest of all.
        questions: The questions, cell by cell and row by row.
        each: How many questions a cell has.
        whole: Whether they are all questions of the task.
    """

    edges: NDArray[np.int64]
    questions: Questions
    each: int
    whole: bool

    @property
    def side(self) -> int:
        """How many cells a row has."""
        return len(self.edges) - 1


def cells_of(task: AnyTask, most: int, side: int = CELLS_A_SIDE) -> Cells | None:
    """At most `most` questions of a task, always the same ones; None if they do not have exactly two numbers.

    Args:
        task: The task.
        most: How many questions at most.
        side: How many cells a row has where several numbers share one.

    >>> from adder.tasks.arithmetic import Task
    >>> cells_of(Task(), 100).whole, cells_of(Task(largest=999), 2_000).each
    (True, 3)
    """
    grid = task.grid
    if grid is None:
        return None
    world = len(grid)
    alone = world**2 <= most
    cells = world if alone else min(side, math.isqrt(most), world)
    edges = grid.start + np.array([world * cell // cells for cell in range(cells + 1)], np.int64)
    whole = alone and len(task.operators) == 1
    each = 1 if whole else most // cells**2
    places = np.repeat(np.arange(cells**2), each)
    rng = np.random.default_rng(_SEED)
    numbers = [rng.integers(edges[row], edges[row + 1]) for row in np.divmod(places, cells)]
    pairs, signs = np.stack(numbers, axis=1), np.arange(len(places)) % len(task.operators)
    parts = [task.of(pairs[signs == number].tolist(), sign) for number, sign in enumerate(task.operators)]
    order = np.argsort(np.concatenate([np.flatnonzero(signs == number) for number in range(len(parts))]))
    return Cells(edges, Questions.joined(parts)[order], each, whole)


def error_map(solver: Solver, most: int = MOST_ASKED) -> ErrorMap:
    """Ask a solver all pairs of numbers, or a sample of about `most` where there are more.

    Args:
        solver: The solver to ask.
        most: How many questions to ask at most.

    Raises:
        ExperimentError: The task's questions do not have exactly two numbers, or the numbers exceed 64 bits.

    >>> from adder.solvers.shipped import shipped_solver
    >>> error_map(shipped_solver("seq2seq")).right.shape
    (10, 10)
    """
    task = solver.experiment.task
    if (cells := cells_of(task, most)) is None:
        raise ExperimentError("task", Sentence("one whose questions have two numbers and no brackets"), task.example)
    right = ask_all(solver, cells.questions, task).correct.reshape(cells.side, cells.side, cells.each).mean(axis=2)
    return ErrorMap(cells.edges[:-1], cells.edges[1:] - 1, right, cells.each, cells.whole)
