"""The addresses that the stage loads from: its modules and style, and what it shows of a network.

A browser asks for what it lacks. While a network learns, its question is held back for up to a second until there is
something new, so that an epoch is on every screen a moment after its end, and a page that waits costs little. The more
browsers wait, the longer each is held back, and the epochs that one has passed over come when the network has learned.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adder.base.language import LANGUAGES
from adder.pocket.script import one_module
from adder.ui.first_load import reads_gzip
from adder.ui.stage import story
from adder.ui.streamlit_internals import base_path
from adder.ui.visitors import who_asks

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.04
_SECONDS_EACH = 0.03  # Each look that waits holds back the others by this much, up to `_WAIT_SECONDS`.
_MOST_EPOCHS = 70  # A run keeps fewer.
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_FOLDER = Path(__file__).parent
_MODULES = ("stage.js", "picture_player.js")
"""Each is sent with all that it imports as one file, since a phone waits for every file that it asks for."""
_FILES = {name: one_module(_FOLDER / name).encode() for name in _MODULES} | {
    path.name: path.read_bytes() for path in _FOLDER.glob("*.css")
}
_LEAST_BYTES = 1_000  # Fewer are not worth compressing.
VERSION = hashlib.sha256(b"".join(_FILES.values())).hexdigest()[:12]
PATH = "stage"
FILES = {name: f"{PATH}/{VERSION}/{name}" for name in _FILES}
"""What a browser draws the stage and the picture with, by its addresses."""
_SLOW = "slow networks"
_looks_held_back: set[object] = set()
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def routes() -> list[Route]:
    """The routes of the stage, for the server that shows the pages."""
    base = base_path()
    prefix = f"/{base}/{PATH}" if base else f"/{PATH}"
    return [Route(f"{prefix}/look/{{kind}}/{{name}}", _look), Route(f"{prefix}/{{version}}/{{file}}", _file)]


async def _file(request: Request) -> Response:
    """A module or the style; an address names its version, so that a browser may keep it for good."""
    name = request.path_params["file"]
    if name not in _FILES or request.path_params["version"] != VERSION:
        return Response("not found", 404)
    kind = _TYPES[Path(name).suffix]
    return compressed_answer(request, _FILES[name], kind, "public, max-age=31536000, immutable", keep=True)


@lru_cache(64)  # A class loads all files at once.
def _once(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def compressed_answer(
    request: Request,
    content: bytes,
    kind: str,
    caching: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    keep: bool = False,
) -> Response:
    """An answer, compressed if that is worth it and the browser can read it.

    Args:
        request: The request that is answered.
        content: What is sent.
        kind: Its media type.
        caching: How long browsers may keep it.
        status: The status.
        headers: What else to send along.
        keep: Whether to remember the compressed content, as for a file.
    """
    given = {**(headers or {}), "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if len(content) >= _LEAST_BYTES and reads_gzip(request.headers):
        content = _once(content) if keep else gzip.compress(content, 6, mtime=0)
        given["Content-Encoding"] = "gzip"
    return Response(content, status, media_type=kind, headers=given)


async def _look(request: Request) -> Response:
    """What a browser lacks of a network's story."""
    given, kind, name = request.query_params, request.path_params["kind"], request.path_params["name"]
    try:
        figures, newest = int(given.get("figures", "0")), int(given.get("newest", "-1"))
        wanted, mapped, asked = (_numbers(given.get(lacking, "")) for lacking in ("wanted", "mapped", "asked"))
    except ValueError:
        return Response("expected whole numbers", 400)
    told = await run_in_threadpool(story.story_of, kind, name)  # It may be read from a file.
    if given.get("wait") == "1" and not (wanted or mapped or asked or given.get("scene")):
        told = await _news(told, kind, name, figures, newest)
    if told is None:
        return Response("there is no such network", 404)
    newer = [epoch for epoch in told.kept if epoch > newest]
    language = LANGUAGES.get(given.get("lang", ""), LANGUAGES["en"])
    question = given.get("question", "")
    async with _turn(request, told):
        found: dict[str, Any] = await run_in_threadpool(
            story.look,
            told,
            name,
            question=question,
            language=language,
            wanted=[*newer[-1:], *wanted],
            mapped=[*newer[-1:], *mapped],
            asked=[*newer[-1:], *asked],
        )
        found |= story.outline(told, figures, language)
        if given.get("scene") == "1":
            found["scene"] = await run_in_threadpool(lambda: story.scene_of(told.experiment).plain)
    return compressed_answer(request, msgspec.json.encode(found), "application/json", "no-store")


async def _news(told: story.Story | None, kind: str, name: str, figures: int, newest: int) -> story.Story | None:
    """The story once it has more than these figures or a newer network than this one, or has waited long enough."""
    this, begun = object(), time.monotonic()
    _looks_held_back.add(this)
    try:
        while told is not None and told.active:
            passed, share = time.monotonic() - begun, min(_WAIT_SECONDS, _SECONDS_EACH * (len(_looks_held_back) - 1))
            new = len(told.epochs) != figures or max(told.kept, default=-1) > newest
            if passed > _WAIT_SECONDS + 3 * share or (new and (passed >= share or newest < 0)):
                break
            await asyncio.sleep(max(_LOOK_SECONDS, share / 4))
            told = story.story_of(kind, name)
        return told
    finally:
        _looks_held_back.remove(this)


def _turn(request: Request, told: story.Story) -> asyncio.Lock:
    """A lock that is held while a visitor's look is worked out, so that whoever asks much waits only for themselves.

    Slow networks are looked at by one visitor after another, so that they take no more than one core of all others.
    """
    who = _SLOW if story.is_slow(told.experiment) else who_asks(request, "").turn
    if (turn := _turns.get(who)) is None:
        turn = _turns[who] = asyncio.Lock()
    return turn


def _numbers(text: str) -> list[int]:
    """The numbers that an address lists, at most as many as a run keeps epochs.

    >>> _numbers("3,1"), _numbers("")
    ([3, 1], [])
    """
    return [int(each) for each in text.split(",")[:_MOST_EPOCHS]] if text else []
