"""One run: what everyone may see of it, and what the service keeps of it. Nothing here locks or trains anything."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adder.base.errors import StoreError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.runs.store import ACTIVE, RunRecord, Store, StoredRun
from adder.solvers.results import Epoch, Report
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent

if TYPE_CHECKING:
    from distributed import Future

_log = logging.getLogger(__name__)

STATUSES = ("queued", "running", "paused", "done", "stopped", "failed")
WATCHING_SECONDS = 10  # who looked so lately is watching still
MOST_WATCHERS = 1_000  # of one run that are remembered


@dataclass(frozen=True, slots=True)
class RunView:
    """What anyone may see of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is being trained.
        status: `"queued"`, `"running"`, `"paused"`, `"done"`, `"stopped"` or `"failed"`.
        place: The place in the queue, 1 being next; 0 when not queued.
        events: The epochs so far; only the last one keeps its examples.
        message: What a person should know now, such as why it failed: a `Sentence`, or empty.
        moving: Whether epochs are coming; false while a worker still gets ready.
        report: The evaluation made when the run was done or stopped, or None.
        wait: How long it will probably wait for its turn, in seconds; None where it does not wait or nobody can say.
        watchers: How many look at it just now, who looks included.
    """

    id: str
    experiment: Experiment
    status: str
    place: int = 0
    events: tuple[EpochEvent, ...] = ()
    message: str = ""
    moving: bool = False
    report: Report | None = None
    wait: float | None = None
    watchers: int = 0

    @property
    def active(self) -> bool:
        """Whether the run is waiting or running."""
        return self.status in ACTIVE


@dataclass(slots=True)
class Job:
    """A run as its service has it; whoever changes it holds the service's lock."""

    id: str
    experiment: Experiment
    status: str = "queued"
    asker: str = ""
    arrival: int = 0  # the place in the order in which runs came to wait
    turn_began: float = 0.0  # when the first epoch of its present turn came
    expected: float = 0.0  # seconds that all its epochs would take on the machine that trained what ships
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    events: list[EpochEvent] = field(default_factory=list)
    message: str = ""
    ending: str = (
        ""  # what it is to be after its present epoch: "paused", "stopped", "yielding", or nothing of the kind
    )
    until: int | None = None  # the epoch after which it pauses by itself
    moving: bool = False
    watchers: dict[str, float] = field(default_factory=dict)
    # Counts on from a number of chance, for a scheduler may still hold what a former server left of this run.
    attempt: int = field(default_factory=lambda: secrets.randbits(32))
    handed_epoch: int = 0  # where it stood when its present attempt began
    checkpoint: Checkpoint | None = None
    solver: Solver | None = None  # as of the checkpoint, or of the file of a run that came from the store
    report: Report | None = None
    # As of the last look, for what has not changed since.
    record: RunRecord | None = None
    seen: RunView | None = None
    elsewhere: bool = False  # another process trains it
    stale: bool = False  # another process knows better by now
    future: Future | None = None

    @property
    def active(self) -> bool:
        """Whether this service has the run waiting or running."""
        return self.status in ACTIVE and not self.elsewhere

    @property
    def waiting(self) -> bool:
        """Whether it waits for a worker of this service."""
        return self.status == "queued" and not self.elsewhere

    @property
    def training(self) -> bool:
        """Whether a worker of this service has it."""
        return self.status == "running" and not self.elsewhere

    @property
    def epochs(self) -> int:
        """How many are over."""
        return self.events[-1].epoch if self.events else 0

    @property
    def checkpoint_epoch(self) -> int:
        """The epoch of the last checkpoint, 0 before the first."""
        return self.checkpoint.epoch if self.checkpoint else 0

    def looked(self, watcher: str) -> None:
        """Note that somebody looks at it just now."""
        if watcher:
            self.watchers.pop(watcher, None)
            self.watchers[watcher] = time.monotonic()
            for oldest in list(self.watchers)[:-MOST_WATCHERS]:
                self.watchers.pop(oldest, None)

    def looking(self) -> set[str]:
        """Who has looked at it lately."""
        now = time.monotonic()
        return {watcher for watcher, looked in list(self.watchers.items()) if now - looked < WATCHING_SECONDS}

    def seconds_left(self, speed: float) -> float:
        """How long it will probably take still, from its own pace, or from `speed` times what was expected."""
        planned = self.experiment.training.epochs
        left = max(1, min(planned, self.until or planned) - self.epochs)
        later = [event.seconds for event in self.events[1:]]  # the first epoch may have waited for its compilation
        return left * (statistics.median(later[-5:]) if later else self.expected / planned * speed)

    def hear(self, event: EpochEvent) -> None:
        """Take in an epoch; a run that goes on from a checkpoint may pass epochs that were already heard of."""
        self.events = [*(each for each in self.events if each.epoch < event.epoch), event]
        self._shed_examples()

    def keep(self, checkpoint: Checkpoint) -> None:
        """Take in a checkpoint, and the epochs in it that were not heard of yet."""
        self.checkpoint, self.solver = checkpoint, None
        known = {event.epoch for event in self.events}
        missed = [EpochEvent(**dataclasses.asdict(epoch)) for epoch in checkpoint.history if epoch.epoch not in known]
        if missed:
            self.events = sorted([*self.events, *missed], key=lambda event: event.epoch)
        self._shed_examples()

    def copy(self, asker: str) -> Job:
        """A run of its own that rests where this one stood at its last checkpoint."""
        copy = Job(new_id(), self.experiment, "paused", asker, expected=self.expected, checkpoint=self.checkpoint)
        copy.events = [event for event in self.events if event.epoch <= self.checkpoint_epoch]
        return copy

    def _shed_examples(self) -> None:
        """Keep examples of the last epoch, and of those since the checkpoint that a copy may be made of."""
        for place, event in enumerate(self.events[:-1]):
            if event.examples and event.epoch < self.checkpoint_epoch:
                self.events[place] = dataclasses.replace(event, examples=())


def revived(run: StoredRun, store: Store) -> Job:
    """A run as the store has it; what cannot be read is told in its message."""
    job = Job(run.record.id, run.record.experiment, run.record.status, created=run.record.created)
    job.elsewhere, job.message = run.active, run.message
    if job.elsewhere:
        job.message = Sentence("Another process of this server trains this run")
    try:
        whole = store.run(job.id) or run
        job.report = whole.report
        history: tuple[Epoch, ...] = ()
        if job.status in ("done", "stopped", "failed"):
            job.solver = _solver_on_disk(job.id, store)
        if job.solver is not None:
            history = job.solver.history
        elif (checkpoint := store.checkpoint(job.id)) is not None:
            job.checkpoint, history = checkpoint, checkpoint.history
        elif run.record.epochs:
            job.message = Sentence("What this run has learned is lost; train it again to learn it anew")
        job.events = [EpochEvent(**dataclasses.asdict(epoch)) for epoch in history]
        if job.events and whole.examples and job.epochs == whole.record.epochs:
            job.events[-1] = dataclasses.replace(job.events[-1], examples=whole.examples)
    except StoreError as error:
        _log.warning("run %s: %s", job.id, error)
        job.message = Sentence("What this run has learned is lost: {why}", why=error.sentence)
    return job


def _solver_on_disk(job_id: str, store: Store) -> Solver | None:
    """The solver's file; None where it cannot be read either, for the checkpoint knows as much."""
    try:
        return store.solver(job_id)
    except StoreError as error:
        _log.warning("run %s: %s", job_id, error)
        return None


def new_id() -> str:
    """Names a run in addresses; nobody can guess it."""
    return secrets.token_urlsafe(12)
