"""The embedded engine as the app has it: a process that it starts, reaches by an address, and ends.

That process runs `adder.runs.engine_main`; this module imports no Dask.
"""

from __future__ import annotations

import os
import subprocess
import sys

from adder.base import validation
from adder.base.errors import RunError

NICENESS = 10  # of runs that people wait for; the page comes before them
BACKGROUND_NICENESS = 19
WORKER_BYTES = 4_000_000_000  # at which a nanny ends and replaces a worker; its run goes on from its checkpoint


class EmbeddedEngine:
    """A scheduler and workers in a process that this one starts and ends.

    Args:
        workers: How many worker processes train.
        background: Whether they give way to the workers of other engines on this machine.

    Attributes:
        address: The scheduler's.
        process: The engine's process.

    Raises:
        ExperimentError: `ADDER_WORKER_BYTES` is not a whole number from 10^8 to 10^13.
        RunError: The engine ended at once.
        OSError: It could not be started.
    """

    def __init__(self, workers: int, *, background: bool = False) -> None:
        most = validation.from_environment("ADDER_WORKER_BYTES", None, 10**8, 10**13) or WORKER_BYTES
        niceness = BACKGROUND_NICENESS if background else NICENESS
        options = ("--workers", str(workers), "--niceness", str(niceness), "--worker-bytes", str(most))
        self.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "adder.runs.engine_main", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            # A group of its own, because Ctrl+C is for the app, which ends the engine once all runs have come home.
            # No session of its own, because Linux compares niceness only within a session.
            process_group=0,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise RunError("its process ended with status {status}", status=self.process.wait())

    def close(self) -> None:
        """End the engine: ask first, then kill."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
