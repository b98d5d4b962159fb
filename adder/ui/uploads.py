"""Keeps what visitors upload within bounds, and drops it when they have gone."""

from __future__ import annotations

import asyncio

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from adder.base.errors import AdderError
from adder.ui import visitors
from adder.ui.holdings import Holdings
from adder.ui.streamlit_internals import close_session, forget_upload, is_connected, upload_bytes

HOLDINGS = Holdings(is_connected)
_PATH = "/_stcore/upload_file/"
_LOOK_SECONDS = 5.0


class BoundedUploads:
    """Notes what is uploaded; Streamlit itself keeps all files of a session for as long as it lasts.

    Args:
        app: The app that takes the uploads.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file, and drop older ones if they become too many."""
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "PUT" and _PATH in scope["path"]:
            session, _, file = scope["path"].partition(_PATH)[2].partition("/")
            if size := upload_bytes(session, file):
                try:
                    who = visitors.who_asks(HTTPConnection(scope), session)
                    HOLDINGS.hold(who, file, size, lambda: forget_upload(session, file))
                except AdderError:
                    forget_upload(session, file)


async def close_gone_sessions() -> None:
    """End the sessions that hold something and whose browsers have gone, for as long as the server runs."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        for session in HOLDINGS.gone():
            close_session(session)
