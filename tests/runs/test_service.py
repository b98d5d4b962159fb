from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import KilledWorker

from adder import Experiment, ExperimentError, Report, RunError, Solver, Trainer, Training, evaluate
from adder.base.messages import Sentence
from adder.runs.run import STATUSES, RunView
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.runs.waiting_line import MOST_QUEUED
from tests.experiments import DIVERGING, TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT, random_solver

PATIENCE = 120.0
LONG = dataclasses.replace(TINY_TEXT, training=Training(epochs=300, samples=1_000, batch_size=10))
ENDLESS = dataclasses.replace(TINY_TEXT, training=Training(epochs=1_000, samples=5_000, batch_size=10))


def until(service: RunService, job: str, fits: Callable[[RunView], bool]) -> RunView:
    deadline = time.monotonic() + PATIENCE
    while not fits(view := service.view(job)):
        assert time.monotonic() < deadline, f"{view.status} at epoch {len(view.events)}: {view.message}"
        time.sleep(0.02)
    return view


def over(view: RunView) -> bool:
    return not view.active


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    return dataclasses.replace(experiment, seed=seed)


@contextlib.contextmanager
def running(service: RunService, experiment: Experiment) -> Iterator[str]:
    """A run that goes on for as long as the block."""
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) > 0)
    try:
        yield job
    finally:
        service.stop(job)
        until(service, job, over)


def undisturbed(experiment: Experiment) -> Solver:
    trainer = Trainer(experiment)
    for _ in trainer.run():
        pass
    return trainer.solver()


def assert_same_weights(found: Solver | None, expected: Solver) -> None:
    assert found is not None
    assert list(found.weights) == list(expected.weights)
    for name, weight in expected.weights.items():
        assert np.array_equal(found.weights[name], weight), name


def assert_same_report(found: Report | None, expected: Report) -> None:
    """A worker has one thread for its products, which may round them otherwise, and confidence tells."""
    assert found is not None
    assert dataclasses.replace(found, calibration=()) == dataclasses.replace(expected, calibration=())
    for one, other in zip(found.calibration, expected.calibration, strict=True):
        assert (one.asked, one.right) == (other.asked, other.right)
        assert one.confidence == pytest.approx(other.confidence, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED], ids=["text", "fast", "scaled"])
def test_a_run_in_the_background_ends_as_one_in_the_foreground(service: RunService, experiment: Experiment) -> None:
    job = service.submit(experiment)
    view = until(service, job, over)
    assert (view.id, view.experiment, view.status, view.place, view.message) == (job, experiment, "done", 0, "")
    assert [event.epoch for event in view.events] == [1, 2, 3]
    expected = undisturbed(experiment)
    found = service.solver(job)
    assert_same_weights(found, expected)
    assert_same_report(view.report, evaluate(expected))
    assert found is not None
    assert found.report == view.report
    assert [event.loss for event in found.history] == [event.loss for event in expected.history]
    assert [len(event.examples) for event in view.events[:-1]] == [0, 0]


@pytest.mark.slow
def test_equal_experiments_share_one_run_while_it_lasts(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 2)) as job:
        assert service.submit(with_seed(ENDLESS, 2)) == job
        waiting = service.submit(TINY_TEXT)
        assert waiting != job
        assert service.submit(TINY_TEXT) == waiting
    until(service, waiting, over)
    assert service.submit(TINY_TEXT) == waiting, "what is done answers at once"
    again = service.submit(TINY_TEXT, again=True)
    assert again != waiting
    assert until(service, again, over).status == "done"


@pytest.mark.slow
def test_runs_wait_in_the_order_they_came(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 3)) as job:
        waiting = [service.submit(with_seed(TINY_TEXT, seed)) for seed in (10, 11, 12)]
        assert service.view(job).place == 0
        assert [(service.view(each).status, service.view(each).place) for each in waiting] == [
            ("queued", 1),
            ("queued", 2),
            ("queued", 3),
        ]
        service.stop(waiting[1])
        assert (service.view(waiting[1]).status, service.view(waiting[1]).place) == ("stopped", 0)
        assert service.view(waiting[2]).place == 2
        assert service.solver(waiting[1]) is None
    for each in (waiting[0], waiting[2]):
        assert until(service, each, over).status == "done"


