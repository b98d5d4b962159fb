"""The run service that all sessions of this server share."""

from __future__ import annotations

import threading

import streamlit as st

from adder.base import logs
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.ui import draw_lock


@st.cache_resource(show_spinner=False)
def get() -> RunService:
    """The one run service of this server; the first call starts its engine in the background."""
    logs.begin()
    draw_lock.shorten_switch_interval()
    service = RunService(store=Store())
    # Runs in training are paused and saved. `atexit` comes too late for that: by then no executor takes new work, and
    # Dask needs its executors.
    threading._register_atexit(service.close)  # type: ignore[attr-defined]
    return service
