"""What a server has to do, for the one who runs it: only counts, and nothing of anybody's runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """One worker process.

    Attributes:
        bytes: The memory it uses.
        limit: The memory at which it is ended and replaced, in bytes; None without a limit.
        busy: Whether it trains.
    """

    bytes: int
    limit: int | None
    busy: bool


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """All of one server.

    Attributes:
        started: When its service began, in UTC.
        workers: Those of its engine, or of the cluster; empty until the engine has been asked.
        waiting: How many runs wait.
        training: How many runs have a worker.
        longest_wait: How long the last in the queue will probably wait, in seconds; None where nobody waits.
        trouble: What is the matter with the engine, or an empty text.
        store_trouble: What is the matter with the store, or an empty text.
    """

    started: datetime
    workers: tuple[WorkerLoad, ...] = ()
    waiting: int = 0
    training: int = 0
    longest_wait: float | None = None
    trouble: str = ""
    store_trouble: str = ""
