"""Asks the routes of this process, without a server between."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.routing import Route, Router

# One loop on one thread for all requests: both take longer to begin than an answer does, and Playwright keeps a loop on
# the thread of the tests.
_THREAD = ThreadPoolExecutor(max_workers=1)
_RUNNER = asyncio.Runner()


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; `size` is what went over the wire."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    size: int

    @property
    def told(self) -> Any:
        return json.loads(self.content)


def fetched(
    routes: Sequence[Route],
    path: str,
    *,
    method: str = "GET",
    query: str | Mapping[str, str] = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    heard: Callable[[bytes], bool] = lambda content: False,
) -> Reply:
    """The answer to a request.

    Args:
        routes: Who answers.
        path: Where.
        method: How.
        query: What stands behind the question mark.
        headers: The headers, beside that gzip can be read.
        body: What is sent along.
        heard: Told all that has come so far, says whether to hang up.
    """
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        parts = [body]
        hung_up = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if parts:
                return {"type": "http.request", "body": parts.pop(), "more_body": False}
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if heard(_content(sent)):
                hung_up.set()

        await Router(routes)(scope, receive, send)

    given = {"accept-encoding": "gzip", "host": "here", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in given.items()
        ],
        "query_string": (query if isinstance(query, str) else urlencode(query)).encode("latin-1", "replace"),
        "client": ("192.0.2.1", 50_000),
    }
    _THREAD.submit(_RUNNER.run, ask()).result()
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = _content(sent)
    whole = gzip.decompress(content) if answered.get("content-encoding") == "gzip" else content
    return Reply(sent[0]["status"], answered, whole, len(content))


def _content(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(each.get("body", b"") for each in sent)
