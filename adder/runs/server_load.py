"""How busy a server is, for its host: only counts, and nothing that tells who trains what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """One worker process.

    Attributes:
        bytes: The memory it uses.
        limit: The memory in bytes at which its nanny ends and replaces it; None without a limit.
        busy: Whether it trains.
    """

    bytes: int
    limit: int | None
    busy: bool


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """One server with its workers and runs.

    Attributes:
        started: When its service began, in UTC.
        workers: The workers of its engine or cluster; empty until the engine has been asked.
        waiting: How many runs wait.
        training: How many runs have a worker.
        longest_wait: The expected wait of the last run in the queue, in seconds; None if no run waits.
        disk_bytes: How many bytes the files of all runs take.
        most_disk_bytes: How many they may take before the oldest are deleted.
        trouble: Why the engine cannot train now, or an empty text.
        store_trouble: Why runs cannot be kept on disk now, or an empty text.
    """

    started: datetime
    workers: tuple[WorkerLoad, ...] = ()
    waiting: int = 0
    training: int = 0
    longest_wait: float | None = None
    disk_bytes: int = 0
    most_disk_bytes: int = 0
    trouble: str = ""
    store_trouble: str = ""
