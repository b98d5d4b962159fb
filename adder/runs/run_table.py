"""The table of runs in a database, with a row for each run, through SQLAlchemy's Core.

Only what queries need is a column; the rest is one JSON text, which `adder.runs.store` writes and reads. Importing
this module imports SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sql

from adder.runs.database import Database
from adder.runs.run_schema import RUNS, VISITS, insert


class RunTable(Database):
    """The rows of one database.

    >>> table = RunTable("sqlite://")
    >>> table.row("nothing of this id") is None
    True
    >>> table.close()
    """

    def save(self, row: Mapping[str, Any]) -> None:
        """Insert a row, or replace the row of that id."""
        with self._as_store_error(), self._engine.begin() as connection:
            new = insert(connection, RUNS).values(**row)
            given = {name: new.excluded[name] for name in row}
            connection.execute(new.on_conflict_do_update(index_elements=[RUNS.c.id], set_=given))

    def add(self, row: Mapping[str, Any]) -> None:
        """Insert a row unless there is one of that id; names that are no columns are left out."""
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
        """Note that somebody watches a run; an earlier wish stays if there is none now."""
        new = {"wish": wish, "updated": now} if wish else {"updated": now}
        row = {"run_id": run_id, "person": person, "wish": wish, "updated": now}
        with self._as_store_error(), self._engine.begin() as connection:
            inserted = insert(connection, VISITS).values(**row)
            connection.execute(inserted.on_conflict_do_update(index_elements=["run_id", "person"], set_=new))

    def visits(self) -> list[dict[str, Any]]:
        """All notes of who watches which run."""
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
        """The `id`, `person`, `status`, `bytes` and `record_bytes` of all rows, the oldest change first."""
        length = sql.func.length(RUNS.c.described).label("record_bytes")
        columns = (RUNS.c.id, RUNS.c.person, RUNS.c.status, RUNS.c.bytes, length)
        with self._as_store_error(), self._engine.connect() as connection:
            found = connection.execute(sql.select(*columns).order_by(RUNS.c.updated))
            return [dict(row) for row in found.mappings()]

    def delete(self, run_id: str) -> None:
        """Delete a row."""
        with self._as_store_error(), self._engine.begin() as connection:
            connection.execute(sql.delete(RUNS).where(RUNS.c.id == run_id))

    def total_bytes(self) -> int:
        """How much the files of all rows take."""
        with self._as_store_error(), self._engine.connect() as connection:
            return int(connection.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.bytes), 0))).scalar_one())
