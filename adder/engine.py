"""The embedded training engine: a scheduler and worker processes on this machine, in a process of their own.

    python -m adder.engine --workers 2 --niceness 10 --worker-bytes 4000000000

It prints the scheduler's address as one line when all workers are up, and ends when its standard input closes, so it
never outlives the app that started it. It gives way to the page: everything in it runs at a lower priority. The
scheduler listens on the loopback interface only, since Dask serialises with pickle and trusts whoever can connect.
Nothing imports this module; `adder.embedded` runs it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys


def main() -> None:
    """Run the engine until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m adder.engine")
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
                # Every topic keeps this many of its last messages; an epoch's is a few kilobytes.
                "distributed.admin.low-level-log-length": 100,
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
        sys.stdin.read()


if __name__ == "__main__":
    main()
