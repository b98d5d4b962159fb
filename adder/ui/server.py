"""The server around the pages: how it starts and ends, and the headers of everything that it sends.

`app.py` hands `lifespan` and `MIDDLEWARE` to Streamlit. Whatever is wrong at the start is logged, and a setting that
cannot work is refused on every page.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
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
from threadpoolctl import threadpool_limits

from adder.base import logs
from adder.base.errors import ExperimentError
from adder.base.paths import close_home
from adder.base.server_settings import ServerSettings, warn_of_misspelt
from adder.base.shutdown import end_on_signals
from adder.runs.service import checked_settings
from adder.ui import room_service, run_service
from adder.ui.first_load import FirstLoad, inline_scripts
from adder.ui.streamlit_internals import keep_theme, open_browser
from adder.ui.uploads import BoundedUploads, close_gone_sessions
from adder.ui.visitors import BrowserCookie

_log = logging.getLogger(__name__)

MOST_DESCRIPTORS = 65_536
LEAST_DESCRIPTORS = 4_096
_LARGE_BLOCK = 4_000_000
_M_MMAP_THRESHOLD = -3  # It is glibc's number for this setting.
_POLICY = "Content-Security-Policy"
_DESCRIPTORS_PER_SESSION = 4
_refused: list[ExperimentError] = []
_settings = ServerSettings()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts what every session shares, and ends it."""
    _start()
    if not _refused:
        room_service.get()  # This deletes rooms whose time is over, even if nobody opens another.
        if _settings.warm_up:
            run_service.get()  # Workers get ready while the first page is on its way.
    importlib.import_module("adder.ui.menu")  # The first visitor is not to wait for it.
    gc.freeze()  # What stays for good is not searched for garbage over and over, as when a thousand phones come in.
    end_on_signals(_end)
    if not st.get_option("server.headless"):
        open_browser()
    looking = asyncio.create_task(close_gone_sessions())
    yield
    looking.cancel()
    await asyncio.to_thread(_end)


def _end() -> None:
    room_service.close()
    run_service.close()


def refusal() -> ExperimentError | None:
    """Why the server cannot do its work, if a setting is to blame."""
    return _refused[0] if _refused else None


def _start() -> None:
    global _settings
    os.umask(0o077)  # Nobody else may read what the server and its workers write.
    logs.begin()
    threadpool_limits(1, user_api="blas")  # Other visitors and the workers need the other cores.
    try:
        _settings = checked_settings()
    except ExperimentError as error:
        _refused.append(error)
        _log.error("%s", error)
        return
    warn_of_misspelt()
    close_home()
    raise_descriptor_limit()
    return_large_blocks()
    keep_theme()


def return_large_blocks() -> None:
    """Have large blocks of memory go back to the system as soon as they are free, where the C library is glibc.

    When the first of them is freed, glibc begins to keep such blocks for later: up to 64 MB a thread.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # Other C libraries have no such function.
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


def raise_descriptor_limit() -> None:
    """Let this process open as many files and connections as the system allows, and log if those are few."""
    if sys.platform == "win32":  # Windows has no such limit.
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
            allowed // _DESCRIPTORS_PER_SESSION // 10 * 10,
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
        _POLICY: "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        **({} if _settings.embedded_in else {"X-Frame-Options": "SAMEORIGIN"}),  # It cannot name a site.
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


class SafeHeaders:
    """Adds the headers to every answer.

    Args:
        app: The app that answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                stricter = given.get(_POLICY)  # A page that needs less than Streamlit's has its own.
                given.update(headers())
                if stricter:
                    given[_POLICY] = stricter
            await send(message)

        await self._app(scope, receive, with_headers)


MIDDLEWARE = [  # The first is the outermost.
    Middleware(SafeHeaders),
    Middleware(BrowserCookie, embedded=lambda: bool(_settings.embedded_in)),
    Middleware(BoundedUploads),
    Middleware(FirstLoad),
]
