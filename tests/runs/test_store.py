from __future__ import annotations

import dataclasses
import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sql

from adder import Experiment, ExperimentError, Solver, evaluate
from adder.base.errors import StoreError
from adder.base.messages import Sentence
from adder.base.paths import home
from adder.runs import run_table, store
from adder.runs.run import RunRecord
from adder.runs.saver import Saver
from adder.runs.status import Status
from adder.runs.store import Store, StoredRun
from adder.solvers.archive import PART
from adder.solvers.results import Epoch, Example
from adder.training.checkpoint import Checkpoint, State
from tests.experiments import TINY_TEXT, random_solver
from tests.runs.support import eventually

CREATED = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
EXAMPLES = (Example("3+10", "13", "12"), Example("1+1", " 2", " 2"))


@pytest.fixture
def kept(tmp_path: Path, database: str) -> Iterator[Store]:
    opened = Store(tmp_path, database=database)
    opened.open()
    yield opened
    opened.close()


def history(epochs: int) -> tuple[Epoch, ...]:
    return tuple(Epoch(n, 1 / 3, 0.5, 0.4, 0.6, 0.6, n / 100, None, 0.1, 20 * n) for n in range(1, epochs + 1))


def trained(experiment: Experiment = TINY_TEXT, epochs: int = 3) -> Solver:
    return dataclasses.replace(random_solver(experiment), history=history(epochs))


def checkpoint_of(solver: Solver) -> Checkpoint:
    return Checkpoint(
        solver.experiment, len(solver.history), State.start(solver.experiment, solver.weights), solver.history
    )


def a_run(
    run_id: str,
    status: str = "done",
    of: Solver | None = None,
    message: str = "",
    *,
    solver: bool = False,
    checkpoint: bool = False,
) -> StoredRun:
    """A run, with the files that are asked for."""
    made = of or trained()
    record = RunRecord.of(run_id, made.experiment, Status(status), CREATED, made.history, made.report)
    files = made if solver else None, checkpoint_of(made) if checkpoint else None
    return StoredRun(record, message, made.report, EXAMPLES, *files)


def test_a_run_comes_back_as_it_was_kept(kept: Store) -> None:
    solver = trained()
    solver = dataclasses.replace(solver, report=evaluate(solver, 50))
    message = Sentence("A worker was lost; the run went on from epoch {epoch} on another", epoch=Sentence("{n}", n=2))
    run = a_run("one", of=solver, message=message, solver=True, checkpoint=True)
    kept.save(run)
    assert {path.stat().st_mode & 0o777 for path in (kept.folder / "runs").iterdir()} == {0o600}, "nobody else reads it"
    found = kept.load("one")
    assert found is not None
    assert dataclasses.replace(found.listed, updated=0.0) == run.listed
    assert (found.report, found.examples, found.damage) == (run.report, run.examples, "")
    assert found.solver is not None
    assert found.checkpoint is not None
    assert found.solver.to_bytes() == solver.to_bytes()
    assert found.checkpoint.to_bytes() == checkpoint_of(solver).to_bytes()
    assert isinstance(found.message, Sentence)
    assert (found.message.template, found.message.values) == (message.template, message.values)
    assert found.record.exact_match == solver.report.exact_match  # type: ignore[union-attr]
    assert found.record.created == CREATED
    assert kept.runs() == [found.listed]
    assert kept.load("two") is None


def test_a_run_is_written_over_its_former_self_and_keeps_files_that_are_not_given(kept: Store) -> None:
    kept.save(a_run("one", "running", trained(epochs=1), checkpoint=True))
    kept.save(a_run("one", "paused", trained(epochs=2)))
    (run,) = kept.runs()
    assert (run.record.status, run.record.epochs, run.owner) == ("paused", 2, "")
    stands = kept.checkpoint("one")
    assert stands is not None
    assert stands.epoch == 1
    assert kept.solver("one") is None


