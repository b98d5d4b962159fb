"""What is removed or damaged under a server: it goes on, keeps what it can, and says what it lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adder.base.errors import StoreError
from adder.runs.status import Status
from adder.runs.store import Store
from tests.runs.conftest import Serve
from tests.runs.support import SIX, assert_trained, eventually, until, with_seed
from tests.runs.test_store import a_run, trained

NO_DATABASES = (b"nonsense" * 999, b"SQLite format 3\x00" + b"\xff" * 4_000)


def filled(home: Path, runs: int = 3) -> Store:
    """A store with finished runs, open."""
    store = Store(home)
    store.open()
    for number in range(runs):
        store.save(a_run(f"run{number}", solver=True, checkpoint=True))
    return store


def set_aside(home: Path) -> list[Path]:
    return sorted(home.glob("runs-damaged-*.sqlite"))


@pytest.mark.parametrize("content", NO_DATABASES)
def test_a_database_that_is_none_is_kept_aside_and_the_files_tell_of_the_runs(tmp_path: Path, content: bytes) -> None:
    filled(tmp_path).close()
    (tmp_path / "runs" / "begun.checkpoint").write_bytes((tmp_path / "runs" / "run0.checkpoint").read_bytes())
    (tmp_path / "runs" / "torn.adder").write_bytes(b"torn")
    trained(epochs=1).save(tmp_path / "runs" / "short.adder")
    (tmp_path / "runs.sqlite").write_bytes(content)
    for _ in range(2):
        store = Store(tmp_path)
        store.open()
        runs = {run.record.id: run for run in store.runs()}
        store.close()
        assert runs.keys() == {"run0", "run1", "run2", "begun", "short"}
        assert [runs[each].record.status for each in ("run0", "begun", "short")] == ["done", "paused", "stopped"]
        assert runs["run0"].record.epochs == 3
        assert "the record of this run was lost" in str(runs["run0"].message).lower()
    (aside,) = set_aside(tmp_path)
    assert aside.read_bytes() == content


def test_of_a_database_with_a_damaged_page_the_rest_is_taken_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    for number in range(100):
        store.save(a_run(f"run{number}"))  # There are no files, so only the database has them.
    store.close()
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    middle = len(content) // size // 2 * size
    content[middle : middle + size] = b"\xff" * size
    path.write_bytes(content)
    store = Store(tmp_path)
    store.open()
    assert 90 <= len(store.runs()) < 101
    store.close()
    assert [aside.read_bytes() for aside in set_aside(tmp_path)] == [bytes(content)]


def test_a_database_that_its_host_named_is_left_to_the_host(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.sqlite"
    path.write_bytes(NO_DATABASES[0])
    store = Store(tmp_path / "home", database=f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"the database of runs, .*elsewhere\.sqlite, cannot be used"):
        store.open()
    store.close()
    assert path.read_bytes() == NO_DATABASES[0]


def test_damage_that_is_found_later_is_mended_at_the_next_opening(tmp_path: Path) -> None:
    store = filled(tmp_path)
    assert not store.open()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "runs.sqlite").write_bytes(NO_DATABASES[0])
    store._table._engine.dispose()  # type: ignore[union-attr]  # It forgets what it had read.
    with pytest.raises(StoreError):
        store.touch()
    assert store.open()
    assert not store.open()
    assert len(store.runs()) == 3
    store.close()


@pytest.mark.parametrize("removed", ["", "runs", "runs.sqlite"], ids=["home", "files", "database"])
def test_what_is_removed_while_a_server_runs_is_taken_up_again(serve: Serve, tmp_path: Path, removed: str) -> None:
    served = serve(stored=True)
    service = served.service
    done, paused = service.submit(SIX), service.submit(with_seed(SIX, 2))
    served.train(done, 6)
    served.train(paused, 2)
    service.pause(paused)
    served.train(paused)
    saver = service._registry.saver
    assert saver is not None
    eventually(lambda: saver.is_saved(done) and saver.is_saved(paused))
    path = tmp_path / removed
    if removed.endswith("sqlite"):
        for each in tmp_path.glob("runs.sqlite*"):
            each.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)  # The server may write into it meanwhile.
    files = [tmp_path / "runs.sqlite", *(tmp_path / "runs" / f"{run}.checkpoint" for run in (done, paused))]
    eventually(lambda: all(file.exists() for file in files) and saver.is_saved(done) and saver.is_saved(paused))
    eventually(lambda: not service.store_trouble)
    service.close()
    again = serve(stored=True).service
    assert until(again, done, lambda view: view.status is Status.DONE).message == ""
    assert until(again, paused, lambda view: view.status is Status.PAUSED)
    assert_trained(again.solver(done), SIX, 6)
    assert_trained(again.solver(paused), with_seed(SIX, 2), 3)


def test_a_run_that_another_app_deleted_is_forgotten_here(serve: Serve, tmp_path: Path) -> None:
    served = serve(stored=True)
    run = served.service.submit(SIX)
    served.train(run, 6)
    saver = served.service._registry.saver
    assert saver is not None
    eventually(lambda: saver.is_saved(run))
    other = Store(tmp_path, most_bytes=1)
    other.open()
    assert other.prune() == (run,)
    other.close()
    eventually(lambda: not served.service.runs())
