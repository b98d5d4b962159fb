"""Where a network makes its mistakes: the share of right answers by first and second number.

A small task is asked whole, one question a cell. Of a large one a sample is asked, and several numbers share a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence
from adder.solvers.evaluation import ask_all
from adder.solvers.solver import Solver

MOST_ASKED = 10_201  # all pairs of 0 to 100
CELLS = 25  # a side, where several numbers share a cell

_SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class ErrorMap:
    """The share of right answers, cell by cell.

    Attributes:
        starts: The smallest number of each row and column, shape `(cells,)`.
        ends: The largest number of each, shape `(cells,)`.
        right: Share right by first number, then second, shape `(cells, cells)`; nan where nothing was asked.
        asked: How many questions were asked, shape `(cells, cells)`.
        whole: Whether every question of the task was asked.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    right: NDArray[np.float64]
    asked: NDArray[np.int64]
    whole: bool


def error_map(solver: Solver, most: int = MOST_ASKED) -> ErrorMap:
    """Ask a solver all pairs of numbers, or a sample of `most` where there are more.

    Args:
        solver: Who is asked.
        most: How many questions to ask at most.

    Raises:
        ExperimentError: The task's questions do not have exactly two numbers, or the numbers exceed 64 bits.

    >>> from adder.solvers.shipped import shipped_solver
    >>> error_map(shipped_solver("seq2seq")).right.shape
    (10, 10)
    """
    task = solver.experiment.task
    grid = task.grid
    if grid is None:
        raise ExperimentError("task", Sentence("one whose questions have two numbers and no brackets"), task.example)
    world = len(grid)
    whole = world**2 <= most and len(task.operators) == 1
    if whole:
        numbers = np.arange(grid.start, grid.stop)
        pairs = np.stack(np.meshgrid(numbers, numbers, indexing="ij"), axis=-1).reshape(-1, 2)
        questions = task.of(pairs.tolist())
    else:
        questions = task.sample(most, np.random.default_rng(_SEED), split="any")
    assert questions.numbers is not None
    cells = world if whole else min(CELLS, world)
    edges = grid.start + np.array([world * cell // cells for cell in range(cells + 1)], np.int64)
    places = np.searchsorted(edges, questions.numbers.astype(np.int64), side="right") - 1
    flat = places[:, 0] * cells + places[:, 1]
    asked = np.bincount(flat, minlength=cells**2).reshape(cells, cells)
    hits = np.bincount(flat, ask_all(solver, questions, task).correct, minlength=cells**2).reshape(cells, cells)
    right = np.divide(hits, asked, out=np.full(asked.shape, np.nan), where=asked > 0)
    return ErrorMap(edges[:-1], edges[1:] - 1, right, asked, whole)
