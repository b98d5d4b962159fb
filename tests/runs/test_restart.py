"""Runs that outlive their service, in a store, on a fake engine."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from adder import RunError
from adder.base.messages import Sentence
from adder.runs.registry import RunLoading
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import ANN, SIX, assert_trained, eventually, over, until, with_seed


def test_what_was_done_answers_after_a_restart_and_goes_on_for_longer(serve: Serve) -> None:
    first = serve(stored=True)
    run = first.service.submit(SIX)
    first.train(run, 6)
    before, records = until(first.service, run, over), first.service.runs()
    first.service.close()
    second = serve(stored=True).service
    assert second.runs() == records
    assert second.submit(SIX) == run
    assert second.view(run).status == "loading"
    assert second.solver(run) is None
    with pytest.raises(RunError, match="this run is being read from the server's disk"):
        second.stop(run)
    assert until(second, run, over) == before, "the last epoch's examples too"
    assert_trained(second.solver(run), SIX, 6)
    assert second.submit(SIX, again=True) != run


def test_a_server_that_ends_pauses_its_runs_where_they_are(serve: Serve) -> None:
    first = serve(stored=True)
    run, waiting = first.service.submit(SIX), first.service.submit(with_seed(SIX, 2))
    first.attempt(run)
    first.cluster.step(run, 3)
    first.service.close()
    second = serve(stored=True)
    view = until(second.service, run, over)
    assert (view.status, len(view.events)) == ("paused", 3)
    assert_trained(second.service.solver(run), SIX, 3)
    assert view.message == "The server was restarted; Continue goes on from epoch 3"
    assert isinstance(view.message, Sentence)
    told = until(second.service, waiting, over).message
    assert told == "The server was restarted before the first epoch; Continue begins"
    second.service.resume(run)
    second.train(run, 3)
    assert until(second.service, run, over).status == "done"
    assert_trained(second.service.solver(run), SIX, 6)


def test_a_server_that_ends_waits_for_no_evaluation_and_the_next_one_makes_up_for_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    first = serve(stored=True)
    runs = [first.service.submit(with_seed(SIX, seed), only=2) for seed in (1, 2)]
    for run in runs:
        first.train(run, 2)
        until(first.service, run, over)
    with monkeypatch.context() as patch:
        patch.setattr("adder.runs.registry.evaluation.final_report", lambda *_: never.wait(20))
        for run in runs:
            first.service.stop(run)
        began = time.monotonic()
        first.service.close()
        assert time.monotonic() - began < 5
    second = serve(stored=True).service
    for run in runs:
        view = until(second, run, lambda view: view.report is not None)
        assert (view.status, len(view.events)) == ("stopped", 2)
    never.set()


KILLED = """
import sys, time
from pathlib import Path
from adder.runs.store import Store
from tests.runs.support import SIX, Served

served = Served(store=Store(Path(sys.argv[1])))
run = served.service.submit(SIX.replaced({"training.epochs": 1_000}))
served.attempt(run)
print(run, flush=True)
while True:
    time.sleep(0.05)
    served.cluster.step(run)
    print(time.monotonic(), flush=True)
