"""What the addresses of phones answer, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adder.presets import preset
from adder.rooms.events import Asked, BreakBegan, Ended, Removed, Revealed, Skipped, TakenBack
from adder.rooms.rates import Rates
from adder.rooms.room import player_of
from adder.rooms.service import Key, RoomService
from adder.ui import room_service
from adder.ui.phones import routes
from tests.ui.fetching import Reply, fetched

MIAS, TOMS = "mia-" * 6, "tom-" * 6
MIA = player_of(MIAS)
JSON = {"content-type": "application/json"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoomService]:
    for name in ("_wrong_codes", "_all_wrong_codes", "_requests"):
        rates: Rates = getattr(routes, name)
        monkeypatch.setattr(routes, name, Rates(rates.burst, rates.a_second))
    made = RoomService(tmp_path / "runs.sqlite")
    monkeypatch.setattr(room_service, "get", lambda: made)
    yield made
    made.close()


@pytest.fixture
def room(service: RoomService) -> Key:
    return service.open(preset("two-digits"))


def get(path: str, **query: str) -> Reply:
    return fetched(routes.routes(), path, query=query)


def post(path: str, told: object, headers: Mapping[str, str] = JSON) -> Reply:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return fetched(routes.routes(), path, method="POST", headers=headers, body=body)


def join(room: Key, key: str = MIAS, name: str = "Mia") -> dict[str, Any]:
    reply = post(f"/j/{room.code}/join", {"key": key, "name": name})
    assert reply.status == 200
    told: dict[str, Any] = reply.told
    return told


def answer(room: Key, typed: str, number: int = 1, key: str = MIAS) -> Reply:
    return post(f"/j/{room.code}/answer", {"key": key, "number": number, "typed": typed})


def shown(room: Key, player: str = MIA) -> dict[str, Any]:
    told: dict[str, Any] = get(f"/j/{room.code}/view", player=player).told
    return told


def test_a_phone_goes_through_a_round(room: Key, service: RoomService) -> None:
    assert get("/join", code=f" {room.code[:3]}-{room.code[3:].lower()}").headers["location"] == f"j/{room.code}"
    page = get(f"/j/{room.code}")
    assert page.status == 200
    assert shown(room) == {"phase": "outside", "said": ""}
    assert join(room)["player"] == MIA
    assert shown(room)["said"] == "You are in."
    service.tell(room.code, Asked(1, "12+50", "62", seconds=30), secret=room.secret)
    asked = shown(room)
    assert (asked["phase"], asked["said"], asked["head"]) == ("asked", "12 + 50 = ?", "Round 1 of 10")
    assert 28 < asked["left"] <= 30
    assert "62" not in asked.values(), "nobody reads the answer out of what a phone gets"
    assert "".join(asked["pad"]) == "1234567890"
    assert answer(room, "62 apples").told == {"said": '"62 apples" is no number; type digits alone, such as 62.'}
    first, again = answer(room, "62"), answer(room, "7")
    assert first.told["view"]["said"] == again.told["view"]["said"] == "Your answer is in: 62"
    service.tell(room.code, Revealed(1, "60", False, 0.7), secret=room.secret)
    right = shown(room)
    assert (right["right"], right["said"], right["place"]) == (
        True,
        "Right! 12 + 50 is 62.",
        "1 of 1 right: place 1 of 1",
    )
    assert right["note"] == "The network wrote 60: wrong."
    service.tell(room.code, TakenBack(1), secret=room.secret)
    assert shown(room)["phase"] == "in"
    service.tell(room.code, Revealed(1, "60", False), secret=room.secret)
    service.tell(room.code, BreakBegan(), secret=room.secret)
    assert shown(room)["said"] == "The network practises. Watch the board!"
    for event in (Asked(2, "1+1", "2"), Skipped(2)):
        service.tell(room.code, event, secret=room.secret)
    assert shown(room)["said"] == "This sum was left out."
    assert join(room, TOMS, "Mia")["view"]["name"] == "Mia 2"
    service.tell(room.code, Asked(3, "7+8", "15"), secret=room.secret)
    assert shown(room)["head"] == "Round 2 of 10", "as the board counts"
    assert answer(room, "16", 3).status == 200
    service.tell(room.code, Revealed(3, "15", True), secret=room.secret)
    assert shown(room)["said"] == "Not this time: 7 + 8 is 15. You wrote 16."
    assert shown(room, player_of(TOMS))["said"] == "7 + 8 is 15. No answer came from you."
    assert answer(room, "15", 3, TOMS).told == {"said": "The answers to this question are closed."}
    service.tell(room.code, Ended(), secret=room.secret)
    over = shown(room)
    assert (over["phase"], over["place"], over["note"]) == (
        "over",
        "1 of 2 right: place 1 of 2",
        "The network had 1 of 2 right.",
    )
    assert [(row["question"], row["given"], row["right"], row["network"]) for row in over["rows"]] == [
        ("12 + 50 = 62", "62", True, False),
        ("7 + 8 = 15", "16", False, True),
    ]


def test_a_class_taps_cells_and_guesses(room: Key, service: RoomService) -> None:
    join(room)
    service.tell(room.code, Asked(1, "Which sums?", kind="cells", largest=10, most=2), secret=room.secret)
    asked = shown(room)
    assert (asked["kind"], asked["smallest"], asked["largest"], asked["most"]) == ("cells", 1, 10, 2)
    assert answer(room, "4+3 5+9").told["view"]["said"] == "Your answer is in: 3\u00a0+\u00a04, 5\u00a0+\u00a09"
    service.tell(room.code, Revealed(1), secret=room.secret)
    assert shown(room)["said"] == "Held out: 3\u00a0+\u00a04, 5\u00a0+\u00a09"
    picture = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    guess = Asked(2, "More?", "1", kind="guess", options=("no", "<yes>"), picture=picture, described="A cat")
    service.tell(room.code, guess, secret=room.secret)
    asked = shown(room)
    assert (asked["options"], asked["picture"], asked["described"]) == (["no", "<yes>"], "picture/2.svg", "A cat")
    drawn = get(f"/j/{room.code}/picture/2.svg")
    assert drawn.content.decode() == picture
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert get(f"/j/{room.code}/picture/1.svg").status == 404
    assert answer(room, "0", 2).status == 200
    service.tell(room.code, Revealed(2), secret=room.secret)
    told = shown(room)
    assert (told["right"], told["said"], told["note"]) == (False, "Your guess: no.", "It is: <yes>.")
    assert "place" not in told, "a guess is worth no point"


def test_a_stream_tells_what_changes_and_that_it_lives(
    room: Key, service: RoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "BEAT_SECONDS", 0.02)
    join(room)

    def heard(content: bytes) -> bool:
        if content.count(b"event: beat") == 1 and b"asked" not in content:
            service.tell(room.code, Asked(1, "12+50", "62"), secret=room.secret)
        elif b'"phase":"asked"' in content and b"gone" not in content:
            service.forget(room.code, room.secret)
        return False  # The server ends it.

    reply = fetched(routes.routes(), f"/j/{room.code}/events", query={"player": MIA}, heard=heard)
    assert reply.headers["content-type"].startswith("text/event-stream")
    views = [json.loads(line[6:]) for line in reply.content.decode().splitlines() if line.startswith("data: ")]
    assert [view["phase"] for view in views] == ["waiting", "asked", "gone"]
    assert views[-1]["said"] == f"There is no room {room.code[:3]} {room.code[3:]}; look at the board again."


def test_a_player_has_a_few_streams_at_once(room: Key, service: RoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(routes, "_STREAMS_PER_PLAYER", 0)
    join(room)
    assert fetched(routes.routes(), f"/j/{room.code}/events", query={"player": MIA}).content == b""
    assert not routes._streams
    monkeypatch.setattr(routes, "MOST_STREAMS", 0)
    assert get(f"/j/{room.code}/events", player=MIA).status == 503


@pytest.mark.parametrize(
    ("headers", "body", "status", "said"),
    [
        (JSON | {"origin": "http://evil.example"}, {"key": MIAS, "name": "x"}, 403, "Only a page of this server"),
        (JSON | {"origin": "null"}, {"key": MIAS, "name": "x"}, 403, "Only a page of this server"),
        (JSON | {"sec-fetch-site": "cross-site"}, {"key": MIAS, "name": "x"}, 403, "Only a page of this server"),
        ({"content-type": "text/plain"}, {"key": MIAS, "name": "x"}, 403, "Only a page of this server"),
        (JSON, {"key": MIAS, "name": "x" * 3_000}, 413, "too long"),
        (JSON, b"\xff{", 400, "does not understand"),
        (JSON, [1], 400, "does not understand"),
        (JSON, {"key": MIAS}, 400, "does not understand"),
        (JSON, {"key": MIAS, "name": "x", "player": MIA}, 400, "does not understand"),
        (JSON, {"key": "short", "name": "x"}, 400, "A phone needs a key of its own."),
        (JSON, {"key": MIA + "ü", "name": "x"}, 400, "A phone needs a key of its own."),
        (JSON, {"key": MIAS, "name": "\u200b"}, 409, "There is no name yet"),
    ],
)
def test_what_no_phone_sends_is_refused(
    room: Key, service: RoomService, headers: dict[str, str], body: object, status: int, said: str
) -> None:
    reply = post(f"/j/{room.code}/join", body, headers)
    assert (reply.status, said in reply.told["said"]) == (status, True)
    assert not service.room(room.code).players


def test_pages_of_this_server_may_send(room: Key) -> None:
    for headers in ({"origin": "http://here"}, {"origin": "https://here", "sec-fetch-site": "same-origin"}):
        assert post(f"/j/{room.code}/join", {"key": MIAS, "name": "Mia"}, JSON | headers).status == 200


def test_nobody_acts_for_another(room: Key, service: RoomService) -> None:
    join(room)
    service.tell(room.code, Asked(1, "12+50", "62"), secret=room.secret)
    assert answer(room, "1", key=MIA).told["said"] == "You are not in this room.", "the digest is no key"
    assert answer(room, "1", key=TOMS).told["said"] == "You are not in this room."
    service.tell(room.code, Removed(MIA), secret=room.secret)
    assert answer(room, "62").told["said"] == "You are not in this room."
    assert shown(room) == {"phase": "gone", "said": "Your teacher has taken you out of this room."}
    assert service.room(room.code).rounds[0].answered == 0


def test_nothing_that_phones_see_leads_to_the_board_or_to_others(room: Key, service: RoomService) -> None:
    join(room)
    join(room, TOMS, "Tom the secret")
    seen = [get(f"/j/{room.code}"), get(f"/j/{room.code}/view", player=MIA), get("/join")]
    for reply in seen:
        assert room.secret.encode() not in reply.content
        assert b"Tom" not in reply.content
        assert "script-src 'self';" in reply.headers["content-security-policy"]
        assert "set-cookie" not in reply.headers
    assert b"<script>" not in seen[0].content
    assert b" style=" not in seen[0].content


def test_names_are_text(room: Key) -> None:
    reply = get("/join", code='"><script>alert(1)</script>')
    assert reply.status == 404
    assert b"<script>" not in reply.content
    assert join(room, name="<b>Mia</b>")["view"]["name"] == "<b>Mia</b>"


def test_codes_cannot_be_tried_one_after_another(
    room: Key, service: RoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(room)
    monkeypatch.setattr(routes, "_wrong_codes", Rates(3, 0.0))
    assert [get(f"/j/QX74K{last}").status for last in "CDFHJ"] == [404, 404, 404, 429, 429]
    assert get("/join", code=room.code).status == 404, "nor does a right one tell itself apart then"
    assert shown(room)["phase"] == "waiting", "who is in stays in"
    monkeypatch.setattr(routes, "_wrong_codes", Rates(3, 0.0))
    monkeypatch.setattr(routes, "_all_wrong_codes", Rates(1, 0.0))
    assert [get(f"/j/QX74K{last}").status for last in "CD"] == [404, 429]


def test_a_phone_that_asks_too_often_has_to_wait(room: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    join(room)
    monkeypatch.setattr(routes, "_requests", Rates(2, 0.0))
    assert [get(f"/j/{room.code}/view", player=MIA).status for _ in range(3)] == [200, 200, 429]
    assert answer(room, "62").told["said"] == "Not so often, please."


def test_a_round_that_another_app_has_begun_is_waited_for(room: Key) -> None:
    join(room)
    assert answer(room, "62", number=7).status == 503, "the phone sends it again"


def test_pages_speak_the_language_of_the_room(service: RoomService) -> None:
    room = service.open(preset("two-digits"), language="zh")
    page = get(f"/j/{room.code}").content.decode()
    assert '<html lang="zh">' in page
    assert "你的名字" in page
    assert join(room)["view"]["said"] == "你已进入房间。"
    chinese = fetched(routes.routes(), "/join", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh">' in chinese.content.decode()


def test_all_that_a_phone_loads_is_small(room: Key) -> None:
    page = get(f"/j/{room.code}")
    files = [get(f"/phone/{routes.VERSION}/{name}") for name in routes._FILES]
    assert all("immutable" in each.headers["cache-control"] for each in files)
    assert sum(each.size for each in [page, *files]) < 10_000
    assert get("/phone/old/phone.js").status == 404
