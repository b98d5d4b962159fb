"""How a process ends: what is called while the interpreter shuts down, and SIGTERM as an exception.

This is the one place that uses a private name of `threading`.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn


def before_threads_end(call: Callable[[], None]) -> None:
    """Call this when the interpreter shuts down, while threads and executors still work.

    `atexit` is too late for anything that uses an executor, as Dask's client does: by then none takes new work.
    """
    threading._register_atexit(call)  # type: ignore[attr-defined]


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends what takes long as Ctrl+C does: what is finished is written."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Raise `Terminated` where SIGTERM would end the process at once."""

    def end(*_: object) -> NoReturn:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():  # no other may say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
