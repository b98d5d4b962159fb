"""What runs have learned takes only so much memory and disk, whatever anybody trains."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from adder import Experiment, MappingMLP, RunError, Solver
from adder.runs import store
from adder.runs.engine import Attempt, News
from adder.runs.registry import RunLoading
from adder.runs.run import Run
from adder.runs.service import MOST_RUN_BYTES, RunService
from adder.runs.status import Status
from adder.runs.store import Store, StoredRun
from adder.training.checkpoint import Begun, Checkpoint, file_bytes
from tests.experiments import TINY_LINEAR, TINY_TEXT, random_solver
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster, FakeEngine, checkpoint_after
from tests.runs.support import ANN, BOB, SIX, Served, assert_trained, eventually, over, until, with_seed
from tests.runs.test_store import a_run, trained

BYTES = checkpoint_after(SIX, 6).array_bytes


def run_of(served: Served, run: str) -> Run | None:
    return served.service._registry._runs.get(run)


def in_memory(service: RunService) -> int:
    return sum(run.bytes for run in service._registry if not run.training)


def is_gone(service: RunService, run: str) -> bool:
    try:
        service.view(run)
    except RunLoading:
        return False
    except RunError as error:
        return "not on the server any more" in str(error)
    return False


def saved(served: Served, *runs: str) -> None:
    saver = served.service._registry.saver
    assert saver is not None
    eventually(lambda: all(saver.is_saved(run) for run in runs))


def train(served: Served, seed: int) -> str:
    run = served.service.submit(with_seed(SIX, seed))
    served.train(run, 6)
    until(served.service, run, over)
    return run


def test_finished_runs_leave_memory_and_come_back_when_asked_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 2 * BYTES)
    monkeypatch.setattr("adder.runs.memory.JUST_NOW_SECONDS", 0.05)
    served = serve(stored=True)
    runs = [train(served, seed) for seed in range(5)]
    eventually(lambda: in_memory(served.service) <= 2 * BYTES)
    for seed, run in enumerate(runs):
        until(served.service, run, lambda view: view.status is Status.DONE)
        eventually(lambda run=run: served.service.solver(run) is not None)
        assert_trained(served.service.solver(run), with_seed(SIX, seed), 6)
        eventually(lambda: in_memory(served.service) <= 2 * BYTES)


def test_runs_that_wait_leave_memory_and_go_on_as_if_nothing_had_happened(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 0)
    monkeypatch.setattr("adder.runs.waiting_line.TURN_SECONDS", 0.0)
    served = serve(stored=True)
    runs = [served.service.submit(with_seed(SIX, seed)) for seed in range(4)]
    for run in runs:
        served.attempt(run)
        served.cluster.step(run, epochs=2)
        served.asked(run)  # It gives its worker away.
        served.cluster.step(run)
    eventually(lambda: sum(run.away is not None for run in served.service._registry) == 3)
    assert served.attempt(runs[0])
    while any(served.service.view(run).active for run in runs):
        served.cluster.step()
    for seed, run in enumerate(runs):
        until(served.service, run, lambda view: view.status is Status.DONE)
        eventually(lambda run=run: served.service.solver(run) is not None)
        assert_trained(served.service.solver(run), with_seed(SIX, seed), 6)


def waiting_on_disk(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> tuple[Served, str]:
    """A run that was trained for three epochs and waits, with what it has learned on disk alone."""
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 0)
    monkeypatch.setattr("adder.runs.memory.JUST_NOW_SECONDS", 0.05)
    served = serve(stored=True)
    run = served.service.submit(SIX, only=3, asker=ANN)
    served.train(run, 3)
    until(served.service, run, lambda view: view.status is Status.PAUSED)
    saved(served, run)
    first = served.service.submit(with_seed(SIX, 2), asker=BOB)  # It has the only worker.
    served.attempt(first)
    until(served.service, run, lambda view: view.status is Status.PAUSED)
    while True:
        try:
            served.service.resume(run, asker=ANN)
            break
        except RunError:
            until(served.service, run, lambda view: view.status is Status.PAUSED)
    eventually(lambda: (found := run_of(served, run)) is not None and found.away == 3)
    return served, run


def test_a_run_put_away_within_its_first_epoch_goes_on_within_it(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(stored=True)
    first, run = served.service.submit(SIX, asker=BOB), served.service.submit(with_seed(SIX, 2), asker=ANN)
    served.attempt(first)
    start = checkpoint_after(with_seed(SIX, 2), 0)
    with served.service._registry.lock:
        waiting = served.service._registry.find(run)
        waiting.keep(dataclasses.replace(start, begun=Begun(1, 0.5, 0.5, 0.1)))
        served.service._registry.changed(waiting)
    saved(served, run)
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", 0)
    eventually(lambda: waiting.away == 0)
    served.cluster.step(first, 6)
    assert served.cluster.trainings[served.attempt(run)].checkpoint.begun.steps == 1


def test_a_run_put_away_can_be_stopped(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served, run = waiting_on_disk(serve, monkeypatch)
    assert served.service.leave(run, ANN)
    assert until(served.service, run, lambda view: view.status is Status.STOPPED).events
    served.service.close()
    again = serve(stored=True).service
    until(again, run, lambda view: view.status is Status.STOPPED)
    assert_trained(again.solver(run), SIX, 3)


def test_a_run_put_away_whose_file_is_gone_rests_and_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served, run = waiting_on_disk(serve, monkeypatch)
    saver = served.service._registry.saver
    assert saver is not None
    (saver._store.folder / "runs" / f"{run}.checkpoint").unlink()
    served.cluster.step(epochs=6)
    view = until(served.service, run, lambda view: view.status is Status.PAUSED)
    assert view.lost
    assert "its files are gone; train it again" in view.message


def test_without_a_disk_the_oldest_lose_what_they_have_learned_and_say_so(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.memory.MEMORY_BYTES", BYTES)
    monkeypatch.setattr("adder.runs.memory.MOST_MEMORY_BYTES", 2 * BYTES)
    served = serve()
    runs = [train(served, seed) for seed in range(4)]
    eventually(lambda: in_memory(served.service) <= 2 * BYTES)
    first, last = served.service.view(runs[0]), served.service.view(runs[-1])
    assert (first.status, first.lost, last.lost) == (Status.DONE, True, False)
    assert "the server keeps only so much in memory" in first.message
    assert served.service.submit(with_seed(SIX, 0)) != runs[0], "it answers for nobody any more"


def test_runs_deleted_to_make_room_leave_memory_too(serve: Serve) -> None:
    served = serve(stored=True)
    runs = [train(served, seed) for seed in range(3)]
    saved(served, *runs)
    saver = served.service._registry.saver
    assert saver is not None
    saver._store.most_bytes = 1
    last = served.service.submit(with_seed(SIX, 9))
    served.attempt(last)
    served.cluster.step(last, 6)  # Nobody looks at it: it may be gone as soon as it is done.
    eventually(lambda: all(run_of(served, run) is None for run in (*runs, last)))
    eventually(lambda: is_gone(served.service, runs[0]))


class CountingEngine(FakeEngine):
    """Counts how often it hands out checkpoints."""

    fetched = 0

    def checkpoint(self, attempt: Attempt) -> Checkpoint | None:
        self.fetched += 1
        return super().checkpoint(attempt)


def test_a_checkpoint_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.TICK_SECONDS", 0.002)
    engine = CountingEngine(FakeCluster())
    service = RunService(make_engine=lambda: engine)
    run = service.submit(SIX)
    eventually(lambda: engine.attempts)
    (attempt,) = engine.attempts
    registered = service._registry.find(run)
    ticks = service._dispatcher
    for epoch in range(1, 4):
        engine.cluster.step(run)
        eventually(lambda epoch=epoch: registered.checkpoint_epoch == epoch)
        for _ in range(5):
            passed = [False]
            ticks._commands.put(lambda _, passed=passed: passed.__setitem__(0, True))
            eventually(lambda passed=passed: passed[0])
    assert engine.fetched == 3
    service._registry.hear(News(attempt, "", None, saved=True))
    eventually(lambda: engine.fetched == 4)
    assert registered.view.moving, "this tells nothing but the checkpoint"
    service.close()


LARGE = TINY_LINEAR.replaced({"network.units": (512, 512, 512, 512)})


def test_a_run_whose_files_would_be_too_large_is_refused_with_what_fits(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = file_bytes(LARGE)
    monkeypatch.setattr("adder.runs.service.MOST_RUN_BYTES", size - 1)
    with pytest.raises(RunError, match=rf"^{LARGE.weights:,} weights take \d+ MB .*: up to \d[\d,]+ fit$"):
        serve(stored=True).service.submit(LARGE)
    monkeypatch.setattr("adder.runs.service.MOST_RUN_BYTES", size)
    assert serve(stored=True).service.submit(LARGE)


@pytest.mark.parametrize("keep_best", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_size_of_files_is_known_beforehand(optimizer: str, keep_best: bool) -> None:
    experiment = LARGE.replaced({"training.optimizer": optimizer, "training.keep_best": keep_best})
    solver = random_solver(experiment)
    assert isinstance(solver, Solver)
    checkpoint = _checkpoint(experiment, solver)
    found = len(solver.to_bytes()) + len(checkpoint.to_bytes())
    assert abs(found - file_bytes(experiment)) < 20_000
    assert file_bytes(experiment) < MOST_RUN_BYTES
    assert isinstance(experiment.network, MappingMLP)


def _checkpoint(experiment: Experiment, solver: Solver) -> Checkpoint:
    from adder.training.checkpoint import Best, State

    best = Best(1, 0.5, solver.weights) if experiment.training.keep_best else None
    return Checkpoint(experiment, 0, State.start(experiment, solver.weights), (), best)


def sized(run_id: str, owner: str, *, large: bool = False, status: str = "done") -> StoredRun:
    """A run with files of a size, which a test may have to hold against one another."""
    solver = trained(TINY_TEXT.replaced({"network.encoder_units": 100}) if large else TINY_TEXT)
    return dataclasses.replace(a_run(run_id, status, solver, solver=True), owners=(owner,))


def test_people_with_more_than_their_share_make_room_first(tmp_path: Path, database: str) -> None:
    size = len(trained().to_bytes())
    small = Store(tmp_path, database=database, most_bytes=20 * size)
    small.open()
    for number in range(12):
        small.save(sized(f"old{number}", f"person {number}"))
    for number in range(9):
        small.save(sized(f"new{number}", "greedy", status="paused"))
    assert small.prune() == ("new0",)
    for number in range(10):
        small.save(sized(f"newer{number}", "greedy"))
    assert small.prune() == tuple(f"newer{number}" for number in range(10)), "those that are over before the paused"
    small.save(sized("another", "person 12"))
    assert small.prune() == ("new1",)
    small.close()


def test_large_runs_make_room_for_one_another_whoever_asked_for_them(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, large = (sized("", "", large=each).solver for each in (False, True))
    assert size is not None
    assert large is not None
    little, much = len(size.to_bytes()), len(large.to_bytes())
    monkeypatch.setattr(store, "LARGE_RUN_BYTES", 2 * little)
    small = Store(tmp_path, database=database, most_bytes=10 * much)
    small.open()
    for number in range(4 * much // little):
        small.save(sized(f"little{number}", f"person {number}"))
    for number in range(9):
        small.save(sized(f"large{number}", f"another {number}", large=True))
        small.prune()
    left = {run.record.id for run in small.runs()}
    assert {each for each in left if each.startswith("large")} == {f"large{number}" for number in range(3, 9)}
    assert len(left) == 6 + 4 * much // little
    small.close()


def test_records_may_take_only_so_much(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store(tmp_path, database=database)
    opened.open()
    for number in range(5):
        opened.save(a_run(f"{number}"))
    length = opened._open_table.sizes()[0]["record_bytes"]
    monkeypatch.setattr(store, "MOST_RECORD_BYTES", 3 * length)
    assert opened.prune() == ("0", "1")
    opened.close()
