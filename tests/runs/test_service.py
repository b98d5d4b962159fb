"""What pages call, on a fake engine: submitting, pausing, stopping, resuming, sharing, taking turns."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from adder import ExperimentError, RunError, evaluate
from adder.base.messages import Sentence
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.status import NEXT, Status
from adder.runs.waiting_line import MOST_EACH, MOST_QUEUED
from tests.experiments import TINY_TEXT
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import ANN, BOB, CLEO, SIX, Served, assert_trained, eventually, over, until, with_seed


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


def test_a_run_is_queued_trained_and_done(served: Served) -> None:
    service = served.service
    run = service.submit(SIX)
    served.train(run, 2)
    service.watch(ANN, [run])
    view = service.view(run)
    assert (view.status, view.moving, view.watchers, view.report) == (Status.RUNNING, True, 1, None)
    assert [bool(event.examples) for event in view.events] == [False, True]
    assert_trained(service.solver(run), SIX, 2)
    served.cluster.step(run, 4)
    view = until(service, run, over)
    assert (view.id, view.experiment, view.status, view.place, view.message) == (run, SIX, "done", 0, "")
    solver = service.solver(run)
    assert_trained(solver, SIX, 6)
    assert solver is not None
    assert solver.report == view.report == evaluate(solver, 50)


def test_all_runs_are_listed_newest_first(served: Served) -> None:
    runs = [served.service.submit(with_seed(SIX, seed)) for seed in (1, 2)]
    served.train(runs[0], 6)
    view = until(served.service, runs[0], over)
    second, first = served.service.runs()
    assert view.report is not None
    assert (first.id, first.experiment, first.status) == (runs[0], view.experiment, "done")
    assert (first.epochs, first.samples, first.seconds, first.weights) == (6, 60, 6.0, SIX.weights)
    assert (first.exact_match, first.split) == (view.report.exact_match, "fresh")
    assert first.exact_match_interval == view.report.exact_match_interval
    assert (second.id, second.epochs, second.exact_match) == (runs[1], 0, None)


def test_equal_experiments_share_a_run_and_one_that_is_done_answers(served: Served) -> None:
    service = served.service
    run = service.submit(SIX)
    assert service.submit(SIX) == run
    served.train(run)
    assert service.submit(SIX) == run
    served.train(run, 5)
    until(service, run, over)
    assert service.submit(SIX) == run
    again = service.submit(SIX, again=True)
    assert again != run
    own = service.submit(with_seed(SIX, 2), only=1)
    assert service.submit(with_seed(SIX, 2)) != own, "a run of a few epochs is its asker's own"
    assert service.submit(with_seed(SIX, 2), only=1) != own


def test_runs_wait_in_the_order_they_came(served: Served) -> None:
    service = served.service
    first, *waiting = (service.submit(with_seed(SIX, seed)) for seed in (1, 2, 3, 4))
    served.train(first)
    assert [service.view(run).place for run in (first, *waiting)] == [0, 1, 2, 3]
    waits = [service.view(run).wait for run in waiting]
    assert None not in waits
    assert waits == sorted(waits, key=lambda wait: wait or 0.0)
    service.stop(waiting[1])
    view = service.view(waiting[1])
    assert (view.status, view.place, service.solver(waiting[1])) == ("stopped", 0, None)
    assert service.view(waiting[2]).place == 2
    service.pause(waiting[0])
    assert service.view(waiting[0]).status == "paused"
    service.resume(waiting[0])
    assert service.view(waiting[0]).place == 2, "behind those that waited meanwhile"


def test_the_queue_is_bounded(served: Served) -> None:
    served.train(served.service.submit(SIX))
    for seed in range(MOST_QUEUED):
        served.service.submit(with_seed(SIX, 2 + seed))
    with pytest.raises(RunError, match="100 runs are waiting already; please try again in a few minutes"):
        served.service.submit(with_seed(SIX, 500))


def test_nobody_has_more_runs_than_anyone_may_and_people_take_turns(served: Served) -> None:
    service = served.service
    served.train(service.submit(SIX, asker=CLEO))
    runs = [service.submit(with_seed(SIX, 2 + seed), asker=ANN) for seed in range(MOST_EACH)]
    full = f"you have {MOST_EACH} runs waiting or in training already; stop one of them, or wait until one is done"
    with pytest.raises(RunError, match=re.escape(full)):
        service.submit(with_seed(SIX, 100), asker=ANN)
    assert service.submit(with_seed(SIX, 2), asker=ANN) == runs[0], "sharing takes nothing"
    other = service.submit(with_seed(SIX, 100), asker=BOB)
    assert [service.view(run).place for run in (runs[0], other, runs[1])] == [1, 2, 3]
    service.pause(runs[0])
    service.submit(with_seed(SIX, 101), asker=ANN)
    with pytest.raises(RunError, match="you have 6 runs"):
        service.resume(runs[0], asker=ANN)
    assert service.view(runs[0]).status == "paused"


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("stop", "stopped")])
def test_a_run_ends_after_its_epoch_and_goes_on_to_the_same_end(served: Served, verb: str, status: str) -> None:
    service = served.service
    run = service.submit(SIX)
    served.attempt(run)
    with pytest.raises(RunError, match="this run is waiting or in training already"):
        service.resume(run)
    served.train(run, 2)
    assert getattr(service, verb)(run) == run
    assert service.view(run).status == "running"
    assert "after this epoch" in service.view(run).message
    other = service.submit(SIX)
    assert other != run, "a run that ends is nobody else's"
    service.stop(other)
    served.asked(run)
    served.cluster.step(run)
    view = until(service, run, over)
    assert (view.status, len(view.events), view.message) == (status, 3, "")
    assert (view.report is not None) == (verb == "stop")
    assert_trained(service.solver(run), SIX, 3)
    assert service.resume(run) == run
    served.train(run, 3)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX, 6)


def test_a_run_that_was_asked_to_end_while_its_worker_gets_ready_says_so(served: Served) -> None:
    run = served.service.submit(SIX)
    served.attempt(run)
    served.service.pause(run)
    assert served.service.view(run).message == "Pausing as soon as its worker is ready"
    served.service.stop(run)
    assert served.service.view(run).message == "Stopping as soon as its worker is ready"


@pytest.mark.parametrize("epochs", [0, 2], ids=["while it gets ready", "within an epoch"])
@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("stop", "stopped")])
def test_a_run_is_taken_back_from_a_worker_that_does_not_obey(
    served: Served, monkeypatch: pytest.MonkeyPatch, verb: str, status: str, epochs: int
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
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


def test_a_worker_that_ends_a_run_late_is_not_restarted(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.OBEY_SECONDS", 0.02)
    run = served.service.submit(SIX)
    late = served.attempt(run)
    served.service.stop(run)
    until(served.service, run, over)
    served.cluster.step(run)
    eventually(lambda: late not in served.engine.own)
    served.train(served.service.submit(with_seed(SIX, 2)), 6)
    assert not served.engine.restarted


DEAR = SIX.replaced({"training.epochs": 1_000, "training.samples": 10_000, "training.batch_size": 1})


def test_a_run_that_costs_more_than_is_allowed_is_refused_with_what_would_fit(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADDER_RUN_SECONDS", "60")
    served = serve()
    service = served.service
    with pytest.raises(RunError, match=r"this run would take about \d+ minutes, and at most 1 .* (\d+) epochs") as told:
        service.submit(DEAR)
    fitting = int(re.findall(r"\d+", str(told.value))[-1])
    longest = DEAR.replaced({"training.epochs": fitting})
    assert service.refusal(longest) is None
    assert service.refusal(DEAR.replaced({"training.epochs": fitting + 1}))
    run = service.submit(DEAR, only=1)
    served.train(run)
    assert until(service, run, over).status == "paused"
    with pytest.raises(RunError, match="minutes"):
        service.resume(run)
    assert serve(background=True).service.submit(DEAR), "a sweep gives way to all others"


def test_a_run_that_needs_too_much_memory_is_refused_with_what_would_fit(served: Served) -> None:
    wide = TINY_TEXT.replaced({"task.largest": 10**100, "training.samples": 4_096, "training.batch_size": 4_096})
    large = wide.replaced({"network.encoder_units": 128, "network.decoder_units": 128})
    with pytest.raises(
        RunError, match=r"MB of memory, and at most 2,000 are allowed here; with training.batch_size="
    ) as it:
        served.service.submit(large)
    fitting = int(re.findall(r"\d+", str(it.value))[-1])
    assert served.service.refusal(large.replaced({"training.batch_size": fitting})) is None


def test_a_stop_that_comes_after_the_worker_has_paused_still_counts(served: Served) -> None:
    run = served.service.submit(SIX)
    served.train(run)
    served.service.pause(run)
    served.asked(run)
    registered = served.service._registry.find(run)
    with served.service._registry.lock:
        served.cluster.step(run)  # the worker pauses, and before that has come home:
        registered.asked = Status.STOPPED
    view = until(served.service, run, lambda view: view.report is not None)
    assert view.status == "stopped"


def test_a_paused_run_that_is_stopped_is_evaluated_and_can_still_go_on(served: Served) -> None:
    service = served.service
    run = service.submit(SIX, only=2)
    served.train(run, 2)
    assert until(service, run, over).status == "paused"
    service.stop(run)
    assert service.view(run).status == "stopped"
    view = until(service, run, lambda view: view.report is not None)
    solver = service.solver(run)
    assert solver is not None
    assert solver.report == view.report == evaluate(solver)
    service.resume(run)
    served.train(run, 4)
    assert until(service, run, over).status == "done"


def test_a_run_is_trained_an_epoch_at_a_time_and_beyond_its_end(served: Served) -> None:
    service, three = served.service, SIX.replaced({"training.epochs": 3})
    run = service.submit(three, only=1)
    for epoch in (1, 2, 3):
        served.train(run)
        view = until(service, run, over)
        assert (view.status, len(view.events)) == ("paused" if epoch < 3 else "done", epoch)
        assert view.events[-1].examples
        if epoch < 3:
            service.resume(run, only=1)
    longer = service.resume(run, only=2)
    served.train(longer, 2)
    five = three.replaced({"training.epochs": 5})
    view = until(service, longer, over)
    assert (view.status, view.experiment, longer != run) == ("done", five, True)
    assert_trained(service.solver(longer), five, 5)


@pytest.mark.parametrize("only", [0, -1, 1_001, 1.5, True])
def test_so_few_or_many_epochs_are_refused(served: Served, only: int) -> None:
    run = served.service.submit(SIX)
    for refused in (lambda: served.service.submit(SIX, only=only), lambda: served.service.resume(run, only=only)):
        with pytest.raises(ExperimentError, match="only must be a whole number from 1 to 1,000"):
            refused()


def test_a_run_that_is_done_stays_as_it_is_and_a_longer_copy_goes_on(served: Served) -> None:
    service, targeted = served.service, SIX.replaced({"training.target": 0})
    run = service.submit(targeted)
    served.train(run, 6)
    done = until(service, run, over)
    for epochs in (None, 1, 6):
        with pytest.raises(RunError, match="this run is done; it can only go on for more epochs than it had"):
            service.resume(run, epochs=epochs)
    with pytest.raises(ExperimentError, match=r"training\.epochs must be a whole number from 1 to 1,000"):
        service.resume(run, epochs=1_001)
    assert service.stop(run) == service.pause(run) == run
    longer = service.resume(run, epochs=8)
    assert longer != run
    served.train(longer, 2)
    view = until(service, longer, over)
    assert view.experiment == SIX.replaced({"training.epochs": 8}), "without its target"
    assert_trained(service.solver(longer), view.experiment, 8)
    assert service.view(run) == done


FASTER = {"learning_rate": 0.002}


def test_a_run_changes_with_the_next_epoch_and_ends_as_one_that_was_to_change_from_its_start(served: Served) -> None:
    service = served.service
    run = service.submit(SIX)
    served.train(run, 2)
    assert service.change(run, FASTER) == run
    view = service.view(run)
    assert (view.experiment, view.wanted, view.message) == (SIX, FASTER, "Changing after this epoch")
    other = service.submit(SIX)
    assert other != run, "a run that changes is nobody else's"
    served.asked(run)
    served.cluster.step(run)
    planned = SIX.replaced({"training.changes": "4:learning_rate=0.002"})
    view = until(service, run, lambda view: not view.wanted)
    assert (view.experiment, len(view.events)) == (planned, 3)
    served.train(run, 2)
    assert service.view(other).status == "queued", "it keeps its turn"
    assert service.change(run, FASTER) == run
    assert service.view(run).wanted == {}, "it has that already"
    service.change(run, {"learning_rate": 0.5})
    served.asked(run)
    service.pause(run)
    served.cluster.step(run)
    view = until(service, run, over)
    assert (view.status, view.experiment) == ("done", planned), "its last epoch had begun"
    assert_trained(service.solver(run), planned, 6)
    assert service.submit(planned) == run
    for values in (FASTER, {"learning_rate": 0.5}):
        with pytest.raises(RunError, match="this run has no epoch left in which anything could change"):
            service.change(run, values)


def test_a_run_that_waits_rests_or_failed_changes_at_once(served: Served) -> None:
    service = served.service
    first, run = service.submit(SIX), service.submit(with_seed(SIX, 2))
    served.attempt(first)
    service.change(run, {"batch_size": 20})
    begun = with_seed(SIX, 2).replaced({"training.batch_size": 20})
    assert service.view(run).experiment == begun, "nothing was trained yet"
    service.stop(first)
    served.asked(first)
    served.cluster.step(first)
    served.train(run, 2)
    service.pause(run)
    served.asked(run)
    served.cluster.step(run)
    until(service, run, over)
    service.change(run, FASTER)
    assert (service.view(run).status, service.view(run).wanted) == ("paused", {})
    service.resume(run)
    served.train(run, 1)
    served.cluster.end(served.attempt(run), Status.FAILED, Sentence("the loss is no longer a finite number"))
    until(service, run, over)
    service.change(run, {"learning_rate": 0.004})
    service.resume(run)
    served.train(run, 2)
    until(service, run, over)
    changed = begun.replaced({"training.changes": "4:learning_rate=0.002,5:learning_rate=0.004"})
    assert service.view(run).experiment == changed
    assert_trained(service.solver(run), changed, 6)


def test_a_worker_that_gets_ready_is_asked_to_change_once_it_trains(served: Served) -> None:
    service = served.service
    run = service.submit(SIX)
    attempt = served.attempt(run)
    service.change(run, FASTER)
    time.sleep(0.05)
    assert served.cluster.trainings[attempt].asked is None
    served.cluster.step(run)
    served.asked(run)
    served.cluster.step(run)
    changed = until(service, run, lambda view: not view.wanted).experiment
    assert changed == SIX.replaced({"training.changes": "3:learning_rate=0.002"})
    served.train(run)
    served.engine.lose()
    service.change(run, {"learning_rate": 0.001})
    served.train(run, 3)
    until(service, run, over)
    assert service.view(run).experiment.training.changes == ((3, "learning_rate", 0.002), (4, "learning_rate", 0.001))
    assert_trained(service.solver(run), service.view(run).experiment, 6)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"learning_rate": 11}, "training.changes: learning_rate must be a number from 1e-07 to 10; received: 11"),
        ({"batch_size": 3}, r"training.changes: batch_size must be a divisor of training.samples \(20\); received: 3"),
        ({"epochs": 3}, "training.changes: setting must be one of learning_rate, batch_size, draw; received: 'epochs'"),
    ],
)
def test_what_cannot_change_is_refused_and_the_run_goes_on(
    served: Served, values: dict[str, Any], sentence: str
) -> None:
    run = served.service.submit(SIX)
    served.train(run, 2)
    with pytest.raises(ExperimentError, match=f"^{sentence}$"):
        served.service.change(run, values)
    assert (served.service.view(run).wanted, served.service.view(run).message) == ({}, "")


def test_a_run_that_fails_says_why_and_can_be_resumed(served: Served) -> None:
    run = served.service.submit(SIX)
    served.train(run)
    served.cluster.end(served.attempt(run), Status.FAILED, Sentence("the loss is no longer a finite number"))
    view = until(served.service, run, over)
    assert (view.status, view.message, view.report) == ("failed", "the loss is no longer a finite number", None)
    served.service.resume(run)
    served.train(run, 5)
    assert until(served.service, run, over).status == "done"


def test_a_run_whose_workers_were_lost_goes_on_if_it_got_anywhere(served: Served) -> None:
    service = served.service
    run = service.submit(SIX)
    served.train(run, 2)
    lost = served.attempt(run)
    service.pause(run)
    served.asked(run)
    served.cluster.lose_workers(lost)
    eventually(lambda: lost not in served.engine.own)
    assert served.attempt(run) != lost
    served.asked(run)  # what was asked of it is asked again
    served.cluster.step(run)
    assert until(service, run, over).status == "paused"
    assert_trained(service.solver(run), SIX, 3)
    service.resume(run)
    served.cluster.lose_workers(served.attempt(run))
    view = until(service, run, over)
    assert (view.status, view.message) == ("failed", "The run failed: 20 workers died"), "it got nowhere this time"


@pytest.mark.parametrize("lost", [False, True], ids=["while it trains", "after its workers were lost"])
def test_a_run_whose_checkpoint_cannot_be_read_fails_alone(serve: Serve, lost: bool) -> None:
    served = serve(FakeCluster(workers=2))
    service = served.service
    broken, other = service.submit(SIX), service.submit(with_seed(SIX, 2))
    attempt = served.attempt(broken)
    served.train(other, 1)
    served.engine.unreadable.add(broken)
    if lost:
        served.cluster.lose_workers(attempt)
    else:
        served.cluster.step(broken)
    view = until(service, broken, over)
    why = "The run failed: weight character/bias must be finite; it holds nan or infinity"
    assert (view.status, view.message) == ("failed", why)
    served.train(other, 5)
    assert until(service, other, over).status == "done"
    served.cluster.step(broken)
    eventually(lambda: attempt not in served.engine.own)
    served.train(service.submit(with_seed(SIX, 3)), 6)


def test_runs_go_on_after_the_engine_was_lost(served: Served) -> None:
    service = served.service
    run, other = service.submit(SIX), service.submit(with_seed(SIX, 2))
    served.train(run, 2)
    served.engine.lose()
    eventually(lambda: served.engine.opened == 2)
    served.attempt(run)  # it keeps its place before the other
    assert "The training engine was lost" in service.view(run).message
    served.train(run, 4)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX, 6)
    served.train(other, 6)
    assert until(service, other, over).status == "done"


def test_epochs_of_an_attempt_that_was_given_up_are_not_heard(served: Served) -> None:
    run = served.service.submit(SIX)
    served.train(run)
    registered = served.service._registry.find(run)
    registered.attempt += 1
    served.cluster.step(run, 2)
    assert len(served.service.view(run).events) == 1


def test_a_long_run_gives_its_worker_away_and_ends_the_same(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    service = served.service
    run = service.submit(SIX)
    served.train(run, 2)
    other = service.submit(with_seed(SIX, 2))
    monkeypatch.setattr("adder.runs.waiting_line.TURN_SECONDS", 0.0)
    served.asked(run)
    assert service.submit(SIX) == run, "it is shared all the same"
    served.cluster.step(run)
    served.attempt(other)
    monkeypatch.setattr("adder.runs.waiting_line.TURN_SECONDS", 10.0)
    view = service.view(run)
    assert (view.status, view.message) == ("queued", "Others wait too, so it gave its worker away after epoch 3")
    served.train(other, 6)
    served.train(run, 3)
    assert until(service, run, over).status == "done"
    assert_trained(service.solver(run), SIX, 6)


def test_a_sweep_gives_way_to_people(serve: Serve) -> None:
    cluster = FakeCluster()
    sweep = serve(cluster, background=True, alone=False)
    background = sweep.service.submit(SIX)
    sweep.train(background, 2)
    page = serve(cluster, alone=False)
    run = page.service.submit(with_seed(SIX, 2))
    sweep.asked(background)
    cluster.step(background)
    page.train(run, 6)
    assert until(page.service, run, over).status == "done"
    sweep.train(background, 3)
    assert until(sweep.service, background, over).status == "done"
    assert_trained(sweep.service.solver(background), SIX, 6)


def test_what_a_server_has_to_do_is_counted(served: Served) -> None:
    served.train(served.service.submit(SIX))
    served.service.submit(with_seed(SIX, 2))
    eventually(lambda: served.service.load().workers)
    load = served.service.load()
    assert (load.training, load.waiting, load.trouble, load.store_trouble) == (1, 1, "", "")
    assert load.longest_wait is not None
    assert [worker.busy for worker in load.workers] == [True]


def test_a_run_that_waits_tells_what_is_the_matter_with_the_engine(served: Served) -> None:
    served.engine.trouble = "it is down"
    served.train(served.service.submit(SIX))
    waiting = served.service.submit(with_seed(SIX, 2))
    assert served.service.view(waiting).message == served.service.load().trouble == "it is down"


@pytest.mark.parametrize("guess", ["nonsense", "", "../runs", "a\0"])
def test_a_run_that_is_not_there_is_told_as_such(served: Served, guess: str) -> None:
    service = served.service
    eventually(lambda: not service.unknown(guess))
    for verb in (service.view, service.pause, service.stop, service.resume, service.solver):
        with pytest.raises(RunError, match="this run is not on the server any more"):
            verb(guess)  # type: ignore[operator]


def test_ids_cannot_be_guessed(served: Served) -> None:
    assert len(served.service.submit(SIX)) == 16, "96 bits of chance"


@pytest.mark.parametrize("workers", ["0", "-1", "65", "2.5", "many", "9" * 5_000])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDER_WORKERS", workers)
    with pytest.raises(ExperimentError, match="ADDER_WORKERS must be a whole number from 1 to 64"):
        RunService()


def test_a_keras_file_is_there_a_moment_later_and_told_where_it_cannot_be_made(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.keras_export.ATTEMPTS", 1)
    service = served.service
    run = service.submit(SIX)
    served.train(run, 6)
    until(service, run, over)
    solver = service.solver(run)
    assert solver is not None
    served.engine.broken_files = 1

    def told() -> bool:
        try:
            return service.keras_file(solver) is not None
        except RunError as error:
            return str(error) == "the .keras file could not be made (no worker is there)"

    assert not service.keras_file_ready(solver)
    assert service.keras_file(solver) is None
    eventually(lambda: service.keras_file_ready(solver))
    eventually(told)
    assert not service.keras_file_ready(solver)
    eventually(lambda: service.keras_file(solver))
    assert service.keras_file_ready(solver)
    assert service.keras_file(solver) == b"a model of PK"


def test_no_status_follows_another_that_the_table_does_not_allow(served: Served) -> None:
    run = served.service._registry.find(served.service.submit(SIX))
    assert set(NEXT) == set(Status)
    with pytest.raises(ValueError, match="a run that is queued cannot become done"):
        run.become(Status.DONE)


def test_a_page_polls_what_may_change_by_itself() -> None:
    active = [status for status in Status if RunView("x", TINY_TEXT, status).active]
    assert active == ["loading", "queued", "running"]


class TestWithStore:
    """Runs that outlive their service."""

    def test_what_was_done_answers_after_a_restart_and_goes_on_for_longer(self, serve: Serve) -> None:
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

    def test_a_server_that_ends_pauses_its_runs_where_they_are(self, serve: Serve) -> None:
        first = serve(stored=True)
        run, waiting = first.service.submit(SIX), first.service.submit(with_seed(SIX, 2))
        first.attempt(run)
        first.cluster.step(run, 3)
        first.service.close()
        second = serve(stored=True)
        view = until(second.service, run, over)
        assert (view.status, len(view.events)) == ("paused", 3)
        assert view.message == "The server was restarted; Continue goes on from epoch 3"
        assert isinstance(view.message, Sentence)
        told = until(second.service, waiting, over).message
        assert told == "The server was restarted before the first epoch; Continue begins"
        second.service.resume(run)
        second.train(run, 3)
        assert until(second.service, run, over).status == "done"
        assert_trained(second.service.solver(run), SIX, 6)

    def test_a_server_that_ends_waits_for_no_evaluation_and_the_next_one_makes_up_for_it(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
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

    def test_a_store_that_cannot_be_used_leaves_runs_in_memory(self, serve: Serve, tmp_path: Path) -> None:
        (tmp_path / "runs").write_text("a file where the folder should be")
        served = serve(stored=True)
        run = served.service.submit(SIX)
        served.train(run, 6)
        assert until(served.service, run, over).status == "done"
        eventually(lambda: "runs cannot be kept in" in served.service.store_trouble)
        assert [record.id for record in served.service.runs()] == [run]
        assert served.service.submit(SIX) == run

    def test_a_file_that_was_torn_harms_no_other_run(self, serve: Serve, tmp_path: Path) -> None:
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
        assert_trained(second.service.solver(torn), with_seed(SIX, 1), 6)  # its checkpoint knows
        assert "What this run has learned is lost" in until(second.service, lost, over).message
        assert second.service.solver(lost) is None
        assert second.service.submit(with_seed(SIX, 2)) != lost

    def test_memory_holds_only_so_many_runs_that_are_on_disk(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adder.runs.registry.MOST_SAVED_KEPT", 2)
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

    def test_servers_on_one_store_share_a_run_and_see_it_live(self, serve: Serve) -> None:
        cluster = FakeCluster(workers=2)
        one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
        run = one.service.submit(SIX)
        one.train(run, 2)
        eventually(lambda: run in {record.id for record in other.service.runs()})
        assert other.service.submit(SIX) == run
        view = until(other.service, run, lambda view: view.status == "running")
        assert view.message == "Another process of this server trains this run"
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

    def test_a_run_that_another_server_has_just_made_is_looked_for(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adder.runs.saver.REFRESH_SECONDS", 3_600)
        cluster = FakeCluster(workers=2)
        one, other = (serve(cluster, stored=True, alone=False) for _ in range(2))
        run = one.service.submit(SIX)
        one.attempt(run)  # from here on the store is told that it runs
        saver = one.service._registry.saver
        assert saver is not None
        eventually(lambda: saver.is_saved(run))
        with pytest.raises(RunLoading, match="still looks for this run"):
            other.service.view(run)
        assert until(other.service, run, lambda view: view.status == "running").experiment == SIX

    def test_only_one_server_goes_on_with_a_run(self, serve: Serve) -> None:
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
