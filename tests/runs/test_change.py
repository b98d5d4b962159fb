"""Runs whose settings change while they train, on a fake engine."""

from __future__ import annotations

import time
from typing import Any

import pytest

from adder import ExperimentError, RunError
from adder.base.messages import Sentence
from adder.runs.status import Status
from tests.runs.support import SIX, Served, assert_trained, over, until, with_seed

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
