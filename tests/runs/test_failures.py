"""What becomes of a run whose worker, attempt or engine fails, on a fake engine."""

from __future__ import annotations

import pytest

from adder import evaluate
from adder.base.messages import Sentence
from adder.runs.status import Status
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import SIX, Served, assert_trained, eventually, over, until, with_seed


def test_a_run_that_its_worker_stopped_without_a_report_is_evaluated_here(served: Served) -> None:
    run = served.service.submit(SIX)
    served.train(run, 2)
    served.cluster.end(served.attempt(run), Status.STOPPED, reports=False)
    view = until(served.service, run, lambda view: view.report is not None)
    solver = served.service.solver(run)
    assert view.status == "stopped"
    assert solver is not None
    assert solver.report == view.report == evaluate(solver)


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
    served.asked(run)  # The new attempt is asked to pause, too.
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
    served.attempt(run)  # It keeps its place before the other.
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
