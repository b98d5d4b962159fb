"""Whether the process that trains a run is gone: told by what it leaves in the database and on this machine alone."""

from __future__ import annotations

import dataclasses
import os
import platform
import time
from pathlib import Path
from typing import Any

import pytest

from adder.runs import run_table, store
from adder.runs.store import Store
from tests.postgresql import PostgreSQL
from tests.runs.test_store import a_run


def test_a_machine_of_the_same_name_with_a_process_of_the_same_number_keeps_its_runs() -> None:
    now = time.time()
    for owner in (f"{platform.node()}:{os.getpid()}:abc", f"{platform.node()}:999999999:abc", ":1:abc", "1"):
        run = dataclasses.replace(a_run("one", "running"), owner=owner, updated=now)
        assert not run.interrupted, owner
        assert dataclasses.replace(run, updated=now - store.LOST_SECONDS - 1).interrupted, owner


def test_a_container_is_told_from_another_on_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = store._process_space()
    real = os.stat

    def elsewhere(path: Any, *given: Any, **named: Any) -> Any:
        found = real(path, *given, **named)
        return os.stat_result((*found[:1], found.st_ino + 1, *found[2:])) if path == "/proc/self/ns/pid" else found

    monkeypatch.setattr(os, "stat", elsewhere)
    assert store._process_space() != ours


def test_machines_whose_clocks_differ_keep_their_runs(server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    database = server.database()
    first, second = (Store(Path("/nowhere"), database=database) for _ in range(2))
    for each in (first, second):
        each._table = run_table.RunTable(database)
    right = time.time
    first.touch()
    first.save(a_run("one", "running"))
    for late in (-1_000, 1_000):
        monkeypatch.setattr(store.time, "time", lambda late=late: right() + late)
        second.touch()
        (run,) = second.runs(time.time() - 5)
        assert abs(run.updated - time.time()) < 5
        (again,) = [each for each in second.runs() if not dataclasses.replace(each, owner="another:1:x").interrupted]
        assert again == run
    for each in (first, second):
        each.close()
