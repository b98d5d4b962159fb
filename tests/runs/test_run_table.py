from __future__ import annotations

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adder.base.errors import StoreError
from adder.runs.run_table import RunTable
from tests.postgresql import PostgreSQL


def a_row(run_id: str, **values: Any) -> dict[str, Any]:
    row = {
        "id": run_id,
        "owner": "",
        "status": "done",
        "updated": 2.5,
        "bytes": 2**40,
        "described": '{"question": "猫"}',
    }
    return row | values


def at_once(processes: int, code: str, *arguments: str) -> list[str]:
    """What processes print that all run `code` from the moment on when the last of them is ready."""
    head = "import sys\nfrom adder.runs.run_table import RunTable\nfrom tests.runs.test_run_table import a_row\n"
    waiting = [
        subprocess.Popen(
            [sys.executable, "-c", f"{head}print(flush=True)\nsys.stdin.readline()\n{code}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for process in waiting:
        assert process.stdout is not None
        process.stdout.readline()
    for process in waiting:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    printed = []
    for process in waiting:
        said, complaints = process.communicate(timeout=60)
        assert process.returncode == 0, complaints
        printed.append(said)
    return printed


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


def test_processes_that_open_a_new_database_at_once_all_may(database: str) -> None:
    at_once(4, "import os\nRunTable(sys.argv[1]).save(a_row(str(os.getpid())))", database)
    table = RunTable(database)
    assert len(table.rows()) == 4
    table.close()


def test_what_processes_write_at_once_is_all_there(database: str) -> None:
    code = """
import os
table = RunTable(sys.argv[1])
for n in range(50):
    table.save(a_row(f"{os.getpid()}-{n}", bytes=1))
    table.save(a_row(f"everybody's {n}", bytes=1))
    assert table.row(f"{os.getpid()}-{n}")
"""
    at_once(3, code, database)
    table = RunTable(database)
    assert len(table.rows()) == table.total_bytes() == 3 * 50 + 50
    table.close()


def test_of_processes_that_take_a_run_at_once_one_gets_it(database: str) -> None:
    table = RunTable(database)
    for n in range(100):
        table.save(a_row(str(n), owner="gone"))
    code = """
import os
table = RunTable(sys.argv[1])
print(*(n for n in range(100) if table.change(str(n), "gone", {"owner": str(os.getpid())})))
"""
    taken = [number for printed in at_once(3, code, database) for number in printed.split()]
    assert sorted(map(int, taken)) == list(range(100))
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
    monkeypatch.setattr("adder.runs.run_table.BUSY_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(StoreError, match="timeout expired"):
            RunTable(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/runs")
        assert time.monotonic() - started < 10
