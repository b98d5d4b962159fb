"""Serves an app by a Streamlit server of its own on a free port: for the tests and benchmarks that need a real one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        address: Where it answers, as `http://127.0.0.1:8501`.
        process_id: The process of the app; the engine that the app starts is a child of it.
    """

    address: str
    process_id: int


@contextmanager
def served(app: Path, *, log: Path | None = None, **environment: str) -> Iterator[Server]:
    """An app, served by a process of its own that ends with the block; `log` takes what it says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(log or os.devnull, "ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app), *_options(port)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=said,
            stderr=said,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield Server(address, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _options(port: int) -> list[str]:
    return ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not answer within a minute")
