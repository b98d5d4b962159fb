"""What pages and phones call: rooms are opened here, told what happens, and watched.

One thread writes whatever this process has to tell, with one transaction for all that waits for a room. While anybody
watches a room, it also looks for what other apps have written. Reading a room only reads memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from adder.base.errors import AdderError, RoomError, StoreError
from adder.base.paths import home
from adder.base.server_settings import server_settings
from adder.experiment import Experiment
from adder.rooms import events
from adder.rooms.codes import new_code
from adder.rooms.events import AnyEvent, Opened
from adder.rooms.room import ROOM_SECONDS, Room, digest_of, no_room

if TYPE_CHECKING:
    from adder.rooms.event_table import EventTable, Row

_log = logging.getLogger(__name__)

MOST_ROOMS = 500
MOST_EVENTS_WAITING = 20_000
MOST_EVENT_CHARACTERS = 500_000
SECONDS_BETWEEN_LOOKS = 0.12
_SEEN_SECONDS = 60.0  # Somebody who has read a room counts as watching it for this long.
_TIDY_SECONDS = 60.0
_TELL_SECONDS = 20.0
_SECRET_BYTES = 18


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a room.

    Attributes:
        code: The code for everybody.
        secret: The secret for the teacher alone.
    """

    code: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Sent:
    event: AnyEvent
    text: str
    secret: str
    told: Future[Room] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, eq=False)
class _Watcher:
    loop: asyncio.AbstractEventLoop
    changed: asyncio.Event


