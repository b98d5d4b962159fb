"""What pages call, on a fake engine: submitting, pausing, stopping, resuming, sharing, taking turns."""

from __future__ import annotations

import re

import pytest

from adder import ExperimentError, RunError, evaluate
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.status import NEXT, Status
from adder.runs.waiting_line import MOST_PER_PERSON, MOST_QUEUED
from tests.experiments import TINY_TEXT
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import ANN, BOB, CLEO, SIX, Served, assert_trained, eventually, over, until, with_seed


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
    runs = [service.submit(with_seed(SIX, 2 + seed), asker=ANN) for seed in range(MOST_PER_PERSON)]
    full = (
        f"you have {MOST_PER_PERSON} runs waiting or in training already; stop one of them, or wait until one is done"
    )
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
        served.cluster.step(run)  # The stop comes before the news of the pause.
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
