"""The addresses that phones use.

    GET  join                   asks for a code
    GET  j/CODE                 the page of a room
    GET  j/CODE/view            what the phone of a player shows now
    GET  j/CODE/events          the same whenever it changes, as server-sent events
    GET  j/CODE/picture/N.svg   what stands beside the question of a round
    POST j/CODE/join            a name, with the key of the phone
    POST j/CODE/answer          an answer, with the key of the phone
    GET  phone/VERSION/FILE     the script and the style

Whoever has a player's digest may look at what that phone shows; only who has its key can act for it. Both POSTs may be
sent twice without harm.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from adder.base.errors import AdderError, RoomError, StoreError
from adder.base.language import LANGUAGES, Language
from adder.base.messages import marked
from adder.rooms.codes import read_code, spoken
from adder.rooms.events import Answered, AnyEvent, Joined
from adder.rooms.names import ADJECTIVES, ANIMALS, LONGEST_NAME, PAIR, offered_name
from adder.rooms.rates import Rates
from adder.rooms.room import Room, player_of
from adder.rooms.round import MOST_ANSWER_CHARACTERS
from adder.ui import room_service, visitors
from adder.ui.phones.view import GONE, language_of, view
from adder.ui.stage.routes import compressed_answer
from adder.ui.streamlit_internals import base_path

BEAT_SECONDS = 15.0  # A phone that has heard nothing for this long is told that the connection lives.
MOST_BODY_BYTES = 2_000
MOST_STREAMS = 5_000
_STREAMS_PER_PLAYER = 3  # A phone that changes its network leaves one behind.
_BUSY = marked("the server has too much to do; please try again")
_TELL_SECONDS = 10.0
_HERE = Path(__file__).parent
_TYPES = {"phone.js": "text/javascript", "phone.css": "text/css", "phone.svg": "image/svg+xml"}
_FILES = {name: (_HERE / name).read_bytes() for name in _TYPES}
VERSION = hashlib.sha256(b"".join(_FILES.values())).hexdigest()[:12]
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}

_wrong_codes = Rates(burst=40, a_second=0.5)  # Its keys are addresses, and a class may share one.
_all_wrong_codes = Rates(burst=400, a_second=1.0)  # Nobody is to find a room by trying codes from many addresses.
_requests = Rates(burst=25, a_second=3.0)  # Its keys are players.
_streams: defaultdict[tuple[str, str], list[object]] = defaultdict(list)


class _Join(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    name: str


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    number: int
    typed: str


class _RequestError(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, said: str, *, gone: bool = False) -> None:
        super().__init__(said)
        self.status, self.said, self.gone = status, said, gone


def routes() -> list[Route]:
    """The routes of phones, for the server that shows the pages."""
    base = base_path()
    prefix = f"/{base}" if base else ""
    return [
        Route(f"{prefix}/join", _join_page),
        Route(f"{prefix}/j/{{code}}", _room_page),
        Route(f"{prefix}/j/{{code}}/view", _view),
        Route(f"{prefix}/j/{{code}}/events", _events),
        Route(f"{prefix}/j/{{code}}/picture/{{number}}.svg", _picture),
        Route(f"{prefix}/j/{{code}}/join", _join, methods=["POST"]),
        Route(f"{prefix}/j/{{code}}/answer", _answer, methods=["POST"]),
        Route(f"{prefix}/phone/{{version}}/{{file}}", _file),
    ]


# Pages.


async def _join_page(request: Request) -> Response:
    """The box for a code; a code that is right leads on."""
    language, typed, said = _browsers(request), request.query_params.get("code", ""), ""
    if typed.strip():
        try:
            room = await _room(request, typed)
            return RedirectResponse(f"j/{room.code}", 303, headers=_HEADERS)
        except _RequestError as refused:
            said = language.sentence(refused.said)
    return _page(request, "join.html", language, "", status=404 if said else 200, said=said, typed=typed[:20])


async def _room_page(request: Request) -> Response:
    try:
        room = await _room(request, request.path_params["code"])
    except _RequestError as refused:
        language = _browsers(request)
        told = language.sentence(refused.said)
        return _page(request, "join.html", language, "../", status=refused.status, said=told, typed="")
    if room.code != request.path_params["code"]:
        return RedirectResponse(room.code, 303, headers=_HEADERS)
    language = language_of(room)
    taken = {player.name for player in room.players.values()}
    words = (language.say(ADJECTIVES), language.say(ANIMALS), language.say(PAIR))
    return _page(
        request,
        "room.html",
        language,
        "../",
        code=room.code,
        spoken=spoken(room.code),
        offered=offered_name(*words, taken),
        longest_name=LONGEST_NAME,
        longest_answer=MOST_ANSWER_CHARACTERS,
    )


def _page(request: Request, name: str, language: Language, up: str, *, status: int = 200, **values: Any) -> Response:
    text = _templates().get_template(name).render(
        language=language.code, texts=_texts(language), assets=f"{up}phone/{VERSION}", up=up, **values
    )  # fmt: skip
    return compressed_answer(request, text.encode(), "text/html", "no-store", status=status, headers=_HEADERS)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _texts(language: Language) -> dict[str, str]:
    """What the pages say whatever happens in a room."""
    return {
        "join": language.say("Join a class"),
        "code": language.say("The code on the board"),
        "go": language.say("Go in"),
        "room": language.say("Room"),
        "name": language.say("Your name"),
        "optional": language.say("Keep this one, or type your own. Only the board of your class shows it."),
        "answer": language.say("Your answer"),
        "send": language.say("Send"),
        "remove": language.say("Delete the last character"),
        "minus": language.say("minus"),
        "sending": language.say("Sending …"),
        "again": language.say("No connection. Trying again …"),
        "first": language.say("Type an answer first."),
        "left": language.say("{seconds} s left"),
        "sum": language.say("Sum"),
        "you": language.say("You"),
        "network": language.say("Network"),
        "right": language.say("right answer"),
        "wrong": language.say("wrong answer"),
        "script": language.say("This page needs JavaScript."),
    }


def _browsers(request: Request) -> Language:
    """The language of an address, or else of a browser, before the room is known."""
    asked = [request.query_params.get("lang", ""), *request.headers.get("accept-language", "")[:200].split(",")]
    tags = (each.strip().lower().partition(";")[0].partition("-")[0] for each in asked)
    return next((LANGUAGES[tag] for tag in tags if tag in LANGUAGES), LANGUAGES["en"])


async def _file(request: Request) -> Response:
    """The script or the style; an address names its version, so that a browser may keep it for good."""
    name = request.path_params["file"]
    if name not in _FILES or request.path_params["version"] != VERSION:
        return Response("not found", 404)
    return compressed_answer(request, _FILES[name], _TYPES[name], "public, max-age=31536000, immutable", keep=True)


async def _picture(request: Request) -> Response:
    try:
        room = await _room(request, request.path_params["code"])
    except _RequestError as refused:
        return Response(refused.said, refused.status)
    shown = {str(each.number): each.picture for each in room.rounds if each.picture}
    if (picture := shown.get(request.path_params["number"])) is None:
        return Response("not found", 404)
    # An address of its own would be a page: nothing in it may load or run anything.
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return compressed_answer(request, picture.encode(), "image/svg+xml", "private, max-age=3600", headers=headers)


# What a phone shows.


async def _view(request: Request) -> Response:
    try:
        player = _known(request)
        room = await _room(request, request.path_params["code"], player)
    except _RequestError as refused:
        return _refusal(request, refused)
    return _json(view(room, player, time.time()))


async def _events(request: Request) -> Response:
    try:
        player = _known(request)
        room = await _room(request, request.path_params["code"], player)
        if sum(map(len, _streams.values())) >= MOST_STREAMS:
            raise _RequestError(503, _BUSY)
    except _RequestError as refused:
        return _refusal(request, refused)
    stream = _stream(room, player)
    return StreamingResponse(stream, media_type="text/event-stream", headers={**_HEADERS, "X-Accel-Buffering": "no"})


async def _stream(room: Room, player: str) -> AsyncIterator[str]:
    """What a phone shows, whenever that changes; if a player has too many streams, the oldest ends."""
    service, mine, this = room_service.get(), _streams[room.code, player], object()
    mine.append(this)
    try:
        shown = 0
        async for now in service.watch(room.code, BEAT_SECONDS):
            if len(mine) - mine.index(this) > _STREAMS_PER_PLAYER:
                return
            if now.shown == shown:
                yield "event: beat\ndata:\n\n"
            else:
                yield f"event: view\ndata: {msgspec.json.encode(view(now, player, time.time())).decode()}\n\n"
            shown = now.shown
        service.room(room.code)
    except RoomError as error:
        said = language_of(room).sentence(error.sentence)
        yield f"event: view\ndata: {msgspec.json.encode({'phase': GONE, 'said': said}).decode()}\n\n"
    except StoreError:
        return  # The phone asks again.
    finally:
        mine.remove(this)
        if not mine:
            _streams.pop((room.code, player), None)


# What a phone does.


async def _join(request: Request) -> Response:
    """Somebody comes in, or has come in already and did not hear of it."""
    try:
        told = await _sent(request, _Join)
        player = _key(told.key)
        room = await _room(request, request.path_params["code"], player)
        room = await _happens(room, Joined(player, told.name))
    except _RequestError as refused:
        return _refusal(request, refused)
    return _json({"player": player, "view": view(room, player, time.time())})


async def _answer(request: Request) -> Response:
    """Somebody answers, or has answered already and did not hear of it."""
    try:
        told = await _sent(request, _Answer)
        player = _key(told.key)
        room = await _room(request, request.path_params["code"], player)
        if told.number > len(room.rounds):  # Another app has begun it, and this one hears of it in a moment.
            raise _RequestError(503, _BUSY)
        try:
            given = room.read(told.number, told.typed, language_of(room).thousands)
        except AdderError as error:
            raise _RequestError(422, error.sentence) from error
        room = await _happens(room, Answered(player, told.number, given))
    except _RequestError as refused:
        return _refusal(request, refused)
    return _json({"player": player, "view": view(room, player, time.time())})


async def _happens(room: Room, event: AnyEvent) -> Room:
    """The room after an event."""
    try:
        async with asyncio.timeout(_TELL_SECONDS):
            return await asyncio.wrap_future(room_service.get().send(room.code, event))
    except RoomError as error:
        raise _RequestError(409, error.sentence) from error
    except (StoreError, TimeoutError) as error:
        raise _RequestError(503, _BUSY) from error


async def _sent(request: Request, kind: type[Any]) -> Any:
    """What a phone has sent, if it comes from a page of this server and is small."""
    if not _own_page(request) or request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise _RequestError(403, marked("only a page of this server may send this"))
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise _RequestError(413, marked("that is too long"))
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _RequestError(400, marked("this server does not understand that")) from error


def _own_page(request: Request) -> bool:
    """Whether a request comes from a page of this server, as far as the browser says; a program may say anything."""
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _key(key: str) -> str:
    """The player who has this key, if a turn is left to them."""
    if not 20 <= len(key) <= 60 or not key.isascii():
        raise _RequestError(400, marked("a phone needs a key of its own"))
    return _turn(player_of(key))


def _known(request: Request) -> str:
    return _turn(request.query_params.get("player", "")[:32])


def _turn(player: str) -> str:
    if not _requests.take(player, time.monotonic()):
        raise _RequestError(429, marked("not so often, please"))
    return player


async def _room(request: Request, typed: str, player: str = "") -> Room:
    """The room of a code; whoever is not in it and tries many wrong codes has to wait."""
    service = room_service.get()
    known = service.known(typed)
    if known is not None and player in known.players:
        return known
    now, who = time.monotonic(), visitors.who_asks(request, "").address
    if not (_wrong_codes.left(who, now) and _all_wrong_codes.left("", now)):
        raise _RequestError(429, marked("too many wrong codes came; try again in a minute"))
    try:
        return await asyncio.to_thread(service.room, read_code(typed))
    except RoomError as error:
        _wrong_codes.take(who, now)
        _all_wrong_codes.take("", now)
        raise _RequestError(404, error.sentence, gone=True) from error
    except StoreError as error:
        raise _RequestError(503, _BUSY) from error


def _refusal(request: Request, refused: _RequestError) -> Response:
    told = {"said": _browsers(request).sentence(refused.said)}
    return _json(told | ({"phase": GONE} if refused.gone else {}), refused.status)


def _json(told: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status, media_type="application/json", headers=_HEADERS)
