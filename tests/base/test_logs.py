from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

SAID = """
import json, logging, os
from pathlib import Path
from adder.base import logs
from adder.base.messages import Sentence
logs.begin()
logs.begin()
log = logging.getLogger("adder.runs.service")
log.debug("not worth a line")
log.info("run %s\\nended", "x", extra={"run": "x", "epochs": 3, "seconds": 0.5, "at": Path("/somewhere")})
log.warning(Sentence("猫 {n}", n=3))
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
logging.getLogger("streamlit").warning("not ours")
print(json.dumps({"process": os.getpid(), "handlers": len(logging.getLogger().handlers)}))
"""
Said = tuple[dict[str, int], list[str]]


@pytest.fixture(scope="module")
def said() -> Said:
    """What a fresh interpreter that runs `SAID` prints, and each line on its standard error."""
    done = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout), done.stderr.splitlines()


def test_every_line_is_an_object_with_the_fields_that_were_given(said: Said) -> None:
    printed, (first, second) = said[0], map(json.loads, said[1][:2])
    at = datetime.fromisoformat(first.pop("time"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert first == {
        "level": "INFO",
        "logger": "adder.runs.service",
        "process": printed["process"],
        "message": "run x\nended",
        "run": "x",
        "epochs": 3,
        "seconds": 0.5,
        "at": "/somewhere",
    }
    assert (second["level"], second["message"]) == ("WARNING", "猫 3")


def test_a_failure_keeps_its_traceback_in_one_line(said: Said) -> None:
    line = json.loads(said[1][2])
    assert line["message"] == "failed"
    assert line["traceback"].startswith("Traceback (most recent call last):\n")
    assert line["traceback"].endswith("ZeroDivisionError: division by zero")


def test_other_loggers_stay_as_they_are(said: Said) -> None:
    assert said[0]["handlers"] == 0
    assert said[1][3:] == ["not ours"]


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
