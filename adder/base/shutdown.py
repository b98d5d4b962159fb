"""Ends a process in order: calls made while the interpreter shuts down, and the handling of SIGTERM and Ctrl+C.

This is the one place that uses a private name of `threading`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn


def before_threads_end(call: Callable[[], None]) -> None:
    """Call this when the interpreter shuts down, while threads and executors still work.

    `atexit` is too late for anything that uses an executor, as Dask's client does: by then none takes new work.
    """
    threading._register_atexit(call)  # type: ignore[attr-defined]


def end_on_signals(close: Callable[[], None]) -> None:
    """Have SIGTERM and Ctrl+C call `close`, and then end the process at once, whatever its other threads still do.

    What handled a signal before is called as well. Only the main thread may call this; on another nothing happens.
    """

    def end() -> None:
        try:
            close()
        finally:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(0)

    def handling(before: Any) -> Callable[[int, FrameType | None], None]:
        def handle(number: int, frame: FrameType | None) -> None:
            try:
                if callable(before):
                    before(number, frame)
            finally:  # Python's own handler of Ctrl+C raises.
                with contextlib.suppress(RuntimeError):  # An earlier signal may have started it.
                    ending.start()

        return handle

    ending = threading.Thread(target=end, name="adder-end", daemon=True)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handling(signal.getsignal(number)))


class Terminated(KeyboardInterrupt):
    """SIGTERM ends a long command as Ctrl+C does: what is finished is written."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Raise `Terminated` where SIGTERM would end the process at once."""

    def end(*_: object) -> NoReturn:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():  # Only the main thread may handle signals.
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
