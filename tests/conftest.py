from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits
from xdist.scheduler import LoadFileScheduling

from adder import Solver
from adder.base.server_settings import ServerSettings, variable
from adder.base.settings import settings_of
from tests import postgresql
from tests.experiments import TINY_SCALED, TINY_TEXT, random_solver
from tests.needs import needed
from tests.postgresql import PostgreSQL
from tests.runs import slow_epochs
from tests.serving import ROOT, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("adder", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
settings.register_profile("quick", settings.get_profile("adder"), max_examples=10)  # This is for `make quick`.
settings.load_profile("adder")

_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is written into the home of whoever runs the tests; compiled programs are kept from run to run."""
    threadpool_limits(1, user_api="blas")  # Several processes test at once.
    sys.dont_write_bytecode = False  # Each process would compile all modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    home = Path(config.stash.setdefault(_HOME, tempfile.TemporaryDirectory(prefix="adder-tests-")).name)
    programs = Path(config.rootpath) / ".pytest_cache" / "xla"
    programs.mkdir(parents=True, exist_ok=True)
    (home / "xla").symlink_to(programs)
    for name in settings_of(ServerSettings):  # Nobody's own settings decide how tests end.
        os.environ.pop(variable(name), None)
    os.environ["ADDER_HOME"] = str(home)
    os.environ["ADDER_WARM_UP"] = "off"  # Every server would compile all presets.
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"  # Most programs run for a few steps.
    os.environ["DASK_DISTRIBUTED__WORKER__PRELOAD"] = slow_epochs.__name__


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_HOME].cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Only the package has examples in its docstrings; to look for them here would import every file once more."""
    found = yield
    return [each for each in found if not isinstance(each, DoctestModule)]


def pytest_collection_finish() -> None:
    """Streamlit looks for garbage after each page; what stays to the end of the tests is not searched every time."""
    gc.collect()
    gc.freeze()


VISITING = ("tests/browser/", "tests/bench/", "tests/ui/test_upload.py")
COMPILING = ("tests/training/test_trainer.py", "tests/training/test_epoch_program.py")
WAITING = (*VISITING, "tests/runs/")


class OneServer(LoadFileScheduling):
    """A process has a file at a time, and one has all that visit the served app, or that compile the same programs."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file.startswith(VISITING):
            return "the served app"
        return "the same programs" if file in COMPILING else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneServer | None:
    return OneServer(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that none of them is left when the other processes have nothing to do.

    Those come first that wait for workers and servers most of their time, while others work.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, not item.nodeid.startswith(WAITING)))


@pytest.fixture(autouse=True, scope="session")
def pages_are_drawn_without_more() -> Iterator[None]:
    """What Streamlit does around each page in a test, and around none in the app, costs more than the page.

    After each it would clear the session of Keras, where Keras is loaded. Before each it would look for components in
    all installed packages, which a server does once, as it starts.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.runtime.scriptrunner.script_runner._clean_problem_modules", lambda: None)
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
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
def uncompiled() -> Iterator[None]:
    """Runs an epoch's program step by step, not compiled: the same steps, for what is trained just once."""
    from adder.networks.backend import tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def saved(tmp_path: Path, text_solver: Solver) -> Path:
    path = tmp_path / "tiny.adder"
    text_solver.save(path)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    from tests.browser.chromium import chromium, chromium_path

    needed(chromium_path)
    with chromium() as running:
        yield running
