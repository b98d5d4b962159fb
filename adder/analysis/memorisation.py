"""Tells memorising from learning: how many questions a run was trained on, and how well it answers the others.

>>> from adder.solvers.shipped import shipped_solver
>>> memorised(shipped_solver("seq2seq")).seen          # all there are, so it may have memorised them
55
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from adder.solvers.evaluation import ask_all, evaluate
from adder.solvers.results import Memory
from adder.solvers.solver import Solver
from adder.tasks.questions import Questions
from adder.training.trainer import draw


def memorised(solver: Solver, n: int = 2_000, seed: int = 7) -> Memory:
    """Count the questions that a solver was trained on, and ask it some of those and some of the others.

    The questions are drawn once more from the experiment's seed. The others are the held-out ones; where nothing is
    held out, they are those of the report's fresh questions that were never drawn.

    If a run with a curriculum was continued for more epochs than planned, the count is that of a run that had planned
    them all.

    Args:
        solver: The solver to ask; its history says how many epochs it was trained for.
        n: How many questions of each kind to ask.
        seed: The seed from which the asked questions are drawn.

    Raises:
        ExperimentError: `n` or `seed` is out of range.
    """
    report = evaluate(solver, n, seed)
    task = solver.experiment.task
    keys, seen = _seen(solver, n, seed)
    memory = Memory(
        distinct_questions=task.distinct_questions,
        seen=len(keys),
        trained_exact_match=report.exact_match if report.trained_exact_match is None else report.trained_exact_match,
        held_out_exact_match=report.exact_match if report.split == "held_out" else None,
        seen_exact_match=_exact_match(solver, seen),
    )
    if task.held_out:
        return memory
    fresh = task.sample(n, np.random.default_rng(seed), split="any")  # The report asks these too.
    unseen = fresh[~np.isin(fresh.keys, keys)]
    return dataclasses.replace(memory, unseen_exact_match=_exact_match(solver, unseen), unseen=len(unseen))


def _seen(solver: Solver, n: int, seed: int) -> tuple[NDArray[np.uint64], Questions]:
    """The keys of all questions that a run was trained on, and a random `n` of the questions, or all if fewer."""
    rng = np.random.default_rng(seed)
    keys, lots = np.empty(0, np.uint64), np.empty(0)
    chosen = solver.experiment.task.sample(0, rng)
    for epoch in range(1, len(solver.history) + 1):
        drawn = draw(solver.experiment, epoch, solver.history)
        found, first = np.unique(drawn.keys, return_index=True)
        new = first[~np.isin(found, keys, assume_unique=True)]
        keys = np.union1d(keys, found)
        # Each question gets a random number when it is first drawn. The lowest n stay, so all are equally likely to.
        chosen = Questions.joined([chosen, drawn[new]])
        lots = np.concatenate([lots, rng.random(len(new))])
        lowest = np.argsort(lots)[:n]
        chosen, lots = chosen[lowest], lots[lowest]
    return keys, chosen


def _exact_match(solver: Solver, questions: Questions) -> float | None:
    return float(ask_all(solver, questions, solver.experiment.task).correct.mean()) if len(questions) else None
