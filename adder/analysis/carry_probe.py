"""Finds the unit of a network whose state tells best whether a column carries.

    probe = carry_probe(shipped_solver("binary"))
    probe.unit, probe.agreement                # measured on other sums than those that the unit was found on

It needs a network that writes the last digit of a sum first, and whose last layer has a state for each character that
it writes: then each state belongs to a column, whose carry is known.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside
from adder.base.errors import ExperimentError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.networks.arrays import Trace
from adder.solvers.answering import forward
from adder.solvers.cost import questions_at_once
from adder.solvers.solver import Solver
from adder.tasks.questions import Questions

_SUMS = 60  # This many find the unit, and as many others measure it; slow networks are asked fewer.
_SEED = 7


@dataclass(frozen=True, slots=True)
class CarryProbe:
    """The unit whose state tells best whether a column carries.

    Attributes:
        layer: The layer it belongs to.
        unit: The unit's number in the layer, counted from 0.
        threshold: The state that separates columns that carry from those that do not.
        above: Whether a state above the threshold means a carry; otherwise one below does.
        agreement: The share of columns of other sums in which the unit is right, 0..1.
        guess: The share that would be right if every column got the commoner of the two, 0..1.
    """

    layer: str
    unit: int
    threshold: float
    above: bool
    agreement: float
    guess: float

    def says(self, states: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Whether the unit says that a column carries, from the layer's states: shape `(columns, units)`."""
        return (states[:, self.unit] > self.threshold) == self.above


def has_columns(experiment: Experiment, states: int, written: int) -> bool:
    """Whether each state of a network's last layer belongs to a column of a sum.

    Args:
        experiment: What the network was trained for.
        states: How many states its last layer has.
        written: How many characters it writes.
    """
    return experiment.task.sums and experiment.encoding.answer_order == "reversed" and states == written


def carry_probe(solver: Solver) -> CarryProbe | None:
    """Find the unit on some sums, and measure it on others; there is none where all columns carry, or none does.

    Raises:
        ExperimentError: The network does not add, or writes the first digit first, or its last layer has no state for
            each character.

    >>> from adder.solvers.shipped import shipped_solver
    >>> probe = carry_probe(shipped_solver("binary"))
    >>> probe.layer, probe.agreement, probe.guess < 0.6
    ('tagger', 1.0, True)
    """
    task, rng = solver.experiment.task, np.random.default_rng(_SEED)
    sums = min(_SUMS, questions_at_once(solver.experiment, task))
    name, states, carries = _columns(solver, task.sample(sums, rng, split="any"))
    if carries.all() == carries.any():
        return None
    correlations = np.array([np.corrcoef(unit, carries)[0, 1] if unit.std() else 0.0 for unit in states.T])
    unit = int(np.abs(correlations).argmax())
    threshold = float((states[carries, unit].mean() + states[~carries, unit].mean()) / 2)
    probe = CarryProbe(name, unit, threshold, bool(correlations[unit] > 0), agreement=0.0, guess=0.0)
    _, states, carries = _columns(solver, task.sample(sums, rng, split="any"))
    share = float(carries.mean())
    agreement = float((probe.says(states) == carries).mean())
    return dataclasses.replace(probe, agreement=agreement, guess=max(share, 1 - share))


def carried_on(inside: Inside) -> tuple[int, ...]:
    """The carry of each column that was written; columns beyond the numbers' digits carry nothing."""
    return (*inside.carries, *(0,) * (len(inside.written) - len(inside.carries)))


def _columns(solver: Solver, sums: Questions) -> tuple[str, NDArray[np.floating], NDArray[np.bool_]]:
    """The last layer's name, its states at every column, shape `(columns, units)`, and whether each column carries."""
    experiment, trace = solver.experiment, Trace()
    forward(experiment, solver.weights, experiment.encoding.encode_questions(experiment.task, sums), trace)
    name, layer = list(trace.layers.items())[-1]
    if not has_columns(experiment, len(layer.states), experiment.encoding.answer_length(experiment.task)):
        raise ExperimentError(
            "solver",
            Sentence("a network that adds and writes the last digit first, with a state for each column"),
            experiment.network.name,
        )
    states = np.stack([state[0] for state in layer.states[:: -1 if layer.backwards else 1]], axis=1)
    carries = np.zeros(states.shape[:2], bool)
    if (on_paper := experiment.task.carries(sums)) is not None:
        carries[:, : on_paper.shape[1]] = on_paper
    return name, states.reshape(-1, states.shape[2]), carries.ravel()
