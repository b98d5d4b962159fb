"""What only real workers can show: equal weights, killed workers, a lost engine, a shared cluster.

One engine with one worker serves nearly all of these tests, since each new worker imports TensorFlow.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import dask
import numpy as np
import psutil
import pytest
from distributed import Client

from adder import Experiment, RunError, Solver, Trainer, evaluate, sweep
from adder.base.messages import Sentence
from adder.runs import worker
from adder.runs.dask_engine import DaskEngine
from adder.runs.engine_process import certificate
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.runs.worker import TOPIC, Recycling
from adder.solvers.answering import forward
from adder.solvers.snapshots import packed
from tests.bench.visitors import workers_of
from tests.experiments import DIVERGING, TINY_LINEAR, TINY_TEXT, random_solver
from tests.machines import shown
from tests.runs.slow_epochs import LONG_EPOCHS, breaking, recycle_soon, slow_down
from tests.runs.strangers import heard, heard_by_strangers, holding
from tests.runs.support import (
    LONG,
    PATIENCE,
    assert_same_report,
    assert_same_weights,
    eventually,
    over,
    undisturbed,
    until,
    with_seed,
)

FIGURES = ("split", "exact_match", "character_accuracy", "unpadded_accuracy", "rmse", "mean_absolute_error")

ANOTHER = [sys.executable, "-m", "adder.runs.engine_main", "--workers", "1", "--worker-bytes", "4000000000"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # Several wait for workers to start.


@pytest.fixture(scope="module")
def service() -> Iterator[RunService]:
    """A run service without a store, and one worker of its own."""
    running = RunService(workers=1, warm_up=False)
    yield running
    running.close()


@pytest.fixture
def scheduler(service: RunService) -> Iterator[str]:
    """The scheduler of an engine that outlives other services, as that of a cluster; Dask knows its certificate."""
    eventually(lambda: engine_of(service).is_open(), PATIENCE)
    embedded = engine_of(service)._embedded
    assert embedded is not None
    settings = shown(embedded.certificate).items()
    with dask.config.set({name[len("DASK_") :].lower().replace("__", "."): text for name, text in settings}):
        yield embedded.address


def engine_of(service: RunService) -> DaskEngine:
    eventually(lambda: service._dispatcher.engine is not None, PATIENCE)
    engine = service._dispatcher.engine
    assert isinstance(engine, DaskEngine)
    return engine


def client_of(service: RunService) -> Client:
    """The client of the service's engine, once that has a worker."""
    eventually(lambda: engine_of(service).is_open(), PATIENCE)
    client = engine_of(service).client
    assert client is not None
    client.wait_for_workers(1)
    return client


def trained(service: RunService, experiment: Experiment) -> str:
    run = service.submit(experiment)
    assert until(service, run, over).status == "done"
    return run


def test_a_run_in_the_background_ends_as_one_in_the_foreground(service: RunService) -> None:
    run = trained(service, TINY_TEXT)
    view, found, expected = service.view(run), service.solver(run), undisturbed(TINY_TEXT)
    assert_same_weights(found, expected)
    assert_same_report(view.report, evaluate(expected))
    assert found is not None
    assert [event.loss for event in found.history] == [event.loss for event in expected.history]
    assert [len(event.examples) for event in view.events] == [0, 0, 20]
    assert [event.by_place for event in view.events] == [epoch.by_place for epoch in expected.history]
    assert view.snapshots == (0, 1, 2, 3)
    last = service.snapshot(run, 3)
    assert last is not None
    assert np.array_equal(packed(last.weights), packed(found.weights))
    assert client_of(service).get_events(TOPIC) == (), "the scheduler keeps no snapshots"


def test_a_run_that_diverges_fails_with_the_reason(service: RunService) -> None:
    view = until(service, service.submit(DIVERGING), over)
    assert view.status == "failed"
    assert "the loss is no longer a finite number in epoch 1" in view.message
    assert isinstance(view.message, Sentence)


def test_a_mistake_in_training_leaves_its_traceback_in_the_log_and_never_on_the_page(
    service: RunService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("adder"), "propagate", True)
    monkeypatch.setattr(worker, "train", breaking)
    run = service.submit(with_seed(TINY_LINEAR, 31))
    view = until(service, run, over)
    assert view.status == "failed"
    assert "broken in process" in view.message
    assert "Traceback" not in view.message
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert run in record.getMessage()
    assert "in breaking" in caplog.text
    assert "RuntimeError: broken in process" in caplog.text


