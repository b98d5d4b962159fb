"""Several machines: scheduler, workers and two apps, of which some are lost while people train."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adder import Training
from adder.presets import to_query
from adder.store import Store, StoredRun
from tests.browser.chromium import chromium, chromium_path
from tests.experiments import TINY_TEXT
from tests.machines import ROOT, Machines, certify, haproxy_path
from tests.postgresql import PostgreSQL
from tests.test_jobs import assert_same_weights, undisturbed, with_seed

PATIENCE = 240  # seconds; a small machine that does other things too is slow to start so much
WORKERS = {"worker1": "127.0.0.2", "worker2": "127.0.0.3", "worker3": "127.0.0.4"}
SHARED = dataclasses.replace(TINY_TEXT, training=Training(epochs=400, samples=5_000, batch_size=10))


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with Machines(tmp_path_factory.mktemp("machines")) as started:
        started.home.mkdir()
        (started.home / "xla").symlink_to(Path(os.environ["ADDER_HOME"]) / "xla")
        started.start_scheduler()
        for name, host in WORKERS.items():
            started.start_worker(name, host)
        yield started


def run_with(machines: Machines, code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**machines.environment, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.slow
def test_a_run_is_trained_over_tls(machines: Machines) -> None:
    code = """
import time
from adder.jobs import JobService
from tests.experiments import TINY_TEXT

service = JobService(warm_up=False)
try:
    run = service.submit(TINY_TEXT)
    while (view := service.view(run)).active:
        time.sleep(0.05)
    print(view.status, len(view.events), *service._client.nthreads())
finally:
    service.close()
"""
    done = run_with(machines, code, {})
    status, epochs, *workers = done.stdout.split()
    assert (status, epochs) == ("done", "3"), done.stderr
    assert workers
    assert {address.rpartition(":")[0] for address in workers} <= {f"tls://{host}" for host in WORKERS.values()}


@pytest.mark.slow
@pytest.mark.parametrize("stranger", ["with another certificate", "without encryption"])
def test_a_client_without_the_certificate_is_refused(machines: Machines, tmp_path: Path, stranger: str) -> None:
    code = """
import os
from distributed import Client
try:
    Client(os.environ["ADDER_SCHEDULER"], timeout=5)
except OSError as error:
    print("refused", error)
"""
    environment = certify(tmp_path / "certificates")
    if stranger == "without encryption":
        environment |= {
            "ADDER_SCHEDULER": machines.scheduler.replace("tls://", "tcp://"),
            "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "false",
        }
    done = run_with(machines, code, environment)
    assert done.stdout.startswith("refused"), done.stderr


@pytest.fixture
def store(machines: Machines, server: PostgreSQL) -> Iterator[Store]:
    """The store of two apps, which serve behind the proxy."""
    try:
        haproxy_path()
        chromium_path()
    except FileNotFoundError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    database = server.database()
    for name in ("app1", "app2"):
        machines.start_app(name, database)
    machines.start_proxy()
    opened = Store(machines.home, database=database)
    opened.open()
    yield opened
    opened.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE * 1_000)


def app_of(page: Page) -> str:
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie.get("name") == "adder-app"]
    return cookie["value"]


def runs_of(store: Store) -> dict[int, StoredRun]:
    return {run.record.experiment.seed: run for run in store.runs()}


def wait_for(fits: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fits():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_lost_worker_and_a_lost_app_lose_nothing(machines: Machines, store: Store) -> None:
    with chromium() as browser:
        pages = {seed: browser.new_context().new_page() for seed in (1, 2, 3)}
        for seed, page in pages.items():
            page.goto(f"http://{machines.address}/?{to_query(with_seed(SHARED, seed))}")
            press(page, "Train")
        apps = {seed: app_of(page) for seed, page in pages.items()}
        assert set(apps.values()) == {"app1", "app2"}, "the proxy spreads sessions"
        wait_for(lambda: [run.record.epochs > 5 for run in runs_of(store).values()] == [True] * 3)

        machines.kill("worker2")
        (lost,) = [name for name in set(apps.values()) if list(apps.values()).count(name) == 1]
        orphan = next(seed for seed, app in apps.items() if app == lost)
        machines.kill(lost)
        press(pages[orphan], "Continue")
        assert app_of(pages[orphan]) != lost, "the proxy led the session to the app that is left"
        for page in pages.values():
            done = page.get_by_text(f"Done: {SHARED.training.epochs} epochs in")
            expect(done).to_be_visible(timeout=PATIENCE * 1_000)

    wait_for(lambda: {run.record.status for run in runs_of(store).values()} == {"done"})
    assert len(store.runs()) == 3, "no run was trained twice"
    for seed, run in runs_of(store).items():
        assert_same_weights(store.solver(run.record.id), undisturbed(with_seed(SHARED, seed)))
