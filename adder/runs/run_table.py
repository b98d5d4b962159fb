"""The table of runs in a database: plain rows in, plain rows out, through SQLAlchemy's Core.

SQLite, set up so that one process writes while others read, serves the processes of one machine; PostgreSQL those of
many, and a connection to it that was lost is made anew. What the columns mean, the store knows. Importing
this module imports SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sql

from adder.base.errors import StoreError
from adder.base.messages import Sentence

BUSY_SECONDS = 5  # how long a writer waits for another process's to end, and anyone for a server to answer
_OPENINGS = 5  # how often processes that open a new database at once may get in one another's way

_metadata = sql.MetaData()
RUNS = sql.Table(
    "runs",
    _metadata,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("experiment", sql.Text, nullable=False),
    sql.Column("digest", sql.String(12), nullable=False, index=True),
    sql.Column("task", sql.String(12), nullable=False, index=True),
    sql.Column("status", sql.String(12), nullable=False, index=True),
    sql.Column("message", sql.Text, nullable=False),
    sql.Column("created", sql.Double, nullable=False),
    sql.Column("updated", sql.Double, nullable=False, index=True),
    sql.Column("epochs", sql.Integer, nullable=False),
    sql.Column("samples", sql.BigInteger, nullable=False),
    sql.Column("seconds", sql.Double, nullable=False),
    sql.Column("weights", sql.BigInteger, nullable=False),
    sql.Column("exact_match", sql.Double),
    sql.Column("exact_match_low", sql.Double),
    sql.Column("exact_match_high", sql.Double),
    sql.Column("split", sql.String(12), nullable=False),
    sql.Column("report", sql.Text, nullable=False),
    sql.Column("examples", sql.Text, nullable=False),
    sql.Column("owner", sql.String(200), nullable=False),
    sql.Column("bytes", sql.BigInteger, nullable=False),
)
_BULKY = ("report", "examples")


class Records:
    """The rows of one database; every method may raise `StoreError`.

    >>> records = Records("sqlite://")
    >>> records.row("nothing of this id") is None
    True
    >>> records.close()
    """

    def __init__(self, url: str) -> None:
        self._name = url.rpartition("@")[2]  # without a password
        with self._told():
            address = sql.make_url(url)
            waiting = {"connect_timeout": BUSY_SECONDS} if address.get_backend_name() == "postgresql" else {}
            self._engine = sql.create_engine(address, pool_pre_ping=True, connect_args=waiting)
            if self._engine.dialect.name == "sqlite":
                sql.event.listen(self._engine, "connect", _set_up_sqlite)
            try:
                self._create_tables()
            except sql.exc.SQLAlchemyError:
                self._engine.dispose()
                raise

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def save(self, row: Mapping[str, Any]) -> None:
        """Write a whole row, over the former one of that id where there is one."""
        with self._told():
            try:
                self._update_or_insert(row)
            except sql.exc.IntegrityError:  # another process inserted it between the two
                self._update_or_insert(row)

    def claim(self, run_id: str, owner: str, held: Sequence[str]) -> bool:
        """Make a row an owner's, unless another has it in one of these statuses; False means that another has."""
        with self._told(), self._engine.begin() as connection:
            free = RUNS.c.owner.in_(["", owner]) | RUNS.c.status.not_in(held)
            taken = sql.update(RUNS).where(RUNS.c.id == run_id, free).values(owner=owner)
            if connection.execute(taken).rowcount:
                return True
            return connection.execute(sql.select(RUNS.c.id).where(RUNS.c.id == run_id)).first() is None

    def change(self, run_id: str, owner: str, values: Mapping[str, Any]) -> bool:
        """Change a row if it is still this owner's; whether it was."""
        with self._told(), self._engine.begin() as connection:
            where = (RUNS.c.id == run_id, RUNS.c.owner == owner)
            return bool(connection.execute(sql.update(RUNS).where(*where).values(**values)).rowcount)

    def touch(self, owner: str, now: float) -> None:
        """Note that an owner's runs are looked after still."""
        with self._told(), self._engine.begin() as connection:
            connection.execute(sql.update(RUNS).where(RUNS.c.owner == owner).values(updated=now))

    def rows(self, since: float = 0) -> list[dict[str, Any]]:
        """All rows that changed since then, without their bulkiest columns, oldest change first."""
        columns = [column for column in RUNS.c if column.name not in _BULKY]
        with self._told(), self._engine.connect() as connection:
            found = connection.execute(sql.select(*columns).where(RUNS.c.updated >= since).order_by(RUNS.c.updated))
            return [dict(row) for row in found.mappings()]

    def row(self, run_id: str) -> dict[str, Any] | None:
        """The whole row of that id, or None."""
        with self._told(), self._engine.connect() as connection:
            found = connection.execute(sql.select(RUNS).where(RUNS.c.id == run_id)).mappings().first()
            return None if found is None else dict(found)

    def delete(self, run_id: str) -> None:
        """Forget a row."""
        with self._told(), self._engine.begin() as connection:
            connection.execute(sql.delete(RUNS).where(RUNS.c.id == run_id))

    def total_bytes(self) -> int:
        """What all rows say that their files take."""
        with self._told(), self._engine.connect() as connection:
            return int(connection.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.bytes), 0))).scalar_one())

    def _create_tables(self) -> None:
        """Make the table where there is none; what another process makes meanwhile is there at the next look."""
        self._engine.connect().close()  # a server that cannot be reached is told of at once
        for left in reversed(range(_OPENINGS)):
            try:
                _metadata.create_all(self._engine)
                return
            except sql.exc.DBAPIError:
                if not left:
                    raise
                time.sleep(0.1)

    def _update_or_insert(self, row: Mapping[str, Any]) -> None:
        with self._engine.begin() as connection:
            if not connection.execute(sql.update(RUNS).where(RUNS.c.id == row["id"]).values(**row)).rowcount:
                connection.execute(sql.insert(RUNS).values(**row))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sql.exc.SQLAlchemyError, ImportError) as error:
            why = str(getattr(error, "orig", None) or error).partition("\n")[0]
            said = Sentence("the database of runs, {name}, cannot be used ({why})", name=self._name, why=why)
            raise StoreError(said) from error


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
