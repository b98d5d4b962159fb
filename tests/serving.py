"""Serves an app by a Streamlit server of its own on a free port: for the tests and benchmarks that need a real one."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
def served(app: Path | list[str], *, log: Path | None = None, port: int = 0, **environment: str) -> Iterator[Server]:
    """An app's file, or the command that serves one: a process that ends with the block; `log` takes what it says."""
    command = app if isinstance(app, list) else [sys.executable, "-m", "streamlit", "run", str(app)]
    port = port or free_port()
    with open(log or os.devnull, "ab") as said:
        process = subprocess.Popen(
            [*command, *_options(port)],
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


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on just now, and that Linux gives to no connection before it is used."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):  # Somebody has it.
            probe.bind((host, port))
            return port


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