@pytest.mark.parametrize("suffix", ["adder", "checkpoint"])
@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"nonsense" * 99, "cut", "flipped"])
def test_a_file_that_was_torn_is_told_and_harms_no_other(kept: Store, suffix: str, content: bytes | str) -> None:
    for run_id in ("torn", "whole"):
        kept.save(a_run(run_id, solver=True, checkpoint=True))
    path = kept.folder / "runs" / f"torn.{suffix}"
    before = path.read_bytes()
    if isinstance(content, str):
        half = len(before) // 2
        content = (
            before[:half] if content == "cut" else before[:half] + bytes([before[half] ^ 255]) + before[half + 1 :]
        )
    path.write_bytes(content)
    read = {"adder": kept.solver, "checkpoint": kept.checkpoint}[suffix]
    with pytest.raises(StoreError, match=rf"the file torn\.{suffix} cannot be read") as caught:
        read("torn")
    assert isinstance(caught.value.sentence, Sentence)
    assert read("whole") is not None
    damaged = kept.load("torn")
    assert damaged is not None
    assert (damaged.solver is None, damaged.checkpoint is None) == (suffix == "adder", suffix == "checkpoint")
    assert (damaged.damage != "") == (suffix == "checkpoint")


@pytest.mark.parametrize("url", ["nothing+at-all://me:secret@host/runs", "no://host/runs?user=me&password=secret"])
def test_a_database_password_is_not_told(url: str) -> None:
    with pytest.raises(StoreError, match=r"the database of runs, .*, cannot be used") as caught:
        run_table.RunTable(url)
    assert "secret" not in str(caught.value)


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "a b%41?c=d#e")
    store.open()
    store.save(a_run("one", solver=True))
    store.close()
    assert (store.folder / "runs.sqlite").exists()
    assert [path.name for path in tmp_path.iterdir()] == [store.folder.name]


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"runs cannot be kept in .*runs \(File exists\)"):
        Store(tmp_path).open()
    with pytest.raises(StoreError, match="closed"):
        Store(tmp_path).runs()


