from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from adder import Experiment, ExperimentError, JobError, Report, Solver, Trainer, Training, evaluate
from adder.jobs import MOST_QUEUED, STATUSES, JobService, JobView
from tests.experiments import DIVERGING, TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT

PATIENCE = 120.0
LONG = dataclasses.replace(TINY_TEXT, training=Training(epochs=300, samples=1_000, batch_size=10))
ENDLESS = dataclasses.replace(TINY_TEXT, training=Training(epochs=1_000, samples=5_000, batch_size=10))


@pytest.fixture(scope="module")
def service() -> Iterator[JobService]:
    running = JobService(workers=1)
    yield running
    running.close()


def until(service: JobService, job: str, fits: Callable[[JobView], bool]) -> JobView:
    deadline = time.monotonic() + PATIENCE
    while not fits(view := service.view(job)):
        assert time.monotonic() < deadline, f"{view.status} at epoch {len(view.events)}: {view.message}"
        time.sleep(0.02)
    return view


def over(view: JobView) -> bool:
    return not view.active


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    return dataclasses.replace(experiment, seed=seed)


@contextlib.contextmanager
def running(service: JobService, experiment: Experiment) -> Iterator[str]:
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
def test_a_run_in_the_background_ends_as_one_in_the_foreground(service: JobService, experiment: Experiment) -> None:
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
def test_equal_experiments_share_one_run_while_it_lasts(service: JobService) -> None:
    with running(service, with_seed(ENDLESS, 2)) as job:
        assert service.submit(with_seed(ENDLESS, 2)) == job
        waiting = service.submit(TINY_TEXT)
        assert waiting != job
        assert service.submit(TINY_TEXT) == waiting
    until(service, waiting, over)
    again = service.submit(TINY_TEXT)
    assert again != waiting
    assert until(service, again, over).status == "done"


@pytest.mark.slow
def test_runs_wait_in_the_order_they_came(service: JobService) -> None:
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
def test_the_queue_is_bounded(service: JobService) -> None:
    with running(service, with_seed(ENDLESS, 4)):
        waiting = [service.submit(with_seed(TINY_TEXT, 1_000 + seed)) for seed in range(MOST_QUEUED)]
        with pytest.raises(JobError, match="100 runs are waiting already; please try again in a few minutes"):
            service.submit(with_seed(TINY_TEXT, 5_000))
        for job in waiting:
            service.stop(job)
    assert {service.view(job).status for job in waiting} == {"stopped"}


@pytest.mark.slow
def test_a_stopped_run_keeps_what_it_learned_and_can_go_on_to_the_same_end(service: JobService) -> None:
    experiment = with_seed(LONG, 5)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 5)
    service.stop(job)
    stopped = until(service, job, over)
    assert stopped.status == "stopped"
    assert 5 <= len(stopped.events) < 300
    assert stopped.report is None
    kept = service.solver(job)
    assert kept is not None
    assert len(kept.history) == len(stopped.events)
    assert kept.solve("3+10").expected == "13"
    service.resume(job)
    done = until(service, job, over)
    assert done.status == "done"
    assert [event.epoch for event in done.events] == list(range(1, 301))
    assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_goes_on_to_the_same_end_and_says_so(service: JobService) -> None:
    experiment = with_seed(LONG, 6)
    job = service.submit(experiment)
    until(service, job, lambda view: service.solver(job) is not None and len(view.events) >= 10)
    assert service._client is not None
    (worker,) = service._client.run(os.getpid).values()
    assert service.view(job).status == "running"
    os.kill(worker, signal.SIGKILL)
    view = until(service, job, over)
    assert view.status == "done"
    assert "worker was lost" in view.message
    assert [event.epoch for event in view.events] == list(range(1, 301))
    assert_same_weights(service.solver(job), undisturbed(experiment))


@pytest.mark.slow
def test_a_running_runs_network_can_be_asked(service: JobService) -> None:
    with running(service, with_seed(ENDLESS, 7)) as job:
        until(service, job, lambda _: service.solver(job) is not None)
        assert service.view(job).status == "running"
        solver = service.solver(job)
        assert solver is not None
        assert solver.report is None
        assert solver.solve("3+10").expected == "13"


