"""The embedded training engine: a scheduler and worker processes on this machine, in a process of their own.

    python -m adder.runs.engine_main --workers 2 --niceness 10 --worker-bytes 4000000000

It reads a key with its certificate up to a blank line, prints the scheduler's address as one line when its first worker
is up, and ends when its standard input closes, so it never outlives the app that started it. Everything in it runs at a
lower priority, so that pages come first. Dask serialises with pickle and trusts whoever it talks to: everything here
listens on the loopback interface only, and talks only to holders of that key.

On Linux, workers are forked from a process that has imported TensorFlow, so all but the first are there at once. That
import begins before this process imports anything of adder or Dask. Nothing imports this module;
`adder.runs.engine_process` runs its file.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import tempfile
import threading
from multiprocessing import forkserver

FORKS = sys.platform == "linux"  # Elsewhere the libraries of the system may not bear a fork.
RESPAWN_SECONDS = 2.0


def main() -> None:
    """Run the engine until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m adder.runs.engine_main")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--niceness", type=int, default=0)
    parser.add_argument("--worker-bytes", type=int, required=True)
    options = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(options.niceness)
    if FORKS:
        forkserver.set_forkserver_preload(["adder.runs.worker", "adder.training.epoch_program"])
        forkserver.ensure_running()
    _run(options.workers, options.worker_bytes)


def _run(workers: int, worker_bytes: int) -> None:
    import dask
    from distributed import LocalCluster

    from adder.runs.dask_internals import fork_workers, respawn_workers, security_of

    if FORKS:
        fork_workers()
    security = security_of("".join(itertools.takewhile(lambda line: line != "\n", sys.stdin)))
    up, ended = threading.Event(), threading.Event()
    threading.Thread(target=_wait_for_end, args=(up, ended), name="adder-stdin", daemon=True).start()

    with (
        dask.config.set(
            {
                # A task whose worker dies runs again, from its checkpoint. After the third death the service looks:
                # a run that got further is handed out again, and one that did not is given up.
                "distributed.scheduler.allowed-failures": 2,
                # A worker that is replaced may take long to start; don't give up on its nanny.
                "distributed.deploy.lost-worker-timeout": "10 minutes",
                # Dask keeps logs for its own developers in memory; nobody reads them here.
                "distributed.admin.low-level-log-length": 100,
                # The scheduler counts every checkpoint as a client; it drops a client's events after this delay.
                "distributed.scheduler.events-cleanup-delay": "10 seconds",
                # There is no data to spill to disk, and a worker that takes no more runs would help nobody.
                "distributed.worker.memory.target": False,
                "distributed.worker.memory.spill": False,
                "distributed.worker.memory.pause": False,
                # Dask has workers give memory back to the system at once. Taking it again, for each step of a training,
                # makes an epoch of the textbook network take 2.7 times as long.
                "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
                # Dask opens an HTTP server in every process; these serve nothing.
                "distributed.scheduler.http.routes": [],
                "distributed.worker.http.routes": [],
                "distributed.worker.profile.enabled": False,  # It looks at every thread a hundred times a second.
                "distributed.nanny.http.routes": [],
            }
        ),
        LocalCluster(
            n_workers=1,  # The others come a moment later, so that a first run does not wait for all of them.
            threads_per_worker=1,
            memory_limit=worker_bytes,
            processes=True,
            host="127.0.0.1",
            security=security,
            local_directory=_folder_of_workers(),
            dashboard_address=None,
            # Any port on the loopback interface, because another engine may have the usual one.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        up.set()  # This comes first, because whoever knows the address can close the engine.
        print(cluster.scheduler_address, flush=True)
        while not ended.wait(RESPAWN_SECONDS):
            cluster.loop.add_callback(respawn_workers, cluster, workers)


def _folder_of_workers() -> str:
    """The folder that workers write to and import from, so nobody else may write there."""
    from adder.base.paths import private_folder

    try:
        return str(private_folder("workers"))
    except OSError:  # A disk that is full or read-only stops no training.
        return tempfile.mkdtemp(prefix="adder-workers-")


def _wait_for_end(up: threading.Event, ended: threading.Event) -> None:
    sys.stdin.read()
    if not up.is_set():  # Nothing trains yet, and nobody waits for the workers that start.
        os._exit(0)
    ended.set()


if __name__ == "__main__":
    main()