def test_on_a_full_disk_what_was_there_before_still_is(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained()
    kept.save(a_run("one", of=first, solver=True))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        kept.save(a_run("one", of=trained(epochs=4), solver=True))
    found = kept.solver("one")
    assert found is not None
    assert found.to_bytes() == first.to_bytes()
    assert kept.runs()[0].record.epochs == 3
    assert [path.name for path in (kept.folder / "runs").iterdir()] == ["one.adder"]


def test_what_a_crash_left_half_written_is_swept_up(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    old, new, gone = (tmp_path / "runs" / f"{name}{PART}" for name in ("old", "new", "gone"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (0, 0))
    gone.symlink_to(tmp_path / "nothing")  # As a file that another store finishes between listing and look.
    opened = Store(tmp_path)
    opened.open()
    opened.close()
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {new.name, gone.name}


def test_a_record_of_a_newer_adder_is_left_out_and_left_alone(kept: Store) -> None:
    kept.save(a_run("ours"))
    kept.save(a_run("theirs"))
    engine = sql.create_engine(str(kept._database))
    with engine.begin() as connection:
        connection.execute(
            sql.update(run_table.RUNS)
            .where(run_table.RUNS.c.id == "theirs")
            .values(described='{"experiment": {"network": {"name": "?"}}}')
        )
    assert [run.record.id for run in kept.runs()] == ["ours"]
    assert kept.load("theirs") is None
    with engine.connect() as connection:
        assert connection.execute(sql.select(sql.func.count()).select_from(run_table.RUNS)).scalar_one() == 2
    engine.dispose()


def test_the_oldest_finished_runs_make_room(tmp_path: Path, database: str) -> None:
    size = len(trained().to_bytes())
    small = Store(tmp_path, database=database, most_bytes=3 * size)
    small.open()
    for number, status in enumerate(["paused", "done", "stopped", "running", "failed", "done"]):
        small.save(a_run(f"{number}", status, solver=True))
    assert small.prune() == ("1", "2", "4")
    assert [run.record.id for run in small.runs()] == ["0", "3", "5"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["0.adder", "3.adder", "5.adder"]
    assert small.prune() == ()
    small.save(a_run("6", solver=True))
    small.save(a_run("7", solver=True))
    small.save(a_run("8", "queued", solver=True))
    assert small.prune() == ("5", "6", "7")
    small.close()


@pytest.mark.parametrize("given", ["0", "-1", "much", "1e9"])
def test_a_limit_that_cannot_be_is_refused(given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADDER_STORE_BYTES", given)
    with pytest.raises(ExperimentError, match="ADDER_STORE_BYTES must be a whole number from 1 to"):
        Store(tmp_path)


def test_home_database_and_limit_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Path.home() not in home().parents, "tests write nothing into a developer's home"
    monkeypatch.setenv("ADDER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ADDER_DATABASE", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    monkeypatch.setenv("ADDER_STORE_BYTES", "12345")
    opened = Store()
    opened.open()
    opened.save(a_run("one", solver=True))
    opened.close()
    assert opened.most_bytes == 12_345
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert (tmp_path / "home" / "runs" / "one.adder").exists()


def test_runs_of_a_store_that_is_open_go_on_and_of_one_that_was_closed_are_interrupted(
    tmp_path: Path, database: str
) -> None:
    first, second = Store(tmp_path, database=database), Store(tmp_path, database=database)
    for each in (first, second):
        each.open()
    first.save(a_run("one", "running", trained(epochs=2), checkpoint=True))
    assert not second.runs()[0].interrupted
    first.close()
    (run,) = second.runs()
    assert run.interrupted
    taken = second.recover(run)
    assert taken is not None
    assert (taken.record.status, taken.record.epochs, taken.record.samples) == ("paused", 2, 40)
    assert taken.message == "The server was restarted; Continue goes on from epoch 2"
    (found,) = second.runs()
    assert dataclasses.replace(found, updated=0.0) == taken
    assert second.recover(run) is None, "it is taken already"
    second.close()


def test_runs_of_a_process_that_was_killed_are_interrupted(tmp_path: Path, database: str) -> None:
    code = """
import os, sys
from pathlib import Path
from adder.runs.store import Store
from tests.runs.test_store import a_run
store = Store(Path(sys.argv[1]), database=sys.argv[2])
store.open()
store.save(a_run("one", "queued"))
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), database], check=False)
    assert done.returncode == -9
    opened = Store(tmp_path, database=database)
    opened.open()
    assert opened.runs()[0].interrupted
    opened.close()


def test_runs_of_another_host_are_interrupted_once_nobody_looks_after_them() -> None:
    now = time.time()
    run = dataclasses.replace(a_run("one", "running"), owner="elsewhere:1:abc", updated=now)
    assert not run.interrupted
    assert dataclasses.replace(run, updated=now - store.LOST_SECONDS - 1).interrupted


def test_a_checkpoint_that_cannot_be_read_lets_the_run_begin_anew(kept: Store) -> None:
    kept.save(a_run("one", "running"))
    (kept.folder / "runs" / "one.checkpoint").write_bytes(b"torn")
    taken = kept.recover(kept.runs()[0])
    assert taken is not None
    assert taken.record.epochs == 0
    assert "one.checkpoint cannot be read" in taken.message
    assert taken.message.endswith("Continue begins anew")


class Memory:
    """Runs in memory, by id."""

    def __init__(self, *runs: StoredRun) -> None:
        self.runs = {run.record.id: run for run in runs}
        self.loaded: list[str] = []
        self.lost: list[str] = []

    def to_store(self, run_id: str) -> StoredRun | None:
        return self.runs.get(run_id)

    def is_outdated(self, run: StoredRun) -> bool:
        return False

    def on_loaded(self, run: StoredRun) -> None:
        self.loaded.append(run.record.id)

    def on_taken_over(self, run_id: str) -> None:
        self.lost.append(run_id)


def test_runs_stay_in_memory_while_the_disk_is_in_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.saver.RETRY_SECONDS", 0.05)
    blocked = tmp_path / "runs"
    blocked.write_text("a file where the folder should be")
    saver = Saver(Store(tmp_path), Memory(a_run("one", solver=True)))
    try:
        saver.save("one")
        eventually(lambda: saver.trouble)
        assert "runs cannot be kept in" in saver.trouble
        assert isinstance(saver.trouble, Sentence)
        assert not saver.is_saved("one")
        blocked.unlink()
        eventually(lambda: saver.is_saved("one"))
        eventually(lambda: not saver.trouble)
        assert (blocked / "one.adder").exists()
    finally:
        saver.close()


def test_a_saver_saves_what_is_due_when_it_closes_and_loads_what_is_asked_for(tmp_path: Path, database: str) -> None:
    memory = Memory(a_run("one", solver=True))
    saver = Saver(Store(tmp_path, database=database), memory)
    saver.save("one", soon=False)
    saver.close()
    again = Saver(Store(tmp_path, database=database), memory)
    eventually(lambda: not again.unknown("one"))
    assert again.disk_bytes == len(trained().to_bytes())
    assert [run.record for run in again.known()] == [a_run("one").record]
    assert again.unknown("two")
    eventually(lambda: not again.unknown("two"))
    assert again.find("two") is None
    again.load("one")
    eventually(lambda: memory.loaded == ["one"])
    again.close()


def test_a_run_that_another_process_has_taken_is_not_written_over(tmp_path: Path, database: str) -> None:
    taken, memory = Store(tmp_path, database=database), Memory(a_run("one", "paused", solver=True))
    taken.open()
    assert taken.save(a_run("one", "running"))
    assert taken.save(a_run("one", "running"))
    saver = Saver(Store(tmp_path, database=database), memory)
    saver.save("one")
    eventually(lambda: memory.lost == ["one"])
    assert not (tmp_path / "runs" / "one.adder").exists()
    (run,) = taken.runs()
    assert run.record.status == "running"
    assert taken.save(a_run("one", "paused")), "it is its owner's still"
    saver.save("one")
    eventually(lambda: saver.is_saved("one"))
    assert memory.lost == ["one"]
    saver.close()
    taken.close()


def test_runs_of_the_version_before_are_taken_over(tmp_path: Path, database: str) -> None:
    solver = trained()
    solver = dataclasses.replace(solver, report=evaluate(solver, 50))
    was = a_run("one", of=solver, message=Sentence("a worker was lost"))
    write_former_table(database, was, "two")
    opened = Store(tmp_path, database=database)
    opened.open()
    found = opened.load("one")
    assert found is not None
    assert found == dataclasses.replace(was, updated=2.5)
    assert isinstance(found.message, Sentence)
    assert [run.record.id for run in opened.runs()] == ["one", "two"]
    assert opened.prune() == ()
    opened.close()
    again = Store(tmp_path, database=database)
    again.open()
    assert len(again.runs()) == 2
    again.close()


def write_former_table(database: str, run: StoredRun, other: str) -> None:
    """Write a run under two ids as version 0.1.0 did, with a column for each figure."""
    record, message = run.record, run.message
    assert isinstance(message, Sentence)
    assert run.report is not None
    assert record.exact_match_interval is not None
    columns = {
        "id": record.id,
        "experiment": record.experiment.to_json(),
        "digest": record.experiment.digest,
        "task": "0123456789ab",
        "status": "done",
        "message": json.dumps(message.to_dict()),
        "created": record.created.timestamp(),
        "updated": 2.5,
        "epochs": record.epochs,
        "samples": record.samples,
        "seconds": record.seconds,
        "weights": record.weights,
        "exact_match": record.exact_match,
        "exact_match_low": record.exact_match_interval[0],
        "exact_match_high": record.exact_match_interval[1],
        "split": record.split,
        "report": json.dumps(run.report.to_dict()),
        "examples": json.dumps([dataclasses.asdict(example) for example in run.examples]),
        "owner": "",
        "bytes": 1,
    }
    kinds = {str: sql.Text, float: sql.Double, int: sql.BigInteger}
    table = sql.Table("runs", sql.MetaData(), *(sql.Column(name, kinds[type(each)]) for name, each in columns.items()))
    engine = sql.create_engine(database)
    table.create(engine)
    with engine.begin() as connection:
        unread = {"report": "null", "examples": "[]", "exact_match_low": None}
        connection.execute(sql.insert(table), [columns, columns | unread | {"id": other, "updated": 3.5}])
    engine.dispose()


def test_a_store_survives_its_database_being_lost_under_it(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise sql.exc.OperationalError("UPDATE", {}, OSError("database or disk is full"))

    monkeypatch.setattr(sql, "update", broken)
    with pytest.raises(StoreError, match="database or disk is full"):
        kept.save(a_run("one"))


def test_weights_on_disk_are_those_in_memory(kept: Store) -> None:
    solver = trained()
    kept.save(a_run("one", "paused", solver, checkpoint=True))
    stands = kept.checkpoint("one")
    assert stands is not None
    for name, weight in solver.weights.items():
        assert np.array_equal(stands.state.weights[name], weight)