@pytest.mark.slow
def test_the_queue_is_bounded(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 4)):
        waiting = [service.submit(with_seed(TINY_TEXT, 1_000 + seed)) for seed in range(MOST_QUEUED)]
        with pytest.raises(RunError, match="100 runs are waiting already; please try again in a few minutes"):
            service.submit(with_seed(TINY_TEXT, 5_000))
        for job in waiting:
            service.stop(job)
    assert {service.view(job).status for job in waiting} == {"stopped"}


@pytest.mark.slow
def test_a_stopped_run_keeps_what_it_learned_and_can_go_on_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(LONG, 5)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 5)
    service.stop(job)
    stopped = until(service, job, over)
    assert stopped.status == "stopped"
    assert 5 <= len(stopped.events) < 300
    kept = service.solver(job)
    assert kept is not None
    assert_same_report(stopped.report, evaluate(kept))
    assert kept.report == stopped.report
    assert len(kept.history) == len(stopped.events)
    assert kept.solve("3+10").expected == "13"
    service.resume(job)
    done = until(service, job, over)
    assert done.status == "done"
    assert [event.epoch for event in done.events] == list(range(1, 301))
    assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_goes_on_to_the_same_end_and_says_so(service: RunService) -> None:
    experiment = with_seed(LONG, 6)
    job = service.submit(experiment)
    until(service, job, lambda view: service.solver(job) is not None and len(view.events) >= 10)
    assert service._engine.client is not None
    (worker,) = service._engine.client.run(os.getpid).values()
    assert service.view(job).status == "running"
    os.kill(worker, signal.SIGKILL)
    view = until(service, job, over)
    assert view.status == "done"
    assert "worker was lost" in view.message
    assert [event.epoch for event in view.events] == list(range(1, 301))
    assert_same_weights(service.solver(job), undisturbed(experiment))


class Given:
    """A future of the engine that says that all workers died that tried."""

    def cancelled(self) -> bool:
        return False

    def result(self, timeout: float) -> Any:
        raise KilledWorker("train", "a worker", 20)


@pytest.mark.slow
def test_a_run_that_the_engine_gives_up_goes_on_if_it_got_anywhere(service: RunService) -> None:
    experiment = with_seed(LONG, 61)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 20)
    run = service._jobs[job]
    attempt = run.attempt
    run.ending = "yielding"  # which an attempt that is over can no more
    service._end(run, attempt, Given())
    assert run.ending == ""
    view = until(service, job, lambda _: run.attempt > attempt)
    assert view.active
    assert until(service, job, over).status == "done"
    assert [event.epoch for event in service.view(job).events] == list(range(1, 301))
    assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_a_running_runs_network_can_be_asked(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 7)) as job:
        until(service, job, lambda _: service.solver(job) is not None)
        assert service.view(job).status == "running"
        solver = service.solver(job)
        assert solver is not None
        assert solver.report is None
        assert solver.solve("3+10").expected == "13"


@pytest.mark.slow
def test_a_run_that_diverges_fails_with_the_reason(service: RunService) -> None:
    job = service.submit(DIVERGING)
    view = until(service, job, over)
    assert view.status == "failed"
    assert "the loss is no longer a finite number in epoch 1" in view.message
    assert isinstance(view.message, Sentence)
    assert view.report is None


@pytest.mark.slow
def test_a_run_that_is_done_cannot_go_on_and_stopping_it_changes_nothing(service: RunService) -> None:
    job = service.submit(with_seed(TINY_TEXT, 8))
    done = until(service, job, over)
    with pytest.raises(RunError, match="this run is done; it can only go on for more epochs than it had"):
        service.resume(job)
    service.stop(job)
    service.pause(job)
    assert service.view(job) == done


