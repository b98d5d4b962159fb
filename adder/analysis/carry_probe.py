"""Does a network know the carry? The unit whose state says best, column by column, what a sum hands to the next one.

    probe = carry_probe(shipped_solver("binary"))
    probe.unit, probe.agreement                # asked of sums that were not used to find the unit

For networks that read sums in columns: there a state belongs to a column, and there is a carry to compare it with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside, look_inside
from adder.base.errors import ExperimentError
from adder.base.messages import Sentence
from adder.solvers.solver import Solver

_SUMS = 60  # to find the unit on, and as many again to try it on


@dataclass(frozen=True, slots=True)
class CarryProbe:
    """The unit that follows the carry best.

    Attributes:
        layer: The layer it belongs to.
        unit: Which of the layer's units, from 0.
        threshold: The state from which on it says that a column carries.
        above: Whether states above the threshold mean a carry, or those below.
        agreement: In how many columns of other sums it says so rightly, 0..1.
        guess: The same for always saying what is commoner, 0..1.
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


def carry_probe(solver: Solver, seed: int = 7) -> CarryProbe:
    """Find the unit on some sums, and try it on others.

    Args:
        solver: A network that reads columns, with layers of states.
        seed: What the sums are drawn from.

    Raises:
        ExperimentError: It reads no columns.

    >>> from adder.solvers.shipped import shipped_solver
    >>> probe = carry_probe(shipped_solver("binary"))
    >>> probe.layer, probe.agreement, probe.guess < 0.6
    ('tagger', 1.0, True)
    """
    if solver.experiment.encoding.name != "columns":
        raise ExperimentError(
            "encoding.name", Sentence("columns, where a state belongs to a column"), solver.experiment.encoding.name
        )
    task, rng = solver.experiment.task, np.random.default_rng(seed)
    seen, tried = (
        [look_inside(solver, text) for text in task.texts(task.sample(_SUMS, rng, split="any"))] for _ in range(2)
    )
    name = seen[0].layers[-1].name
    states, carries = _columns(seen, name)
    apart = np.array([np.corrcoef(unit, carries)[0, 1] if unit.std() else 0.0 for unit in states.T])
    unit = int(np.abs(apart).argmax())
    threshold = float((states[carries, unit].mean() + states[~carries, unit].mean()) / 2)
    probe = CarryProbe(name, unit, threshold, bool(apart[unit] > 0), 0.0, 0.0)
    states, carries = _columns(tried, name)
    share = float(carries.mean())
    agreement = float((probe.says(states) == carries).mean())
    return CarryProbe(name, unit, threshold, probe.above, agreement, max(share, 1 - share))


def carried_on(inside: Inside) -> tuple[int, ...]:
    """What each column that was read hands on: the carries on paper, and none where no digits are left."""
    return (*inside.carries, *(0,) * (len(inside.read) - len(inside.carries)))


def _columns(found: list[Inside], layer: str) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    states = np.concatenate([each.layer(layer).states for each in found])
    return states, np.concatenate([carried_on(each) for each in found]).astype(bool)