"""


def test_a_server_that_is_killed_loses_no_more_than_the_last_seconds(serve: Serve, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run, ended = process.stdout.readline().strip(), [float(process.stdout.readline())]
        while ended[-1] < ended[0] + 5:
            ended.append(float(process.stdout.readline()))
        process.kill()
    service = serve(stored=True).service
    view = until(service, run, lambda view: view.status == "paused")
    saved = len(view.events)
    assert 0 < saved <= len(ended)
    assert ended[-1] - ended[saved - 1] < 4
    assert view.message == f"The server was restarted; Continue goes on from epoch {saved}"


def test_a_store_that_cannot_be_used_leaves_runs_in_memory(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.train(run, 6)
    assert until(served.service, run, over).status == "done"
    eventually(lambda: "runs cannot be kept in" in served.service.store_trouble)
    assert [record.id for record in served.service.runs()] == [run]
    assert served.service.submit(SIX) == run


def test_a_file_that_was_torn_harms_no_other_run(serve: Serve, tmp_path: Path) -> None:
    first = serve(stored=True)
    torn, lost = (first.service.submit(with_seed(SIX, seed)) for seed in (1, 2))
    for run in (torn, lost):
        first.train(run, 6)
        until(first.service, run, over)
    first.service.close()
    for name in (f"{torn}.adder", f"{lost}.adder", f"{lost}.checkpoint"):
        (tmp_path / "runs" / name).write_bytes(b"torn")
    second = serve(stored=True)
    assert until(second.service, torn, over).message == ""
    assert_trained(second.service.solver(torn), with_seed(SIX, 1), 6)  # Its checkpoint knows.
    assert "What this run has learned is lost" in until(second.service, lost, over).message
    assert second.service.solver(lost) is None
    assert second.service.submit(with_seed(SIX, 2)) != lost


def test_memory_holds_only_so_many_runs_that_are_on_disk(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.memory.MOST_SAVED_IDLE_RUNS", 2)
    served = serve(stored=True)
    runs = [served.service.submit(with_seed(SIX, seed)) for seed in range(5)]
    for run in runs:
        served.train(run, 6)
        until(served.service, run, over)
    saver = served.service._registry.saver
    assert saver is not None
    eventually(lambda: all(map(saver.is_saved, runs)))
    last = served.service.submit(with_seed(SIX, 5))
    assert len(list(served.service._registry)) == 3
    assert [record.id for record in served.service.runs()] == [last, *reversed(runs)]
    for run in runs:
        assert len(until(served.service, run, over).events) == 6


def test_servers_on_one_store_share_a_run_and_see_it_live(serve: Serve) -> None:
    cluster = FakeCluster(workers=2)
    one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
    run = one.service.submit(SIX)
    one.train(run, 2)
    eventually(lambda: run in {record.id for record in other.service.runs()})
    assert other.service.submit(SIX) == run
    view = until(other.service, run, lambda view: view.status == "running")
    assert view.message == "Another process of this server trains this run"
    assert view.elsewhere
    cluster.step(run, 2)
    assert until(other.service, run, lambda view: len(view.events) == 4).active
    with pytest.raises(RunError, match="this run is waiting or in training already"):
        other.service.resume(run)
    own = other.service.stop(run, ANN)
    assert (own != run, other.service.view(own).status) == (True, "stopped")
    assert not other.service.leave(run, ANN)
    one.service.stop(run)
    one.asked(run)
    cluster.step(run)
    assert until(one.service, run, over).status == "stopped"
    assert len(until(other.service, run, over).events) == 5


def test_a_run_that_another_server_has_just_made_is_looked_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.saver.REFRESH_SECONDS", 3_600)
    cluster = FakeCluster(workers=2)
    one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
    run = one.service.submit(SIX)
    one.attempt(run)  # From here on the store is told that it runs.
    saver = one.service._registry.saver
    assert saver is not None
    eventually(lambda: saver.is_saved(run))
    with pytest.raises(RunLoading, match="is still looking for this run"):
        other.service.view(run)
    assert until(other.service, run, lambda view: view.status == "running").experiment == SIX


def test_only_one_server_goes_on_with_a_run(serve: Serve) -> None:
    cluster = FakeCluster(workers=2)
    one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
    run = one.service.submit(SIX, only=2)
    one.train(run, 2)
    for each in (one, other):
        eventually(lambda each=each: run in {record.id for record in each.service.runs()})
        until(each.service, run, lambda view: view.status == "paused")
    for each in (one, other):
        each.service.resume(run)

    def trained() -> bool:
        cluster.step(run)
        return all(each.service.view(run).status == "done" for each in (one, other))

    eventually(trained)
    for each in (one, other):
        assert_trained(each.service.solver(run), SIX, 6)
