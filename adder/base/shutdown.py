"""What happens while the interpreter shuts down; the one place that uses a private name of `threading`."""

from __future__ import annotations

import threading
from collections.abc import Callable


def before_threads_end(call: Callable[[], None]) -> None:
    """Call this when the interpreter shuts down, while threads and executors still work.

    `atexit` is too late for anything that uses an executor, as Dask's client does: by then none takes new work.
    """
    threading._register_atexit(call)  # type: ignore[attr-defined]
