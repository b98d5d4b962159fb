"""What the stage's addresses answer."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

import adder
from adder.runs.visitors import Visitor
from adder.ui.stage import routes
from tests.bench.session import completed
from tests.ui.fake_runs import FakeRuns


def fetched(path: str, **query: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and content of an answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(b"accept-encoding", b"gzip")],
        "query_string": urlencode(query).encode(),
    }
    completed(Starlette(routes=routes.routes())(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:])


def look(path: str, **query: str) -> dict[str, Any]:
    status, headers, content = fetched(f"/stage/look/{path}", **query)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    compressed = headers.get("content-encoding") == "gzip"
    found: dict[str, Any] = json.loads(gzip.decompress(content) if compressed else content)
    return found


def test_a_browser_is_told_what_it_lacks() -> None:
    first = look("shipped/mapping-mlp", question="3+4", scene="1")
    assert len(first["scene"]["twenty"]) == 20
    assert len(first["figures"]) == first["planned"] == 50
    assert [each["epoch"] for each in first["moments"]] == [50], "the newest comes without being asked for"
    later = look("shipped/mapping-mlp", question="3+4", figures="49", newest="50", wanted="0", asked="")
    assert "scene" not in later
    assert [each["epoch"] for each in later["figures"]] == [50]
    assert [each["epoch"] for each in later["moments"]] == [0]
    assert later["answers"] == []


def test_a_browser_that_lacks_nothing_waits_for_the_next_epoch(runs: FakeRuns) -> None:
    run = runs.submit(adder.preset("mapping-mlp"), asker=Visitor("somebody"))
    runs.show("running", 3)
    threading.Timer(0.2, runs.show, ("running", 4)).start()
    began = time.monotonic()
    found = look(f"run/{run}", question="3+4", figures="3", newest="3", wait="1")
    assert time.monotonic() - began >= 0.15
    assert [each["epoch"] for each in found["figures"]] == [4]
    assert [each["epoch"] for each in found["moments"]] == [4]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/stage/look/run/gone", {}, 404),
        ("/stage/look/shipped/none", {}, 404),
        ("/stage/look/shipped/seq2seq", {"wanted": "1,x"}, 400),
        ("/stage/none/stage.js", {}, 404),
        (f"/stage/{routes.VERSION}/story.py", {}, 404),
    ],
)
def test_what_is_not_there_is_refused(path: str, query: dict[str, str], status: int, runs: FakeRuns) -> None:
    assert fetched(path, **query)[0] == status


def test_modules_are_kept_by_browsers_for_good() -> None:
    status, headers, content = fetched(f"/stage/{routes.VERSION}/stage.js")
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "gzip"
    assert len(content) < 8_000
