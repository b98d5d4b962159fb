"""The tables of rooms and of their events in a database, through SQLAlchemy's Core.

Whoever writes into a room first takes its row, so that all apps write in turn and each sees what came before.
Importing this module imports SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sql

from adder.runs.database import Database
from adder.runs.run_schema import ROOM_EVENTS, ROOMS, insert


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it is kept: its number in its room, its time, and its JSON."""

    number: int
    at: float
    told: str


class EventTable(Database):
    """The rooms of one database, and what has happened in each.

    >>> table = EventTable("sqlite://")
    >>> table.open("QX74KF", 0.0, "first"), table.open("QX74KF", 1.0, "again")
    (True, False)
    >>> table.write("QX74KF", 0, lambda news: [(2.0, f"{len(news)} before")])
    True
    >>> [row.told for row in table.events("QX74KF")]
    ['first', '1 before']
    >>> table.close()
    """

    def open(self, code: str, at: float, told: str) -> bool:
        """Make a room with its first event, unless there is one of that code; then return False."""
        with self._as_store_error(), self._engine.begin() as connection:
            made = insert(connection, ROOMS).values(code=code, opened=at, last=1).on_conflict_do_nothing()
            if not connection.execute(made).rowcount:
                return False
            connection.execute(sql.insert(ROOM_EVENTS).values(room=code, number=1, at=at, told=told))
            return True

    def write(self, code: str, known: int, decide: Callable[[list[Row]], Sequence[tuple[float, str]]]) -> bool:
        """Write events into a room.

        Args:
            code: The room.
            known: The number of the last event that the caller knows.
            decide: Gets all later events, and returns the times and the JSON of those to write; nobody else writes
                into the room before that is done.

        Returns:
            Whether there is such a room.
        """
        with self._as_store_error(), self._engine.begin() as connection:
            mine = sql.update(ROOMS).where(ROOMS.c.code == code)
            if not connection.execute(mine.values(last=ROOMS.c.last)).rowcount:  # Others wait here.
                return False
            news = _rows(connection, code, known)
            last = news[-1].number if news else known
            if new := decide(news):
                rows = [
                    {"room": code, "number": number, "at": at, "told": told}
                    for number, (at, told) in enumerate(new, start=last + 1)
                ]
                connection.execute(sql.insert(ROOM_EVENTS), rows)
                connection.execute(mine.values(last=last + len(new)))
            return True

    def events(self, code: str, known: int = 0) -> list[Row]:
        """The events of a room after the one with this number, in order."""
        with self._as_store_error(), self._engine.connect() as connection:
            return _rows(connection, code, known)

    def last(self, codes: Iterable[str]) -> dict[str, int]:
        """The number of the last event of each of these rooms that exists."""
        with self._as_store_error(), self._engine.connect() as connection:
            found = connection.execute(sql.select(ROOMS.c.code, ROOMS.c.last).where(ROOMS.c.code.in_(list(codes))))
            return {row.code: row.last for row in found}

    def count(self) -> int:
        """How many rooms there are."""
        with self._as_store_error(), self._engine.connect() as connection:
            return int(connection.execute(sql.select(sql.func.count()).select_from(ROOMS)).scalar_one())

    def forget(self, code: str) -> None:
        """Delete a room with all its events."""
        self._delete(ROOMS.c.code == code)

    def forget_before(self, at: float) -> None:
        """Delete all rooms that were opened before this time."""
        self._delete(ROOMS.c.opened < at)

    def _delete(self, which: sql.ColumnElement[bool]) -> None:
        with self._as_store_error(), self._engine.begin() as connection:
            gone = connection.execute(sql.select(ROOMS.c.code).where(which).with_for_update()).scalars().all()
            if gone:
                connection.execute(sql.delete(ROOM_EVENTS).where(ROOM_EVENTS.c.room.in_(gone)))
                connection.execute(sql.delete(ROOMS).where(ROOMS.c.code.in_(gone)))
        if gone and self._sqlite:
            # The log beside the database still has the names until it is written into the database and cut.
            with self._as_store_error(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(connection: sql.Connection, code: str, known: int) -> list[Row]:
    which = sql.select(ROOM_EVENTS).where(ROOM_EVENTS.c.room == code, ROOM_EVENTS.c.number > known)
    return [Row(row.number, row.at, row.told) for row in connection.execute(which.order_by(ROOM_EVENTS.c.number))]
