from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from adder import Solver
from tests import postgresql
from tests.experiments import TINY_SCALED, TINY_TEXT, random_solver
from tests.needs import needed
from tests.postgresql import PostgreSQL
from tests.runs import slow_epochs
from tests.serving import ROOT, served

settings.register_profile("adder", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
settings.register_profile("quick", settings.get_profile("adder"), max_examples=10)  # for `make quick`
settings.load_profile("adder")

_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is written into the home of whoever runs the tests; compiled programs are kept from run to run."""
    home = Path(config.stash.setdefault(_HOME, tempfile.TemporaryDirectory(prefix="adder-tests-")).name)
    programs = Path(config.rootpath) / ".pytest_cache" / "xla"
    programs.mkdir(parents=True, exist_ok=True)
    (home / "xla").symlink_to(programs)
    os.environ["ADDER_HOME"] = str(home)
    os.environ["ADDER_WARM_UP"] = "off"  # every server of the tests would compile all presets
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"  # most programs run for a few steps only
    os.environ["DASK_DISTRIBUTED__WORKER__PRELOAD"] = slow_epochs.__name__
    for name in ("ADDER_DATABASE", "ADDER_STORE_BYTES"):
        os.environ.pop(name, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_HOME].cleanup()


VISITING = ("tests/browser/", "tests/bench/", "tests/ui/test_upload.py")


class OneServer(LoadFileScheduling):
    """A process has a file at a time, and one has all files whose tests visit the served app."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "the served app" if file.startswith(VISITING) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneServer | None:
    return OneServer(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that none of them is left when the other processes have nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True, scope="session")
def pages_leave_keras_alone() -> Iterator[None]:
    """After each page Streamlit clears the session of Keras where Keras is loaded, which no process of the app does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.runtime.scriptrunner.script_runner._clean_problem_modules", lambda: None)
        yield


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the app answers, served with one worker."""
    with served(ROOT / "app.py", ADDER_WORKERS="1") as running:
        yield running.address


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that tests share, each with a database of its own."""
    needed(postgresql.programs)
    with PostgreSQL() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind that runs are kept in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite'}"
    return request.getfixturevalue("server").database()


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
