from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
import sqlalchemy as sql

from adder.base.errors import RoomError, StoreError
from adder.presets import preset
from adder.rooms.events import Answered, Asked, Joined, Locked, Noted, Revealed
from adder.rooms.room import MOST_ROUNDS, ROOM_SECONDS, Room, player_of
from adder.rooms.service import Key, RoomService
from tests.bench.session import completed
from tests.runs.support import eventually

OPPONENT = preset("two-digits")
MIA = player_of("mia")
Services = Callable[[], RoomService]


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database: str, clock: Clock) -> Iterator[Services]:
    """Makes services, each as an app of its own has it, on one database."""
    made: list[RoomService] = []

    def another() -> RoomService:
        made.append(RoomService(database, clock=clock))
        return made[-1]

    yield another
    for each in made:
        each.close()


def opened(service: RoomService) -> Key:
    key = service.open(OPPONENT, language="en", planned=5)
    service.tell(key.code, Joined(MIA, "Mia"))
    service.tell(key.code, Asked(1, "12+50", "62"), secret=key.secret)
    return key


def test_apps_share_a_room_and_a_restart_loses_nothing(services: Services) -> None:
    first, second = services(), services()
    key = opened(first)
    assert second.room(key.code) == first.room(key.code)
    second.tell(key.code, Answered(MIA, 1, "62"))
    room = first.tell(key.code, Revealed(1, "62", True), secret=key.secret)  # The first service reads the answer, too.
    assert (room.rounds[0].right, room.version) == (1, 5)
    first.close()
    second.close()
    third = services()
    assert third.room(key.code) == room
    assert Room.of(key.code, third.events(key.code)) == room
    assert third.teaches(key.code, key.secret)


def test_what_two_apps_are_told_at_once_is_written_in_turn(services: Services) -> None:
    apps = [services(), services()]
    key = opened(apps[0])
    apps[1].room(key.code)
    players = [player_of(str(number)) for number in range(60)]
    sent: list[Future[Room]] = []
    for number, player in enumerate(players):
        sent += [
            apps[number % 2].send(key.code, Joined(player, "Mia")),
            apps[number % 2].send(key.code, Answered(player, 1, "62")),
        ]
    for each in sent:
        each.result(20)
    room = Room.of(key.code, apps[0].events(key.code))
    assert (len(room.present), room.rounds[0].right, room.version) == (61, 60, 3 + 120)
    assert len({player.name for player in room.present}) == 61


def test_phones_are_told_what_they_have_to_know_by_whichever_app(services: Services) -> None:
    here, there = services(), services()
    key = opened(here)

    async def heard() -> list[tuple[str, int]]:
        found = []
        async for room in there.watch(key.code, every=60):
            found.append((room.state, room.version))
            if len(found) == 1:
                here.tell(key.code, Noted({"what": "phones need not know"}), secret=key.secret)
                here.tell(key.code, Answered(MIA, 1, "62"))
                here.tell(key.code, Revealed(1), secret=key.secret)
            else:
                here.forget(key.code, key.secret)
        return found

    async def alive() -> int:
        async for room in here.watch(key.code, every=0.01):
            if room.version > 3:
                return room.version
            here.tell(key.code, Noted({"what": "but sees it now and then"}), secret=key.secret)
        return 0

    assert completed(asyncio.wait_for(alive(), 20)) == 4
    assert completed(asyncio.wait_for(heard(), 20)) == [("asked", 4), ("revealed", 7)]
    with pytest.raises(RoomError, match="there is no room"):
        here.room(key.code)


