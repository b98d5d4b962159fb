"""What only real workers can show: equal weights, killed workers, a lost engine, a shared cluster.

One engine with one worker serves nearly all of these tests, since each new worker imports TensorFlow.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
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
from adder.runs.dask_engine import DaskEngine
from adder.runs.engine_process import certificate
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.runs.worker import TOPIC
from adder.solvers.answering import forward
from adder.solvers.snapshots import packed
from tests.experiments import DIVERGING, TINY_LINEAR, TINY_TEXT, random_solver
from tests.machines import shown
from tests.runs.slow_epochs import LONG_EPOCHS, slow_down
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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # several wait for workers to start


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
    settings = shown(embedded.certificate, embedded.certificate).items()
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


def _shrink_limit() -> int:
    from adder.runs import worker

    worker.RECYCLED_BYTES = 1
    return os.getpid()


def test_a_worker_that_has_grown_large_is_replaced_between_runs(service: RunService) -> None:
    (before,) = client_of(service).run(_shrink_limit).values()
    trained(service, with_seed(TINY_LINEAR, 271))
    eventually(
        lambda: list(client_of(service).run(os.getpid, on_error="ignore").values()) not in ([], [before]), seconds=60
    )
    trained(service, with_seed(TINY_LINEAR, 272))


def test_a_run_that_rests_and_then_loses_its_worker_its_engine_and_new_workers_comes_to_the_same_end(
    service: RunService,
) -> None:
    experiment = with_seed(LONG, 5)
    client_of(service).run(slow_down, 0.3)
    run = service.submit(experiment)
    until(service, run, lambda view: len(view.events) >= 5)
    service.pause(run)
    assert until(service, run, over).status == "paused"
    service.resume(run)
    begun = len(service.view(run).events)
    until(service, run, lambda view: len(view.events) >= begun + 5)

    (worker,) = client_of(service).run(os.getpid).values()
    os.kill(worker, signal.SIGKILL)
    begun = len(until(service, run, lambda view: "worker was lost" in view.message).events)
    until(service, run, lambda view: len(view.events) >= begun + 5)

    lost = engine_of(service).process
    assert lost is not None
    os.kill(lost, signal.SIGKILL)
    assert not until(service, run, lambda view: view.status == "queued").moving
    until(service, run, lambda view: view.status == "running")
    assert engine_of(service).process not in (None, lost)
    engine = psutil.Process(engine_of(service).process)
    for _ in range(6):
        for starting in engine.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(starting.cmdline()):
                    starting.kill()
        time.sleep(0.4)

    view = until(service, run, over)
    assert view.status == "done"
    assert [event.epoch for event in view.events] == list(range(1, LONG_EPOCHS + 1))
    assert_same_weights(service.solver(run), undisturbed(experiment))


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
            until(other, run, lambda view: view.status == "running" and view.moving)  # its epochs are heard there too
            eventually(lambda: len(client.get_metadata(["adder-demands"])) == 2)
            one.stop(run)
            assert until(one, run, over).status == "stopped"
            assert until(other, waiting, over).status == "done"
            assert_same_weights(other.solver(waiting), undisturbed(with_seed(TINY_TEXT, 7)))
        assert client.get_metadata(["adder-demands"]) == {}
        assert client.nthreads(), "the cluster is there still"


def test_a_sweep_goes_through_the_training_engine(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDER_SCHEDULER", scheduler)
    frame = sweep([TINY_LINEAR, DIVERGING])
    trainer = Trainer(TINY_LINEAR)
    losses = [event.loss for event in trainer.run()]
    report = evaluate(trainer.solver())
    assert len(losses) == frame.loc[0, "epochs"]
    assert frame["status"].tolist() == ["done", "failed"]
    assert [frame.loc[0, name] for name in FIGURES] == [getattr(report, name) for name in FIGURES]


KILLED = """
import sys, time
from pathlib import Path
from unittest.mock import Mock
from adder.runs.service import RunService
from adder.runs.store import Store
from tests.runs.support import LONG, with_seed

