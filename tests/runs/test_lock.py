"""Whoever changes a run waits for the registry's lock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest

from adder import RunError
from adder.runs.engine import News
from adder.runs.visitors import Visit, Visitor
from tests.runs.conftest import Serve
from tests.runs.support import SIX, Served, with_seed
from tests.runs.test_store import a_run

# What is called while another thread has the lock, with a run that a worker trains.
CHANGES: dict[str, Callable[[Served, str], object]] = {
    "submit": lambda served, run: served.service.submit(with_seed(SIX, 2)),
    "pause": lambda served, run: served.service.pause(run),
    "stop": lambda served, run: served.service.stop(run),
    "leave": lambda served, run: served.service.leave(run, Visitor("somebody")),
    "resume": lambda served, run: served.service.resume(run),
    "change": lambda served, run: served.service.change(run, {"learning_rate": 0.01}),
    "hear": lambda served, run: served.service._registry.hear(News(served.attempt(run), "", None)),
    "to store": lambda served, run: served.service._registry.to_store(run),
    "solver": lambda served, run: served.service._registry.solver(served.service._registry.find(run)),
    "loaded": lambda served, run: served.service._registry.on_loaded(a_run(run)),
    "outdated": lambda served, run: served.service._registry.is_outdated(a_run(run)),
    "visited": lambda served, run: served.service._askers.on_visit(Visit(run, "somebody")),
    "taken over": lambda served, run: served.service._registry.on_taken_over(run),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whoever_changes_a_run_waits_for_the_lock(change: Callable[[Served, str], object], serve: Serve) -> None:
    served = serve()
    run = served.service.submit(SIX)
    served.attempt(run)
    done = threading.Event()

    def call() -> None:
        with contextlib.suppress(RunError):  # A run in training cannot be resumed.
            change(served, run)
        done.set()

    with served.service._registry.lock:
        thread = threading.Thread(target=call)
        thread.start()
        assert not done.wait(0.1)
    thread.join(20)
    assert done.is_set()