def made(ask: Callable[[], bytes | None]) -> bytes:
    deadline = time.monotonic() + 60
    while (content := ask()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return content


def test_a_network_is_a_keras_file_even_while_every_worker_trains(service: RunService, tmp_path: Path) -> None:
    from adder.networks.backend import keras

    solver = random_solver(TINY_LINEAR)
    task, encoding = TINY_LINEAR.task, TINY_LINEAR.encoding
    run = service.submit(with_seed(LONG, 48))
    until(service, run, lambda view: view.moving)
    (tmp_path / "network.keras").write_bytes(made(lambda: service.keras_file(solver)))
    service.stop(run)
    model = keras.models.load_model(tmp_path / "network.keras")
    inputs = encoding.encode_questions(task, task.sample(50, np.random.default_rng(1)))
    expected = forward(TINY_LINEAR, solver.weights, inputs).values
    assert np.allclose(model.predict(inputs, verbose=0), expected, atol=1e-4)
    until(service, run, over)


def test_a_keras_file_that_a_worker_cannot_make_is_told(service: RunService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.keras_export.ATTEMPTS", 1)
    monkeypatch.setattr(Solver, "to_bytes", lambda _: b"nonsense")
    with pytest.raises(RunError, match=r"the \.keras file could not be made"):
        made(lambda: service.keras_file(random_solver(TINY_LINEAR, seed=5)))


def test_workers_tell_what_they_do(service: RunService) -> None:
    eventually(lambda: service.load().workers)
    (worker,) = service.load().workers
    assert worker.limit is not None
    assert 0 < worker.bytes < worker.limit


def test_a_worker_of_little_memory_is_replaced_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Mock()
    worker.memory_manager.memory_limit = 10**9
    plugin = Recycling()
    plugin._worker = worker
    for megabytes, times in ((790, 0), (810, 1)):
        monkeypatch.setattr("adder.runs.worker._resident_bytes", Mock(return_value=megabytes * 10**6))
        plugin.transition("train-1", "memory", "released")
        assert worker.loop.add_callback.call_count == times


@contextlib.contextmanager
def served(scheduler: str, folder: Path) -> Iterator[RunService]:
    service = RunService(store=Store(folder), scheduler=scheduler, warm_up=False)
    try:
        yield service
    finally:
        service.close()


def test_services_share_a_cluster_that_outlives_them_and_leave_nothing_in_it(scheduler: str, tmp_path: Path) -> None:
    with Client(scheduler, set_as_default=False) as client:
        with served(scheduler, tmp_path) as one, served(scheduler, tmp_path) as other:
            run, waiting = one.submit(with_seed(LONG, 7)), other.submit(with_seed(TINY_TEXT, 7))
            until(one, run, lambda view: len(view.events) >= 5)
            eventually(lambda: run in {record.id for record in other.runs()})
            until(other, run, lambda view: view.status == "running" and view.moving)  # Its epochs are heard there too.
            eventually(lambda: len(client.get_metadata(["adder-demands"])) == 2)
            one.stop(run)
            assert until(one, run, over).status == "stopped"
            assert until(other, waiting, over).status == "done"
            assert_same_weights(other.solver(waiting), undisturbed(with_seed(TINY_TEXT, 7)))
        assert client.get_metadata(["adder-demands"]) == {}
        assert client.nthreads(), "the cluster is there still"


def test_a_sweep_goes_through_the_training_engine(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDER_SCHEDULER", scheduler)
    frame = sweep([TINY_LINEAR])
    trainer = Trainer(TINY_LINEAR)
    losses = [event.loss for event in trainer.run()]
    report = evaluate(trainer.solver())
    assert len(losses) == frame.loc[0, "epochs"]
    assert frame["status"].tolist() == ["done"]
    assert [frame.loc[0, name] for name in FIGURES] == [getattr(report, name) for name in FIGURES]


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Where a process and its children listen."""
    family = [process, *process.children(recursive=True)]
    found = [each for member in family for each in member.net_connections("inet")]
    return [tuple(each.laddr) for each in found if each.status == psutil.CONN_LISTEN]


def test_no_part_of_an_engine_speaks_with_a_stranger_on_its_machine(service: RunService, tmp_path: Path) -> None:
    """Besides Dask there are HTTP servers, which serve nothing and wait to be asked."""
    client_of(service)
    embedded = engine_of(service)._embedded
    assert embedded is not None
    addresses = listening(psutil.Process(embedded.process.pid))
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    (tmp_path / "own").write_text(embedded.certificate)
    own = holding(tmp_path / "own")
    eventually(lambda: sum(bool(heard(each, own)) for each in addresses) >= 3)  # Scheduler, nanny and worker.
    assert set(heard_by_strangers(addresses, tmp_path)) == {b""}


def test_an_engine_is_let_go_of_whatever_its_lost_connection_raises() -> None:
    engine, client, embedded = DaskEngine(workers=1), Mock(), Mock()
    client.close.side_effect = TimeoutError
    engine.client, engine._embedded = client, embedded
    engine.close()
    assert not engine.is_open()
    embedded.close.assert_called_once_with()


def test_engines_side_by_side_keep_out_of_one_anothers_way_and_end_with_their_apps(service: RunService) -> None:
    pipe = subprocess.PIPE
    own = engine_of(service).process
    with subprocess.Popen(ANOTHER, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as another:
        assert another.stdin is not None
        assert another.stdout is not None
        another.stdin.write(f"{certificate()}\n")
        another.stdin.flush()
        assert another.stdout.readline().startswith("tls://127.0.0.1:")
        _, complaints = another.communicate(timeout=60)  # This closes its standard input.
        assert (another.returncode, complaints) == (0, "")
    assert client_of(service).run(os.getpid), "the worker of the other engine is there still"
    assert engine_of(service).process == own


def test_an_engine_whose_app_is_gone_before_it_is_up_ends_too() -> None:
    done = subprocess.run(ANOTHER, input=f"{certificate()}\n", capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def assert_same_end(service: RunService, run: str, experiment: Experiment) -> None:
    view = until(service, run, over)
    assert view.status == "done"
    assert [event.epoch for event in view.events] == list(range(1, LONG_EPOCHS + 1))
    assert_same_weights(service.solver(run), undisturbed(experiment))


def test_a_run_that_rests_and_then_loses_its_worker_comes_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(LONG, 5)
    client_of(service).run(slow_down, 0.3)
    run = service.submit(experiment)
    until(service, run, lambda view: len(view.events) >= 3)
    service.pause(run)
    assert until(service, run, over).status == "paused"
    service.resume(run)
    begun = len(service.view(run).events)

    def has_gone_on(view: RunView) -> bool:
        assert len(view.events) >= begun, "it does not begin anew"
        return len(view.events) >= begun + 3

    until(service, run, has_gone_on)
    (worker_process,) = client_of(service).run(os.getpid).values()
    os.kill(worker_process, signal.SIGKILL)
    until(service, run, lambda view: "worker was lost" in view.message)
    assert_same_end(service, run, experiment)


def test_a_run_that_loses_its_engine_and_new_workers_comes_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(LONG, 6)
    client_of(service).run(slow_down, 0.3)
    run = service.submit(experiment)
    registered = service._registry.find(run)
    eventually(lambda: registered.checkpoint_epoch > 0, PATIENCE)  # The service fetches what its worker has left.
    lost = engine_of(service).process
    assert lost is not None
    os.kill(lost, signal.SIGKILL)
    assert not until(service, run, lambda view: view.status == "queued").moving
    until(service, run, lambda view: view.status == "running")
    assert engine_of(service).process not in (None, lost)
    engine = psutil.Process(engine_of(service).process)
    for _ in range(2):  # The first worker is up, and the next one still starts.
        eventually(lambda: workers_of(engine), PATIENCE)
        killed = workers_of(engine)
        for each in killed:
            each.kill()
        psutil.wait_procs(killed)
    assert_same_end(service, run, experiment)


def test_a_worker_that_has_grown_large_is_replaced_between_runs(service: RunService) -> None:
    (before,) = client_of(service).run(recycle_soon).values()
    trained(service, with_seed(TINY_LINEAR, 271))
    eventually(lambda: alone(service) not in (None, before), seconds=60)
    assert client_of(service).submit(os.getpid, pure=False).result(timeout=60) == alone(service), "it has tasks"


def alone(service: RunService) -> int | None:
    """The process of the one worker; None while there is none."""
    found = list(client_of(service).run(os.getpid, on_error="ignore").values())
    return found[0] if found else None
