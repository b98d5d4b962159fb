"""How a database is opened with SQLAlchemy, and what is said when it cannot be used.

SQLite serves the processes of one machine; in WAL mode one process can write while others read. PostgreSQL serves the
processes of many machines, and a lost connection is made again. Importing this module imports SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from adder.base.errors import StoreError
from adder.base.messages import Sentence
from adder.runs.run_schema import upgrade

MOST_WAIT_SECONDS = 5  # A writer waits this long for another process, and everybody waits this long for a server.
_ATTEMPTS_TO_OPEN = 5  # Processes that open a new database at the same time can collide.


class DamagedDatabaseError(StoreError):
    """SQLite's file is damaged, or is no database."""


class Database:
    """One open database: a file of SQLite, or what a URL of SQLAlchemy names. Missing tables are made.

    Every method may raise `StoreError`, which names the database without user, password and options.

    Args:
        where: SQLite's file, or the URL of a database.

    Attributes:
        file: SQLite's file; None for a database that has none.
        damaged: Whether that file was found to be damaged.
    """

    def __init__(self, where: str | Path) -> None:
        self._name = str(where).partition("://")[0]
        self.damaged = False
        with self._as_store_error():
            address = sql.URL.create("sqlite", database=str(where)) if isinstance(where, Path) else sql.make_url(where)
            shown = sql.URL.create(address.drivername, host=address.host, port=address.port, database=address.database)
            self._name = str(where) if isinstance(where, Path) else str(shown).partition("://")[2]
            waiting = {"connect_timeout": MOST_WAIT_SECONDS} if address.get_backend_name() == "postgresql" else {}
            self._engine = sql.create_engine(address, pool_pre_ping=True, connect_args=waiting)
            self._sqlite = self._engine.dialect.name == "sqlite"
            file = address.database if self._sqlite else None
            self.file = Path(file) if file and file != ":memory:" else None
            if self._sqlite:
                sql.event.listen(self._engine, "connect", _set_up_sqlite)
            try:
                self._set_up()
            except (sql.exc.SQLAlchemyError, StoreError):
                self._engine.dispose()
                raise

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def now(self) -> float:
        """The time in seconds since 1970, by the clock that all processes on this database share."""
        if self._sqlite:
            return time.time()
        with self._as_store_error(), self._engine.connect() as connection:
            clock = sql.func.extract("epoch", sql.func.clock_timestamp())
            return float(connection.execute(sql.select(clock)).scalar_one())

    def _set_up(self) -> None:
        for left in reversed(range(_ATTEMPTS_TO_OPEN)):
            reached = self._sqlite
            try:
                with self._engine.begin() as connection:
                    reached = True
                    if self._sqlite and (found := connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()) != "ok":
                        raise DamagedDatabaseError(
                            "the database of runs, {name}, cannot be used ({why})", name=self._name, why=found
                        )
                    upgrade(connection)
                return
            except sql.exc.DBAPIError as error:
                # A server that cannot be reached is reported without trying again.
                if not left or not reached or _tells_damage(error):
                    raise
                time.sleep(0.1)

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except (sql.exc.SQLAlchemyError, ImportError) as error:
            why = str(getattr(error, "orig", None) or error).partition("\n")[0]
            self.damaged = _tells_damage(error)
            told = Sentence("the database of runs, {name}, cannot be used ({why})", name=self._name, why=why)
            raise (DamagedDatabaseError if self.damaged else StoreError)(told) from error


def _tells_damage(error: Exception) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return code.startswith("SQLITE_CORRUPT") or code == "SQLITE_NOTADB"


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={MOST_WAIT_SECONDS * 1_000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")  # The names of a class are overwritten when its room is deleted.
    cursor.close()
