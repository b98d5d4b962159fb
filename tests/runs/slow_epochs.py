"""What the workers of the tests load, as Dask's `preload`: an epoch of a long run sleeps, so that a test can interrupt
the run, and yet takes no more of the processor than one of a short run.
"""

from __future__ import annotations

import time
from typing import Any

from adder import Experiment
from adder.training import trainer

LONG_EPOCHS = 200  # a run of so many epochs, or more, is long
EPOCH_SECONDS = 0.05


def dask_setup(worker: object) -> None:
    """Called by Dask in every worker as it starts."""
    batches = trainer.batches

    def slowly(experiment: Experiment, epoch: int, *history: Any) -> tuple[Any, Any]:
        if experiment.training.epochs >= LONG_EPOCHS:
            time.sleep(EPOCH_SECONDS)
        return batches(experiment, epoch, *history)

    trainer.batches = slowly


def slow_down(seconds: float) -> None:
    """Have epochs take so long in this worker, but not in the one that replaces it."""
    global EPOCH_SECONDS
    EPOCH_SECONDS = seconds
