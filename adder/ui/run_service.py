"""The run service that all sessions of this server share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from adder.base import logs
from adder.base.shutdown import before_threads_end
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.ui import draw_lock

_POLL_SECONDS = 1.0


@st.cache_resource(show_spinner=False)
def get() -> RunService:
    """The one run service of this server; the first call starts its engine in the background."""
    logs.begin()
    draw_lock.shorten_switch_interval()
    service = RunService(store=Store())
    before_threads_end(service.close)  # runs in training are paused and saved
    return service


def draw_again_once_known(runs: Iterable[str]) -> None:
    """If the server does not know yet which of these runs it has, draw the page again as soon as it does."""
    service = get()
    if unknown := [run for run in runs if service.unknown(run)]:
        draw_again_once(lambda: not any(map(service.unknown, unknown)))


def draw_again_once(ready: Callable[[], bool]) -> None:
    """Poll every second whether something is ready, and draw the page again when it is."""

    def poll() -> None:
        if ready():
            st.rerun()

    st.fragment(poll, run_every=_POLL_SECONDS)()
