"""One server for many people: turns, limits, copies; and several servers on one store and one cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adder import RunError, Training, evaluate
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.runs.waiting_line import MOST_EACH
from tests.experiments import TINY_TEXT
from tests.runs.test_service import ENDLESS, LONG, assert_same_weights, over, running, undisturbed, until, with_seed

pytestmark = pytest.mark.slow

BRIEF = dataclasses.replace(TINY_TEXT, training=Training(epochs=40, samples=5_000, batch_size=10))


def waiting(view: RunView) -> bool:
    return view.status == "queued" and bool(view.events)


def test_people_take_turns(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 200)):
        greedy = [service.submit(with_seed(TINY_TEXT, seed), asker="greedy") for seed in (201, 202, 203)]
        modest = service.submit(with_seed(TINY_TEXT, 204), asker="modest")
        assert [service.view(job).place for job in (greedy[0], modest, *greedy[1:])] == [1, 2, 3, 4]
        waits = [service.view(job).wait for job in (greedy[0], modest, *greedy[1:])]
        assert None not in waits
        assert waits == sorted(waits, key=lambda wait: wait or 0.0)
        assert service.view(modest, "modest").wait is not None
        for job in (*greedy, modest):
            service.stop(job)


def test_nobody_has_more_runs_than_anyone_may(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 210)):
        jobs = [service.submit(with_seed(TINY_TEXT, 211 + seed), asker="ann") for seed in range(MOST_EACH)]
        full = f"you have {MOST_EACH} runs waiting or in training already; stop one of them, or wait until one is done"
        with pytest.raises(RunError, match=re.escape(full)):
            service.submit(with_seed(TINY_TEXT, 230), asker="ann")
        assert service.submit(with_seed(TINY_TEXT, 211), asker="ann") == jobs[0], "sharing takes nothing"
        other = service.submit(with_seed(TINY_TEXT, 230), asker="bob")
        service.pause(jobs[0])
        jobs.append(service.submit(with_seed(TINY_TEXT, 231), asker="ann"))
        with pytest.raises(RunError, match="you have 6 runs"):
            service.resume(jobs[0], asker="ann")
        assert service.view(jobs[0]).status == "paused"
        for job in (*jobs[1:], other):
            service.stop(job)


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_who_leaves_a_shared_run_has_a_copy_and_it_goes_on_for_the_others(service: RunService, verb: str) -> None:
    experiment = with_seed(ENDLESS, 240)
    with running(service, experiment) as job:
        until(service, job, lambda view: len(view.events) >= 3)
        time.sleep(1.5)  # a checkpoint comes home twice a second
        for watcher in ("one", "other"):
            service.view(job, watcher)
        assert service.view(job).watchers == 2
        own = getattr(service, verb)(job, "one")
        view = service.view(own)
        assert own != job
        assert (view.status, view.experiment) == ({"pause": "paused", "stop": "stopped"}[verb], experiment)
        assert [event.epoch for event in view.events] == list(range(1, len(view.events) + 1))
        assert view.events[-1].examples
        solver = service.solver(own)
        assert solver is not None
        assert len(solver.history) == len(view.events) > 0
        if verb == "stop":
            assert until(service, own, lambda view: view.report is not None).report == evaluate(solver)
        assert service.view(job).status == "running"
        assert service.view(job, "other").watchers == 1
        assert getattr(service, verb)(job, "other") == job, "the last one's word counts"
        until(service, job, over)


def test_a_copy_goes_on_to_the_same_end(service: RunService) -> None:
    experiment = with_seed(BRIEF.replaced({"training.epochs": 200}), 241)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 5)
    service.view(job, "one"), service.view(job, "other")
    own = service.pause(job, "one")
    assert own != job
    service.stop(job)
    service.resume(own)
    assert until(service, own, over).status == "done"
    assert_same_weights(service.solver(own), undisturbed(experiment))


def test_a_long_run_gives_its_worker_away_and_ends_the_same(
    service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.waiting_line.TURN_SECONDS", 0.5)
    monkeypatch.setattr("adder.runs.waiting_line.NEARLY_OVER_SECONDS", 0.0)
    experiment = with_seed(BRIEF.replaced({"training.epochs": 150}), 250)
    job = service.submit(experiment)
    until(service, job, lambda view: len(view.events) >= 2)
    others = [service.submit(with_seed(TINY_TEXT, seed)) for seed in (251, 252)]
    view = until(service, job, waiting)
    assert "Others wait too, so it gave its worker away after epoch" in view.message
    for other in others:
        assert until(service, other, over).status == "done"
    assert until(service, job, over).status == "done"
    assert_same_weights(service.solver(job), undisturbed(experiment))


def test_what_a_server_has_to_do_is_counted(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 260)):
        job = service.submit(with_seed(TINY_TEXT, 261))
        deadline = time.monotonic() + 30
        while not (load := service.load()).workers:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (load.training, load.waiting, load.trouble, load.store_trouble) == (1, 1, "", "")
        assert load.longest_wait is not None
        (worker,) = load.workers
        assert worker.busy
        assert worker.limit is not None
        assert 0 < worker.bytes < worker.limit
        service.stop(job)


def test_a_worker_that_has_grown_large_is_replaced_between_runs(tmp_path: Path) -> None:
    service = RunService(workers=1, warm_up=False)
    try:
        until(service, service.submit(with_seed(TINY_TEXT, 270)), over)
        client = service._engine.client
        assert client is not None
        (before,) = client.run(_shrink_limit).values()
        until(service, service.submit(with_seed(TINY_TEXT, 271)), over)
        deadline = time.monotonic() + 60
        while (found := list(client.run(_process).values())) in ([], [before]):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert len(found) == 1
        assert until(service, service.submit(with_seed(TINY_TEXT, 272)), over).status == "done"
    finally:
        service.close()


def _shrink_limit() -> int:
    from adder.runs import worker

    worker.RECYCLED_BYTES = 1
    return _process()


def _process() -> int:
    import os

    return os.getpid()


@pytest.fixture(autouse=True)
def watchful_keepers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.saver.REFRESH_SECONDS", 0.5)


@contextlib.contextmanager
def served(scheduler: str, folder: Path | None, *, background: bool = False) -> Iterator[RunService]:
    store = None if folder is None else Store(folder)
    service = RunService(store=store, scheduler=scheduler, warm_up=False, background=background)
    try:
        yield service
    finally:
        service.close()


def seen(service: RunService, job: str) -> bool:
    return service._keeper is not None and service._keeper.find(job) is not None


def wait_until_seen(service: RunService, job: str) -> None:
    deadline = time.monotonic() + 60
    while not seen(service, job):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_servers_on_one_store_share_a_run_and_see_it_live(scheduler: str, tmp_path: Path) -> None:
    experiment = with_seed(ENDLESS, 280)
    with served(scheduler, tmp_path) as first, served(scheduler, tmp_path) as second:
        job = first.submit(experiment)
        until(first, job, lambda view: len(view.events) >= 1)
        wait_until_seen(second, job)
        assert second.submit(experiment) == job
        assert second.view(job).message == "Another process of this server trains this run"
        epochs = len(second.view(job).events)
        until(second, job, lambda view: len(view.events) >= epochs + 5)
        view = until(second, job, lambda view: len(view.events) == view.events[-1].epoch)  # what it missed at first
        assert first.view(job).events[-1].epoch - view.events[-1].epoch <= 2, "epochs come as they are"
        with pytest.raises(RunError, match="this run is waiting or in training already"):
            second.resume(job)
        own = second.stop(job, "somebody")
        assert own != job
        assert second.view(own).status == "stopped"
        assert not second.leave(job, "somebody")
        assert first.view(job).status == "running"
        first.stop(job)
        until(first, job, over)
        assert until(second, job, over).status == "stopped"


def test_only_one_server_goes_on_with_a_run(scheduler: str, tmp_path: Path) -> None:
    experiment = with_seed(BRIEF, 281)
    with served(scheduler, tmp_path) as first, served(scheduler, tmp_path) as second:
        job = first.submit(experiment, only=2)
        until(first, job, over)
        wait_until_seen(second, job)
        until(second, job, lambda view: view.status == "paused")
        for each in (first, second):
            each.resume(job)
        for each in (first, second):
            assert until(each, job, lambda view: view.status == "done").status == "done"
            assert_same_weights(each.solver(job), undisturbed(experiment))
    store = Store(tmp_path)
    store.open()
    assert [run.record.status for run in store.runs()] == ["done"]
    store.close()


def test_a_sweep_gives_way_to_people_and_loses_nothing(scheduler: str, tmp_path: Path) -> None:
    experiment = with_seed(LONG.replaced({"training.epochs": 150, "training.samples": 5_000}), 282)
    with served(scheduler, None, background=True) as sweep, served(scheduler, tmp_path) as page:
        job = sweep.submit(experiment)
        until(sweep, job, lambda view: len(view.events) >= 2)
        asked = time.monotonic()
        own = page.submit(with_seed(BRIEF, 283))
        until(page, own, lambda view: len(view.events) >= 1)
        assert time.monotonic() - asked < 30
        assert sweep.view(job).active
        assert until(page, own, over).status == "done"
        assert until(sweep, job, over).status == "done"
        assert_same_weights(sweep.solver(job), undisturbed(experiment))


def test_ids_cannot_be_guessed(service: RunService) -> None:
    with running(service, with_seed(ENDLESS, 290)) as job:
        assert len(job) == 16, "96 bits of chance"
        for guess in (job[:-1], job[:-1] + "A" * (job[-1] != "A"), job.swapcase(), "", "../runs", f"{job}\0"):
            for verb in (service.view, service.pause, service.stop, service.resume, service.solver):
                with pytest.raises(RunError, match="this run is not on the server any more"):
                    verb(guess)  # type: ignore[operator]
