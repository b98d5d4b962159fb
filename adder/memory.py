"""Memorised or learned? How much of its task a run has seen, and how it does on what it has not.

>>> from adder.assets import shipped_solver
>>> memorised(shipped_solver("seq2seq")).seen          # all there are: it may well have memorised them
55
"""

from __future__ import annotations

import numpy as np

from adder.evaluation import evaluate
from adder.results import Memory
from adder.solver import Solver
from adder.training import draw


def memorised(solver: Solver, n: int = 2_000, seed: int = 7) -> Memory:
    """Count the questions a solver was trained on, by drawing them again from its seed, and ask it both kinds.

    Of a run with a curriculum that went on for more epochs than it was begun with, the count is of the draws of one
    that was begun with as many.

    Args:
        solver: Who is asked; its history says how many epochs it was trained for.
        n: How many questions of each kind to ask.
        seed: What they are drawn from.

    Raises:
        ExperimentError: `n` or `seed` is out of range.
    """
    report = evaluate(solver, n, seed)
    seen = np.empty(0, np.uint64)
    for epoch in range(1, len(solver.history) + 1):
        seen = np.union1d(seen, draw(solver.experiment, epoch).keys)
    held_out = report.split == "held_out"
    return Memory(
        distinct_questions=solver.experiment.task.distinct_questions,
        seen=len(seen),
        trained_exact_match=report.exact_match if report.trained_exact_match is None else report.trained_exact_match,
        held_out_exact_match=report.exact_match if held_out else None,
    )
