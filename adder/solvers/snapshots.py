"""The weights of many epochs of one run, so that a person can go back to any of them.

They are looked at and never trained on, so float16 is enough. A file of them is one zip, read as safely as a solver's:

    snapshots.json        the experiment, the epochs, and the version of this format
    weights.safetensors   one float16 array a weight, whose first axis counts the epochs

>>> from adder.presets import preset
>>> spacing(preset("seq2seq")), spacing(preset("three-digits"))
(1, 4)
"""

from __future__ import annotations

import dataclasses
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from adder.base.errors import SolverFileError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.experiment.training import MOST_EPOCHS
from adder.networks.arrays import Array, Weights
from adder.solvers.archive import Zipped, arrays_in, arrays_to_bytes, described_in
from adder.solvers.solver import Solver

FORMAT_VERSION = 1
MOST_SNAPSHOTS = 60
MOST_SNAPSHOT_BYTES = 32_000_000
_LARGEST_FLOAT16 = 65_504

Packed = NDArray[np.float16]
_Epochs = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=MOST_EPOCHS)]], msgspec.Meta(max_length=MOST_SNAPSHOTS)]


def spacing(experiment: Experiment) -> int:
    """How many epochs lie between two snapshots that a run keeps, apart from the one of its last epoch.

    It is a power of two. So where a run becomes longer, some of the snapshots that it has go, and the rest stay evenly
    spaced.
    """
    fitting = max(2, min(MOST_SNAPSHOTS, MOST_SNAPSHOT_BYTES // snapshot_bytes(experiment)))
    every = 1
    while math.ceil(experiment.training.epochs / every) + 1 > fitting:
        every *= 2
    return every


def snapshot_bytes(experiment: Experiment) -> int:
    """What one snapshot takes."""
    return np.dtype(np.float16).itemsize * experiment.weights


def packed(weights: Weights) -> Packed:
    """All weights of a network, in their order, as one row of float16."""
    row = np.concatenate([weight.ravel() for weight in weights.values()])
    return np.clip(row, -_LARGEST_FLOAT16, _LARGEST_FLOAT16, out=row).astype(np.float16)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshots(Zipped):
    """An experiment with its weights after several of its epochs.

    Attributes:
        experiment: What is trained.
        kept: The weights by epoch, in ascending order, as `packed` gives them; epoch 0 is before any training.

    >>> from adder.presets import preset
    >>> experiment = preset("smallest")
    >>> kept = Snapshots(experiment).after(0, np.zeros(experiment.weights, np.float16))
    >>> kept.epochs, kept.solver(0).solve("1+1").unpadded, kept.solver(1)
    ((0,), '2', None)
    """

    kind: ClassVar[Sentence] = Sentence("a file of snapshots")

    experiment: Experiment
    kept: Mapping[int, Packed] = field(default_factory=dict, repr=False)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs of which there are snapshots, in ascending order."""
        return tuple(self.kept)

    @property
    def array_bytes(self) -> int:
        """The memory that they take."""
        return sum(row.nbytes for row in self.kept.values())

    def solver(self, epoch: int) -> Solver | None:
        """The network as it was after an epoch; None if no snapshot of it is kept."""
        row = self.kept.get(epoch)
        return None if row is None else Solver(self.experiment, _split(row.astype(np.float32), self.experiment))

    def after(self, epoch: int, row: Packed) -> Snapshots:
        """These and one of a further epoch, without those of later epochs and those that then lie too close."""
        every = spacing(self.experiment)
        kept = {each: old for each, old in self.kept.items() if each < epoch and each % every == 0}
        return dataclasses.replace(self, kept={**kept, epoch: row})

    def until(self, epoch: int) -> Snapshots:
        """The snapshots of the epochs up to this one."""
        return dataclasses.replace(self, kept={each: row for each, row in self.kept.items() if each <= epoch})

    def _members(self) -> Iterator[tuple[str, bytes]]:
        described = {
            "format_version": FORMAT_VERSION,
            "experiment": self.experiment.to_dict(),
            "epochs": self.epochs,
        }
        yield "snapshots.json", json.dumps(described, ensure_ascii=False).encode()
        yield "weights.safetensors", arrays_to_bytes(_split(np.stack(list(self.kept.values())), self.experiment))

    @classmethod
    def _read(cls, archive: zipfile.ZipFile) -> Self:
        described = described_in(archive, "snapshots.json", FORMAT_VERSION)
        experiment = Experiment.from_dict(described["experiment"])
        epochs = msgspec.convert(described["epochs"], _Epochs)
        if not epochs or epochs != sorted(set(epochs)):
            raise SolverFileError("its epochs must be in ascending order, and at least one")
        shapes = {name: (len(epochs), *shape) for name, shape in experiment.weight_shapes.items()}
        arrays = arrays_in(archive, "weights", shapes, "float16").values()
        rows = np.concatenate([array.reshape(len(epochs), -1) for array in arrays], axis=1)
        return cls(experiment, dict(zip(epochs, rows.astype(np.float16, copy=False), strict=True)))


def _split(rows: NDArray[Any], experiment: Experiment) -> dict[str, Array]:
    """Rows of weights as arrays by name; axes before the last stay."""
    arrays, at = {}, 0
    for name, shape in experiment.weight_shapes.items():
        size = math.prod(shape)
        arrays[name] = rows[..., at : at + size].reshape((*rows.shape[:-1], *shape))
        at += size
    return arrays
