"""An engine without processes: a test says when an epoch is over, and training adds one to every weight.

So the weights of a run tell how many epochs it was trained, whoever trained it from whichever checkpoint. Where the
learning rate is changed to a multiple of the first one, it adds that multiple.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import numpy as np

from adder import Checkpoint, Example, Experiment, SolverFileError, evaluate
from adder.runs.engine import Attempt, News, Outcome, WorkersLostError
from adder.runs.server_load import WorkerLoad
from adder.runs.status import Status
from adder.runs.worker_shares import Demands
from adder.solvers.results import Epoch
from adder.solvers.snapshots import Packed, packed
from adder.training.checkpoint import State
from adder.training.trainer import EpochEvent


def checkpoint_after(experiment: Experiment, epochs: int, best: float = 0.5) -> Checkpoint:
    """Where a run stands after so many epochs of this engine."""
    learned = sum(_gain(experiment, epoch) for epoch in range(1, epochs + 1))
    weights = {name: np.full(shape, learned, np.float32) for name, shape in experiment.weight_shapes.items()}
    history = [Epoch(n, 0.5, 0.5, 0.5, 0.5, 0.5, best, None, 1.0, 10 * n) for n in range(1, epochs + 1)]
    return Checkpoint(experiment, epochs, State.start(experiment, weights), tuple(history))


def _gain(experiment: Experiment, epoch: int) -> float:
    """What an epoch adds to every weight."""
    return experiment.training.at(epoch).learning_rate / experiment.training.at(1).learning_rate


def snapshot_after(experiment: Experiment, epochs: int) -> tuple[int, Packed]:
    """The epoch with the weights of this engine after it."""
    return epochs, packed(checkpoint_after(experiment, epochs).state.weights)


@dataclasses.dataclass(slots=True)
class Training:
    """A run on a worker."""

    experiment: Experiment
    checkpoint: Checkpoint
    until: int | None
    asked: Status | None = None
    outcome: Outcome | Exception | None = None


class FakeCluster:
    """Workers that several engines share, and everything that is trained on them."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self.engines: list[FakeEngine] = []
        self.trainings: dict[Attempt, Training] = {}
        self.demands: dict[str, tuple[int, bool, int]] = {}
        self.lock = threading.RLock()

    def step(self, run_id: str = "", epochs: int = 1) -> None:
        """Finish an epoch of this run, or of all that are being trained."""
        for _ in range(epochs):
            with self.lock:
                live = [(key, each) for key, each in self.trainings.items() if each.outcome is None]
            for attempt, training in live:
                if run_id in ("", attempt.run_id) and training.outcome is None:
                    self._train(attempt, training)

    def _train(self, attempt: Attempt, training: Training) -> None:
        before = training.checkpoint
        epoch, planned = before.epoch + 1, training.experiment.training.epochs
        gain = np.float32(_gain(training.experiment, epoch))
        weights = {name: weight + gain for name, weight in before.state.weights.items()}
        figures = checkpoint_after(training.experiment, epoch).history[-1]
        history = (*before.history, figures)
        training.checkpoint = Checkpoint(training.experiment, epoch, State.start(training.experiment, weights), history)
        event = EpochEvent(**dataclasses.asdict(figures), examples=(Example("1+1", "2", str(epoch)),))
        # What is asked because of this epoch, while it is told, ends the run after the next one.
        asked = training.asked or (Status.PAUSED if training.until is not None and epoch >= training.until else None)
        self.tell(News(attempt, "", event, snapshot=snapshot_after(training.experiment, epoch)))
        if epoch >= planned:
            self.end(attempt, Status.DONE)
        elif asked:
            self.end(attempt, asked)

    def tell(self, news: News) -> None:
        """Tell all servers what a worker tells."""
        for engine in self.engines:
            engine.on_epoch(news)

    def end(self, attempt: Attempt, status: Status, message: str = "", *, reports: bool = True) -> None:
        """End an attempt; whether it reports is for those that are done or stopped."""
        training = self.trainings[attempt]
        reports = reports and status in (Status.DONE, Status.STOPPED)
        report = evaluate(training.checkpoint.solver(), 50) if reports else None
        self._finish(attempt, Outcome(status, message, training.checkpoint, report))

    def lose_workers(self, attempt: Attempt) -> None:
        """Give an attempt up, as a scheduler does if a task's workers died too often."""
        self._finish(attempt, WorkersLostError("20 workers died"))

    def _finish(self, attempt: Attempt, outcome: Outcome | Exception) -> None:
        self.trainings[attempt].outcome = outcome
        for engine in self.engines:
            if attempt in engine.own:
                engine.on_end(attempt)