@pytest.mark.slow
def test_a_run_that_is_done_goes_on_for_more_epochs_as_one_longer_run(service: RunService) -> None:
    first = service.submit(with_seed(TINY_TEXT, 31))
    done = until(service, first, over)
    job = service.resume(first, epochs=5)
    view = until(service, job, over)
    longer = with_seed(TINY_TEXT, 31).replaced({"training.epochs": 5})
    assert job != first, "what is done stays as it is"
    assert service.view(first) == done
    assert (view.id, view.experiment, view.status) == (job, longer, "done")
    assert [event.epoch for event in view.events] == [1, 2, 3, 4, 5]
    expected = undisturbed(longer)
    assert_same_weights(service.solver(job), expected)
    assert_same_report(view.report, evaluate(expected))


@pytest.mark.slow
def test_a_run_that_met_its_target_goes_on_without_it(service: RunService) -> None:
    reached = with_seed(TINY_TEXT, 32).replaced({"training.target": 0})
    job = service.submit(reached)
    assert [event.epoch for event in until(service, job, over).events] == [1]
    job = service.resume(job, epochs=4)
    view = until(service, job, over)
    assert view.experiment == reached.replaced({"training.epochs": 4, "training.target": None})
    assert [event.epoch for event in view.events] == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_that_is_done_cannot_go_on_for_no_more_epochs(service: RunService, epochs: int) -> None:
    job = service.submit(with_seed(TINY_TEXT, 33))
    until(service, job, over)
    with pytest.raises(RunError, match="this run is done; it can only go on for more epochs than it had"):
        service.resume(job, epochs=epochs)
    with pytest.raises(ExperimentError, match=r"training\.epochs must be a whole number from 1 to 1,000"):
        service.resume(job, epochs=1_001)
    assert service.view(job).status == "done"


@pytest.mark.slow
def test_a_background_run_keeps_its_best_epoch_where_that_is_asked_for(service: RunService) -> None:
    experiment = with_seed(TINY_LINEAR, 34).replaced(
        {"training.keep_best": True, "training.epochs": 6, "training.final_learning_rate": 3, "training.clip_norm": 1}
    )
    job = service.submit(experiment)
    view = until(service, job, over)
    expected = undisturbed(experiment)
    assert_same_weights(service.solver(job), expected)
    assert_same_report(view.report, evaluate(expected))


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["view", "pause", "stop", "resume", "solver", "keras_file"])
def test_an_unknown_run_is_told_as_such(service: RunService, verb: str) -> None:
    with pytest.raises(RunError, match="this run is not on the server any more"):
        getattr(service, verb)("nonsense")


@pytest.mark.parametrize("workers", ["0", "-1", "65", "2.5", "many", "9" * 5_000])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDER_WORKERS", workers)
    with pytest.raises(ExperimentError, match="ADDER_WORKERS must be a whole number from 1 to 64"):
        RunService()


def test_a_view_is_active_while_it_waits_or_runs() -> None:
    active = [status for status in STATUSES if RunView("x", TINY_TEXT, status).active]
    assert active == ["queued", "running"]


@pytest.mark.slow
def test_leaving_stops_a_run_only_when_nobody_else_watches_it(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 21)) as job:
        service.view(job, "one")
        service.view(job, "another")
        assert not service.leave(job, "one")
        assert service.view(job).active
        assert service.leave(job, "another")
        assert until(service, job, over).status == "stopped"


@pytest.mark.slow
def test_a_run_is_trained_an_epoch_at_a_time_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(TINY_TEXT, 41)
    job = service.submit(experiment, only=1)
    for epoch in (1, 2):
        view = until(service, job, over)
        assert (view.status, len(view.events), view.report) == ("paused", epoch, None)
        assert view.events[-1].examples
        service.resume(job, only=1)
    view = until(service, job, over)
    assert (view.status, len(view.events)) == ("done", 3)
    assert_same_weights(service.solver(job), undisturbed(experiment))
    job = service.resume(job, only=2)
    view = until(service, job, over)
    longer = experiment.replaced({"training.epochs": 5})
    assert (view.status, view.experiment) == ("done", longer)
    assert_same_weights(service.solver(job), undisturbed(longer))


@pytest.mark.slow
def test_a_run_of_a_few_epochs_is_its_askers_own(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 42)) as job:
        own = service.submit(with_seed(ENDLESS, 42), only=1)
        assert own != job
        assert service.submit(with_seed(ENDLESS, 42), only=1) not in (own, job)
        service.pause(own)
        assert service.view(own).status == "paused"


