"""What the workers of the tests load, as Dask's `preload`: an epoch of a long run sleeps, so that a test can interrupt
the run, and yet takes no more of the processor than one of a short run. Tests call the rest in workers, by name.
"""

from __future__ import annotations

import os
import time
from typing import Any, NoReturn

from adder import Experiment
from adder.training import trainer

LONG_EPOCHS = 120  # Runs of fewer epochs are not slowed down.
ENDLESS_EPOCHS = 1_000  # Such a run is watched, and nobody waits for its end.
EPOCH_SECONDS = 0.05
WATCHED_SECONDS = 0.2


def dask_setup(worker: object) -> None:
    """Called by Dask in every worker as it starts."""
    batches = trainer.batches

    def slowly(experiment: Experiment, epoch: int, *history: Any) -> tuple[Any, Any]:
        epochs = experiment.training.epochs
        if epochs >= LONG_EPOCHS:
            time.sleep(EPOCH_SECONDS if epochs < ENDLESS_EPOCHS else WATCHED_SECONDS)
        return batches(experiment, epoch, *history)

    trainer.batches = slowly


def slow_down(seconds: float) -> None:
    """Have epochs take so long in this worker, but not in the one that replaces it."""
    global EPOCH_SECONDS
    EPOCH_SECONDS = seconds


def recycle_soon() -> int:
    """Have this worker, whose id this says, count as one that has grown large."""
    from adder.runs import worker

    worker.RECYCLED_BYTES = 1
    return os.getpid()


def breaking(*_: object) -> NoReturn:
    """Stands where `adder.runs.worker.train` does, as its programming mistake would."""
    raise RuntimeError(f"broken in process {os.getpid()}")
