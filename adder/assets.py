"""The files that ship with adder: trained solvers, one for each preset."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from adder.presets import preset_name
from adder.solver import Solver

_PACKAGE = Path(__file__).parent
ASSETS = next(
    (folder for folder in (_PACKAGE / "assets", _PACKAGE.parent / "assets") if folder.is_dir()),
    _PACKAGE.parent / "assets",
)


def solver_path(name: str) -> Path:
    """Where the shipped solver of a preset lies."""
    return ASSETS / "solvers" / f"{name}.adder"


@lru_cache(maxsize=32)
def shipped_solver(name: str) -> Solver:
    """The trained solver that ships for a preset, read once.

    Raises:
        ExperimentError: There is no preset of that name.
        SolverFileError: The file is missing or damaged.
    """
    return Solver.load(solver_path(preset_name(name)))
