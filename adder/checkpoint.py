"""Where a run stands after an epoch, and its written form, which holds no code.

A checkpoint is for going on with a run. What a finished run is kept as, and shared as, is a `Solver`.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field

import numpy as np

from adder.experiment import OPTIMIZERS, Experiment
from adder.forward import Array
from adder.results import EpochEvent
from adder.solver import Solver, arrays_from_bytes, arrays_to_bytes


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What training changes.

    Attributes:
        weights: Every weight, by name.
        moments: What the optimizer remembers of every weight, for Adam `NAME/momentum` and `NAME/velocity`.
    """

    weights: dict[str, Array]
    moments: dict[str, Array]

    @classmethod
    def start(cls, experiment: Experiment, weights: dict[str, Array]) -> State:
        """These weights, and the zero moments of a run that has not begun."""
        zeros = {name: np.zeros(shape, np.float32) for name, shape in moment_shapes(experiment).items()}
        return cls(weights, zeros)


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best epoch so far on the check questions, kept where `training.keep_best` asks for it."""

    epoch: int
    exact_match: float
    weights: dict[str, Array] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """All that is needed to go on after an epoch as if nothing had happened.

    Attributes:
        experiment: What is being trained.
        epoch: The last finished epoch; 0 before the first.
        state: The weights and the optimizer's moments.
        history: The epochs so far, without their examples.
        best: The best epoch, or None where it is not kept.
    """

    experiment: Experiment
    epoch: int
    state: State = field(repr=False)
    history: tuple[EpochEvent, ...] = field(default=(), repr=False)
    best: Best | None = None

    def solver(self) -> Solver:
        """The network as it stands, or as it was in its best epoch, ready to answer."""
        weights = self.state.weights if self.best is None else self.best.weights
        return Solver(self.experiment, weights, self.history)

    def to_bytes(self) -> bytes:
        """The checkpoint as a zip of JSON and plain arrays."""
        buffer = io.BytesIO()
        described = {
            "experiment": self.experiment.to_dict(),
            "epoch": self.epoch,
            "history": [event.to_dict() for event in self.history],
            "best": None if self.best is None else [self.best.epoch, self.best.exact_match],
        }
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("checkpoint.json", json.dumps(described))
            archive.writestr("weights.npz", arrays_to_bytes(self.state.weights))
            archive.writestr("moments.npz", arrays_to_bytes(self.state.moments))
            if self.best is not None:
                archive.writestr("best.npz", arrays_to_bytes(self.best.weights))
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Checkpoint:
        """The checkpoint that `to_bytes` wrote."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            described = json.loads(archive.read("checkpoint.json"))
            experiment = Experiment.from_dict(described["experiment"])
            shapes = experiment.weight_shapes
            state = State(
                arrays_from_bytes(archive.read("weights.npz"), shapes),
                arrays_from_bytes(archive.read("moments.npz"), moment_shapes(experiment)),
            )
            best = described["best"]
            if best is not None:
                best = Best(best[0], best[1], arrays_from_bytes(archive.read("best.npz"), shapes))
        history = tuple(EpochEvent.from_dict(event) for event in described["history"])
        return cls(experiment, described["epoch"], state, history, best)


def moment_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """Name and shape of the optimizer's moments, in the order Keras keeps them."""
    kept = OPTIMIZERS[experiment.training.optimizer]
    return {f"{name}/{moment}": shape for name, shape in experiment.weight_shapes.items() for moment in kept}
