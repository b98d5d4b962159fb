from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from adder.runs.service import RunService
from tests.experiments import TINY_TEXT
from tests.runs.test_service import LONG, assert_same_weights, over, undisturbed, until, with_seed

pytestmark = pytest.mark.slow


@pytest.fixture
def engine() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "adder.runs.engine_main", "--workers", "1", "--worker-bytes", "4000000000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def address_of(engine: subprocess.Popen[str]) -> str:
    assert engine.stdout is not None
    return engine.stdout.readline().strip()


def test_a_scheduler_that_somebody_else_runs_serves_as_well(engine: subprocess.Popen[str]) -> None:
    service = RunService(scheduler=address_of(engine), warm_up=True)
    try:
        job = service.submit(TINY_TEXT)
        assert until(service, job, over).status == "done"
        assert_same_weights(service.solver(job), undisturbed(TINY_TEXT))
    finally:
        service.close()
    assert engine.poll() is None, "the service must leave an engine alone that it did not start"


def test_engines_side_by_side_keep_out_of_one_anothers_way() -> None:
    engines = [
        subprocess.Popen(
            [sys.executable, "-m", "adder.runs.engine_main", "--workers", "1", "--worker-bytes", "4000000000"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert len({address_of(engine) for engine in engines}) == 2
    for engine in engines:
        _, complaints = engine.communicate()
        assert complaints == ""


def test_the_engine_ends_with_the_app_that_started_it(engine: subprocess.Popen[str]) -> None:
    address = address_of(engine)
    assert address.startswith("tcp://127.0.0.1:")
    assert engine.stdin is not None
    engine.stdin.close()
    assert engine.wait(timeout=60) == 0


def test_a_worker_that_is_killed_over_and_over_while_it_starts_is_replaced() -> None:
    service = RunService(workers=1)
    try:
        until(service, service.submit(with_seed(TINY_TEXT, 6)), over)
        assert service._engine.process is not None
        engine = psutil.Process(service._engine.process)
        for _ in range(8):
            for worker in engine.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "spawn_main" in " ".join(worker.cmdline()):
                        worker.kill()
            time.sleep(0.4)
        assert until(service, service.submit(with_seed(TINY_TEXT, 7)), over).status == "done"
    finally:
        service.close()


def test_a_lost_engine_is_started_again_and_its_run_goes_on() -> None:
    service = RunService(workers=1)
    try:
        job = service.submit(with_seed(LONG, 5))
        until(service, job, lambda view: len(view.events) > 20)
        time.sleep(2)  # a checkpoint comes home twice a second
        assert service._engine.process is not None
        os.kill(service._engine.process, signal.SIGKILL)
        view = until(service, job, lambda view: view.status == "queued")
        assert not view.moving
        view = until(service, job, over)
        assert view.status == "done"
        assert [event.epoch for event in view.events] == list(range(1, LONG.training.epochs + 1))
        assert_same_weights(service.solver(job), undisturbed(with_seed(LONG, 5)))
    finally:
        service.close()
