"""Several machines: scheduler, workers and two apps, of which some are lost while people train."""

from __future__ import annotations

import asyncio
import contextlib
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from adder import Experiment
from adder.query import to_query
from adder.runs.store import Store
from tests.bench.session import SessionError, completed, opened
from tests.machines import Machines, haproxy_path
from tests.needs import needed
from tests.postgresql import PostgreSQL
from tests.runs.strangers import heard, heard_by_strangers, holding
from tests.runs.support import LONG, assert_same_weights, eventually, undisturbed, with_seed

PATIENCE = 600  # A small, busy machine is slow to start so much.
WORKERS = {"worker1": "127.0.0.2", "worker2": "127.0.0.3"}


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with Machines(tmp_path_factory.mktemp("machines")) as started:
        started.home.mkdir()
        (started.home / "xla").symlink_to(Path(os.environ["ADDER_HOME"]) / "xla")
        started.start_scheduler()
        for name, host in WORKERS.items():
            started.start_worker(name, host)
        yield started


@pytest.mark.slow
def test_a_scheduler_speaks_with_no_stranger(machines: Machines, tmp_path: Path) -> None:
    (tmp_path / "own").write_text(machines.certificate)
    own = holding(tmp_path / "own")

    def begins() -> bytes:
        with contextlib.suppress(ConnectionRefusedError):  # It listens to nobody before it is up.
            return heard(machines.scheduler_at, own)
        return b""

    eventually(begins, PATIENCE)
    assert set(heard_by_strangers([machines.scheduler_at], tmp_path)) == {b""}


@pytest.fixture
def store(machines: Machines, server: PostgreSQL) -> Iterator[Store]:
    """The store of two apps, which serve behind the proxy."""
    needed(haproxy_path)
    database = server.database()
    for name in ("app1", "app2"):
        machines.start_app(name, database)
    machines.start_proxy()
    opened = Store(machines.home, database=database)
    opened.open()
    yield opened
    opened.close()


def led_to(machines: Machines, app: str = "") -> str:
    """The app that the proxy leads a visitor to, who may have been led to one before."""
    cookie = {"Cookie": f"adder-app={app}"} if app else {}
    request = urllib.request.Request(f"{machines.address}/_stcore/health", headers=cookie)
    with urllib.request.urlopen(request, timeout=30) as answer:
        given = " ".join(answer.headers.get_all("Set-Cookie", []))
    return given.partition("adder-app=")[2].partition(";")[0] or app


async def train(machines: Machines, experiment: Experiment, all_train: asyncio.Barrier) -> bool:
    """Have a session train an experiment to its end; whether it lost its app on the way, and went on with another."""
    done = f"Done: {experiment.training.epochs} epochs in"
    async with opened(machines.address, to_query(experiment)) as session:
        session.press("Train")
        await session.until(lambda page: "run=" in page.query, PATIENCE)
        await all_train.wait()
        try:
            await session.until(lambda page: done in page.text, PATIENCE)
            return False
        except SessionError:  # Its app is gone, and a browser would connect again.
            address, cookies = session.query, session.cookie.split("; ")
    # By its own cookie, the proxy would try the lost app until it has found it to be gone; a browser tries again.
    cookie = "; ".join(each for each in cookies if not each.startswith("adder-app="))
    async with opened(machines.address, address, cookie=cookie) as session:
        await session.until(lambda page: "Continue" in page.buttons, PATIENCE)
        session.press("Continue")
        await session.until(lambda page: done in page.text, PATIENCE)
    return True


async def strike(machines: Machines, store: Store, all_train: asyncio.Barrier) -> None:
    """Cut the power of a worker and of an app while all train."""
    await all_train.wait()
    runs = store.runs()
    while len(runs) < all_train.parties - 1 or max(run.record.epochs for run in runs) <= 5:
        await asyncio.sleep(0.1)
        runs = store.runs()
    machines.kill("worker2")
    machines.kill("app1")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_lost_worker_and_a_lost_app_lose_nothing(machines: Machines, store: Store) -> None:
    assert {led_to(machines) for _ in range(4)} == {"app1", "app2"}, "visitors are spread"
    assert [led_to(machines, app) for app in ("app1", "app2")] == ["app1", "app2"], "and stay where they are"
    experiments = [with_seed(LONG, seed) for seed in (1, 2)]

    async def both() -> list[bool]:
        all_train = asyncio.Barrier(len(experiments) + 1)
        striking = asyncio.create_task(strike(machines, store, all_train))
        moved = await asyncio.gather(*(train(machines, experiment, all_train) for experiment in experiments))
        await striking
        return moved

    assert set(completed(both())) == {True, False}
    assert [led_to(machines, app) for app in ("app1", "app2")] == ["app2", "app2"], "the proxy leads on"
    eventually(lambda: all(run.record.status == "done" for run in store.runs()))  # An app writes after its pages show.
    runs = {run.record.experiment: run.record for run in store.runs()}
    assert len(store.runs()) == len(runs) == len(experiments), "none was trained twice"
    for experiment in experiments:
        assert_same_weights(store.solver(runs[experiment].id), undisturbed(experiment))
