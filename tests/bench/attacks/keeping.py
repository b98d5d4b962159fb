"""Attacks on what is kept: the disk, the store and the memory of runs."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from contextlib import closing
from urllib.parse import parse_qsl

from tests.bench.attacks.stage import Attack, Stage
from tests.bench.visitors import TRAIN, train_and_watch

LARGE_RUNS = 8  # Each takes 50 MB on disk and 38 MB in memory.
_SHORT = "training.epochs=1&training.samples=100&training.batch_size=100&seed={seed}"
_LARGE = f"preset=mapping-lstm&network.units=512,512&{_SHORT}"
_TOO_LARGE = f"preset=mapping-lstm&network.units=512,512,512,512&{_SHORT}"
_LONG = "preset=seq2seq&training.epochs=1000&seed={seed}"


async def large_runs(stage: Stage) -> str:
    """One person trains one large network after another, and tries one that is larger than any may be."""
    tab = await stage.tab(_TOO_LARGE.format(seed=0))
    tab.press(TRAIN)
    await tab.until(lambda page: "of the server's disk" in page.text or "Epoch" in page.text)
    refused = "of the server's disk" in tab.text
    tab = await stage.tab(_LARGE.format(seed=0))
    runs = stage.size or LARGE_RUNS
    for _ in range(runs):
        await train_and_watch(tab, 0)
        tab.press("New seed")
        await tab.until(lambda page: TRAIN in page.buttons)
    taken = sum(path.stat().st_size for path in (stage.home / "runs").iterdir()) / 1e6
    assert refused, "a network was trained that is larger than any may be"
    return f"{runs} large runs were trained, {taken:,.0f} MB on disk; a larger one was refused"


async def store_removed(stage: Stage) -> str:
    """The database and the files of all runs are removed while one is trained."""
    run = await _train(stage)
    shutil.rmtree(stage.home / "runs")
    for path in stage.home.glob("runs.sqlite*"):
        path.unlink()
    await _saved(stage, run)
    return "the store was there again, with the run in training"


async def database_damaged(stage: Stage) -> str:
    """The database is written over while a run is trained."""
    run = await _train(stage)
    with closing(sqlite3.connect(stage.home / "runs.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # Else the log would still have everything.
    (stage.home / "runs.sqlite").write_bytes(b"nonsense" * 10_000)
    for _ in range(600):
        if kept := list(stage.home.glob("runs-damaged-*.sqlite")):
            break
        await asyncio.sleep(0.1)
    assert kept, "the damaged database was not set aside"
    await _saved(stage, run)
    return "it was set aside, and the run in training is in another"


async def _train(stage: Stage) -> str:
    """Begin a run that takes a while, and return its id once it is on disk."""
    tab = await stage.tab(_LONG.format(seed=stage.size or 7))
    tab.press(TRAIN)
    await tab.until(lambda page: re.search(r"Epoch [1-9]\d* of", page.text) and "run=" in page.query, 120)
    run = dict(parse_qsl(tab.query))["run"]
    await _saved(stage, run)
    return run


async def _saved(stage: Stage, run: str) -> None:
    """Wait until a run's checkpoint and the database are there."""
    for _ in range(600):
        if (stage.home / "runs" / f"{run}.checkpoint").exists() and (stage.home / "runs.sqlite").exists():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a run in training was not saved")


ATTACKS: tuple[Attack, ...] = (large_runs, store_removed, database_damaged)
