"""The training engine as the dispatcher knows it: hand a run to a worker, hear of its epochs, ask it to end.

`adder.runs.dask_engine` is the one implementation; a fake one tests everything above it. An engine may be lost at any
time, and `open` finds or starts it again. Only the dispatcher's thread calls it, except for `trouble` and
`keras_file`, which any thread may use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from adder.base.errors import AdderError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.runs.server_load import WorkerLoad
from adder.runs.status import Status
from adder.solvers.results import Report
from adder.solvers.snapshots import Packed
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that a run was handed to a worker: the run's id, and a number that counts the times."""

    run_id: str
    number: int


@dataclass(frozen=True, slots=True)
class News:
    """What a worker tells while it trains.

    Attributes:
        attempt: The attempt that tells it.
        message: What a person should know, or an empty text.
        event: The epoch that is over; None while the worker gets ready, and within an epoch.
        saved: Whether this only tells that the engine has a new checkpoint.
        part: The share of the present epoch that is over; only long epochs tell it.
        snapshot: An epoch and the weights after it, packed; most come with the epoch, and some a moment later.
    """

    attempt: Attempt
    message: str
    event: EpochEvent | None
    saved: bool = False
    part: float | None = None
    snapshot: tuple[int, Packed] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        status: What the run is now; failed, paused, stopped or done.
        message: What a person should know, or an empty text.
        checkpoint: Where the run stands, or None if the attempt got nowhere.
        report: The evaluation of a run that is done or stopped.
    """

    status: Status
    message: str = ""
    checkpoint: Checkpoint | None = field(default=None, repr=False)
    report: Report | None = field(default=None, repr=False)

    @classmethod
    def failed(cls, error: Exception) -> Outcome:
        """The outcome of an attempt that an error ended."""
        why = error.sentence if isinstance(error, AdderError) else str(error)
        return cls(Status.FAILED, Sentence("The run failed: {why}", why=why))


class WorkersLostError(AdderError):
    """So many workers were lost during an attempt that the engine gave it up."""


class Engine(Protocol):
    """What trains runs in worker processes."""

    @property
    def trouble(self) -> str:
        """Why the engine cannot train now, in a sentence, or an empty text."""

    def listen(self, on_epoch: Callable[[News], None], on_end: Callable[[Attempt], None]) -> None:
        """Call these from now on, on any thread: with what workers tell, and when an attempt has an outcome."""

    def open(self) -> bool:
        """Start the engine or find it, and say whether it is there; `trouble` says why it is not."""

    def is_open(self) -> bool:
        """Whether the engine is there; false once it was lost."""

    def close(self) -> None:
        """Let go of the engine, and end it if `open` started it."""

    def slots(self, demand: int) -> int:
        """How many workers this service may use now, if it could use `demand`."""

    def idle(self) -> int:
        """How many workers other services leave idle; the caller knows what it has handed out itself."""

    def submit(
        self, attempt: Attempt, experiment: Experiment, checkpoint: Checkpoint | None, until: int | None
    ) -> None:
        """Hand a run to a worker, to train from its checkpoint to its end or to the epoch `until`."""

    def signal(self, attempt: Attempt, ending: Status) -> None:
        """Ask a run to be paused or stopped: after its present epoch if that is nearly over, else within it."""

    def restart_worker(self, attempt: Attempt) -> None:
        """End the worker of an attempt, because it does not obey, and start another in its place."""

    def checkpoint(self, attempt: Attempt) -> Checkpoint | None:
        """The latest checkpoint of an attempt; None before the first, and if it was handed out before."""

    def outcome(self, attempt: Attempt) -> Outcome | None:
        """How an attempt ended; None while it goes on, and if the engine that had it was lost.

        Raises:
            WorkersLostError: The engine gave the attempt up.
        """

    def forget(self, attempt: Attempt) -> None:
        """Delete what the engine keeps of an attempt that is over."""

    def worker_loads(self) -> tuple[WorkerLoad, ...]:
        """What each worker does."""

    def keras_file(self, solver: bytes) -> bytes:
        """A solver's network as a `.keras` file, made by a worker while the caller waits."""

    def leave(self) -> None:
        """Tell the other services of a cluster that this one needs no workers any more."""
