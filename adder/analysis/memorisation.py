"""Memorised or learned? How much of its task a run has seen, and how it does on what it has not.

>>> from adder.solvers.shipped import shipped_solver
>>> memorised(shipped_solver("seq2seq")).seen          # all there are: it may well have memorised them
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
    """Count the questions a solver was trained on, by drawing them again from its seed, and ask it both kinds.

    Those that it has seen are asked as they were drawn, each once; those that it has not are the held-out ones, or
    where nothing is held out those of the fresh ones that it never came across.

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
    task = solver.experiment.task
    keys, some = _seen(solver, n, seed)
    memory = Memory(
        distinct_questions=task.distinct_questions,
        seen=len(keys),
        trained_exact_match=report.exact_match if report.trained_exact_match is None else report.trained_exact_match,
        held_out_exact_match=report.exact_match if report.split == "held_out" else None,
        seen_exact_match=_exact_match(solver, some),
    )
    if task.held_out:
        return memory
    fresh = task.sample(n, np.random.default_rng(seed), split="any")  # the ones that the report is of
    unseen = fresh[~np.isin(fresh.keys, keys)]
    return dataclasses.replace(memory, unseen_exact_match=_exact_match(solver, unseen), unseen=len(unseen))


def _seen(solver: Solver, n: int, seed: int) -> tuple[NDArray[np.uint64], Questions]:
    """The keys of all questions that a run was trained on, and `n` of the questions, or all where they are fewer."""
    rng = np.random.default_rng(seed)
    keys, lots = np.empty(0, np.uint64), np.empty(0)
    some = solver.experiment.task.sample(0, rng)
    for epoch in range(1, len(solver.history) + 1):
        drawn = draw(solver.experiment, epoch)
        found, first = np.unique(drawn.keys, return_index=True)
        new = first[~np.isin(found, keys, assume_unique=True)]
        keys = np.union1d(keys, found)
        # Every question draws a lot when it is first met; the lowest stay, so each is as likely to be among them.
        some = Questions.joined([some, drawn[new]])
        lots = np.concatenate([lots, rng.random(len(new))])
        lowest = np.argsort(lots)[:n]
        some, lots = some[lowest], lots[lowest]
    return keys, some


def _exact_match(solver: Solver, questions: Questions) -> float | None:
    return float(ask_all(solver, questions, solver.experiment.task).correct.mean()) if len(questions) else None