class RoomService:
    """The rooms of one server; the database is opened when it is first needed.

    Args:
        database: SQLite's file, or SQLAlchemy's URL of a database; by default that of the runs.
        clock: Tells the time, in seconds since 1970.
    """

    def __init__(self, database: str | Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._table: EventTable | None = None
        self._opening = threading.Lock()
        self._lock = threading.Lock()  # It guards all that follows, and is held for moments.
        self._rooms: dict[str, Room] = {}
        self._seen: dict[str, float] = {}
        self._watchers: defaultdict[str, set[_Watcher]] = defaultdict(set)
        self._waiting: dict[str, list[_Sent]] = {}
        self._number_waiting = 0
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write, to look, and to end rooms whose time is over; every other method begins this, too."""
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="adder-rooms", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Write what waits, and close the database."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_TELL_SECONDS)
        with self._lock:
            watchers = [each for found in self._watchers.values() for each in found]
            self._rooms.clear()
        _tell(watchers)
        with self._opening:
            if self._table is not None:
                self._table.close()
                self._table = None

    # For teachers.

    def open(
        self,
        experiment: Experiment,
        *,
        language: str = "en",
        planned: int = 10,
        seconds: int | None = None,
    ) -> Key:
        """Open a room against an opponent of this experiment.

        Raises:
            RoomError: The room cannot work, or there are too many.
            StoreError: The database cannot be used.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        event = Opened(digest_of(secret), language, experiment.to_dict(), planned, seconds)
        text, at = _written(event), self._clock()
        table = self._ready()
        table.forget_before(at - ROOM_SECONDS)
        if table.count() >= MOST_ROOMS:
            raise RoomError("this server holds {most} rooms, and all are open; try again later", most=MOST_ROOMS)
        while True:
            code = new_code()
            room = Room.opened_by(code, event, at)
            if table.open(code, at, text):
                self._keep(room)
                self.start()
                return Key(code, secret)

    def teaches(self, code: str, secret: str) -> bool:
        """Whether a secret is that of the room's teacher.

        Raises:
            RoomError: There is no such room.
            StoreError: The database cannot be used.
        """
        return self.room(code).teaches(secret)

    def forget(self, code: str, secret: str) -> None:
        """Delete a room, with all names and answers, at once.

        Raises:
            RoomError: There is no such room, or the secret is another's.
            StoreError: The database cannot be used.
        """
        if not self.teaches(code, secret):
            raise _no_teacher()
        self._ready().forget(code)
        self._drop(code)

    # For everybody.

    def known(self, code: str) -> Room | None:
        """A room as it is now if it is in memory; this waits for nothing."""
        found = self._rooms.get(code)
        return found if found is not None and self._clock() < found.ends else None

    def room(self, code: str) -> Room:
        """A room as it is now.

        Raises:
            RoomError: There is none of that code, or its time is over.
            StoreError: The database cannot be used.
        """
        with self._lock:
            found = self._rooms.get(code)
        if found is None:
            found = self._keep(self._read(code))
            self.start()
            self._wake.set()
        now = self._clock()
        if now >= found.ends:
            raise no_room(code)
        self._seen[code] = now
        return found

    def events(self, code: str) -> list[tuple[float, AnyEvent]]:
        """All that has happened in a room, with its times, as the database has it.

        Raises:
            StoreError: The database cannot be used.
        """
        read = ((row.at, _event(row)) for row in self._ready().events(code))
        return [(at, event) for at, event in read if event is not None]

    def tell(self, code: str, event: AnyEvent, *, secret: str = "") -> Room:
        """Have something happen in a room, and wait until it is in the database.

        Args:
            code: The room.
            event: What happens.
            secret: The teacher's secret, for what only a teacher may do.

        Returns:
            The room after it.

        Raises:
            RoomError: The room refuses it, or there is none.
            StoreError: The database cannot be used.
        """
        try:
            return self.send(code, event, secret=secret).result(_TELL_SECONDS)
        except TimeoutError as error:
            raise _busy() from error

    def send(self, code: str, event: AnyEvent, *, secret: str = "") -> Future[Room]:
        """As `tell`, without waiting: the room after the event, or the error, comes later."""
        sent = _Sent(event, _written(event), secret)
        with self._lock:
            full = self._number_waiting >= MOST_EVENTS_WAITING
            if not full and not self._closed:
                self._waiting.setdefault(code, []).append(sent)
                self._number_waiting += 1
        if full or self._closed:
            sent.told.set_exception(_busy())
        self.start()
        self._wake.set()
        return sent.told

    async def watch(self, code: str, every: float) -> AsyncIterator[Room]:
        """A room now, each time that phones have to be told something, and at least every so many seconds.

        It ends when there is no such room any more.

        Raises:
            RoomError: There is none.
            StoreError: The database cannot be used.
        """
        watcher = _Watcher(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._watchers[code].add(watcher)
        try:
            room = self.known(code) or await asyncio.to_thread(self.room, code)
            shown = 0
            while room is not None and self._clock() < room.ends:
                shown = room.shown
                yield room
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        while room is not None and room.shown == shown:
                            await watcher.changed.wait()
                            watcher.changed.clear()
                            room = self._rooms.get(code)
                room = self._rooms.get(code)
        finally:
            with self._lock:
                self._watchers[code].discard(watcher)
                if not self._watchers[code]:
                    del self._watchers[code]

    # What is in memory.

    def _keep(self, room: Room) -> Room:
        """Keep this room in memory, unless a later one is there."""
        with self._lock:
            before = self._rooms.get(room.code)
            if before is not None and before.version >= room.version:
                return before
            self._rooms[room.code] = room
            watchers = [*self._watchers.get(room.code, ())] if before and before.shown != room.shown else []
        _tell(watchers)
        return room

    def _drop(self, code: str) -> None:
        """Drop a room from memory."""
        with self._lock:
            self._rooms.pop(code, None)
            self._seen.pop(code, None)
            watchers = [*self._watchers.get(code, ())]
        _tell(watchers)

    # What is in the database.

    def _ready(self) -> EventTable:
        """The tables; they are opened if they are not, and again if they were damaged."""
        from adder.rooms.event_table import EventTable

        with self._opening:
            if self._table is not None and self._table.damaged:
                self._table.close()
                self._table = None
            if self._table is None:
                if self._closed:
                    raise _busy()
                home().mkdir(mode=0o700, parents=True, exist_ok=True)
                self._table = EventTable(self._database or server_settings().database or home() / "runs.sqlite")
            return self._table

    def _read(self, code: str) -> Room:
        rows = self._ready().events(code)
        if not rows:
            raise no_room(code)
        first = _event(rows[0])
        if not isinstance(first, Opened):
            raise no_room(code)
        return _followed(Room.opened_by(code, first, rows[0].at), rows[1:])

    def _work(self) -> None:
        looked = tidied = time.monotonic()
        while True:
            busy = self._watched()
            self._wake.wait(max(0.0, looked + SECONDS_BETWEEN_LOOKS - time.monotonic()) if busy else _TIDY_SECONDS)
            self._wake.clear()
            with self._lock:
                waiting, self._waiting, self._number_waiting = self._waiting, {}, 0
            for code, sent in waiting.items():
                self._write(code, sent)
            if self._closed:
                return
            now = time.monotonic()
            try:
                if busy and now - looked >= SECONDS_BETWEEN_LOOKS:
                    looked = now
                    self._look(busy)
                if now - tidied >= _TIDY_SECONDS:
                    tidied = now
                    self._ready().forget_before(self._clock() - ROOM_SECONDS)
            except AdderError as error:
                _log.warning("rooms cannot be read: %s", error)
                looked = now + 1.0
            except Exception:  # noqa: BLE001  the thread that serves every room must outlive any one failure
                _log.exception("looking at rooms failed")

    def _watched(self) -> list[str]:
        """The rooms that somebody watches; the others are dropped from memory alone."""
        now = self._clock()
        with self._lock:
            watched = {code for code, watchers in self._watchers.items() if watchers}
            watched |= {code for code, seen in self._seen.items() if now - seen < _SEEN_SECONDS}
            for code in [*self._rooms]:
                if code not in watched:
                    del self._rooms[code]
            self._seen = {code: seen for code, seen in self._seen.items() if code in watched}
            return [code for code in self._rooms if code in watched]

    def _write(self, code: str, sent: list[_Sent]) -> None:
        """Write what was sent for one room, and tell those who sent it."""
        outcomes: list[tuple[_Sent, Room | Exception]] = []
        now = self._clock()

        def decide(news: list[Row]) -> list[tuple[float, str]]:
            after, new = _followed(room, news), []
            outcomes.clear()
            for each in sent:
                try:
                    if each.event.by_teacher and not after.teaches(each.secret):
                        raise _no_teacher()
                    before, after = after, after.after(each.event, now)
                except AdderError as error:
                    outcomes.append((each, error))
                    continue
                if after is not before:
                    new.append((now, each.text))
                outcomes.append((each, after))
            return new

        try:
            room = self.room(code)
            if not self._ready().write(code, room.version, decide):
                self._drop(code)
                raise no_room(code)
        except AdderError as error:
            outcomes[:] = [(each, error) for each in sent]
        except Exception as error:  # noqa: BLE001  whatever it is, the other rooms go on
            _log.exception("writing into a room failed")
            outcomes[:] = [(each, error) for each in sent]
        rooms = [outcome for _, outcome in outcomes if isinstance(outcome, Room)]
        if rooms:
            self._keep(rooms[-1])
        for each, outcome in outcomes:
            if isinstance(outcome, Room):
                each.told.set_result(outcome)
            else:
                each.told.set_exception(outcome)

    def _look(self, codes: list[str]) -> None:
        """Take in what other apps have written."""
        last = self._ready().last(codes)
        for code in codes:
            room = self._rooms.get(code)
            if room is None:
                continue
            if code not in last or self._clock() >= room.ends:
                self._drop(code)
            elif last[code] > room.version:
                self._keep(_followed(room, self._ready().events(code, room.version)))


def _busy() -> StoreError:
    return StoreError("the server has too much to do; please try again")


def _no_teacher() -> RoomError:
    return RoomError("only the teacher of this room may do this")


def _written(event: AnyEvent) -> str:
    text = events.written(event)
    if len(text) > MOST_EVENT_CHARACTERS:
        raise RoomError("this is too long for a room; it may have {most:,} characters", most=MOST_EVENT_CHARACTERS)
    return text


def _event(row: Row) -> AnyEvent | None:
    """The event of a row; None for one that cannot be understood, such as a newer adder's."""
    try:
        return events.read(row.told)
    except (msgspec.MsgspecError, ValueError) as error:
        _log.warning("an event of a room cannot be understood: %s", error)
        return None


def _followed(room: Room, rows: list[Row]) -> Room:
    for row in rows:
        room = room.following(_event(row), row.at)
    return room


def _tell(watchers: list[_Watcher]) -> None:
    """Wake those who watch, each loop once."""
    loops: defaultdict[asyncio.AbstractEventLoop, list[asyncio.Event]] = defaultdict(list)
    for watcher in watchers:
        loops[watcher.loop].append(watcher.changed)
    for loop, changed in loops.items():
        with contextlib.suppress(RuntimeError):  # The loop has ended.

            def wake(changed: list[asyncio.Event] = changed) -> None:
                for each in changed:
                    each.set()

            loop.call_soon_threadsafe(wake)
