from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest


def logged(code: str) -> tuple[str, list[dict[str, Any]]]:
    """What a fresh interpreter that runs `code` prints, and what it logs."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def test_every_line_is_an_object_with_the_fields_that_were_given() -> None:
    code = """
import logging, os
from pathlib import Path
from adder.base import logs
from adder.base.messages import Sentence
logs.begin()
logs.begin()
log = logging.getLogger("adder.runs.service")
log.debug("not worth a line")
log.info("run %s\\nended", "x", extra={"run": "x", "epochs": 3, "seconds": 0.5, "at": Path("/somewhere")})
log.warning(Sentence("猫 {n}", n=3))
print(os.getpid())
"""
    printed, (first, second) = logged(code)
    at = datetime.fromisoformat(first.pop("time"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert first == {
        "level": "INFO",
        "logger": "adder.runs.service",
        "process": int(printed),
        "message": "run x\nended",
        "run": "x",
        "epochs": 3,
        "seconds": 0.5,
        "at": "/somewhere",
    }
    assert (second["level"], second["message"]) == ("WARNING", "猫 3")


def test_a_failure_keeps_its_traceback_in_one_line() -> None:
    code = """
import logging
from adder.base import logs
logs.begin()
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("adder.runs.worker").exception("failed")
"""
    _, (line,) = logged(code)
    assert line["message"] == "failed"
    assert line["traceback"].startswith("Traceback (most recent call last):\n")
    assert line["traceback"].endswith("ZeroDivisionError: division by zero")


def test_other_loggers_stay_as_they_are() -> None:
    code = """
import logging
from adder.base import logs
logs.begin()
assert not logging.getLogger().handlers
logging.getLogger("streamlit").warning("not ours")
"""
    assert logged(code) == ("", [])


REPEATED = """
import asyncio, logging, sys
from adder.base import logs
stranger = logging.getLogger("stranger")
stranger.addHandler(logging.StreamHandler())
logs.begin()
now = 100.0
logs.time.monotonic = lambda: now

def fail(logger, number):
    try:
        raise OSError(f"no room for {number}")
    except OSError:
        logger.exception("socket %s at %s: out of descriptors", number, hex(id(number)))

ours, asyncio_s = logging.getLogger("adder.runs"), logging.getLogger("asyncio")
for logger in (ours, stranger, asyncio_s):
    for number in range(1_000):
        fail(logger, number)
    logger.error("another message")
ours.info("a run came home")
ours.info("a run came home")
for run in "ab":
    ours.error("a run failed", extra={"run": run})
now += 61
for logger in (ours, stranger, asyncio_s):
    fail(logger, 1_000)
"""


def test_an_error_that_comes_again_and_again_is_logged_once_a_minute_with_its_count() -> None:
    done = subprocess.run([sys.executable, "-c", REPEATED], capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr.count("out of descriptors") == 6, "twice by each of three loggers"
    assert done.stderr.count("out of descriptors (and 999 times more since the last one)") == 3
    assert done.stderr.count("another message") == 3
    assert done.stderr.count("a run came home") == 2, "what is no warning may come again"
    assert done.stderr.count("a run failed") == 2, "each run has its own"


def breaking(*_: object) -> NoReturn:
    """Stands where `adder.runs.worker.train` does, as its programming mistake would."""
    raise RuntimeError(f"broken in process {os.getpid()}")


@pytest.mark.slow
def test_a_mistake_in_training_leaves_its_traceback_in_the_log_and_never_on_the_page() -> None:
    code = """
import time
from adder.base import logs
from adder.runs import worker
from adder.runs.service import RunService
from tests.base import test_logs
from tests.experiments import TINY_TEXT

logs.begin()
worker.train = test_logs.breaking
service = RunService(workers=1, warm_up=False)
try:
    run = service.submit(TINY_TEXT)
    while (view := service.view(run)).active:
        time.sleep(0.05)
    print(run, view.status, view.message)
finally:
    service.close()
"""
    printed, lines = logged(code)
    run, status, message = printed.strip().split(" ", 2)
    assert status == "failed"
    assert "broken in process" in message
    assert "Traceback" not in message
    (line,) = [line for line in lines if line["level"] == "ERROR"]
    assert run in line["message"]
    assert "in breaking" in line["traceback"]
    assert "RuntimeError: broken in process" in line["traceback"]