class FakeEngine:
    """One service's way to a cluster."""

    def __init__(self, cluster: FakeCluster, *, background: bool = False, alone: bool = True) -> None:
        self.cluster = cluster
        self.background = background
        self.alone = alone
        self.own: set[Attempt] = set()
        self.opened = 0
        self.trouble = "The training engine is starting"
        self.answers = threading.Event()  # While it is cleared, every call hangs.
        self.answers.set()
        self.on_epoch: Callable[[News], None]
        self.on_end: Callable[[Attempt], None]
        self.broken_files = 0
        self.unreadable: set[str] = set()  # The checkpoints of these runs cannot be read.
        self.restarted: list[Attempt] = []
        self._up = False
        self._demands = Demands()
        self._beat = 0

    @property
    def attempts(self) -> list[Attempt]:
        """What is being trained now for this service."""
        with self.cluster.lock:
            return [each for each in self.own if self.cluster.trainings[each].outcome is None]

    def lose(self) -> None:
        """Break down, with everything that is trained."""
        with self.cluster.lock:
            for attempt in self.own:
                self.cluster.trainings.pop(attempt, None)
            self.own.clear()
            self._up = False

    def listen(self, on_epoch: Callable[[News], None], on_end: Callable[[Attempt], None]) -> None:
        self.on_epoch, self.on_end = on_epoch, on_end
        self.cluster.engines.append(self)

    def open(self) -> bool:
        self.answers.wait()
        self.opened += 1
        self._up, self.trouble = True, ""
        return True

    def is_open(self) -> bool:
        self.answers.wait()
        return self._up

    def close(self) -> None:
        self._up = False

    def slots(self, demand: int) -> int:
        if self.alone:
            return self.cluster.workers
        self._beat += 1
        self.cluster.demands[str(id(self))] = (self._beat, self.background, demand)
        return self._demands.share(str(id(self)), dict(self.cluster.demands), self.cluster.workers)

    def idle(self) -> int:
        busy = sum(each.outcome is None for each in self.cluster.trainings.values())
        return self.cluster.workers - busy

    def submit(
        self, attempt: Attempt, experiment: Experiment, checkpoint: Checkpoint | None, until: int | None
    ) -> None:
        with self.cluster.lock:
            start = checkpoint or checkpoint_after(experiment, 0)
            self.own.add(attempt)
            self.cluster.trainings[attempt] = Training(experiment, start, until)
        if not start.epoch:
            self.cluster.tell(News(attempt, "", None, snapshot=snapshot_after(experiment, 0)))

    def signal(self, attempt: Attempt, ending: Status) -> None:
        if attempt in self.cluster.trainings:
            self.cluster.trainings[attempt].asked = ending

    def restart_worker(self, attempt: Attempt) -> None:
        self.restarted.append(attempt)
        self.forget(attempt)

    def checkpoint(self, attempt: Attempt) -> Checkpoint | None:
        if attempt.run_id in self.unreadable:
            raise SolverFileError("weight character/bias must be finite; it holds nan or infinity")
        return self.cluster.trainings[attempt].checkpoint

    def outcome(self, attempt: Attempt) -> Outcome | None:
        training = self.cluster.trainings.get(attempt)
        if training is not None and isinstance(training.outcome, Exception):
            raise training.outcome
        return None if training is None else training.outcome

    def forget(self, attempt: Attempt) -> None:
        with self.cluster.lock:
            self.own.discard(attempt)
            self.cluster.trainings.pop(attempt, None)

    def worker_loads(self) -> tuple[WorkerLoad, ...]:
        return (WorkerLoad(1_000, None, busy=bool(self.attempts)),) * self.cluster.workers

    def keras_file(self, solver: bytes) -> bytes:
        self.answers.wait()
        if self.broken_files:
            self.broken_files -= 1
            raise OSError("no worker is there")
        return b"a model of " + solver[:2]

    def leave(self) -> None:
        self.cluster.demands.pop(str(id(self)), None)
