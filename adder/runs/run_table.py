"""The table of runs in a database: a row a run, through SQLAlchemy's Core.

Only what queries need is a column; the rest is one JSON text, which `adder.runs.store` writes and reads. SQLite, in
WAL mode so that one process writes while others read, serves the processes of one machine; PostgreSQL serves those of
many, and a lost connection is made anew. Importing this module imports SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from adder.base.errors import StoreError

BUSY_SECONDS = 5  # how long a writer waits for another process's to end, and anyone for a server to answer
_OPENINGS = 5  # how often to try: processes that open a new database at once can collide

_metadata = sql.MetaData()
RUNS = sql.Table(
    "run_records",
    _metadata,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("owner", sql.String(200), nullable=False),
    sql.Column("status", sql.String(12), nullable=False),
    sql.Column("updated", sql.Double, nullable=False, index=True),
    sql.Column("bytes", sql.BigInteger, nullable=False),
    sql.Column("described", sql.Text, nullable=False),
)
VISITS = sql.Table(
    "run_visits",
    _metadata,
    sql.Column("run_id", sql.String(32), primary_key=True),
    sql.Column("person", sql.String(100), primary_key=True),
    sql.Column("wish", sql.String(12), nullable=False),
    sql.Column("updated", sql.Double, nullable=False),
)
_FORMER_TABLE = "runs"  # of version 0.1.0, with a column for each figure


class RunTable:
    """The rows of one database, a file of SQLite's or one named by SQLAlchemy's URL.

    Every method may raise `StoreError`, which names the database without user, password and options.

    >>> table = RunTable("sqlite://")
    >>> table.row("nothing of this id") is None
    True
    >>> table.close()
    """

    def __init__(self, where: str | Path) -> None:
        self._name = str(where).partition("://")[0]
        with self._as_store_error():
            address = sql.URL.create("sqlite", database=str(where)) if isinstance(where, Path) else sql.make_url(where)
            shown = sql.URL.create(address.drivername, host=address.host, port=address.port, database=address.database)
            self._name = str(where) if isinstance(where, Path) else str(shown).partition("://")[2]
            waiting = {"connect_timeout": BUSY_SECONDS} if address.get_backend_name() == "postgresql" else {}
            self._engine = sql.create_engine(address, pool_pre_ping=True, connect_args=waiting)
            if self._engine.dialect.name == "sqlite":
                sql.event.listen(self._engine, "connect", _set_up_sqlite)
            try:
                self._create_table()
            except sql.exc.SQLAlchemyError:
                self._engine.dispose()
                raise

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def save(self, row: Mapping[str, Any]) -> None:
        """Insert a row, or replace the row of that id."""
        with self._as_store_error(), self._engine.begin() as connection:
            insert = self._insert(RUNS).values(**row)
            connection.execute(insert.on_conflict_do_update(index_elements=[RUNS.c.id], set_=insert.excluded))

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
        insert = self._insert(VISITS).values(run_id=run_id, person=person, wish=wish, updated=now)
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["run_id", "person"], set_=new))

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

    def delete(self, run_id: str) -> None:
        """Delete a row."""
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(sql.delete(RUNS).where(RUNS.c.id == run_id))

    def total_bytes(self) -> int:
        """How much the files of all rows take."""
        with self._as_store_error(), self._engine.connect() as connection:
            return int(connection.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.bytes), 0))).scalar_one())

    def _insert(self, table: sql.Table) -> Any:
        return (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(table)

    def _create_table(self) -> None:
        self._engine.connect().close()  # so that a server that cannot be reached is reported without trying again
        for left in reversed(range(_OPENINGS)):
            try:
                with self._engine.begin() as connection:
                    for table in (RUNS, VISITS):
                        connection.execute(sql.schema.CreateTable(table, if_not_exists=True))
                    for index in RUNS.indexes:
                        connection.execute(sql.schema.CreateIndex(index, if_not_exists=True))
                    if sql.inspect(connection).has_table(_FORMER_TABLE):
                        self._move_former_rows(connection)
                return
            except sql.exc.DBAPIError:
                if not left:
                    raise
                time.sleep(0.1)

    def _move_former_rows(self, connection: sql.Connection) -> None:
        """Take over the rows of the version before, and drop its table."""
        former = sql.Table(_FORMER_TABLE, sql.MetaData(), autoload_with=connection)
        if rows := [_from_former(dict(row)) for row in connection.execute(sql.select(former)).mappings()]:
            connection.execute(self._insert(RUNS).on_conflict_do_nothing(), rows)
        former.drop(connection)

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except (sql.exc.SQLAlchemyError, ImportError) as error:
            why = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise StoreError(
                "the database of runs, {name}, cannot be used ({why})", name=self._name, why=why
            ) from error


def _from_former(row: Mapping[str, Any]) -> dict[str, Any]:
    interval = [row["exact_match_low"], row["exact_match_high"]]
    as_they_were = ("created", "epochs", "samples", "seconds", "exact_match", "split")
    described = {
        **{name: row[name] for name in as_they_were},
        **{name: json.loads(row[name]) for name in ("experiment", "message", "report", "examples")},
        "exact_match_interval": None if None in interval else interval,
    }
    columns = ("id", "owner", "status", "updated", "bytes")
    return {**{name: row[name] for name in columns}, "described": json.dumps(described)}


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
