"""The embedded training engine: a scheduler and worker processes on this machine, in a process of their own.

    python -m adder.runs.engine_main --workers 2 --niceness 10 --worker-bytes 4000000000

It prints the scheduler's address as one line when all workers are up, and ends when its standard input closes, so it
never outlives the app that started it. It gives way to the page: everything in it runs at a lower priority. The
scheduler listens on the loopback interface only, since Dask serialises with pickle and trusts whoever can connect.
Nothing imports this module; `adder.runs.engine_process` runs it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import LocalCluster

MEND_SECONDS = 2.0


def main() -> None:
    """Run the engine until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m adder.runs.engine_main")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--niceness", type=int, default=0)
    parser.add_argument("--worker-bytes", type=int, required=True)
    options = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(options.niceness)

    import dask
    from distributed import LocalCluster

    with (
        dask.config.set(
            {
                # A task whose worker dies runs again; a run that goes on from checkpoints can bear many deaths.
                "distributed.scheduler.allowed-failures": 20,
                # A worker that is replaced may take long to start; its minder is not to be given up meanwhile.
                "distributed.deploy.lost-worker-timeout": "10 minutes",
                # Every topic keeps this many of its last messages; an epoch's is a few kilobytes.
                "distributed.admin.low-level-log-length": 100,
                # Every run's checkpoint is a client to the scheduler, which forgets what it noted of it so much later.
                "distributed.scheduler.events-cleanup-delay": "10 seconds",
                # There is no data here to be put on disk, and a worker that stops taking runs would help nobody.
                "distributed.worker.memory.target": False,
                "distributed.worker.memory.spill": False,
                "distributed.worker.memory.pause": False,
                # Dask opens an HTTP server in every process; these serve nothing.
                "distributed.scheduler.http.routes": [],
                "distributed.worker.http.routes": [],
                "distributed.nanny.http.routes": [],
            }
        ),
        LocalCluster(
            n_workers=options.workers,
            threads_per_worker=1,
            memory_limit=options.worker_bytes,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            # Any port on the loopback interface, not the usual one that another engine may have.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        print(cluster.scheduler_address, flush=True)
        ended = threading.Event()
        threading.Thread(target=_wait_for_end, args=(ended,), name="adder-stdin", daemon=True).start()
        while not ended.wait(MEND_SECONDS):
            cluster.loop.add_callback(_mend, cluster, options.workers)


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _mend(cluster: LocalCluster, workers: int) -> None:
    """Start workers in the place of those whose minders gave up, as they do where a worker dies while it starts."""
    from distributed.core import Status

    for name, minder in list(cluster.workers.items()):
        if minder.status in (Status.closed, Status.failed):
            del cluster.workers[name]
    cluster.scale(workers)


if __name__ == "__main__":
    main()
