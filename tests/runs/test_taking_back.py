"""Runs that are taken back from workers that do not end them in time, on a fake engine."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from adder.runs.engine import News
from adder.runs.status import Status
from adder.runs.store import Store, StoredRun
from adder.training.trainer import EpochEvent
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster, checkpoint_after
from tests.runs.support import SIX, Served, assert_trained, eventually, over, until, with_seed


@pytest.fixture
def served(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A service with one worker that has hardly any time to end a run."""
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
    return serve()


def on_disk(folder: Path, run: str) -> StoredRun | None:
    """A run as a server would find it that is started now."""
    store = Store(folder)
    store.open()
    found = store.load(run)
    store.close()
    return found


def is_kept(folder: Path, run: str, status: str, epoch: int) -> bool:
    """Whether the disk has a run with this status after this epoch."""
    found = on_disk(folder, run)
    return bool(found and found.checkpoint) and (found.record.status, found.checkpoint.epoch) == (status, epoch)


@pytest.mark.parametrize("epochs", [0, 2], ids=["while it gets ready", "within an epoch"])
@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("stop", "stopped")])
def test_a_run_is_taken_back_from_a_worker_that_does_not_obey(
    served: Served, monkeypatch: pytest.MonkeyPatch, verb: str, status: str, epochs: int
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.RESTART_SECONDS", 0.3)
    service = served.service
    run = service.submit(SIX)
    deaf = served.attempt(run)
    served.train(run, epochs)
    getattr(service, verb)(run)
    view = until(service, run, over)
    assert (view.status, len(view.events)) == (status, epochs)
    assert not served.engine.restarted, "it may only be slow to hear"
    other = service.submit(with_seed(SIX, 2))
    assert service.view(other).status == "queued", "its worker is still busy"
    eventually(lambda: served.engine.restarted == [deaf])
    served.train(other, 6)
    service.resume(run)
    served.train(run, 6 - epochs)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX, 6)


def test_a_worker_that_ends_a_run_late_is_not_restarted(served: Served) -> None:
    run = served.service.submit(SIX)
    late = served.attempt(run)
    served.service.stop(run)
    until(served.service, run, over)
    served.cluster.step(run)
    eventually(lambda: late not in served.engine.own)
    served.train(served.service.submit(with_seed(SIX, 2)), 6)
    assert not served.engine.restarted


def test_an_attempt_that_was_given_up_and_ends_late_changes_nothing(served: Served) -> None:
    served.cluster.workers = 2
    run = served.service.submit(SIX)
    late = served.attempt(run)
    served.service.pause(run)
    until(served.service, run, over)
    served.service.resume(run)
    eventually(lambda: len(served.engine.attempts) == 2)
    served.cluster.end(late, Status.DONE)
    eventually(lambda: late not in served.engine.own)
    assert served.service.view(run).status == "running"


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("stop", "stopped")])
def test_what_a_worker_sends_late_is_not_lost(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, status: str
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
    served = serve(FakeCluster(2), stored=True)
    service, run = served.service, served.service.submit(SIX)
    late = served.attempt(run)
    served.train(run, 2)
    getattr(service, verb)(run)
    assert len(until(service, run, over).events) == 2, "it rests as of its last checkpoint"
    eventually(lambda: is_kept(tmp_path, run, status, 2))
    served.cluster.step(run)
    eventually(lambda: is_kept(tmp_path, run, status, 3))
    assert_trained(service.solver(run), SIX, 3)
    view = until(service, run, lambda view: bool(view.report) == (verb == "stop"))
    assert (len(view.events), view.snapshots) == (3, (0, 1, 2, 3))
    service.resume(run)
    assert served.attempt(run) != late
    served.train(run, 3)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX, 6)
    assert not served.engine.restarted


def test_the_store_does_not_replace_a_run_whose_worker_still_sends(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
    served = serve(FakeCluster(), stored=True)
    service, run = served.service, served.service.submit(SIX)
    late = served.attempt(run)
    served.train(run, 2)
    service.stop(run)
    until(service, run, over)
    eventually(lambda: is_kept(tmp_path, run, "stopped", 2))
    event = EpochEvent(*dataclasses.astuple(checkpoint_after(SIX, 3).history[-1]))
    served.cluster.tell(News(late, "", event))
    before = on_disk(tmp_path, run)
    assert before is not None
    assert not service._registry.is_outdated(before), "its checkpoint is still to come"
    service._registry.on_loaded(before)
    assert len(service.view(run).events) == 3


def test_a_run_that_goes_on_at_once_waits_for_what_its_worker_still_sends(served: Served) -> None:
    served.cluster.workers = 2
    service, run = served.service, served.service.submit(SIX)
    served.train(run, 2)
    service.stop(run)
    until(service, run, over)
    service.resume(run)
    other = service.submit(with_seed(SIX, 2))
    served.train(other, 6)
    until(service, other, over)
    assert service.view(run).status == "queued", "a worker is free, but the run may have got further"
    served.cluster.step(run)
    assert served.cluster.trainings[served.attempt(run)].checkpoint.epoch == 3
    served.train(run, 3)
    assert_trained(service.solver(run), SIX, 6)


def test_a_worker_that_hangs_loses_only_what_it_did_not_save(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.RESTART_SECONDS", 0.2)
    service, run = served.service, served.service.submit(SIX)
    hanging = served.attempt(run)
    served.train(run, 2)
    service.pause(run)
    until(service, run, over)
    served.cluster.trainings[hanging].checkpoint = checkpoint_after(SIX, 4)
    eventually(lambda: served.engine.restarted == [hanging])
    assert len(service.view(run).events) == 4
    service.resume(run)
    served.train(run, 2)
    assert_trained(service.solver(run), SIX, 6)


def test_what_cannot_be_fetched_keeps_a_run_from_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    service, run = served.service, served.service.submit(SIX)
    served.train(run, 2)
    service.pause(run)
    until(service, run, over)
    with monkeypatch.context() as broken:
        broken.setattr(served.engine, "outcome", lambda _: 1 / 0)
        served.cluster.step(run)
        service.resume(run)
        served.attempt(run)
    served.train(run, 4)
    assert_trained(service.solver(run), SIX, 6)


def test_settings_that_change_meanwhile_hold_after_what_a_run_has_learned_by_then(served: Served) -> None:
    service, run = served.service, served.service.submit(SIX)
    served.train(run, 2)
    service.change(run, {"learning_rate": 0.002})
    until(service, run, lambda view: view.status == "queued")
    served.cluster.step(run)
    served.train(run, 3)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX.replaced({"training.changes": "4:learning_rate=0.002"}), 6)


def test_a_server_that_ends_waits_a_moment_for_a_run_that_was_taken_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.train(run, 2)
    served.service.stop(run)
    until(served.service, run, over)
    served.engine.on_end = lambda _: None  # The end is told too late for the dispatcher to hear.
    served.cluster.step(run)
    served.service.close()
    assert is_kept(tmp_path, run, "stopped", 3)
