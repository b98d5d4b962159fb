"""Recognises visitors: a browser by a signed cookie, and behind a proxy an address too.

The cookie names a browser by chance and says nothing else. All apps that share a home know one another's cookies.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adder.base.paths import home
from adder.runs.visitors import Visitor
from adder.ui.streamlit_internals import connection, session_id

_log = logging.getLogger(__name__)

COOKIE = "adder-browser"
# Streamlit's server, uvicorn, believes what X-Forwarded-For says only of proxies that this names. Where it is not set,
# it believes those on this machine, which may be anybody.
PROXIES = "FORWARDED_ALLOW_IPS"
_COOKIE_SECONDS = 365 * 24 * 3_600
_KEY_BYTES = 32
_NETWORK_BITS = 64  # A household has all IPv6 addresses that share these.
_NO_PAGES = ("/_stcore/", "/static/", "/media/", "/component/", "/stage/", "/join", "/j/", "/phone/")
_VISITOR = "visitor"


class BrowserCookie:
    """Gives each browser that comes without one a cookie, with the page that it asks for.

    Args:
        app: The app that answers.
        embedded: Tells whether pages may stand in a frame of another site, where browsers send few cookies.
    """

    def __init__(self, app: ASGIApp, embedded: Callable[[], bool]) -> None:
        self._app = app
        self._embedded = embedded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and set the cookie if it is missing."""
        no_page = scope["type"] != "http" or any(part in scope["path"] for part in _NO_PAGES)
        if no_page or browser_of(HTTPConnection(scope).cookies.get(COOKIE, "")):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure = scope["scheme"] == "https"
                site = "None; Partitioned" if secure and self._embedded() else "Lax"
                cookie = f"{COOKIE}={signed(secrets.token_urlsafe(12))}; Path=/; Max-Age={_COOKIE_SECONDS}; HttpOnly"
                MutableHeaders(scope=message).append("Set-Cookie", f"{cookie}; SameSite={site}{'; Secure' * secure}")
            await send(message)

        await self._app(scope, receive, with_cookie)


def this() -> Visitor:
    """The visitor of this session."""
    if _VISITOR in st.session_state:
        visitor: Visitor = st.session_state[_VISITOR]
        return visitor
    if (connected := connection()) is None:
        return Visitor(session_id())
    headers = {name.lower() for name, _ in connected.headers}
    visitor = _visitor(session_id(), connected.cookies, headers, connected.remote_ip or "")
    st.session_state[_VISITOR] = visitor
    return visitor


def proof() -> str:
    """What the cookie of this session's browser holds, which nobody else can show; an empty text without a cookie."""
    browser = this().browser
    return signed(browser) if browser else ""


def who_asks(request: HTTPConnection, session: str) -> Visitor:
    """The visitor who sends a request for a session."""
    return _visitor(session, request.cookies, set(request.headers), request.client.host if request.client else "")


def _visitor(session: str, cookies: Mapping[str, str], headers: set[str], client: str) -> Visitor:
    browser = browser_of(cookies.get(COOKIE, ""))
    if os.environ.get(PROXIES):
        return Visitor(session, browser, network(client))
    # A whole class may come by way of a proxy that nobody named, and anybody can claim to.
    address = "a proxy" if "x-forwarded-for" in headers else network(client)
    return Visitor(session, browser, address, crowded=bool(browser))


def network(address: str) -> str:
    """What counts as one address: with IPv6, all addresses of a household.

    >>> network("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    return str(found) if found.version == 4 else str(ipaddress.ip_network((int(found), _NETWORK_BITS), False))


def signed(browser: str) -> str:
    """What the cookie of a browser holds."""
    return f"{browser}.{hmac.new(_key(), browser.encode(), hashlib.sha256).hexdigest()}"


def browser_of(cookie: str) -> str:
    """The browser that a cookie names, or an empty text if no app of this home has signed it."""
    browser = cookie.partition(".")[0]
    return browser if hmac.compare_digest(signed(browser).encode(), cookie.encode()) else ""


@lru_cache(maxsize=1)
def _key() -> bytes:
    """The key that signs cookies: made once, and kept in adder's home for the next start and for other apps."""
    path = home() / "cookie.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            with contextlib.suppress(FileExistsError):  # Another app was faster.
                os.link(part, path)
            part.unlink()
        key = path.read_bytes()
    except OSError as error:
        _log.warning("the key of cookies cannot be kept (%s); browsers are not known again after a restart", error)
        return secrets.token_bytes(_KEY_BYTES)
    return key
