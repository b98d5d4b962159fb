"""What the workers of the page benchmark load, as Dask's `preload`: they write down when each epoch ended."""

from __future__ import annotations

import os
import time

FILE = "ADDER_BENCH_EPOCH_ENDS"  # This variable names the file.


def dask_setup(worker: object) -> None:
    """Called by Dask in every worker as it starts."""
    from adder.runs.worker import Watch
    from adder.training.trainer import EpochEvent

    note = Watch.note

    def noting(watch: Watch, event: EpochEvent) -> None:
        with open(os.environ[FILE], "a", encoding="utf-8") as ends:
            ends.write(f"{event.epoch} {time.time()}\n")
        note(watch, event)

    Watch.note = noting  # type: ignore[method-assign]
