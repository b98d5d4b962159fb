from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from adder.runs.visitors import Visitor
from adder.ui import visitors
from adder.ui.visitors import COOKIE, BrowserCookie, browser_of, signed, who_asks
from tests.bench.session import completed


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("ADDER_HOME", str(tmp_path / "home"))
    visitors._key.cache_clear()
    yield tmp_path / "home"
    visitors._key.cache_clear()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})


async def receive() -> Message:
    return {"type": "http.request"}


def cookies_set(path: str = "/", cookie: str = "", scheme: str = "http", *, embedded: bool = False) -> list[str]:
    """The cookies that an answer sets."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    headers = [(b"cookie", f"{COOKIE}={cookie}; other=1".encode())] if cookie else []
    scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers, "scheme": scheme, "method": "GET"}
    completed(BrowserCookie(app, lambda: embedded)(scope, receive, send))
    assert said[-1]["body"] == b"a page"
    return [value.decode() for name, value in said[0]["headers"] if name == b"set-cookie"]


def test_a_browser_gets_a_cookie_with_its_first_page_and_keeps_it() -> None:
    (cookie,) = cookies_set()
    value, *attributes = cookie.removeprefix(f"{COOKIE}=").split("; ")
    assert attributes == ["Path=/", "Max-Age=31536000", "HttpOnly", "SameSite=Lax"]
    assert len(browser_of(value)) == 16, "96 bits of chance"
    assert cookies_set(cookie=value) == []
    assert cookies_set("/quiz", value) == []
    (other,) = cookies_set()
    assert other != cookie
    assert cookies_set(scheme="https")[0].endswith("; HttpOnly; SameSite=Lax; Secure")
    assert cookies_set(scheme="https", embedded=True)[0].endswith("; HttpOnly; SameSite=None; Partitioned; Secure")
    assert cookies_set(embedded=True)[0].endswith("; HttpOnly; SameSite=Lax"), "browsers take no other without HTTPS"


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/index.js", "/base/static/x.css", "/media/x.png"])
def test_what_is_no_page_sets_none(path: str) -> None:
    assert cookies_set(path) == []


@pytest.mark.parametrize("forged", ["", "somebody", "somebody.", ".", "é", "a" * 5_000, f"somebody.{'0' * 64}"])
def test_a_cookie_that_no_app_of_this_home_has_signed_names_nobody(forged: str) -> None:
    assert browser_of(forged) == ""
    assert browser_of(signed("somebody")[:-1]) == ""
    assert browser_of("somebody2" + signed("somebody")[8:]) == ""
    assert len(cookies_set(cookie="somebody.0")) == 1


def test_apps_that_share_a_home_know_one_anothers_browsers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = signed("somebody")
    assert [path.name for path in home.iterdir()] == ["cookie.key"]
    assert stat.S_IMODE((home / "cookie.key").stat().st_mode) == 0o600
    visitors._key.cache_clear()  # Another app, or a restart, has no cache.
    assert browser_of(cookie) == "somebody"
    monkeypatch.setenv("ADDER_HOME", str(home / "cookie.key" / "no folder"))
    visitors._key.cache_clear()
    assert browser_of(cookie) == ""
    assert browser_of(signed("somebody")) == "somebody", "a home that cannot be written keeps nobody out"


def visitor(client: str, browser: str = "", **headers: str) -> Visitor:
    """Who a request comes from."""
    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    cookie = [(b"cookie", f"{COOKIE}={signed(browser)}".encode())] if browser else []
    return who_asks(HTTPConnection({"type": "http", "headers": found + cookie, "client": (client, 1)}), "a tab")


def test_an_address_has_limits_behind_a_proxy_that_was_named_and_where_there_is_no_cookie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(visitors.PROXIES, raising=False)
    assert visitor("203.0.113.7", "ann") == Visitor("a tab", "ann", "203.0.113.7", crowded=True)
    assert visitor("203.0.113.7") == Visitor("a tab", "", "203.0.113.7")
    for claimed in ("203.0.113.7", "203.0.113.8"):  # A server that believes the claim takes it for its client.
        assert visitor(claimed, x_forwarded_for=claimed) == Visitor("a tab", "", "a proxy")
        assert visitor(claimed, "ann", x_forwarded_for=claimed) == Visitor("a tab", "ann", "a proxy", crowded=True)
    monkeypatch.setenv(visitors.PROXIES, "10.0.0.1")
    for browser in ("", "ann"):
        assert visitor("203.0.113.7", browser, x_forwarded_for="x") == Visitor("a tab", browser, "203.0.113.7")
        assert visitor("2001:db8::5", browser) == Visitor("a tab", browser, "2001:db8::/64")
        assert visitor("no address", browser) == Visitor("a tab", browser, "no address")
