"""A checkpoint: where a run stands, even within an epoch, and the file that keeps it.

A checkpoint continues a run. A finished run is kept and shared as a `Solver`.

    checkpoint.json       the experiment, the epoch, what the next one has done, the best, and this format's version
    weights.safetensors   one float32 array a weight
    moments.safetensors   what the optimizer remembers of each weight
    best.safetensors      the weights of the best epoch, if they are kept
    history.csv           one row an epoch
"""

from __future__ import annotations

import dataclasses
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from adder.base import validation
from adder.base.errors import SolverFileError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.experiment.training import MOST_EPOCHS, OPTIMIZERS
from adder.networks.arrays import Array
from adder.solvers.archive import Zipped, arrays_in, arrays_to_bytes, described_in
from adder.solvers.history_csv import history_csv, history_in
from adder.solvers.results import Epoch
from adder.solvers.solver import Solver

FORMAT_VERSION = 3  # Versions 2 (only between epochs) and 1 (arrays as .npz) are still read.


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All that a step of training changes.

    Attributes:
        weights: Every weight, by name.
        moments: What the optimizer remembers of every weight, for Adam `NAME/momentum` and `NAME/velocity`.
    """

    weights: dict[str, Array]
    moments: dict[str, Array]

    @classmethod
    def start(cls, experiment: Experiment, weights: dict[str, Array]) -> State:
        """The state of a run that has not begun: these weights, and moments of zero."""
        zeros = {name: np.zeros(shape, np.float32) for name, shape in moment_shapes(experiment).items()}
        return cls(weights, zeros)


@dataclass(frozen=True, slots=True)
class Begun:
    """How far an unfinished epoch is.

    Attributes:
        steps: How many of its steps are over.
        loss: The sum of their losses, in float32 as training adds them up.
        accuracy: The sum of their accuracies, likewise.
        seconds: How long they took.
    """

    steps: int = 0
    loss: float = 0.0
    accuracy: float = 0.0
    seconds: float = 0.0


NOT_BEGUN = Begun()


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best epoch so far on the check questions, kept if `training.keep_best` is set."""

    epoch: int
    exact_match: float
    weights: dict[str, Array] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint(Zipped):
    """All that is needed to continue a run as if it had never stopped.

    >>> from adder import Trainer, preset
    >>> trainer = Trainer(preset("mapping-mlp").replaced({"training.epochs": 2}))
    >>> for event in trainer.run():
    ...     pass
    >>> more = trainer.experiment.replaced({"training.epochs": 3})
    >>> [event.epoch for event in Trainer(more, trainer.checkpoint()).run()]
    [3]

    Attributes:
        experiment: What is being trained.
        epoch: The last finished epoch; 0 before the first.
        state: The weights and the optimizer's moments.
        history: The epochs so far, without their examples.
        best: The best epoch, or None if it is not kept.
        begun: How much of the next epoch is over; `state` includes it.
    """

    kind: ClassVar[Sentence] = Sentence("a checkpoint")

    experiment: Experiment
    epoch: int
    state: State = field(repr=False)
    history: tuple[Epoch, ...] = field(default=(), repr=False)
    best: Best | None = None
    begun: Begun = NOT_BEGUN

    @property
    def steps(self) -> int:
        """Steps since the run began."""
        return self.experiment.training.steps_before(self.epoch + 1) + self.begun.steps

    @property
    def next_epoch(self) -> int:
        """The first epoch that has not begun; settings may change from there on."""
        return self.epoch + 1 + (self.begun.steps > 0)

    @property
    def array_bytes(self) -> int:
        """The memory that its arrays take."""
        best = self.best.weights if self.best else {}
        return sum(array.nbytes for part in (self.state.weights, self.state.moments, best) for array in part.values())

    def solver(self) -> Solver:
        """The network as it stands, or as it was in its best epoch, ready to answer."""
        weights = self.state.weights if self.best is None else self.best.weights
        return Solver(self.experiment, weights, self.history)

    def _members(self) -> Iterator[tuple[str, bytes]]:
        described = {
            "format_version": FORMAT_VERSION,
            "experiment": self.experiment.to_dict(),
            "epoch": self.epoch,
            "best": None if self.best is None else [self.best.epoch, self.best.exact_match],
            "begun": dataclasses.astuple(self.begun),
        }
        yield "checkpoint.json", json.dumps(described, ensure_ascii=False).encode()
        yield "weights.safetensors", arrays_to_bytes(self.state.weights)
        yield "moments.safetensors", arrays_to_bytes(self.state.moments)
        yield "history.csv", history_csv(self.history).encode()
        if self.best is not None:
            yield "best.safetensors", arrays_to_bytes(self.best.weights)

    @classmethod
    def _read(cls, archive: zipfile.ZipFile) -> Self:
        described = described_in(archive, "checkpoint.json", FORMAT_VERSION, 2, 1)
        experiment = Experiment.from_dict(described["experiment"])
        shapes = experiment.weight_shapes
        state = State(arrays_in(archive, "weights", shapes), arrays_in(archive, "moments", moment_shapes(experiment)))
        history = history_in(archive)
        epoch = validation.whole_number("epoch", described["epoch"], 0, MOST_EPOCHS)
        if len(history) != epoch:
            raise SolverFileError("its history must have a row for each epoch")
        best = None
        if described["best"] is not None:
            number, share = described["best"]
            best = Best(
                validation.whole_number("best epoch", number, 1, epoch),
                validation.number("best exact match", share, 0, 1),
                arrays_in(archive, "best", shapes),
            )
        steps = experiment.training.at(epoch + 1).steps
        return cls(experiment, epoch, state, history, best, _begun(described.get("begun", (0, 0, 0, 0)), steps))


def _begun(written: list[object], most_steps: int) -> Begun:
    """The beginning of an epoch as a file has it."""
    steps, *figures = written
    loss, accuracy, seconds = (validation.number("begun", figure, 0, sys.float_info.max) for figure in figures)
    return Begun(validation.whole_number("begun", steps, 0, most_steps), loss, accuracy, seconds)


def file_bytes(experiment: Experiment) -> int:
    """About what the checkpoint and the solver of an experiment take on disk."""
    arrays = 2 + len(OPTIMIZERS[experiment.training.optimizer].moments) + experiment.training.keep_best
    return 4 * arrays * experiment.weights


def moment_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """The name and shape of each of the optimizer's moments, in the order in which Keras keeps them."""
    kept = OPTIMIZERS[experiment.training.optimizer].moments
    return {f"{name}/{moment}": shape for name, shape in experiment.weight_shapes.items() for moment in kept}
