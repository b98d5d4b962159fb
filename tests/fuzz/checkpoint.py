"""Checkpoints on disk, torn or hostile: read as a run that goes on reads them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from adder.experiment import Experiment
from adder.solvers.results import Epoch
from adder.training.checkpoint import Best, Checkpoint, State, moment_shapes
from tests.experiments import TINY_SCALED, TINY_TEXT, random_solver
from tests.fuzz import zips
from tests.fuzz.mutation import zip_mutated
from tests.fuzz.refusal import refusals

DESCRIBED = "checkpoint.json"
_FOLDER = tempfile.TemporaryDirectory(prefix="adder-fuzz-")


def feed(data: bytes) -> None:
    """Write the bytes into a file, and go on from it."""
    path = Path(_FOLDER.name) / "run.checkpoint"
    path.write_bytes(data)
    with refusals(data + str(path).encode()):
        checkpoint = Checkpoint.load(path)
        assert Checkpoint.from_bytes(checkpoint.to_bytes()).to_bytes() == checkpoint.to_bytes()
        solver = checkpoint.solver()
        solver.solve(solver.experiment.task.example)


def _good(experiment: Experiment, epochs: int = 2) -> bytes:
    weights = random_solver(experiment, scale=0.3).weights
    history = tuple(
        Epoch(epoch, 1.5, 0.5, 1.4, 0.5, 0.4, 0.25, None, 0.75, 20 * epoch) for epoch in range(1, epochs + 1)
    )
    state = State.start(experiment, weights)
    assert list(state.moments) == list(moment_shapes(experiment))
    return Checkpoint(experiment, epochs, state, history, Best(1, 0.25, weights)).to_bytes()


_GOOD = _good(TINY_TEXT.replaced({"network.encoder_units": 3, "network.decoder_units": 2}))

SEEDS: dict[str, zips.Recipe] = {
    **zips.hostile(_GOOD, DESCRIBED),
    "scaled": lambda: _good(TINY_SCALED),
    "many-epochs": lambda: zips.with_json(_GOOD, DESCRIBED, epoch=10**9),
    "endless-epochs": lambda: zips.with_json(_GOOD, DESCRIBED, epoch=float("inf")),
    "no-number-of-epochs": lambda: zips.with_json(_GOOD, DESCRIBED, epoch=float("nan")),
    "epochs-in-words": lambda: zips.with_json(_GOOD, DESCRIBED, epoch="two"),
    "epochs-before-the-first": lambda: zips.with_json(_GOOD, DESCRIBED, epoch=-5),
    "half-an-epoch": lambda: zips.with_json(_GOOD, DESCRIBED, epoch=2.5),
    "best-of-the-future": lambda: zips.with_json(_GOOD, DESCRIBED, best=[10**30, 0.5]),
    "endless-best": lambda: zips.with_json(_GOOD, DESCRIBED, best=[float("inf"), float("inf")]),
    "best-in-words": lambda: zips.with_json(_GOOD, DESCRIBED, best={"x": 1}),
    "best-no-number": lambda: zips.with_json(_GOOD, DESCRIBED, best=[1, float("nan")]),
    "best-missing": lambda: zips.zipped([each for each in zips.members_of(_GOOD) if each[0] != "best.safetensors"]),
    "begun-in-words": lambda: zips.with_json(_GOOD, DESCRIBED, begun="half"),
    "begun-beyond-its-end": lambda: zips.with_json(_GOOD, DESCRIBED, begun=[10**9, 0, 0, 0]),
    "begun-no-number": lambda: zips.with_json(_GOOD, DESCRIBED, begun=[1, float("nan"), 0, 0]),
    "begun-endless": lambda: zips.with_json(_GOOD, DESCRIBED, begun=[1, 0, 0, float("inf")]),
    "moments-nan": lambda: zips.with_arrays(_GOOD, zips.filled(float("nan")), "moments.safetensors"),
    "best-nan": lambda: zips.with_arrays(_GOOD, zips.filled(float("nan")), "best.safetensors"),
    "npz-in-part": lambda: zips.zipped([*zips.members_of(_GOOD), ("moments.npz", b"")]),
    "torn-1": lambda: _GOOD[:100],
    "torn-2": lambda: _GOOD[:-1],
    "zeros": lambda: bytes(4_096),
    "zeros-at-the-end": lambda: _GOOD[:-4_096] + bytes(4_096),
}

# Solvers are read from archives by the same functions, and meet all other bombs.
BOMBS: dict[str, zips.Recipe] = {
    "long-moments": lambda: zips.with_member(_GOOD, "moments.safetensors", lambda _: b"\0" * 100_000_000),
}

mutated = zip_mutated(["format_version", "experiment", "epoch", "best", "task", "training", "optimizer", "epochs"])
