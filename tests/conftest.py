from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adder import Solver
from tests.experiments import TINY_SCALED, TINY_TEXT, random_solver

settings.register_profile("adder", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("adder")


@pytest.fixture
def text_solver() -> Solver:
    return random_solver(TINY_TEXT)


@pytest.fixture
def scaled_solver() -> Solver:
    return random_solver(TINY_SCALED)


@pytest.fixture
def saved(tmp_path: Path, text_solver: Solver) -> Path:
    path = tmp_path / "tiny.adder"
    text_solver.save(path)
    return path
