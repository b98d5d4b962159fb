"""What Streamlit's server does beside drawing pages: what every request passes, and how it begins and ends."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from adder.ui import run_service
from adder.ui.uploads import BoundedUploads, close_gone_sessions
from adder.ui.visitors import BrowserCookie

MIDDLEWARE = [Middleware(BrowserCookie), Middleware(BoundedUploads)]  # from the outside in
_OPEN_SECONDS = 0.5  # after which the server answers


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Open the browser of whoever starts the app at a desk; at the end, pause the runs and save them.

    The signal that ended the server ends the process right after this, so nothing may be left for later.
    """
    if not st.get_option("server.headless"):
        address = f"http://localhost:{st.get_option('server.port')}"
        loop = asyncio.get_running_loop()
        loop.call_later(_OPEN_SECONDS, lambda: loop.run_in_executor(None, webbrowser.open, address))
    looking = asyncio.create_task(close_gone_sessions())
    yield
    looking.cancel()
    await asyncio.to_thread(run_service.close)
