"""One run: what a page sees of it, what a list tells of it, and what its service keeps of it.

Nothing here locks, reads a disk or trains.
"""

from __future__ import annotations

import dataclasses
import secrets
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adder.experiment import Experiment
from adder.runs.status import ACTIVE, NEXT, Status
from adder.runs.visitors import NOBODY, TAB_PREFIX, Visitor
from adder.solvers.results import Epoch, Report
from adder.solvers.snapshots import Packed, Snapshots
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent

RELOAD_SECONDS = 5.0  # A browser may take this long to load a page again.
UNWATCHED_SECONDS = 600.0  # A run pauses if nobody has watched it for this long.
SNAPSHOTS_SECONDS = 30.0  # Snapshots may be large, so a run in training stores them no more often.
MOST_OWNERS = 200  # A whole school may train the same; those who come later can only leave the run.


@dataclass(frozen=True, slots=True)
class RunView:
    """What a page sees of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is being trained.
        status: What the run is now.
        place: The place in the queue, 1 being next; 0 when not queued.
        events: The epochs so far; only the last one keeps its examples.
        message: What a person should know now, such as why it failed: a `Sentence`, or empty.
        moving: Whether it trains already; false while a worker is getting ready.
        part: The share of the present epoch that is over; 0 unless an epoch takes long.
        report: The evaluation made when the run was done or stopped, or None.
        wait: The expected wait for a worker in seconds; None if the run does not wait or nobody can say.
        watchers: How many people watch the run now, including the one who asks.
        lost: Whether what the run has learned is gone, so that it would begin from the start.
        wanted: The settings of training that change as soon as its present epoch is over, by name.
        elsewhere: Whether another process on the same store trains the run, or did until a moment ago.
        snapshots: The epochs whose weights are kept to be looked at, in ascending order; 0 is before any training.
    """

    id: str
    experiment: Experiment
    status: Status
    place: int = 0
    events: tuple[EpochEvent, ...] = ()
    message: str = ""
    moving: bool = False
    part: float = 0.0
    report: Report | None = None
    wait: float | None = None
    watchers: int = 0
    lost: bool = False
    wanted: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: bool = False
    snapshots: tuple[int, ...] = ()

    @property
    def active(self) -> bool:
        """Whether the run may change by itself, so that a page polls it: it is loading, queued or running."""
        return self.status in (Status.LOADING, *ACTIVE)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What lists and boards tell of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is trained.
        status: What the run is.
        epochs: How many epochs are over.
        samples: How many training questions the network has seen.
        seconds: How long its epochs took together.
        exact_match: The share of right answers in the report, or else after the last epoch; None before both.
        exact_match_interval: The 95 % confidence interval of that share; None before there is a report.
        split: Which questions were asked, `"held_out"` or `"fresh"` ones.
        created: When the run was asked for, in UTC.
    """

    id: str
    experiment: Experiment
    status: Status
    epochs: int
    samples: int
    seconds: float
    exact_match: float | None
    exact_match_interval: tuple[float, float] | None
    split: str
    created: datetime

    @classmethod
    def of(
        cls,
        run_id: str,
        experiment: Experiment,
        status: Status,
        created: datetime,
        events: Sequence[Epoch],
        report: Report | None,
    ) -> RunRecord:
        """The record of a run from what is known of it."""
        last = events[-1] if events else None
        split = "held_out" if experiment.task.held_out else "fresh"
        return cls(
            id=run_id,
            experiment=experiment,
            status=status,
            epochs=last.epoch if last else 0,
            samples=last.samples if last else 0,
            seconds=sum(event.seconds for event in events),
            exact_match=report.exact_match if report else last.exact_match if last else None,
            exact_match_interval=report.exact_match_interval if report else None,
            split=report.split if report else split,
            created=created,
        )

    @property
    def weights(self) -> int:
        """How many weights the network has."""
        return self.experiment.weights


@dataclass(slots=True, eq=False)
class Run:
    """A run as its service has it; whoever changes it holds the registry's lock.

    Attributes:
        view: What a page sees; replaced as a whole at every change, so that reading it needs no lock.
        created: When the run was asked for, in UTC.
        asker: Who asked for the run last; two unknown askers never count as the same person.
        owners: The people who asked for the run. One who is alone may end it; among several, each may leave it.
        arrival: A number that grows with time; a run that gave its worker away gets a new one.
        expected: Seconds that all epochs would take on the machine that trained the shipped solvers.
        until: The epoch after which the run pauses by itself, or None.
        asked: What the run was asked to become: paused, stopped, or queued again so that others have its worker; None
            if it goes on.
        asked_at: When it was asked that, by `time.monotonic`.
        attempt: Counts how often the run was handed to a worker. It starts at a random number: the scheduler may
            hold leftovers of an earlier server.
        handed_steps: The steps that were over when its present attempt began.
        handed_at: When that attempt began, by `time.monotonic`.
        moving_since: When its present turn began, by `time.monotonic`, once it trains.
        turn_seconds: How much of its turn was over before the present attempt, which follows a change.
        fetchable: Whether the engine may have a newer checkpoint.
        checkpoint: Where the run stands, so that it can go on from there.
        away: The epoch of the checkpoint if that is on disk alone, to spare memory; otherwise None.
        awaited: The attempt that was taken back and whose last checkpoint is still to come, or None.
        snapshots: The weights of epochs to look back at, or None.
        snapshots_stored_at: When the snapshots were last given away to be stored, by `time.monotonic`.
        solver: The network as of the checkpoint, made when first asked for, or as read from its file.
        elsewhere: Whether another process on the same store trains the run.
        watched: Whether anybody watched the run a moment ago.
        watched_at: When anybody last watched it, by `time.monotonic`.
        looked_at: When it was last asked for, or read from the disk.
    """

    view: RunView
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    asker: Visitor = NOBODY
    owners: tuple[str, ...] = ()
    arrival: int = 0
    expected: float = 0.0
    until: int | None = None
    asked: Status | None = None
    asked_at: float = 0.0
    attempt: int = field(default_factory=lambda: secrets.randbits(32))
    handed_steps: int = 0
    handed_at: float = 0.0
    moving_since: float = 0.0
    turn_seconds: float = 0.0
    fetchable: bool = False
    checkpoint: Checkpoint | None = None
    away: int | None = None
    awaited: int | None = None
    snapshots: Snapshots | None = None
    snapshots_stored_at: float = 0.0
    solver: Solver | None = None
    elsewhere: bool = False
    watched: bool = True
    watched_at: float = field(default_factory=time.monotonic)
    looked_at: float = 0.0

    @classmethod
    def new(
        cls, experiment: Experiment, status: Status = Status.QUEUED, *, asker: Visitor = NOBODY, **kept: Any
    ) -> Run:
        """A run with an id that nobody can guess, and the asker's own."""
        run = cls(RunView(secrets.token_urlsafe(12), experiment, status), asker=asker, **kept)
        run.join(asker)
        return run

    @property
    def id(self) -> str:
        """Names the run, in addresses too."""
        return self.view.id

    @property
    def status(self) -> Status:
        """What the run is now."""
        return self.view.status

    @property
    def active(self) -> bool:
        """Whether the run waits for a worker of this service or has one."""
        return self.status.active and not self.elsewhere

    @property
    def queued(self) -> bool:
        """Whether the run waits for a worker of this service."""
        return self.status is Status.QUEUED and not self.elsewhere

    @property
    def training(self) -> bool:
        """Whether a worker of this service has the run."""
        return self.status is Status.RUNNING and not self.elsewhere

    @property
    def epochs(self) -> int:
        """How many epochs are over."""
        return self.view.events[-1].epoch if self.view.events else 0

    @property
    def checkpoint_epoch(self) -> int:
        """The epoch of the last checkpoint, 0 before the first."""
        return self.checkpoint.epoch if self.checkpoint else self.away or 0

    @property
    def bytes(self) -> int:
        """How many bytes of memory its checkpoint or solver and its snapshots take."""
        return sum(each.array_bytes for each in (self.checkpoint or self.solver, self.snapshots) if each)

    @property
    def checkpoint_steps(self) -> int:
        """The steps of training in the last checkpoint."""
        return self.checkpoint.steps if self.checkpoint else 0

    def update(self, **changes: Any) -> None:
        """Change what a page sees, except for the status."""
        self.view = dataclasses.replace(self.view, **changes)

    def become(self, status: Status, message: str = "") -> None:
        """Change the status.

        Raises:
            ValueError: A run of the present status cannot become that.
        """
        if status not in NEXT[self.status]:
            raise ValueError(f"a run that is {self.status} cannot become {status}")
        self.update(status=status, message=message, moving=False, part=0.0)

    def record(self) -> RunRecord:
        """What a list tells of the run."""
        view = self.view
        return RunRecord.of(view.id, view.experiment, view.status, self.created, view.events, view.report)

    def join(self, asker: Visitor) -> None:
        """Make the run somebody's own too."""
        if asker.person and asker.person not in self.owners and len(self.owners) < MOST_OWNERS:
            self.owners = (*self.owners, asker.person)

    def leave(self, asker: Visitor) -> None:
        """Make the run somebody's own no longer."""
        self.owners = tuple(owner for owner in self.owners if owner != asker.person)

    @property
    def known_owners(self) -> tuple[str, ...]:
        """Those of the owners who will be known again."""
        return tuple(owner for owner in self.owners if not owner.startswith(TAB_PREFIX))

    def is_own(self, asker: Visitor) -> bool:
        """Whether somebody has asked for the run, or nobody has."""
        return not asker.person or not self.owners or asker.person in self.owners

    def is_own_alone(self, asker: Visitor) -> bool:
        """Whether nobody else has asked for the run, so that this one may end it."""
        return self.is_own(asker) and (not asker.person or len(self.owners) <= 1)

    def look(self, now: float, *, watched: bool) -> None:
        """Note whether anybody watches the run."""
        self.watched = watched
        if watched:
            self.watched_at = now

    def is_left(self, now: float) -> bool:
        """Whether those who watched the run have gone, and did not only reload their page."""
        return not self.watched and now - self.watched_at > RELOAD_SECONDS

    def is_abandoned(self, now: float) -> bool:
        """Whether nobody has watched the run for long."""
        return not self.watched and now - self.watched_at > UNWATCHED_SECONDS

    def seconds_left(self, speed: float) -> float:
        """The expected time to the end, from the run's own pace, or from `speed` times what was expected."""
        planned = self.view.experiment.training.epochs
        left = max(1, min(planned, self.until or planned) - self.epochs) - self.view.part
        return left * (self.epoch_seconds or self.expected / planned * speed)

    @property
    def epoch_seconds(self) -> float:
        """How long an epoch takes now; 0 before the second, because the first may have waited for a compilation."""
        later = [event.seconds for event in self.view.events[1:]]
        return statistics.median(later[-5:]) if later else 0.0

    def hear(self, event: EpochEvent) -> None:
        """Take in an epoch; a run that goes on from a checkpoint may repeat epochs that are known already."""
        self._set_events([*(each for each in self.view.events if each.epoch < event.epoch), event])

    def keep(self, checkpoint: Checkpoint) -> None:
        """Take in a checkpoint, and those of its epochs that are not known yet."""
        self.checkpoint, self.solver, self.away = checkpoint, None, None
        known = {event.epoch for event in self.view.events}
        missed = [event for event in events_of(checkpoint.history) if event.epoch not in known]
        self._set_events(sorted([*self.view.events, *missed], key=lambda event: event.epoch))

    @property
    def next_epoch(self) -> int:
        """The first epoch that has not begun, as far as the last checkpoint tells."""
        return self.checkpoint.next_epoch if self.checkpoint else 1

    def change(self) -> None:
        """Let the wanted settings hold from the first epoch that has not begun; if none is left, drop them.

        Nobody knows that epoch while the last checkpoint is still to come.
        """
        if self.awaited is not None:
            return
        experiment, wanted = self.view.experiment, self.view.wanted
        if wanted and self.next_epoch <= experiment.training.epochs:
            experiment = experiment.changed(self.next_epoch, wanted)
        self.update(experiment=experiment, wanted={})
        if self.snapshots is not None:
            self.snapshots = dataclasses.replace(self.snapshots, experiment=experiment)

    def keep_snapshot(self, epoch: int, row: Packed) -> None:
        """Take in the weights after an epoch, packed."""
        before = self.snapshots.kept if self.snapshots else {}
        self.look_back_at(Snapshots(self.view.experiment, before).after(epoch, row))

    def look_back_at(self, snapshots: Snapshots | None) -> None:
        """Let a page see these snapshots and no others."""
        self.snapshots = snapshots if snapshots and snapshots.kept else None
        self.update(snapshots=snapshots.epochs if snapshots else ())

    def snapshots_to_store(self, now: float) -> Snapshots | None:
        """The snapshots if they are to be stored now, which is seldom during training; None if they are not."""
        if self.training and now - self.snapshots_stored_at < SNAPSHOTS_SECONDS:
            return None
        self.snapshots_stored_at = now
        return self.snapshots

    def put_away(self) -> None:
        """Drop what was learned from memory; the disk has it."""
        self.away = self.checkpoint_epoch
        self.checkpoint = self.solver = None
        self.look_back_at(None)

    def lose(self, message: str) -> None:
        """Go on without what was learned, and say so."""
        self.checkpoint, self.solver, self.away = None, None, None
        self.look_back_at(None)
        self.update(events=(), message=message, lost=True)

    def copy(self, asker: Visitor) -> Run:
        """A paused copy of this run as it was at its last checkpoint."""
        copy = Run.new(
            self.view.experiment, Status.PAUSED, asker=asker, expected=self.expected, checkpoint=self.checkpoint
        )
        copy.update(events=tuple(event for event in self.view.events if event.epoch <= self.checkpoint_epoch))
        copy.look_back_at(self.snapshots and self.snapshots.until(self.checkpoint_epoch))
        return copy

    def _set_events(self, events: list[EpochEvent]) -> None:
        """Keep the examples of the last epoch, and of those since the checkpoint: a copy may end with any of them."""
        for place, event in enumerate(events[:-1]):
            if event.examples and event.epoch < self.checkpoint_epoch:
                events[place] = dataclasses.replace(event, examples=())
        self.update(events=tuple(events))


def events_of(history: Sequence[Epoch]) -> list[EpochEvent]:
    """The epochs of a file as events, without examples."""
    return [EpochEvent(**dataclasses.asdict(epoch)) for epoch in history]
