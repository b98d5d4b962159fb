"""A page can look back at the epochs of a run: their weights come with them, stay with the run, and are counted."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from adder import Experiment, preset
from adder.runs import run as runs
from adder.runs import worker
from adder.runs.engine import News
from adder.runs.service import RunService
from adder.runs.status import Status
from adder.runs.store import Store
from adder.runs.worker import Watch
from adder.solvers.snapshots import Snapshots, snapshot_bytes
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster, checkpoint_after, snapshot_after
from tests.runs.support import ANN, BOB, SIX, eventually, over, until, with_seed
from tests.runs.test_limits import saved
from tests.runs.test_store import a_run, trained


def assert_looks_back(service: RunService, run: str, *epochs: int) -> None:
    """Hold the snapshots of a run of the fake engine to its epochs."""
    assert service.view(run).snapshots == epochs
    for epoch in epochs:
        found = service.snapshot(run, epoch)
        assert found is not None
        assert found.experiment == service.view(run).experiment
        assert {float(number) for weight in found.weights.values() for number in weight.ravel()} == {float(epoch)}
    assert service.snapshot(run, max(epochs, default=0) + 1) is None


def test_every_epoch_is_there_as_soon_as_it_is_over_and_after_a_restart(serve: Serve) -> None:
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.attempt(run)
    assert_looks_back(served.service, run, 0)
    for epoch in (1, 2):
        served.cluster.step(run)  # Whoever is told of the epoch can look at it at once.
        assert_looks_back(served.service, run, *range(epoch + 1))
    served.train(run, 4)
    until(served.service, run, over)
    served.service.close()
    again = serve(stored=True)
    view = until(again.service, run, lambda view: view.status is Status.DONE)
    assert view.snapshots == tuple(range(7))
    assert_looks_back(again.service, run, *range(7))


def test_a_run_that_goes_on_from_an_earlier_checkpoint_or_becomes_longer_keeps_its_past(serve: Serve) -> None:
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.train(run, 3)
    served.engine.lose()
    until(served.service, run, lambda view: view.message != "")
    served.train(run, 3)
    until(served.service, run, over)
    assert_looks_back(served.service, run, *range(7))
    longer = served.service.resume(run, epochs=100)
    served.train(longer, 2)
    assert_looks_back(served.service, longer, 0, 2, 4, 6, 8)
    assert_looks_back(served.service, run, *range(7))


def test_a_copy_looks_back_as_far_as_its_checkpoint(serve: Serve) -> None:
    served = serve()
    run = served.service.submit(SIX, asker=ANN)
    assert served.service.submit(SIX, asker=BOB) == run
    served.train(run, 2)
    served.cluster.tell(News(served.attempt(run), "", None, snapshot=snapshot_after(SIX, 3)))
    assert_looks_back(served.service, run, 0, 1, 2, 3)
    copy = served.service.pause(run, ANN)
    assert copy != run
    assert_looks_back(served.service, copy, 0, 1, 2)


def test_other_servers_hear_of_them_too(serve: Serve) -> None:
    cluster = FakeCluster(2)
    one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
    run = one.service.submit(SIX)
    one.train(run, 2)
    eventually(lambda: run in {record.id for record in other.service.runs()})
    until(other.service, run, lambda view: view.status is Status.RUNNING)
    cluster.step(run)
    eventually(lambda: other.service.view(run).snapshots[-1:] == (3,))
    assert other.service.snapshot(run, 3) is not None


def test_a_run_that_waits_on_disk_looks_back_again_once_it_is_in_memory(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 0)
    monkeypatch.setattr("adder.runs.waiting_line.TURN_SECONDS", 0.0)
    served = serve(stored=True)
    run, other = (served.service.submit(with_seed(SIX, seed)) for seed in (1, 2))
    for each in (run, other):
        served.attempt(each)
        served.cluster.step(each, epochs=2)
        served.asked(each)  # It gives its worker away.
        served.cluster.step(each)
    eventually(lambda: served.service.view(other).snapshots == ())
    assert served.service.snapshot(other, 1) is None
    while any(served.service.view(each).active for each in (run, other)):
        served.cluster.step()
    until(served.service, other, lambda view: view.snapshots != ())
    assert_looks_back(served.service, other, *range(7))


def test_without_a_disk_what_was_looked_at_goes_before_what_was_learned(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 0)
    monkeypatch.setattr("adder.runs.memory.MOST_MEMORY_BYTES", 2 * checkpoint_after(SIX, 6).array_bytes)
    served = serve()
    first, last = (served.service.submit(with_seed(SIX, seed)) for seed in (1, 2))
    for run in (first, last):
        served.train(run, 6)
        until(served.service, run, over)
    eventually(lambda: served.service.view(first).snapshots == ())
    assert [served.service.view(run).lost for run in (first, last)] == [False, False]
    assert served.service.solver(first) is not None


def test_the_disk_counts_them_and_deletes_them_with_the_run(serve: Serve, tmp_path: Path) -> None:
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.train(run, 6)
    until(served.service, run, over)
    saved(served, run)
    files = list((tmp_path / "runs").glob(f"{run}.*"))
    assert [path.suffix for path in sorted(files)] == [".adder", ".checkpoint", ".snapshots"]
    saver = served.service._registry.saver
    assert saver is not None
    assert saver._store.total_bytes() == sum(path.stat().st_size for path in files)
    saver._store.most_bytes = 1
    served.train(served.service.submit(with_seed(SIX, 2)), 6)
    eventually(lambda: not list((tmp_path / "runs").iterdir()))


def test_those_of_a_run_in_training_are_stored_now_and_then() -> None:
    run = runs.Run.new(SIX)
    run.look_back_at(Snapshots(SIX).after(*snapshot_after(SIX, 0)))
    assert run.snapshots_to_store(100.0) is run.snapshots
    run.become(Status.RUNNING)
    assert run.snapshots_to_store(101.0) is None
    assert run.snapshots_to_store(100.0 + runs.SNAPSHOTS_SECONDS) is run.snapshots
    run.become(Status.PAUSED)
    assert run.snapshots_to_store(131.0) is run.snapshots, "what rests is stored as it is"


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_run_without_snapshots_or_with_damaged_ones_has_none(tmp_path: Path, content: bytes | None) -> None:
    kept = Store(tmp_path)
    kept.open()
    kept.save(a_run("one", solver=True, checkpoint=True))
    if content is not None:
        (tmp_path / "runs" / "one.snapshots").write_bytes(content)
    found = kept.load("one")
    assert found is not None
    assert (found.snapshots, found.damage) == (None, "")
    assert found.solver is not None
    kept.close()


def test_snapshots_beyond_the_checkpoint_are_left_out(serve: Serve, tmp_path: Path) -> None:
    kept, solver = Store(tmp_path), trained(epochs=2)
    kept.open()
    ahead = Snapshots(solver.experiment)
    for epoch in range(4):
        ahead = ahead.after(*snapshot_after(solver.experiment, epoch))
    kept.save(dataclasses.replace(a_run("one", "paused", solver, checkpoint=True), snapshots=ahead))
    kept.close()
    view = until(serve(stored=True).service, "one", lambda view: view.status is Status.PAUSED)
    assert view.snapshots == (0, 1, 2)


class FakeTrainer:
    """A trainer that only stands where it is told to, between two epochs."""

    part = seconds_left = 0.0

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.stands = experiment, checkpoint_after(experiment, 0)

    @property
    def steps(self) -> int:
        return self.stands.steps

    def solver(self) -> Any:
        return self.stands.solver()

    def checkpoint(self) -> Checkpoint:
        return self.stands

    def event(self, epoch: int) -> EpochEvent:
        self.stands = checkpoint_after(self.experiment, epoch)
        figures = dataclasses.asdict(self.stands.history[-1])
        return EpochEvent(**figures, solver=self.stands.solver())


def saved_at_once(checkpoint: Checkpoint) -> Future[float]:
    """The saving of a checkpoint that took no time."""
    saving: Future[float] = Future()
    saving.set_result(0.0)
    return saving


def nobody_asks() -> None:
    """Nobody asks the run to end."""


def test_short_epochs_are_sent_home_together_with_the_weights_that_are_kept_and_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adder.runs.worker.SECONDS_BETWEEN_NEWS", 1_000.0)
    told: list[dict[str, Any]] = []
    trainer = FakeTrainer(SIX.replaced({"training.epochs": 200}))
    watch = Watch(trainer, saved_at_once, nobody_asks, lambda **said: told.append(said))  # type: ignore[arg-type]
    watch.begin()
    for epoch in range(1, 7):
        watch.note(trainer.event(epoch))
    watch.send()
    watch.send()
    sent = [said["epochs"] for said in told if "epochs" in said]
    assert [[epoch for epoch, *_ in epochs] for epochs in sent] == [[0], [1], [2, 3, 4, 5, 6]], "1 has a checkpoint"
    assert [figures["epoch"] for _, figures, _ in sent[-1]] == [2, 3, 4, 5, 6]
    assert [epoch for epochs in sent for epoch, _, weights in epochs if weights] == [0, 1, 4, 6]


def test_epochs_with_large_weights_are_sent_home_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = SIX.replaced({"training.epochs": 200})
    monkeypatch.setattr("adder.runs.worker.MOST_SNAPSHOT_BYTES_A_SECOND", snapshot_bytes(experiment) / 1_000)
    told: list[dict[str, Any]] = []
    trainer = FakeTrainer(experiment)
    watch = Watch(trainer, saved_at_once, nobody_asks, lambda **said: told.append(said))  # type: ignore[arg-type]
    watch.begin()
    for epoch in (1, 2, 3):
        watch.note(trainer.event(epoch))
    assert [epoch for said in told for epoch, *_ in said.get("epochs", ())] == [0, 1], "the first has a checkpoint"


def test_whoever_ends_a_run_waits_only_for_an_epoch_that_is_nearly_over() -> None:
    trainer = FakeTrainer(SIX)
    watch = Watch(trainer, saved_at_once, lambda: Status.STOPPED, lambda **said: None)  # type: ignore[arg-type]
    trainer.seconds_left = 0.1
    assert not watch.look()
    assert watch.asked is Status.STOPPED
    trainer.seconds_left = 100.0
    assert watch.look()


def test_whoever_ends_a_run_does_not_wait_for_a_report_that_takes_long() -> None:
    for name in ("two-digits", "nine-digits"):
        assert worker._reports(preset(name), Status.DONE)
        assert not worker._reports(preset(name), Status.PAUSED)
    assert worker._reports(preset("two-digits"), Status.STOPPED)
    assert not worker._reports(preset("nine-digits"), Status.STOPPED)


def test_a_snapshot_alone_does_not_tell_that_a_run_moves(serve: Serve) -> None:
    served = serve()
    run = served.service.submit(SIX)
    attempt = served.attempt(run)
    eventually(lambda: served.service.view(run).snapshots == (0,))
    assert not served.service.view(run).moving
    served.cluster.step(run)
    assert served.service.view(run).moving
    served.cluster.tell(News(attempt, "", None, snapshot=snapshot_after(SIX, 1)))
    assert served.service.view(run).moving