@pytest.mark.slow
@pytest.mark.parametrize("only", [0, -1, 1_001, 1.5, True])
def test_so_few_or_many_epochs_are_refused(service: RunService, only: int) -> None:
    with pytest.raises(ExperimentError, match="only must be a whole number from 1 to 1,000"):
        service.submit(TINY_TEXT, only=only)
    job = service.submit(with_seed(TINY_TEXT, 43))
    with pytest.raises(ExperimentError, match="only must be a whole number from 1 to 1,000"):
        service.resume(job, only=only)


@pytest.mark.slow
def test_a_run_rests_and_goes_on_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(LONG, 44)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 5)
    with pytest.raises(RunError, match="this run is waiting or in training already"):
        service.resume(job)
    service.pause(job)
    view = until(service, job, over)
    assert view.status == "paused"
    assert view.report is None
    assert 5 <= len(view.events) < 300
    assert not view.active
    other = service.submit(experiment)
    assert other != job, "a run that rests is nobody else's"
    service.stop(other)
    service.resume(job)
    assert until(service, job, over).status == "done"
    assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_stopping_a_run_that_rests_evaluates_it_and_it_can_still_go_on(service: RunService) -> None:
    job = service.submit(with_seed(TINY_TEXT, 45), only=2)
    until(service, job, over)
    service.stop(job)
    assert service.view(job).status == "stopped"
    view = until(service, job, lambda view: view.report is not None)
    solver = service.solver(job)
    assert solver is not None
    assert solver.report == view.report == evaluate(solver)
    service.resume(job)
    assert until(service, job, over).status == "done"


@pytest.mark.slow
def test_a_waiting_run_is_paused_and_stopped_at_once(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 46)):
        job = service.submit(with_seed(TINY_TEXT, 46))
        service.pause(job)
        assert service.view(job).status == "paused"
        service.resume(job)
        assert (service.view(job).status, service.view(job).place) == ("queued", 1)
        service.stop(job)
        assert service.view(job).status == "stopped"


@pytest.mark.slow
def test_all_runs_are_listed_newest_first(service: RunService) -> None:
    job = service.submit(with_seed(TINY_TEXT, 47))
    view = until(service, job, over)
    first, *rest = service.runs()
    assert view.report is not None
    assert (first.id, first.experiment, first.status) == (job, view.experiment, "done")
    assert (first.epochs, first.samples, first.weights) == (3, 60, TINY_TEXT.weights)
    assert first.seconds == sum(event.seconds for event in view.events)
    assert (first.exact_match, first.split) == (view.report.exact_match, "fresh")
    assert first.exact_match_interval == view.report.exact_match_interval
    assert rest
    assert [record.created for record in rest] == sorted((record.created for record in rest), reverse=True)


