from __future__ import annotations

import itertools
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest

from adder.base.errors import StoreError
from adder.runs.run_table import RunTable
from tests.postgresql import PostgreSQL

PROCESSES = 4


def a_row(run_id: str, **values: Any) -> dict[str, Any]:
    row = {
        "id": run_id,
        "owner": "",
        "person": "",
        "status": "done",
        "updated": 2.5,
        "bytes": 2**40,
        "described": '{"question": "猫"}',
    }
    return row | values


@pytest.fixture(scope="module")
def others() -> Iterator[ProcessPoolExecutor]:
    """Processes that do the same thing at the same time: each waits until all have it before them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # It is imported once for all of them.
    with ProcessPoolExecutor(PROCESSES, context, _wait_at, (context.Barrier(PROCESSES),)) as running:
        yield running


def _wait_at(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _at_once(work: Callable[[str], Any], database: str) -> Any:
    _barrier.wait(60)
    return work(database)


def at_once(others: ProcessPoolExecutor, work: Callable[[str], Any], database: str) -> list[Any]:
    """What each of the processes gives back for a database that it opens."""
    return list(others.map(_at_once, [work] * PROCESSES, [database] * PROCESSES))


def test_rows_come_back_as_they_were_saved(database: str) -> None:
    table = RunTable(database)
    table.save(a_row("one"))
    table.save(a_row("two", updated=1.0))
    table.save(a_row("one", status="paused"))
    assert table.row("one") == a_row("one", status="paused")
    assert table.rows() == [a_row("two", updated=1.0), a_row("one", status="paused")]
    assert [row["id"] for row in table.rows(since=2)] == ["one"]
    assert table.total_bytes() == 2**41
    table.delete("one")
    assert table.row("one") is None
    table.close()


def _save_one(database: str) -> None:
    table = RunTable(database)
    table.save(a_row(str(os.getpid())))
    table.close()


def test_processes_that_open_a_new_database_at_once_all_may(others: ProcessPoolExecutor, database: str) -> None:
    at_once(others, _save_one, database)
    table = RunTable(database)
    assert len(table.rows()) == PROCESSES
    table.close()


def _save_many(database: str) -> None:
    table = RunTable(database)
    for n in range(50):
        table.save(a_row(f"{os.getpid()}-{n}", bytes=1))
        table.save(a_row(f"everybody's {n}", bytes=1))
        assert table.row(f"{os.getpid()}-{n}")
    table.close()


def test_what_processes_write_at_once_is_all_there(others: ProcessPoolExecutor, database: str) -> None:
    at_once(others, _save_many, database)
    table = RunTable(database)
    assert len(table.rows()) == table.total_bytes() == PROCESSES * 50 + 50
    table.close()


def _take_all(database: str) -> list[int]:
    table = RunTable(database)
    taken = [n for n in range(100) if table.change(str(n), "gone", {"owner": str(os.getpid())})]
    table.close()
    return taken


def test_of_processes_that_take_a_run_at_once_one_gets_it(others: ProcessPoolExecutor, database: str) -> None:
    table = RunTable(database)
    for n in range(100):
        table.save(a_row(str(n), owner="gone"))
    taken = itertools.chain.from_iterable(at_once(others, _take_all, database))
    assert sorted(taken) == list(range(100))
    assert not table.change("0", "gone", {"owner": "late"})
    assert {row["owner"] for row in table.rows()}.isdisjoint({"gone", "late"})
    table.close()


def test_threads_share_the_table(database: str) -> None:
    table = RunTable(database)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: table.save(a_row(str(n), bytes=1)), range(100)))
    assert table.total_bytes() == 100
    table.close()


def test_a_connection_that_was_lost_comes_back_unnoticed(server: PostgreSQL) -> None:
    table = RunTable(server.database())
    table.save(a_row("one"))
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'runs_%'")
    assert table.row("one") == a_row("one")
    table.close()


def test_a_server_that_is_gone_is_told_without_its_password_and_may_come_back(server: PostgreSQL) -> None:
    table = RunTable(server.database())
    table.save(a_row("one"))
    server.stop()
    try:
        with pytest.raises(
            StoreError, match=r"the database of runs, 127\.0\.0\.1:\d+/runs_\w+, cannot be used"
        ) as caught:
            table.row("one")
        assert server.password not in str(caught.value)
        with pytest.raises(StoreError, match="Connection refused"):
            RunTable(server.url("runs"))
    finally:
        server.start()
    assert table.row("one") == a_row("one")
    table.close()


def test_a_wrong_password_is_told_and_not_shown(server: PostgreSQL) -> None:
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        RunTable(server.database().replace(server.password, "geheim"))
    assert "geheim" not in str(caught.value)


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.database.MOST_WAIT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(StoreError, match="timeout expired"):
            RunTable(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/runs")
        assert time.monotonic() - started < 10
