"""The run service that all sessions of this server share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import streamlit as st

from adder.base import logs
from adder.base.shutdown import before_threads_end
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.ui import draw_lock, moving_part
from adder.ui.streamlit_internals import is_connected

_POLL_SECONDS = 1.0
_services: list[RunService] = []  # It is empty until the first page asks for one.
_lock = threading.Lock()


def get() -> RunService:
    """The one run service of this server; the first call starts its engine in the background."""
    if _services:  # Many ask, many times a second.
        return _services[0]
    with _lock:
        if not _services:
            logs.begin()
            draw_lock.shorten_switch_interval()
            service = RunService(store=Store(), connected=is_connected)
            before_threads_end(service.close)  # Runs in training are paused and saved.
            _services.append(service)
        return _services[0]


def close() -> None:
    """End the run service, if there is one: runs in training are paused and saved."""
    for service in _services:
        service.close()


def draw_again_once_known(unknown: Sequence[str]) -> None:
    """Draw the page again as soon as the server knows which of these runs it has, if there are any.

    These are the runs that were unknown when the page was begun; the server may know of them by now.
    """
    service = get()
    if unknown:
        draw_again_once(lambda: not any(map(service.unknown, unknown)))


def draw_again_once(ready: Callable[[], bool]) -> None:
    """Poll every second whether something is ready, and draw the page again when it is."""

    def poll() -> None:
        if ready():
            st.rerun()

    moving_part.alone(poll, _POLL_SECONDS)