if __name__ == "__main__":
    service = RunService(store=Store(Path(sys.argv[1])), workers=1, warm_up=False)
    run = service.submit(with_seed(LONG, 53))
    print(run, flush=True)
    while True:
        print(len(service.view(run).events), flush=True)
        time.sleep(0.1)
"""


def test_a_server_that_is_killed_loses_no_more_than_the_last_seconds(scheduler: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run, begun, epochs = process.stdout.readline().strip(), 0.0, 0
        while not begun or time.monotonic() - begun < 4:
            epochs = int(process.stdout.readline())
            begun = begun or (time.monotonic() if epochs else 0.0)
        process.kill()
    with served(scheduler, tmp_path) as service:
        view = until(service, run, lambda view: view.status == "paused")
        saved = len(view.events)
        assert 0 < saved <= epochs
        seconds = sum(event.seconds for event in view.events[1:]) / max(1, saved - 1)
        assert (epochs - saved) * seconds < 5
        assert view.message == f"The server was restarted; Continue goes on from epoch {saved}"


def test_engines_side_by_side_keep_out_of_one_anothers_way_and_end_with_their_apps() -> None:
    command = [sys.executable, "-m", "adder.runs.engine_main", "--workers", "1", "--worker-bytes", "4000000000"]
    pipe = subprocess.PIPE
    engines = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for engine in engines:
        assert engine.stdin is not None
        engine.stdin.write(f"{certificate()}\n")
        engine.stdin.flush()
    addresses = {engine.stdout.readline().strip() for engine in engines if engine.stdout is not None}
    assert len(addresses) == 2
    assert all(address.startswith("tls://127.0.0.1:") for address in addresses)
    for engine in engines:
        _, complaints = engine.communicate(timeout=60)  # closes its standard input
        assert (engine.returncode, complaints) == (0, "")


def test_an_engine_whose_app_is_gone_before_it_is_up_ends_too() -> None:
    command = [sys.executable, "-m", "adder.runs.engine_main", "--workers", "1", "--worker-bytes", "4000000000"]
    done = subprocess.run(command, input=f"{certificate()}\n", capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def ports(process: psutil.Process) -> list[int]:
    """All ports on which a process and its children listen."""
    family = [process, *process.children(recursive=True)]
    found = [each for member in family for each in member.net_connections("inet")]
    assert {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    return [each.laddr.port for each in found if each.status == psutil.CONN_LISTEN]


def heard(port: int, context: ssl.SSLContext | None) -> bytes:
    """What a port says to a stranger who only listens; without a context, unencrypted."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as plain:
        try:
            with context.wrap_socket(plain) if context else plain as connection:
                return connection.recv(1)
        except (TimeoutError, ConnectionError, ssl.SSLError):
            return b""


def test_no_part_of_an_engine_speaks_with_a_stranger_on_its_machine(service: RunService, tmp_path: Path) -> None:
    """Dask begins every conversation; an HTTP server, such as those that serve nothing, waits to be asked."""
    client_of(service)
    embedded = engine_of(service)._embedded
    assert embedded is not None
    listening = ports(psutil.Process(embedded.process.pid))
    assert len(listening) >= 3, "scheduler, nanny and worker"
    (tmp_path / "own").write_text(embedded.certificate)
    (tmp_path / "another").write_text(certificate())
    contexts: dict[str, ssl.SSLContext | None] = {"unencrypted": None}
    for name in ("nothing", "another", "own"):
        contexts[name] = context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if name != "nothing":
            context.load_cert_chain(tmp_path / name)
    spoke = {name: sum(bool(heard(port, context)) for port in listening) for name, context in contexts.items()}
    assert spoke.pop("own") >= 3
    assert spoke == {"unencrypted": 0, "nothing": 0, "another": 0}


def test_an_engine_is_let_go_of_whatever_its_lost_connection_raises() -> None:
    engine, client, embedded = DaskEngine(workers=1), Mock(), Mock()
    client.close.side_effect = TimeoutError
    engine.client, engine._embedded = client, embedded
    engine.close()
    assert not engine.is_open()
    embedded.close.assert_called_once_with()
