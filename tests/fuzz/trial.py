"""Feeds one input and measures what it took."""

from __future__ import annotations

import contextlib
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, ModuleType

MOST_SECONDS = 1.0
_LONGEST_SECONDS = 30  # A longer input is given up.


class Endless(Exception):  # noqa: N818  # It is nobody's error.
    """An input took so long that it was given up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an input did.

    Attributes:
        seconds: The processor time of all threads, since what else runs on the machine does not change it.
        trouble: What went wrong, or an empty text: a traceback, or what is unclear about a refusal.
    """

    seconds: float
    trouble: str

    @property
    def slow(self) -> bool:
        """Whether a person would have waited."""
        return self.seconds > MOST_SECONDS


def feed(kind: ModuleType, data: bytes) -> Outcome:
    """Feed an input, and catch whatever comes of it."""
    started = time.process_time()
    trouble = ""
    try:
        with _in_time():
            kind.feed(data)
    except Exception:  # noqa: BLE001  # Any error at all is wanted here.
        trouble = traceback.format_exc(limit=-3)
    return Outcome(time.process_time() - started, trouble)


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Endless

    former = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)
