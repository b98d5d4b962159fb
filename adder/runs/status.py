"""What a run can be, and what it can become next: the one table of statuses."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """The state of a run.

    >>> Status("queued").active, Status.PAUSED.active
    (True, False)
    """

    LOADING = "loading"  # Only a view says this, until the run has been read from the store.
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether the run waits for a worker or has one."""
        return self in ACTIVE

    @property
    def over(self) -> bool:
        """Whether the run ended, so that its solver is kept as a file."""
        return self in (Status.DONE, Status.STOPPED, Status.FAILED)


ACTIVE = (Status.QUEUED, Status.RUNNING)

NEXT: Mapping[Status, frozenset[Status]] = {
    Status.LOADING: frozenset(),
    Status.QUEUED: frozenset({Status.RUNNING, Status.PAUSED, Status.STOPPED}),
    # A run is queued again when it gave its worker away, or when its worker or the engine was lost.
    Status.RUNNING: frozenset({Status.QUEUED, Status.PAUSED, Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.STOPPED}),
    Status.DONE: frozenset(),  # Resuming makes a copy, which is paused.
    Status.STOPPED: frozenset({Status.QUEUED}),
    Status.FAILED: frozenset({Status.QUEUED}),
}
