"""The table of runs in a database: a row a run, through SQLAlchemy's Core.

Only what queries need is a column; the rest is one JSON text, which `adder.runs.store` writes and reads. SQLite, in
WAL mode so that one process writes while others read, serves the processes of one machine; PostgreSQL serves those of
many, and a lost connection is made anew. Importing this module imports SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from adder.base.errors import StoreError
from adder.base.messages import Sentence
from adder.runs.run_schema import RUNS, VISITS, insert, upgrade

BUSY_SECONDS = 5  # how long a writer waits for another process's to end, and anyone for a server to answer
_OPENINGS = 5  # how often to try: processes that open a new database at once can collide


class DamagedDatabaseError(StoreError):
    """A file of SQLite's that is damaged, or is no database."""


class RunTable:
    """The rows of one database, a file of SQLite's or one named by SQLAlchemy's URL.

    Every method may raise `StoreError`, which names the database without user, password and options.

    Args:
        where: SQLite's file, or the URL of a database.

    Attributes:
        file: SQLite's file; None for a database that has none.
        damaged: Whether that file was found to be damaged.

    >>> table = RunTable("sqlite://")
    >>> table.row("nothing of this id") is None
    True
    >>> table.close()
    """

    def __init__(self, where: str | Path) -> None:
        self._name = str(where).partition("://")[0]
        self.damaged = False
        with self._as_store_error():
            address = sql.URL.create("sqlite", database=str(where)) if isinstance(where, Path) else sql.make_url(where)
            shown = sql.URL.create(address.drivername, host=address.host, port=address.port, database=address.database)
            self._name = str(where) if isinstance(where, Path) else str(shown).partition("://")[2]
            waiting = {"connect_timeout": BUSY_SECONDS} if address.get_backend_name() == "postgresql" else {}
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

    def save(self, row: Mapping[str, Any]) -> None:
        """Insert a row, or replace the row of that id."""
        with self._as_store_error(), self._engine.begin() as connection:
            new = insert(connection, RUNS).values(**row)
            given = {name: new.excluded[name] for name in row}
            connection.execute(new.on_conflict_do_update(index_elements=[RUNS.c.id], set_=given))

    def add(self, row: Mapping[str, Any]) -> None:
        """Insert a row unless there is one of that id; what is no column of the table is left out."""
        values = {name: value for name, value in row.items() if name in RUNS.c}
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(insert(connection, RUNS).values(**values).on_conflict_do_nothing())

    def claim(self, run_id: str, owner: str, held: Sequence[str]) -> bool:
        """Give a row to an owner, unless another owner has it in one of the `held` statuses; then return False."""
        with self._as_store_error(), self._engine.begin() as connection:
            free = RUNS.c.owner.in_(["", owner]) | RUNS.c.status.not_in(held)
            taken = sql.update(RUNS).where(RUNS.c.id == run_id, free).values(owner=owner)
            if connection.execute(taken).rowcount:
                return True
            return connection.execute(sql.select(RUNS.c.id).where(RUNS.c.id == run_id)).first() is None

    def change(self, run_id: str, owner: str, values: Mapping[str, Any]) -> bool:
        """Change a row if it still belongs to this owner, and return whether it did."""
        with self._as_store_error(), self._engine.begin() as connection:
            where = (RUNS.c.id == run_id, RUNS.c.owner == owner)
            return bool(connection.execute(sql.update(RUNS).where(*where).values(**values)).rowcount)

    def touch(self, owner: str, now: float) -> None:
        """Note that the process of this owner is alive."""
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(sql.update(RUNS).where(RUNS.c.owner == owner).values(updated=now))

    def rows(self, since: float = 0) -> list[dict[str, Any]]:
        """All rows that changed since then, oldest change first."""
        with self._as_store_error(), self._engine.connect() as connection:
            found = connection.execute(sql.select(RUNS).where(RUNS.c.updated >= since).order_by(RUNS.c.updated))
            return [dict(row) for row in found.mappings()]

    def row(self, run_id: str) -> dict[str, Any] | None:
        """The row of that id, or None."""
        with self._as_store_error(), self._engine.connect() as connection:
            found = connection.execute(sql.select(RUNS).where(RUNS.c.id == run_id)).mappings().first()
            return None if found is None else dict(found)

    def visit(self, run_id: str, person: str, wish: str, now: float) -> None:
        """Note that somebody has a run before them; a wish from before stays if there is none now."""
        new = {"wish": wish, "updated": now} if wish else {"updated": now}
        row = {"run_id": run_id, "person": person, "wish": wish, "updated": now}
        with self._as_store_error(), self._engine.begin() as connection:
            inserted = insert(connection, VISITS).values(**row)
            connection.execute(inserted.on_conflict_do_update(index_elements=["run_id", "person"], set_=new))

    def visits(self) -> list[dict[str, Any]]:
        """All notes of who has which run before them."""
        with self._as_store_error(), self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(sql.select(VISITS)).mappings()]

    def grant(self, run_id: str, person: str, wish: str) -> None:
        """Note that a wish was granted."""
        with self._as_store_error(), self._engine.begin() as connection:
            which = (VISITS.c.run_id == run_id, VISITS.c.person == person, VISITS.c.wish == wish)
            connection.execute(sql.update(VISITS).where(*which).values(wish=""))

    def forget_visits(self, until: float) -> None:
        """Delete the notes that nobody has renewed since then."""
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(sql.delete(VISITS).where(VISITS.c.updated < until))

    def ids(self) -> set[str]:
        """The ids of all rows."""
        with self._as_store_error(), self._engine.connect() as connection:
            return set(connection.execute(sql.select(RUNS.c.id)).scalars())

    def sizes(self) -> list[dict[str, Any]]:
        """Of all rows, the oldest change first: `id`, `person`, `status`, `bytes` and `record_bytes`."""
        length = sql.func.length(RUNS.c.described).label("record_bytes")
        columns = (RUNS.c.id, RUNS.c.person, RUNS.c.status, RUNS.c.bytes, length)
        with self._as_store_error(), self._engine.connect() as connection:
            found = connection.execute(sql.select(*columns).order_by(RUNS.c.updated))
            return [dict(row) for row in found.mappings()]

    def now(self) -> float:
        """The time by the clock that all who share the database go by, in seconds since 1970."""
        if self._sqlite:
            return time.time()
        with self._as_store_error(), self._engine.connect() as connection:
            clock = sql.func.extract("epoch", sql.func.clock_timestamp())
            return float(connection.execute(sql.select(clock)).scalar_one())

    def delete(self, run_id: str) -> None:
        """Delete a row."""
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(sql.delete(RUNS).where(RUNS.c.id == run_id))

    def total_bytes(self) -> int:
        """How much the files of all rows take."""
        with self._as_store_error(), self._engine.connect() as connection:
            return int(connection.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.bytes), 0))).scalar_one())

    def _set_up(self) -> None:
        with self._engine.connect() as connection:  # a server that cannot be reached is reported without trying again
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() if self._sqlite else "ok"
        if found != "ok":
            raise DamagedDatabaseError(
                "the database of runs, {name}, cannot be used ({why})", name=self._name, why=found
            )
        for left in reversed(range(_OPENINGS)):
            try:
                with self._engine.begin() as connection:
                    upgrade(connection)
                return
            except sql.exc.DBAPIError as error:
                if not left or _tells_damage(error):
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
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
