"""A training engine that outlives the services of the tests, as that of a cluster does: it starts once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def engine(workers: int) -> Iterator[str]:
    """The address of an engine's scheduler; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "adder.engine", "--workers", str(workers), "--worker-bytes", "4000000000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()
