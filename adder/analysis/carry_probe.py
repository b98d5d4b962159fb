"""Does a network know the carry? Finds the unit whose state tells best whether a column carries.

    probe = carry_probe(shipped_solver("binary"))
    probe.unit, probe.agreement                # measured on other sums than those that the unit was found on

It needs a network that reads sums in columns: there each state belongs to a column, whose carry is known.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside, look_inside
from adder.base.errors import ExperimentError
from adder.base.messages import Sentence
from adder.solvers.solver import Solver

_SUMS = 60  # to find the unit on, and as many others to measure it on
_SEED = 7


@dataclass(frozen=True, slots=True)
class CarryProbe:
    """The unit whose state tells best whether a column carries.

    Attributes:
        layer: The layer it belongs to.
        unit: Which of the layer's units, from 0.
        threshold: The state that separates columns that carry from those that do not.
        above: Whether a state above the threshold means a carry; otherwise one below does.
        agreement: The share of columns of other sums in which the unit is right, 0..1.
        guess: The share in which the commoner of the two would be right, 0..1.
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


def carry_probe(solver: Solver) -> CarryProbe:
    """Find the unit on some sums, and measure it on others.

    Raises:
        ExperimentError: The network does not read columns.

    >>> from adder.solvers.shipped import shipped_solver
    >>> probe = carry_probe(shipped_solver("binary"))
    >>> probe.layer, probe.agreement, probe.guess < 0.6
    ('tagger', 1.0, True)
    """
    if not solver.experiment.encoding.in_columns:
        raise ExperimentError(
            "encoding.name", Sentence("columns, where a state belongs to a column"), solver.experiment.encoding.name
        )
    task, rng = solver.experiment.task, np.random.default_rng(_SEED)
    finding, measuring = (
        [look_inside(solver, text) for text in task.texts(task.sample(_SUMS, rng, split="any"))] for _ in range(2)
    )
    name = finding[0].layers[-1].name
    states, carries = _columns(finding, name)
    correlations = np.array([np.corrcoef(unit, carries)[0, 1] if unit.std() else 0.0 for unit in states.T])
    unit = int(np.abs(correlations).argmax())
    threshold = float((states[carries, unit].mean() + states[~carries, unit].mean()) / 2)
    probe = CarryProbe(name, unit, threshold, bool(correlations[unit] > 0), agreement=0.0, guess=0.0)
    states, carries = _columns(measuring, name)
    share = float(carries.mean())
    agreement = float((probe.says(states) == carries).mean())
    return dataclasses.replace(probe, agreement=agreement, guess=max(share, 1 - share))


def carried_on(inside: Inside) -> tuple[int, ...]:
    """The carry of each column that was read; columns beyond the numbers' digits carry nothing."""
    return (*inside.carries, *(0,) * (len(inside.read) - len(inside.carries)))


def _columns(found: list[Inside], layer: str) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """The layer's states at every column, shape `(columns, units)`, and whether each column carries."""
    states = np.concatenate([each.layer(layer).states for each in found])
    return states, np.concatenate([carried_on(each) for each in found]).astype(bool)