def test_only_the_teacher_leads_and_forgets(services: Services) -> None:
    service = services()
    key, other = opened(service), service.open(OPPONENT)
    for secret in ("", "guessed", other.secret):
        with pytest.raises(RoomError, match="only the teacher of this room may do this"):
            service.tell(key.code, Locked(True), secret=secret)
        with pytest.raises(RoomError, match="only the teacher"):
            service.forget(key.code, secret)
    assert key.secret not in repr((key, service.room(key.code), service.events(key.code)))
    service.forget(key.code, key.secret)
    assert service.events(key.code) == []
    with pytest.raises(RoomError, match="there is no room"):
        service.tell(key.code, Joined(MIA, "Mia"))
    assert service.room(other.code).state == "lobby"


def test_a_room_ends_after_eight_hours_with_all_names(services: Services, clock: Clock) -> None:
    service = services()
    key = opened(service)
    clock.now += ROOM_SECONDS - 1
    assert service.room(key.code).players
    clock.now += 2
    for ask in (service.room, lambda code: service.tell(code, Joined(MIA, "Mia"))):
        with pytest.raises(RoomError, match="there is no room"):
            ask(key.code)
    service.open(OPPONENT)
    assert service.events(key.code) == [], "names and answers are gone from the database, too"


def test_names_are_deleted_though_nobody_opens_another_room(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.rooms.service._TIDY_SECONDS", 0.01)
    service = services()
    key = opened(service)
    assert service.events(key.code)
    clock.now += ROOM_SECONDS + 1
    eventually(lambda: service.events(key.code) == [])


def test_no_file_keeps_a_name_of_a_deleted_room(tmp_path: Path) -> None:
    service = RoomService(tmp_path / "runs.sqlite")
    key = opened(service)
    service.tell(key.code, Joined(player_of("ann"), "Rumpelstiltskin"))
    assert b"Rumpelstiltskin" in bytes_in(tmp_path)
    service.forget(key.code, key.secret)
    assert b"Rumpelstiltskin" not in bytes_in(tmp_path)
    service.close()


def bytes_in(folder: Path) -> bytes:
    """All that the files of a folder hold."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_no_room_can_be_is_refused(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    service = services()
    with pytest.raises(RoomError, match=f"a game has 1 to {MOST_ROUNDS} rounds"):
        service.open(OPPONENT, planned=MOST_ROUNDS + 1)
    key = service.open(OPPONENT)
    with pytest.raises(RoomError, match="too long for a room"):
        service.tell(key.code, Noted({"what": "x" * 500_001}), secret=key.secret)
    monkeypatch.setattr("adder.rooms.service.MOST_ROOMS", 1)
    with pytest.raises(RoomError, match="this server holds 1 rooms, and all are open"):
        service.open(OPPONENT)
    monkeypatch.setattr("adder.rooms.service.MOST_EVENTS_WAITING", 0)
    with pytest.raises(StoreError, match="the server has too much to do"):
        service.tell(key.code, Joined(MIA, "Mia"))


def test_a_database_that_cannot_be_used_is_told_and_may_come_back(tmp_path: Path, clock: Clock) -> None:
    database = tmp_path / "runs.sqlite"
    service = RoomService(database, clock=clock)
    key = opened(service)
    engine = sql.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(sql.text("ALTER TABLE room_events RENAME TO away"))
    with pytest.raises(StoreError, match="cannot be used"):
        service.tell(key.code, Answered(MIA, 1, "62"))
    assert service.room(key.code).rounds[0].answered == 0
    with engine.begin() as connection:
        connection.execute(sql.text("ALTER TABLE away RENAME TO room_events"))
    assert service.tell(key.code, Answered(MIA, 1, "62")).rounds[0].answered == 1
    engine.dispose()
    service.close()


def test_an_event_of_a_newer_adder_is_passed_over(tmp_path: Path, clock: Clock) -> None:
    service = RoomService(tmp_path / "runs.sqlite", clock=clock)
    key = opened(service)
    table = service._ready()
    assert table.write(key.code, 3, lambda _: [(1.0, '{"event":"danced"}')])
    assert service.tell(key.code, Answered(MIA, 1, "62")).version == 5
    assert len(service.events(key.code)) == 4
    service.close()
