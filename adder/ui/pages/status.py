"""The status page: what the server is doing, for whoever runs it. It is at `/status`, and in no menu.

It shows only counts, and nothing that tells who trains what.
"""

from __future__ import annotations

from datetime import UTC, datetime

import psutil
import streamlit as st

from adder.base.messages import marked
from adder.plots.runs_per_hour import HOURS, traffic_chart, traffic_frame
from adder.runs.server_load import WorkerLoad
from adder.ui import address, header, moving_part, run_service
from adder.ui.drawing import draw, specification
from adder.ui.formats import duration, size
from adder.ui.language import say, session_language
from adder.ui.markdown import sentence
from adder.ui.streamlit_internals import connected_sessions

TITLE = marked("Server")
ICON = ":material/monitor_heart:"
PATH = "status"
DRAWN_WITH = ("Metric",)

_POLL_SECONDS = 2.0  # The first poll asks for the workers' figures, and the second finds them.


def show() -> None:
    """Draw the page."""
    header.show(say("Server status"))
    st.caption(say("Counts alone, and nothing of anybody's runs. The page looks again every few seconds by itself."))
    moving_part.alone(_figures, _POLL_SECONDS)
    address.write({})


def _figures() -> None:
    load, now = run_service.get().load(), datetime.now(UTC)
    for trouble, icon in ((load.trouble, ":material/engineering:"), (load.store_trouble, ":material/hard_drive:")):
        if trouble:
            st.warning(sentence(trouble), icon=icon)
    with st.container(key="status figures"):
        _figure(say("Runs in training"), f"{load.training}")
        _figure(say("Runs waiting"), f"{load.waiting}")
        _figure(say("Longest wait"), "–" if load.longest_wait is None else duration(load.longest_wait))
        _figure(say("Sessions connected"), f"{connected_sessions()}")
        _figure(say("Memory of the app"), size(psutil.Process().memory_info().rss))
        _figure(say("Disk used by runs"), _of(load.disk_bytes, load.most_disk_bytes))
        _figure(say("Up for"), duration((now - load.started).total_seconds()))
    st.header(say("Workers"))
    if load.workers:
        st.table([_row(number, worker) for number, worker in enumerate(load.workers, start=1)])
    else:
        st.info(say("The training engine has no worker, or has not told of any yet."), icon=":material/hourglass:")
    st.header(say("Runs an hour"))
    begun = [record.created for record in run_service.get().runs()]
    frame = traffic_frame(begun, now)
    if total := int(frame["runs"].sum()):
        chart = specification(traffic_chart, session_language())
        draw(frame, chart, say("Runs in the last {hours} hours: {n}", n=total, hours=HOURS))
    else:
        st.caption(say("Nobody has asked for a run in the last {hours} hours.", hours=HOURS))


def _figure(label: str, value: str) -> None:
    st.metric(label, value, border=True)


def _row(number: int, worker: WorkerLoad) -> dict[str, str]:
    return {
        say("Worker"): f"{number}",
        say("Busy"): say("in training") if worker.busy else say("idle"),
        say("Memory"): size(worker.bytes) if worker.limit is None else _of(worker.bytes, worker.limit),
    }


def _of(used: int, limit: int) -> str:
    return say("{used} of {limit}", used=size(used), limit=size(limit))
