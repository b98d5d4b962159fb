"""The trained networks that ship: a solver for each preset, half-trained ones for the quiz, and snapshots."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from adder.base.errors import ExperimentError
from adder.base.paths import ASSETS
from adder.presets import preset_name
from adder.solvers.snapshots import Snapshots
from adder.solvers.solver import Solver

# For the quiz, a preset's run was stopped after these epochs. Their solvers are of clearly different strength.
HALF_TRAINED: dict[str, tuple[int, ...]] = {"two-digits": (6, 7, 8, 10)}
# The runs of these presets ship with snapshots, so that they can be watched at once: the first one of the page, and
# those of the lesson.
WITH_SNAPSHOTS = ("seq2seq", "mapping-mlp", "mapping-lstm", "two-digits", "pen-and-paper", "binary")


def solver_path(name: str, epoch: int | None = None) -> Path:
    """The file of a preset's shipped solver, or of the one whose run stopped after an epoch.

    >>> solver_path("two-digits").name, solver_path("two-digits", 6).name
    ('two-digits.adder', 'two-digits-epoch-6.adder')
    """
    return ASSETS / (f"solvers/{name}.adder" if epoch is None else f"opponents/{name}-epoch-{epoch}.adder")


@lru_cache(maxsize=32)
def shipped_solver(name: str, epoch: int | None = None) -> Solver:
    """The trained solver that ships for a preset, read once.

    Args:
        name: The preset.
        epoch: One of `HALF_TRAINED` for the solver as it was after that epoch of the same run.

    Raises:
        ExperimentError: There is no preset of that name, or no solver of that age.
        SolverFileError: The file is missing or damaged.
    """
    name = preset_name(name)
    if epoch is not None and epoch not in HALF_TRAINED.get(name, ()):
        ages = ", ".join(map(str, HALF_TRAINED.get(name, ())))
        raise ExperimentError("epoch", f"one of {ages}" if ages else "left out, as no other age of it ships", epoch)
    return Solver.load(solver_path(name, epoch))


def snapshots_path(name: str) -> Path:
    """The file of the snapshots of a preset's run.

    >>> snapshots_path("two-digits").name
    'two-digits.snapshots'
    """
    return ASSETS / f"snapshots/{name}.snapshots"


@lru_cache(maxsize=8)
def shipped_snapshots(name: str) -> Snapshots | None:
    """The snapshots of the run that the preset's shipped solver ended, read once; None if they do not ship.

    Raises:
        ExperimentError: There is no preset of that name.
        SolverFileError: The file is missing or damaged.
    """
    name = preset_name(name)
    return Snapshots.load(snapshots_path(name)) if name in WITH_SNAPSHOTS else None
