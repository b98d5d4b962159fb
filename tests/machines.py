"""Scheduler, workers, apps and proxy as the hosting guide starts them: here each is a process of its own, with
an address of its own on the loopback interface, joined by TLS.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from adder.runs.engine_process import certificate
from tests.serving import free_port

ROOT = Path(__file__).parent.parent
CLUSTER = ROOT / "assets" / "cluster"
SCHEDULER = "127.0.0.1"
_SILENT = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
_STARTING_SECONDS = 120


def haproxy_path() -> str:
    """Where HAProxy lies; Debian's package puts it where only root looks."""
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if found is None:
        raise FileNotFoundError("no HAProxy was found; install it (on Debian: apt-get install haproxy)")
    return found


def shown(certificate: str) -> dict[str, str]:
    """The environment of a process that shows Dask a key and its certificate, in PEM."""
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    roles = [f"{role}__{part}" for role in ("SCHEDULER", "WORKER", "CLIENT") for part in ("CERT", "KEY")]
    return {f"{tls}{name}": certificate for name in ("CA_FILE", *roles)}


class Machines:
    """Processes that end with the block, each killed with all that it started.

    Args:
        folder: Where logs go, and what the apps keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {name: free_port() for name in ("scheduler", "app1", "app2", "proxy")}
        self.home = folder / "home"
        self.certificate = certificate()
        self.scheduler_at = SCHEDULER, self._ports["scheduler"]
        self.scheduler = f"tls://{SCHEDULER}:{self._ports['scheduler']}"
        self.address = f"http://127.0.0.1:{self._ports['proxy']}"
        self.environment = {
            **os.environ,
            **shown(self.certificate),
            "DASK_CONFIG": str(CLUSTER / "dask.yaml"),
            "ADDER_SCHEDULER": self.scheduler,
        }

    def __enter__(self) -> Machines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for name in list(self._processes):
            self.kill(name)

    def start_scheduler(self) -> None:
        """Start the scheduler."""
        where = ("--host", SCHEDULER, "--port", str(self._ports["scheduler"]), "--protocol", "tls")
        self._start("scheduler", [sys.executable, "-m", "dask", "scheduler", *where, *_SILENT])

    def start_worker(self, name: str, host: str) -> None:
        """Start a machine with one worker, whose nanny starts it again where it ends."""
        what = ("--host", host, "--nworkers", "1", "--nthreads", "1", "--memory-limit", "3GiB")
        self._start(name, [sys.executable, "-m", "dask", "worker", self.scheduler, *what, *_SILENT])

    def start_app(self, name: str, database: str) -> None:
        """Start `"app1"` or `"app2"` on a database that they share."""
        where = ("--server.address", "127.0.0.1", "--server.port", str(self._ports[name]), "--server.headless", "true")
        kept = {"ADDER_HOME": str(self.home), "ADDER_DATABASE": database}
        self._start(name, [sys.executable, "-m", "streamlit", "run", "app.py", *where], **kept)

    def start_proxy(self) -> None:
        """Start the proxy, and wait until it serves both apps."""
        apps = {f"ADDER_APP_{n}": f"127.0.0.1:{self._ports[f'app{n}']}" for n in (1, 2)}
        command = [haproxy_path(), "-f", str(CLUSTER / "haproxy.cfg")]
        for name in ("app1", "app2"):
            self._wait_for(f"http://127.0.0.1:{self._ports[name]}/_stcore/health")
        self._start("proxy", command, ADDER_ADDRESS=f"127.0.0.1:{self._ports['proxy']}", **apps)
        self._wait_for(f"{self.address}/_stcore/health")

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self._folder / f"{name}.log").read_text("utf-8")

    def kill(self, name: str) -> None:
        """End a process and all that it started, as a power cut would."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _start(self, name: str, command: list[str], **environment: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_for(self, address: str) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                with urllib.request.urlopen(address, timeout=5):
                    return
            except OSError:
                for name, process in self._processes.items():
                    if process.poll() is not None:
                        raise RuntimeError(f"{name} ended: {self.log(name)}") from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
