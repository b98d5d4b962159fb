"""What the tests of runs share: services on a fake engine, and how to wait for a run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from adder import Experiment, Report, Solver, Trainer
from adder.runs.engine import Attempt
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.runs.visitors import Visitor
from tests.experiments import TINY_LINEAR
from tests.runs.fake_engine import FakeCluster, FakeEngine, checkpoint_after
from tests.runs.slow_epochs import LONG_EPOCHS

PATIENCE = 600.0  # A small, busy machine is slow to start workers.
SIX = TINY_LINEAR.replaced({"training.epochs": 6})
ANN, BOB, CLEO = (Visitor(f"tab of {name}", name) for name in ("ann", "bob", "cleo"))
LONG = TINY_LINEAR.replaced({"training.epochs": LONG_EPOCHS})  # On real workers it takes six seconds.


class Served:
    """A service on a fake engine; the sessions in `connected` are connected to it."""

    def __init__(self, cluster: FakeCluster | None = None, store: Store | None = None, **engine: Any) -> None:
        self.connected = {each.session for each in (ANN, BOB, CLEO)}
        self.cluster = cluster or FakeCluster()
        self.engine = FakeEngine(self.cluster, **engine)
        background = engine.get("background", False)
        connected = None if background else self.connected.__contains__
        self.service = RunService(
            store=store, background=background, connected=connected, make_engine=lambda: self.engine
        )
        eventually(lambda: not self.service.unknown("none"))

    def attempt(self, run: str) -> Attempt:
        """The attempt at a run, as soon as a worker has it."""
        eventually(lambda: any(each.run_id == run for each in self.engine.attempts))
        return next(each for each in self.engine.attempts if each.run_id == run)

    def train(self, run: str, epochs: int = 1) -> None:
        """Finish so many epochs of a run, once a worker has it, and have their checkpoint fetched."""
        self.attempt(run)
        self.cluster.step(run, epochs)
        registered = self.service._registry.find(run)
        eventually(lambda: not registered.training or registered.checkpoint_epoch == registered.epochs)

    def asked(self, run: str) -> None:
        """Wait until the worker that has a run was asked to end it."""
        attempt = self.attempt(run)
        eventually(lambda: self.cluster.trainings[attempt].asked is not None)


def eventually(fits: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def until(service: RunService, run: str, fits: Callable[[RunView], bool]) -> RunView:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            view = service.view(run)
            if fits(view):
                return view
            assert time.monotonic() < deadline, f"{view.status} at epoch {len(view.events)}: {view.message}"
        except RunLoading:
            assert time.monotonic() < deadline
        time.sleep(0.005)


def over(view: RunView) -> bool:
    return not view.active


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    return dataclasses.replace(experiment, seed=seed)


def undisturbed(experiment: Experiment) -> Solver:
    trainer = Trainer(experiment)
    for _ in trainer.run():
        pass
    return trainer.solver()


def assert_trained(found: Solver | None, experiment: Experiment, epochs: int) -> None:
    """Hold a solver of the fake engine to a run that nothing disturbed."""
    assert found is not None
    assert found.experiment == experiment
    assert [epoch.epoch for epoch in found.history] == list(range(1, epochs + 1))
    assert_same_weights(found, checkpoint_after(experiment, epochs).solver())


def assert_same_weights(found: Solver | None, expected: Solver) -> None:
    assert found is not None
    assert list(found.weights) == list(expected.weights)
    for name, weight in expected.weights.items():
        assert np.array_equal(found.weights[name], weight), name


def assert_same_report(found: Report | None, expected: Report) -> None:
    """Compare reports; a worker's products may round otherwise than this process's, and confidence tells."""
    assert found is not None
    assert dataclasses.replace(found, calibration=()) == dataclasses.replace(expected, calibration=())
    for one, other in zip(found.calibration, expected.calibration, strict=True):
        assert (one.asked, one.right) == (other.asked, other.right)
        assert np.isclose(one.confidence, other.confidence, rtol=1e-5)
