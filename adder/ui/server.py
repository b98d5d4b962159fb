"""The server around the pages: how it starts and ends, and the headers of everything that it sends.

`app.py` hands `lifespan` and `MIDDLEWARE` to Streamlit. Whatever is wrong at the start is logged, and a setting that
cannot work is refused on every page.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adder.base import logs
from adder.base.errors import ExperimentError
from adder.base.paths import close_home
from adder.base.server_settings import ServerSettings, warn_of_misspelt
from adder.base.shutdown import end_on_signals
from adder.runs.service import checked_settings
from adder.ui import run_service
from adder.ui.first_load import FirstLoad, inline_scripts
from adder.ui.streamlit_internals import open_browser
from adder.ui.uploads import BoundedUploads, close_gone_sessions
from adder.ui.visitors import BrowserCookie

_log = logging.getLogger(__name__)

MOST_DESCRIPTORS = 65_536
LEAST_DESCRIPTORS = 4_096
_A_SESSION = 4  # descriptors
_refused: list[ExperimentError] = []
_settings = ServerSettings()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts what every session shares, and ends it."""
    _start()
    importlib.import_module("adder.ui.menu")  # the first visitor shall not wait for it
    end_on_signals(run_service.close)
    if not st.get_option("server.headless"):
        open_browser()
    looking = asyncio.create_task(close_gone_sessions())
    yield
    looking.cancel()
    await asyncio.to_thread(run_service.close)


def refusal() -> ExperimentError | None:
    """Why the server cannot do its work, if a setting is to blame."""
    return _refused[0] if _refused else None


def _start() -> None:
    global _settings
    os.umask(0o077)  # what it writes, and what its workers write, is nobody else's
    logs.begin()
    try:
        _settings = checked_settings()
    except ExperimentError as error:
        _refused.append(error)
        _log.error("%s", error)
        return
    warn_of_misspelt()
    close_home()
    raise_descriptor_limit()


def raise_descriptor_limit() -> None:
    """Let this process open as many files and connections as the system allows, and log it where those are few."""
    if sys.platform == "win32":  # which has no such limit
        return
    import resource

    given = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (sys.maxsize if limit == resource.RLIM_INFINITY else limit for limit in given)
    allowed = max(soft, min(hard, MOST_DESCRIPTORS))
    if allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, given[1]))
    if allowed < LEAST_DESCRIPTORS:
        _log.warning(
            "the system lets this server have at most %s files and connections open at once, enough for some %d "
            "sessions; %s are better (systemd's LimitNOFILE, or ulimit -n)",
            f"{allowed:,}",
            allowed // _A_SESSION // 10 * 10,
            f"{LEAST_DESCRIPTORS:,}",
        )


def headers() -> dict[str, str]:
    """The headers of every answer: what pages may load and run, and who may show them.

    Everything comes from the server itself. Streamlit styles its elements inline, Vega works out the expressions of
    charts by `eval`, and Streamlit makes modules of the components in this package as blobs.
    """
    sites = " ".join(("'self'", *_settings.embedded_in))
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(("'self' 'unsafe-eval' blob:", *inline_scripts())),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": sites,
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        **({} if _settings.embedded_in else {"X-Frame-Options": "SAMEORIGIN"}),  # it cannot name a site
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


class SafeHeaders:
    """Adds the headers to every answer.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers())
            await send(message)

        await self._app(scope, receive, with_headers)


MIDDLEWARE = [  # from the outside in
    Middleware(SafeHeaders),
    Middleware(BrowserCookie, embedded=lambda: bool(_settings.embedded_in)),
    Middleware(BoundedUploads),
    Middleware(FirstLoad),
]