@pytest.mark.slow
def test_a_run_that_diverges_fails_with_the_reason(service: JobService) -> None:
    job = service.submit(DIVERGING)
    view = until(service, job, over)
    assert view.status == "failed"
    assert "the loss is no longer a finite number in epoch 1" in view.message
    assert view.report is None


@pytest.mark.slow
def test_a_run_that_is_done_cannot_go_on_and_stopping_it_changes_nothing(service: JobService) -> None:
    job = service.submit(with_seed(TINY_TEXT, 8))
    done = until(service, job, over)
    with pytest.raises(JobError, match="only a run that was stopped can go on; this one is done"):
        service.resume(job)
    service.stop(job)
    assert service.view(job) == done


@pytest.mark.slow
def test_a_run_that_is_done_goes_on_for_more_epochs_as_one_longer_run(service: JobService) -> None:
    job = service.submit(with_seed(TINY_TEXT, 31))
    until(service, job, over)
    service.resume(job, epochs=5)
    view = until(service, job, over)
    longer = with_seed(TINY_TEXT, 31).replaced({"training.epochs": 5})
    assert (view.id, view.experiment, view.status) == (job, longer, "done")
    assert [event.epoch for event in view.events] == [1, 2, 3, 4, 5]
    expected = undisturbed(longer)
    assert_same_weights(service.solver(job), expected)
    assert_same_report(view.report, evaluate(expected))


@pytest.mark.slow
def test_a_run_that_met_its_target_goes_on_without_it(service: JobService) -> None:
    reached = with_seed(TINY_TEXT, 32).replaced({"training.target": 0})
    job = service.submit(reached)
    assert [event.epoch for event in until(service, job, over).events] == [1]
    service.resume(job, epochs=4)
    view = until(service, job, over)
    assert view.experiment == reached.replaced({"training.epochs": 4, "training.target": None})
    assert [event.epoch for event in view.events] == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_that_is_done_cannot_go_on_for_no_more_epochs(service: JobService, epochs: int) -> None:
    job = service.submit(with_seed(TINY_TEXT, 33))
    until(service, job, over)
    with pytest.raises(JobError, match="only a run that was stopped can go on; this one is done"):
        service.resume(job, epochs=epochs)
    with pytest.raises(ExperimentError, match=r"training\.epochs must be a whole number from 1 to 1,000"):
        service.resume(job, epochs=1_001)
    assert service.view(job).status == "done"


@pytest.mark.slow
def test_a_background_run_keeps_its_best_epoch_where_that_is_asked_for(service: JobService) -> None:
    experiment = with_seed(TINY_LINEAR, 34).replaced(
        {"training.keep_best": True, "training.epochs": 6, "training.final_learning_rate": 3, "training.clip_norm": 1}
    )
    job = service.submit(experiment)
    view = until(service, job, over)
    expected = undisturbed(experiment)
    assert_same_weights(service.solver(job), expected)
    assert_same_report(view.report, evaluate(expected))


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["view", "stop", "resume", "solver"])
def test_an_unknown_run_is_told_as_such(service: JobService, verb: str) -> None:
    with pytest.raises(JobError, match="this run is not on the server any more"):
        getattr(service, verb)("nonsense")


@pytest.mark.parametrize("workers", ["0", "-1", "65", "2.5", "many", "9" * 5_000])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDER_WORKERS", workers)
    with pytest.raises(ExperimentError, match="ADDER_WORKERS must be a whole number from 1 to 64"):
        JobService()


def test_a_view_is_active_while_it_waits_or_runs() -> None:
    active = [status for status in STATUSES if JobView("x", TINY_TEXT, status).active]
    assert active == ["queued", "running"]


@pytest.mark.slow
def test_leaving_stops_a_run_only_when_nobody_else_watches_it(service: JobService) -> None:
    with running(service, with_seed(ENDLESS, 21)) as job:
        service.view(job, "one")
        service.view(job, "another")
        assert not service.leave(job, "one")
        assert service.view(job).active
        assert service.leave(job, "another")
        assert until(service, job, over).status == "stopped"
