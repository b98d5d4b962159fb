"""What adder needs of Dask that has no public name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import LocalCluster, Scheduler


def respawn_workers(cluster: LocalCluster, workers: int) -> None:
    """Start workers in place of those whose nannies gave up, as nannies do if a worker dies while it starts."""
    from distributed.core import Status

    for name, nanny in list(cluster.workers.items()):
        if nanny.status in (Status.closed, Status.failed):
            del cluster.workers[name]
    cluster.scale(workers)


def delete_metadata(key: str, name: str, dask_scheduler: Scheduler | None = None) -> None:
    """Delete one entry of a key of the scheduler's metadata; called on the scheduler, which fills in itself."""
    assert dask_scheduler is not None
    dask_scheduler.task_metadata.get(key, {}).pop(name, None)
