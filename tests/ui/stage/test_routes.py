"""What the stage's addresses answer."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from starlette.requests import Request

import adder
from adder.runs.run import RunView
from adder.runs.visitors import Visitor
from adder.ui.stage import routes
from adder.ui.visitors import COOKIE, signed
from tests.bench.session import completed
from tests.ui.fake_runs import FakeRuns
from tests.ui.fetching import fetched


def look(path: str, **query: str) -> dict[str, Any]:
    reply = fetched(routes.routes(), f"/stage/look/{path}", query=query)
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    found: dict[str, Any] = reply.told
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
    assert later["maps"] == later["answers"] == []
    assert [each["epoch"] for each in look("shipped/mapping-mlp", newest="50", mapped="0")["maps"]] == [0]


def test_a_browser_that_lacks_nothing_waits_for_the_next_epoch(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_WAIT_SECONDS", 60)
    run = runs.submit(adder.preset("mapping-mlp"), asker=Visitor("somebody"))
    view, looks = runs.view, iter([3, 3, 3, 4])  # There is no look after that.

    def later(run: str) -> RunView:
        runs.show("running", next(looks))
        return view(run)

    monkeypatch.setattr(runs, "view", later)
    found = look(f"run/{run}", question="3+4", figures="3", newest="3", wait="1")
    assert next(looks, None) is None
    assert [each["epoch"] for each in found["figures"]] == [4]
    assert [each["epoch"] for each in found["moments"]] == [4]


def test_the_more_browsers_wait_the_longer_is_each_held_back(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_looks_held_back", {object(), object()})
    monkeypatch.setattr(routes, "_SECONDS_EACH", 0.05)
    run = runs.submit(adder.preset("mapping-mlp"), asker=Visitor("somebody"))
    runs.show("running", 3)
    began = time.monotonic()
    found = look(f"run/{run}", question="3+4", figures="1", newest="1", wait="1")
    assert time.monotonic() - began >= 0.1
    assert [each["epoch"] for each in found["figures"]] == [2, 3]
    assert [each["epoch"] for each in found["moments"]] == [3], "the one between comes when it is asked for"
    runs.show("done", 50)
    assert look(f"run/{run}", question="3+4", newest="3", wait="1")["kept"][-1] == 50


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
    assert fetched(routes.routes(), path, query=query).status == status


@pytest.mark.parametrize("slow", [False, True])
def test_whoever_asks_much_waits_for_their_own_looks_alone_but_at_slow_networks(
    slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, most, both = [0, 0], [0, 0], threading.Barrier(2)

    def work(_: Any, __: str, *, question: str, **___: Any) -> dict[str, Any]:
        who = int(question)
        working[who] += 1
        most[who] = max(most[who], sum(working) if slow else working[who])
        with suppress(threading.BrokenBarrierError):
            both.wait(0.05 if slow else 10)  # Else one look of each browser goes on at the same time.
        working[who] -= 1
        return {}

    def request(who: int) -> Request:
        cookie = f"{COOKIE}={signed(f'browser {who}')}".encode()
        named = {"kind": "shipped", "name": "seq2seq"}
        asked = f"question={who}".encode()
        return Request({"type": "http", "headers": [(b"cookie", cookie)], "path_params": named, "query_string": asked})

    async def ask() -> None:
        replies = await asyncio.gather(*(routes._look(request(who)) for who in (0, 1) * 3))
        assert [reply.status_code for reply in replies] == [200] * 6

    monkeypatch.setattr("adder.ui.stage.story.is_slow", lambda _: slow)
    monkeypatch.setattr("adder.ui.stage.story.look", work)
    completed(ask())
    assert most == [1, 1]


@pytest.mark.parametrize("name", ["stage.js", "picture_player.js"])
def test_a_module_comes_with_all_that_it_imports_and_is_kept_by_browsers_for_good(name: str) -> None:
    reply = fetched(routes.routes(), f"/{routes.FILES[name]}")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/javascript")
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.size < 30_000
    assert b"class PicturePlayer" in reply.content
    assert not re.search(rb"^import ", reply.content, re.MULTILINE)
