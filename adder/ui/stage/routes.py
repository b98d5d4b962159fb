"""What the stage loads from this server: its modules and style, and what it shows of a network.

A browser asks for what it lacks. While a network learns, its question is held back for up to a second until there is
something new, so that an epoch is on every screen a moment after its end, and a page that waits costs little.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adder.ui.first_load import reads_gzip
from adder.ui.language import LANGUAGES
from adder.ui.stage import story
from adder.ui.streamlit_internals import base_path

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.04
_MOST_EPOCHS = 70  # asked for at once; a run keeps fewer
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_FILES = {path.name: path.read_bytes() for path in sorted(Path(__file__).parent.iterdir()) if path.suffix in _TYPES}
_LEAST_BYTES = 1_000  # that are worth compressing
VERSION = hashlib.sha256(b"".join(_FILES.values())).hexdigest()[:12]
PATH = "stage"
MODULES = sorted((name for name in _FILES if name.endswith(".js")), key=lambda name: name != "stage.js")  # it first


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
    return _answer(request, _FILES[name], _TYPES[Path(name).suffix], "public, max-age=31536000, immutable", _once)


def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


_once = lru_cache(len(_FILES))(_compressed)  # of the files, which a class loads all at once


def _answer(
    request: Request, content: bytes, kind: str, caching: str, compressed: Callable[[bytes], bytes] = _compressed
) -> Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if len(content) >= _LEAST_BYTES and reads_gzip(request.headers):
        content, headers["Content-Encoding"] = compressed(content), "gzip"
    return Response(content, media_type=kind, headers=headers)


async def _look(request: Request) -> Response:
    """What a browser lacks of a network's story."""
    given, kind, name = request.query_params, request.path_params["kind"], request.path_params["name"]
    try:
        figures, newest = int(given.get("figures", "0")), int(given.get("newest", "-1"))
        wanted, asked = _numbers(given.get("wanted", "")), _numbers(given.get("asked", ""))
    except ValueError:
        return Response("expected whole numbers", 400)
    until = time.monotonic() + _WAIT_SECONDS * (given.get("wait") == "1")
    told = await run_in_threadpool(story.story, kind, name)  # it may be read from a file
    newer: list[int] = []
    while told is not None:
        newer = [epoch for epoch in told.kept if epoch > newest]
        if newer or wanted or asked or len(told.epochs) != figures or not told.active or time.monotonic() > until:
            break
        await asyncio.sleep(_LOOK_SECONDS)
        told = story.story(kind, name)
    if told is None:
        return Response("there is no such network", 404)
    language = LANGUAGES.get(given.get("lang", ""), LANGUAGES["en"])
    question = given.get("question", "")
    found: dict[str, Any] = await run_in_threadpool(
        story.look,
        told,
        name,
        question=question,
        language=language,
        wanted=[*newer[-1:], *wanted],
        asked=[*newer[-1:], *asked],
    )
    found |= story.outline(told, figures, language)
    if given.get("scene") == "1":
        found["scene"] = await run_in_threadpool(lambda: story.scene_of(told.experiment).told)
    return _answer(request, msgspec.json.encode(found), "application/json", "no-store")


def _numbers(text: str) -> list[int]:
    """Numbers as an address lists them, no more than a run keeps epochs.

    >>> _numbers("3,1"), _numbers("")
    ([3, 1], [])
    """
    return [int(each) for each in text.split(",")[:_MOST_EPOCHS]] if text else []
