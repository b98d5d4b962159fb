from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adder.base.errors import StoreError
from adder.runs import run_schema
from adder.runs.run_table import RunTable
from adder.runs.store import Store
from tests.experiments import TINY_SCALED, TINY_TEXT
from tests.runs.test_store import CREATED, EXAMPLES, a_run

FORMER = Path(__file__).parent / "data" / "store-0.1.0.zip"  # Version 0.1.0 kept these four runs.
FIGURES = ("epochs", "samples", "seconds", "exact_match", "exact_match_low", "exact_match_high", "split", "weights")
COLUMNS = (*FIGURES, "message", "created", "report", "examples", "owner", "bytes")


@pytest.fixture
def former(tmp_path: Path) -> Path:
    with zipfile.ZipFile(FORMER) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def told(home: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "runs.sqlite", isolation_level=None)) as connection:
        return connection.execute(query).fetchall()


def opened(home: Path, read: Callable[[Store], Any]) -> Any:
    store = Store(home)
    store.open()
    try:
        return read(store)
    finally:
        store.close()


def statuses(store: Store) -> dict[str, str]:
    return {run.record.id: str(run.record.status) for run in store.runs()}


def test_the_store_of_the_first_version_is_taken_over(former: Path) -> None:
    store = Store(former)
    store.open()
    assert statuses(store) == {"done": "done", "paused": "paused", "failed": "failed", "running": "running"}
    done, paused = store.load("done"), store.load("paused")
    assert done is not None
    assert paused is not None
    assert (done.record.experiment, done.record.epochs, done.record.created) == (TINY_TEXT, 3, CREATED)
    assert done.solver is not None
    assert done.checkpoint is not None
    assert done.report == done.solver.report
    assert done.examples == EXAMPLES
    assert (paused.record.experiment, paused.record.samples) == (TINY_SCALED, 40)
    assert paused.message == "Others wait too, so it gave its worker away after epoch 2"
    (running,) = [run for run in store.runs() if run.active]
    assert running.interrupted
    recovered = store.recover(running)
    assert recovered is not None
    assert recovered.message == "The server was restarted; Continue goes on from epoch 2"
    store.close()
    assert opened(former, statuses) == {"done": "done", "paused": "paused", "failed": "failed", "running": "paused"}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_former_store_that_lacks_a_column_gives_its_runs(former: Path, column: str) -> None:
    told(former, f"ALTER TABLE runs DROP COLUMN {column}")
    assert opened(former, statuses).keys() == {"done", "paused", "failed", "running"}


def test_a_former_record_that_cannot_be_understood_hides_no_other_and_stays(former: Path) -> None:
    told(former, "UPDATE runs SET experiment = '{' WHERE id = 'failed'")
    for path in (former / "runs").glob("failed.*"):
        path.unlink()  # Else they would tell of the run.
    for _ in range(2):
        assert opened(former, statuses).keys() == {"done", "paused", "running"}
    assert told(former, "SELECT id FROM runs WHERE experiment = '{'") == [("failed",)]


@pytest.mark.parametrize("column", sorted({*run_schema.RUNS.c.keys()} - {"id", "described"}))
def test_a_store_that_lacks_a_column_gets_it(tmp_path: Path, column: str) -> None:
    opened(tmp_path, lambda store: store.save(a_run("one", solver=True)))
    told(tmp_path, "DROP INDEX ix_run_records_updated")
    told(tmp_path, f"ALTER TABLE run_records DROP COLUMN {column}")
    assert opened(tmp_path, statuses).keys() == {"one"}
    assert opened(tmp_path, lambda store: store.save(a_run("one", "paused")))
    assert opened(tmp_path, statuses) == {"one": "paused"}


def test_a_store_from_before_there_were_versions_is_as_good(tmp_path: Path) -> None:
    opened(tmp_path, lambda store: store.save(a_run("one")))
    told(tmp_path, "DROP TABLE schema_versions")
    assert opened(tmp_path, statuses) == {"one": "done"}
    assert told(tmp_path, "SELECT * FROM schema_versions") == [("run_records", len(run_schema._STEPS))]


def test_what_a_newer_adder_changed_is_told_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path, lambda store: store.save(a_run("one")))
    told(tmp_path, "UPDATE schema_versions SET version = 99")
    before = told(tmp_path, "SELECT * FROM run_records")
    store = Store(tmp_path)
    with pytest.raises(StoreError, match=r"has version 99, and this adder knows \d+; a newer adder can read it"):
        store.open()
    store.close()
    assert told(tmp_path, "SELECT * FROM run_records") == before


def test_a_step_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    steps = (*run_schema._STEPS, lambda connection: taken.append("second"))
    opened(tmp_path, statuses)
    monkeypatch.setattr(run_schema, "_STEPS", steps)
    for _ in range(3):
        opened(tmp_path, statuses)
    assert taken == ["second"]


def test_apps_that_open_a_former_store_at_once_all_have_its_runs(former: Path) -> None:
    def ids(_: int) -> set[str]:
        table = RunTable(former / "runs.sqlite")
        found = table.ids()
        table.close()
        return found

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ids, range(4))) == [{"done", "paused", "failed", "running"}] * 4