def made(ask: Callable[[], bytes | None]) -> bytes:
    deadline = time.monotonic() + PATIENCE
    while (content := ask()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return content


LOADING = """
import sys
import numpy as np
import adder.networks.keras_layers
import keras
from adder import Solver
from adder.solvers.answering import forward
solver = Solver.load(sys.argv[1])
model = keras.models.load_model(sys.argv[2])
task, encoding = solver.experiment.task, solver.experiment.encoding
inputs = encoding.encode_questions(task, task.sample(50, np.random.default_rng(1)))
expected = forward(solver.experiment, solver.weights, inputs).values
assert np.allclose(model.predict(inputs, verbose=0), expected, atol=1e-4)
"""


@pytest.mark.slow
def test_a_run_is_a_keras_file_even_while_every_worker_trains(service: RunService, tmp_path: Path) -> None:
    job = service.submit(with_seed(TINY_FAST, 48))
    until(service, job, over)
    with running(service, with_seed(ENDLESS, 48)):
        content = made(partial(service.keras_file, job))
    assert service.keras_file(job) is content
    (tmp_path / "network.keras").write_bytes(content)
    solver = service.solver(job)
    assert solver is not None
    solver.save(tmp_path / "run.adder")
    files = [str(tmp_path / name) for name in ("run.adder", "network.keras")]
    done = subprocess.run([sys.executable, "-c", LOADING, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_solver_that_is_no_run_is_a_keras_file_too(service: RunService) -> None:
    solver = random_solver(TINY_LINEAR)
    content = made(partial(service.keras_file_of, solver))
    assert "model.weights.h5" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@pytest.mark.slow
def test_a_keras_file_that_cannot_be_made_is_told_and_tried_again(
    service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.keras_export.ATTEMPTS", 1)
    monkeypatch.setattr(Solver, "to_bytes", lambda _: b"nonsense")
    solver = random_solver(TINY_LINEAR, seed=5)
    with pytest.raises(RunError, match=r"the \.keras file could not be made"):
        made(partial(service.keras_file_of, solver))
    assert service.keras_file_of(solver) is None


@pytest.mark.slow
def test_a_run_without_a_network_is_no_keras_file(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 49)):
        job = service.submit(with_seed(TINY_TEXT, 49))
        with pytest.raises(RunError, match="this run has no network yet"):
            service.keras_file(job)
        service.stop(job)


Serving = Callable[[Path], contextlib.AbstractContextManager[RunService]]


@pytest.fixture
def serving(scheduler: str) -> Serving:
    """Services on a folder, one after another, on an engine that stays."""

    @contextlib.contextmanager
    def serve(folder: Path) -> Iterator[RunService]:
        opened = RunService(store=Store(folder), scheduler=scheduler, warm_up=False)
        try:
            yield opened
        finally:
            opened.close()

    return serve


@pytest.mark.slow
def test_what_was_done_is_there_after_a_restart_and_answers_for_its_equals(serving: Serving, tmp_path: Path) -> None:
    experiment = with_seed(TINY_TEXT, 51)
    with serving(tmp_path) as first:
        job = first.submit(experiment)
        before = until(first, job, over)
        solver, records = first.solver(job), first.runs()
    with serving(tmp_path) as second:
        assert second.submit(experiment) == job
        assert second.runs() == records
        view = second.view(job)
        assert dataclasses.replace(view, events=()) == dataclasses.replace(before, events=())
        assert view.events == before.events, "the last epoch's examples too"
        assert solver is not None
        assert_same_weights(second.solver(job), solver)
        assert second.submit(experiment, again=True) != job
        job = second.resume(job, epochs=5)
        assert until(second, job, over).status == "done"
        assert_same_weights(second.solver(job), undisturbed(experiment.replaced({"training.epochs": 5})))


@pytest.mark.slow
def test_a_server_that_ends_in_the_middle_of_a_run_goes_on_after_a_restart(serving: Serving, tmp_path: Path) -> None:
    experiment = with_seed(LONG, 52)
    with serving(tmp_path) as first:
        job = first.submit(experiment)
        waiting = first.submit(with_seed(TINY_TEXT, 52))
        until(first, job, lambda view: len(view.events) >= 20)
    with serving(tmp_path) as second:
        view = second.view(job)
        assert view.status == "paused"
        assert view.message == f"The server was restarted; Continue goes on from epoch {len(view.events)}"
        assert isinstance(view.message, Sentence)
        assert 10 < len(view.events) < 300
        assert second.solver(job) is not None
        assert second.view(waiting).message == "The server was restarted before the first epoch; Continue begins"
        second.resume(job)
        second.resume(waiting)
        assert until(second, job, over).status == "done"
        assert [event.epoch for event in second.view(job).events] == list(range(1, 301))
        assert_same_weights(second.solver(job), undisturbed(experiment))
        assert until(second, waiting, over).status == "done"


KILLED = """
import sys, time
from pathlib import Path
from adder.runs.service import RunService
from adder.runs.store import Store
from tests.runs.test_service import LONG, with_seed

if __name__ == "__main__":
    service = RunService(store=Store(Path(sys.argv[1])), workers=1, warm_up=False)
    job = service.submit(with_seed(LONG.replaced({"training.epochs": 200, "training.samples": 5_000}), 53))
    print(job, flush=True)
    while True:
        print(len(service.view(job).events), flush=True)
        time.sleep(0.1)
"""


@pytest.mark.slow
def test_a_server_that_is_killed_loses_no_more_than_the_last_seconds(serving: Serving, tmp_path: Path) -> None:
    experiment = with_seed(LONG.replaced({"training.epochs": 200, "training.samples": 5_000}), 53)
    store = Store(tmp_path)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        job, begun, epochs = process.stdout.readline().strip(), 0.0, 0
        while not begun or time.monotonic() - begun < 4:
            epochs = int(process.stdout.readline())
            begun = begun or (time.monotonic() if epochs else 0.0)
        process.kill()
    with serving(tmp_path) as service:
        deadline = time.monotonic() + PATIENCE
        while service.view(job).status != "paused":
            assert time.monotonic() < deadline
        view = service.view(job)
        saved = store.checkpoint(job)
        assert saved is not None
        assert saved.epoch == len(view.events)
        assert 0 < saved.epoch <= epochs
        seconds = sum(event.seconds for event in view.events[1:]) / (saved.epoch - 1)
        assert (epochs - saved.epoch) * seconds < 5
        assert view.message == f"The server was restarted; Continue goes on from epoch {saved.epoch}"
        service.resume(job)
        assert until(service, job, over).status == "done"
        assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_a_store_that_cannot_be_used_leaves_runs_in_memory(serving: Serving, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with serving(tmp_path) as service:
        job = service.submit(with_seed(TINY_TEXT, 54))
        assert until(service, job, over).status == "done"
        assert "runs cannot be kept in" in service.store_trouble
        assert service.solver(job) is not None
        assert [record.id for record in service.runs()] == [job]
        assert service.submit(with_seed(TINY_TEXT, 54)) == job


@pytest.mark.slow
def test_a_file_that_was_torn_harms_no_other_run(serving: Serving, tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        torn, lost, whole = (first.submit(with_seed(TINY_TEXT, seed)) for seed in (55, 56, 57))
        for job in (torn, lost, whole):
            until(first, job, over)
    for name in (f"{torn}.adder", f"{lost}.adder", f"{lost}.checkpoint"):
        (tmp_path / "runs" / name).write_bytes(b"torn")
    with serving(tmp_path) as second:
        assert_same_weights(second.solver(torn), undisturbed(with_seed(TINY_TEXT, 55)))  # its checkpoint knows
        assert "What this run has learned is lost" in second.view(lost).message
        assert second.solver(lost) is None
        assert second.view(whole).message == ""
        assert second.submit(with_seed(TINY_TEXT, 57)) == whole
        anew = second.submit(with_seed(TINY_TEXT, 56))
        assert anew != lost
        assert until(second, anew, over).status == "done"
        lost = second.resume(lost, only=1)  # from the start, for equal runs are equal
        assert until(second, lost, over).status == "paused"


@pytest.mark.slow
def test_memory_holds_only_so_many_runs_that_are_on_disk(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.service.MOST_KEPT_TWICE", 2)
    with serving(tmp_path) as service:
        jobs = [service.submit(with_seed(TINY_TEXT, seed)) for seed in range(60, 65)]
        for job in jobs:
            until(service, job, over)
        assert service._keeper is not None
        deadline = time.monotonic() + PATIENCE
        while not all(map(service._keeper.is_kept, jobs)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        last = service.submit(with_seed(TINY_TEXT, 65))
        assert len(service._jobs) <= 4
        assert [record.id for record in service.runs()] == [last, *reversed(jobs)]
        for job in jobs:
            assert len(service.view(job).events) == 3
        until(service, last, over)


@pytest.mark.slow
def test_a_page_waits_for_neither_engine_nor_disk(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked, go_on = threading.Event(), threading.Event()
    save = Store.save

    def slow(*arguments: Any, **named: Any) -> bool:
        blocked.set()
        go_on.wait(PATIENCE)
        return save(*arguments, **named)

    monkeypatch.setattr(Store, "save", slow)
    with serving(tmp_path) as service:
        service.runs()  # the store is open
        job = service.submit(with_seed(TINY_TEXT, 66))
        assert blocked.wait(PATIENCE)
        for call in (partial(service.view, job), service.runs, partial(service.submit, TINY_FAST)):
            started = time.perf_counter()
            call()
            assert time.perf_counter() - started < 0.2
        go_on.set()
