"""The embedded engine as the app sees it: a process that it starts, reaches by an address, and ends.

That process runs `engine_main.py`; this module imports no Dask.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from functools import cached_property
from pathlib import Path

from adder.base.errors import RunError
from adder.base.server_settings import server_settings

NICENESS = 10  # Pages come before runs, even before those that people wait for.
BACKGROUND_NICENESS = 19
_ENGINE = Path(__file__).with_name("engine_main.py")  # Run by its path, it need not wait for adder to be imported.
CLOSE_SECONDS = 1.0  # An engine that has not ended then is killed; it loses nothing, since all runs have come home.
_CERTIFY = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=adder "
    "-keyout /dev/stdout"
)


class EmbeddedEngine:
    """A scheduler and workers in a process that this one starts and ends.

    Every user of a machine can connect to its loopback interface, and whoever a scheduler talks to can run code in
    it. So the engine talks TLS, and only to holders of a key that is made for it at its start and never written down.

    Args:
        workers: How many worker processes train.
        background: Whether they give way to the workers of other engines on this machine.

    Attributes:
        certificate: The key and its certificate, in PEM; everyone who speaks with the engine shows them.
        process: The engine's process.

    Raises:
        ExperimentError: A setting of the server has a wrong value.
        RunError: There is no certificate.
        OSError: It could not be started.
    """

    def __init__(self, workers: int, *, background: bool = False) -> None:
        most = server_settings().worker_bytes
        niceness = BACKGROUND_NICENESS if background else NICENESS
        self.certificate = certificate()
        options = ("--workers", str(workers), "--niceness", str(niceness), "--worker-bytes", str(most))
        self.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-P", str(_ENGINE), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A worker has one core; threads that share it would wait for one another at every product of arrays.
            env={
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            # A group of its own, because Ctrl+C is for the app, which ends the engine once all runs have come home.
            # No session of its own, because Linux compares niceness only within a session.
            process_group=0,
        )
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{self.certificate}\n")
            self.process.stdin.flush()

    @cached_property
    def address(self) -> str:
        """The scheduler's address; whoever asks first waits until a worker is up.

        Raises:
            RunError: The engine ended at once.
        """
        assert self.process.stdout is not None
        if address := self.process.stdout.readline().strip():
            return address
        raise RunError("its process ended with status {status}", status=self.process.wait())

    def close(self) -> None:
        """End the engine with all its processes: ask first, then kill."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=CLOSE_SECONDS)
        with contextlib.suppress(ProcessLookupError):  # All of its processes may have ended.
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


def certificate() -> str:
    """A new private key and a certificate that it has signed itself, in PEM.

    Raises:
        RunError: The command openssl is not there, or fails.
    """
    try:
        made = subprocess.run(  # noqa: S603
            _CERTIFY.split(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RunError("the command openssl, which makes its certificate, failed: {why}", why=str(error)) from error
    return made.stdout.strip() + "\n"
