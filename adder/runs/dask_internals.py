"""What adder needs of Dask that has no public name, and how its connections are kept safe."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence

if TYPE_CHECKING:
    from distributed import LocalCluster, Nanny, Scheduler
    from distributed.security import Security


def fork_workers() -> None:
    """Have Dask fork workers from the process that `multiprocessing` keeps for that.

    Dask would have that process import what is installed of a long list, which takes a second.
    """
    import dask
    from distributed import utils

    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    utils._forkserver_preload_set = True


def respawn_workers(cluster: LocalCluster, workers: int) -> None:
    """Start workers in place of those whose nannies gave up, as nannies do if a worker dies while it starts."""
    from distributed.core import Status

    for name, nanny in list(cluster.workers.items()):
        if nanny.status in (Status.closed, Status.failed):
            del cluster.workers[name]
    cluster.scale(workers)


async def restart_nanny(dask_worker: Nanny | None = None) -> None:
    """End a nanny's worker, whatever it does, and start another; Dask calls this with the nanny."""
    assert dask_worker is not None
    await dask_worker.restart()


def delete_metadata(key: str, name: str, dask_scheduler: Scheduler | None = None) -> None:
    """Delete one entry of a key of the scheduler's metadata; Dask calls this with the scheduler."""
    assert dask_scheduler is not None
    dask_scheduler.task_metadata.get(key, {}).pop(name, None)


def keep_no_events(topic: str, dask_scheduler: Scheduler | None = None) -> None:
    """Pass on the events of a topic and keep none; Dask would keep a thousand. It calls this with the scheduler."""
    assert dask_scheduler is not None
    dask_scheduler._broker._topics[topic].events = deque(maxlen=0)


def security_of(certificate: str) -> Security:
    """TLS for those who hold one key: nobody else can connect, and they connect to nobody else."""
    from distributed.security import Security

    keys = {f"tls_{role}_{part}": certificate for role in ("scheduler", "worker", "client") for part in ("key", "cert")}
    return Security(require_encryption=True, tls_ca_file=certificate, **keys)


def refuse_without_certificates() -> None:
    """Check that Dask knows certificates, which a cluster needs if its address begins with `tls://`.

    Raises:
        ExperimentError: Dask knows none, or cannot use their files.
    """
    from distributed.security import Security

    why = ""
    try:
        if Security().get_connection_args("client")["ssl_context"] is None:
            why = Sentence("Dask's settings name none")
    except OSError as error:
        why = str(error)
    if why:
        raise ExperimentError("ADDER_SCHEDULER", Sentence("given with certificates, as the hosting guide says"), why)
