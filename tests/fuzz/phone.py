"""What phones send, and whoever says to be one: requests to the addresses of a class's rooms."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import msgspec
import numpy as np
from starlette.routing import Match

from adder.presets import preset
from adder.rooms import events
from adder.rooms.events import AnyEvent, Asked, Joined, Locked, Opened
from adder.rooms.names import clean_name
from adder.rooms.rates import Rates
from adder.rooms.room import digest_of, player_of
from adder.rooms.service import RoomService
from adder.ui import room_service
from adder.ui.phones import routes
from tests.fuzz import refusal
from tests.fuzz.mutation import chosen, text_mutated
from tests.fuzz.zips import Recipe
from tests.ui.fetching import Reply, fetched

ROOM, OTHER = "QX74KF", "WW22WW"
KEY, NOBODYS = "key-of-a-phone-" * 2, "key-of-nobody-" * 2
MIA = player_of(KEY)
KEYS = [f"key-of-phone-number-{number:02}" for number in range(30)]
_FOLDER = tempfile.TemporaryDirectory(prefix="adder-fuzz-")
_SERVICE = RoomService(Path(_FOLDER.name) / "runs.sqlite")
_ROUTES = routes.routes()
_ENDLESS = Rates(1e12, 1e12)
_LIMITS = dict.fromkeys(("_wrong_codes", "_all_wrong_codes", "_requests"), _ENDLESS)
_versions: list[int] = []


def feed(data: bytes) -> int:
    """Ask what the bytes say, the first line being the request, the others up to a blank one its headers.

    Returns:
        The status of the answer.
    """
    if not _versions:
        _open()
    head, _, body = data.partition(b"\n\n")
    request, *lines = head.decode("utf-8", "replace").split("\n")
    method, _, address = request.partition(" ")
    path, _, query = address.partition("?")
    given = dict(line.partition(": ")[::2] for line in lines if ": " in line)
    headers = {name: value for name, value in given.items() if name.isascii() and name.isprintable()}
    before = _SERVICE.room(ROOM)
    with patch.object(room_service, "get", lambda: _SERVICE), patch.multiple(routes, **_LIMITS):
        reply = fetched(
            _ROUTES, path or "/", method=method, query=query, headers=headers, body=body, heard=lambda said: bool(said)
        )
    _check(reply, data)
    assert _SERVICE.room(OTHER).version == _versions[1], "another room was touched"
    after = _SERVICE.room(ROOM)
    answers = after.rounds[0].answers
    assert before.rounds[0].answers.items() <= answers.items()
    changed = {who for who, player in after.players.items() if before.players.get(who) != player}
    changed |= answers.keys() - before.rounds[0].answers.keys()
    assert len(changed) <= 1, "a request acts for one player"
    assert all(player.name and clean_name(player.name) == player.name for player in after.present)
    assert (after.state, after.locked, after.players[MIA].removed) == ("asked", False, False), (
        "only a teacher does that"
    )
    if len(after.players) > 1_000 or len(answers) > len(KEYS):
        _open()
    return reply.status


def routed(data: bytes) -> str:
    """The path of the route that the bytes ask, with its parameters; an empty text where there is none."""
    method, _, address = data.partition(b"\n")[0].decode("utf-8", "replace").partition(" ")
    scope = {"type": "http", "method": method, "path": address.partition("?")[0], "headers": []}
    return next((each.path for each in _ROUTES if each.matches(scope)[0] is Match.FULL), "")


def sent_to(route: str, data: bytes, seed: bytes) -> bytes:
    """An input with the method and the path of its seed, where it does not ask the same route as that any more."""
    if routed(data) == route:
        return data
    line, _, rest = data.partition(b"\n")
    return seed.partition(b"\n")[0].partition(b"?")[0] + b"?" + line.partition(b"?")[2] + b"\n" + rest


def of_a_player(route: str, rng: np.random.Generator) -> bytes:
    """What the page of somebody in the room sends to a route, but with a hostile name or answer."""
    what = route.rpartition("/")[2]
    text = mutated(b"Mia" if what == "join" else b"62", rng).decode("utf-8", "replace")
    told = {"name": text} if what == "join" else {"number": chosen((1, 1, 1, 1, 0, 2), rng), "typed": text}
    body = json.dumps({"key": chosen(KEYS, rng), **told})
    return _post(what, body, "host: here", "origin: http://here", "sec-fetch-site: same-origin")


def _check(reply: Reply, data: bytes) -> None:
    assert reply.status < 500 or (reply.status == 503 and b"number" in data), reply.content
    assert b"Traceback" not in reply.content
    if reply.headers.get("content-type") == "application/json" and reply.status >= 400:
        refusal.check(msgspec.json.decode(reply.content)["said"], data)


def _open() -> None:
    """Make both rooms anew, with somebody in each and a question."""
    table, at = _SERVICE._ready(), time.time()
    _versions.clear()
    for code in (ROOM, OTHER):
        table.forget(code)
        _SERVICE._drop(code)
        table.open(code, at, events.written(Opened(digest_of("secret"), "en", preset("two-digits").to_dict())))
        player = MIA if code == ROOM else player_of("a key that nobody here has")
        asked = Asked(1, "12+50", "62", picture="<svg/>")
        others = [Locked(True)] if code == OTHER else [Joined(player_of(key), f"Phone {key[-2:]}") for key in KEYS]
        happened: tuple[AnyEvent, ...] = (Joined(player, "Mia"), asked, *others)
        for event in happened:
            room = _SERVICE.tell(code, event, secret="secret")
        _versions.append(room.version)


def _post(what: str, body: str, *headers: str, code: str = ROOM) -> bytes:
    lines = (f"POST /j/{code}/{what}", "content-type: application/json", *headers)
    return "\n".join(lines).encode() + b"\n\n" + body.encode("utf-8", "surrogatepass")


def _join(name: str = "Mia", key: str = KEY) -> str:
    return f'{{"key":"{key}","name":"{name}"}}'


def _answer(typed: str = "62", number: str = "1", key: str = KEY) -> str:
    return f'{{"key":"{key}","number":{number},"typed":"{typed}"}}'


SEEDS: dict[str, Recipe] = {
    "join-page": lambda: b"GET /join",
    "join-code": lambda: b"GET /join?code=qx7-4kf&lang=zh",
    "join-markup": lambda: b"GET /join?code=%3Cscript%3Ealert(1)%3C/script%3E",
    "join-surrogate": lambda: b"GET /join?code=%ED%A0%80&lang=%00",
    "room": lambda: b"GET /j/QX74KF\naccept-language: zh-CN,zh;q=0.9",
    "no-room": lambda: b"GET /j/QX74KW",
    "no-code": lambda: b"GET /j/..%2F..%2Fetc%2Fpasswd",
    "wide-code": lambda: "GET /j/２２２２２２".encode(),
    "view": lambda: f"GET /j/QX74KF/view?player={MIA}".encode(),
    "view-of-nobody": lambda: b"GET /j/QX74KF/view?player=%00%ED%A0%80&player=x",
    "events": lambda: f"GET /j/QX74KF/events?player={MIA}".encode(),
    "events-of-the-other": lambda: f"GET /j/WW22WW/events?player={MIA}\nlast-event-id: 9".encode(),
    "picture": lambda: b"GET /j/QX74KF/picture/1.svg",
    "no-picture": lambda: b"GET /j/QX74KF/picture/99999999999999999999.svg",
    "file": lambda: f"GET /phone/{'0' * 12}/phone.js".encode(),
    "no-file": lambda: b"GET /phone/../routes.py",
    "join": lambda: _post("join", _join()),
    "join-again": lambda: _post("join", _join("Mia 2")),
    "join-anew": lambda: _post("join", _join("Tom", NOBODYS)),
    "join-invisible": lambda: _post("join", _join("\u200b\u202e\u3164")),
    "join-piled": lambda: _post("join", _join("e" + "\u0301" * 300)),
    "join-nul": lambda: _post("join", _join("\\u0000\\ud800")),
    "join-short-key": lambda: _post("join", _join(key="k")),
    "join-long-key": lambda: _post("join", _join(key="k" * 1_000)),
    "join-elsewhere": lambda: _post("join", _join(), "origin: http://evil.example"),
    "join-cross-site": lambda: _post("join", _join(), "sec-fetch-site: cross-site"),
    "join-no-json": lambda: b"POST /j/QX74KF/join\n\nkey=x&name=y",
    "join-deep": lambda: _post("join", "[" * 1_900),
    "join-more": lambda: _post("join", _join()[:-1] + ',"event":"removed","player":"x"}'),
    "answer": lambda: _post("answer", _answer()),
    "answer-text": lambda: _post("answer", _answer("<b>62</b>")),
    "answer-long": lambda: _post("answer", _answer("9" * 1_500)),
    "answer-calculation": lambda: _post("answer", _answer("12+50")),
    "answer-later": lambda: _post("answer", _answer(number="2")),
    "answer-earlier": lambda: _post("answer", _answer(number="-1")),
    "answer-huge": lambda: _post("answer", _answer(number="9" * 400)),
    "answer-half": lambda: _post("answer", _answer(number="1.5")),
    "answer-by-digest": lambda: _post("answer", _answer(key=MIA)),
    "answer-of-nobody": lambda: _post("answer", _answer(key=NOBODYS)),
    "answer-to-another": lambda: _post("answer", _answer(key=NOBODYS), code=OTHER),
    "get-answer": lambda: b"GET /j/QX74KF/answer",
    "delete": lambda: b"DELETE /j/QX74KF",
    "latin": lambda: b"POST /j/QX74KF/join\ncontent-type: application/json\n\n" + b"\xff\xfe\xe9",
}

BOMBS: dict[str, Recipe] = {
    "body": lambda: _post("join", _join("x" * 1_000_000)),
    "depth": lambda: _post("answer", "[" * 1_000_000),
    "query": lambda: b"GET /join?code=" + b"x" * 1_000_000,
    "queries": lambda: b"GET /j/QX74KF/view?" + b"player=x&" * 100_000,
    "path": lambda: b"GET /j/" + b"x" * 1_000_000,
    "languages": lambda: b"GET /join\naccept-language: " + b"xx," * 300_000,
}

mutated = text_mutated(
    [
        "GET ", "POST ", "/j/QX74KF", "/j/WW22WW", "/join", "/answer", "/view", "/events", "/picture/1.svg", "/phone/",
        "?player=", f"?player={MIA}", "?code=", KEY, NOBODYS, MIA, '"key":', '"name":', '"number":', '"typed":', '"62"',
        "content-type: application/json", "origin: http://here", "sec-fetch-site: same-origin", "\n\n",
    ]
)  # fmt: skip
