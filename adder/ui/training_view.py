"""How far a run is, and how often a page looks."""

from __future__ import annotations

import statistics

import streamlit as st

from adder.base.messages import counted
from adder.runs.run import RunView
from adder.ui import run_service, watched_run
from adder.ui.formats import duration, percent
from adder.ui.language import say
from adder.ui.markdown import plain

_LEAST_REDRAW_SECONDS = 0.3
_SECONDS_PER_WATCHER = 0.06  # All watchers share what the server can draw.
_LEAST_QUEUE_POLL_SECONDS = 1.0
_LEAST_LEFT_SECONDS = 20.0  # A shorter time would only jump about.


def poll_seconds(view: RunView | None) -> float | None:
    """Seconds between two polls of a run; None if there is nothing to wait for."""
    if view is None or not view.active:
        return None
    return max(redraw_seconds(), _LEAST_QUEUE_POLL_SECONDS) if view.status == "queued" else redraw_seconds()


def interval() -> float | None:
    """Seconds between two polls of the watched run; None if there is nothing to wait for."""
    return poll_seconds(watched_run.poll()[0])


def redraw_seconds() -> float:
    """Seconds between two redraws of something that moves: the more people watch, the longer."""
    return max(_LEAST_REDRAW_SECONDS, _SECONDS_PER_WATCHER * run_service.get().watching)


def progress(view: RunView) -> None:
    """How far a run is, with its message."""
    epochs = view.experiment.training.epochs
    done = len(view.events)
    message = say(view.message)
    values: dict[str, object] = {"done": done, "epochs": epochs}
    if view.status == "loading" or view.lost:
        st.progress(0.0, text=_ended(message))
        return
    if view.status == "queued":
        place = say("Number {place} in the queue.", place=view.place) if view.place > 1 else say("Next in the queue.")
        if view.wait is not None:
            wait = say("About {time} to wait.", time=duration(max(1.0, view.wait)))
            place = f"{place} {wait}"
        st.progress(min(1.0, done / epochs), text=f"{place} {_ended(message)}")
        return
    if view.status == "running":
        text = say("Epoch {done} of {epochs}", **values)
        if view.moving and done > 1:
            # The first epoch may include compilation.
            seconds = statistics.median(event.seconds for event in view.events[1:][-5:]) * (epochs - done)
            if seconds >= _LEAST_LEFT_SECONDS:
                left = say("{time} left", time=duration(seconds))
                text = f"{text} · {left}"
        if view.watchers > 1:
            watched = say(counted("{n} watches this run", "{n} watch this run", n=view.watchers))
            text = f"{text} · {watched}"
        if view.part:
            part = say("{share} of the next", share=percent(view.part))
            text = f"{text} · {part}"
        share = min(1.0, (done + view.part) / epochs)
        st.progress(share, text=f"{_ended(text)} {_ended(message)}" if message else text)
        return
    values["time"] = duration(sum(event.seconds for event in view.events))
    reached = say("Reached its target after epoch {done} of {epochs}, in {time}.", **values)
    words = {
        "done": reached
        if done < epochs
        else say(counted("Done: {n} epoch in {time}.", "Done: {n} epochs in {time}.", n=done, time=values["time"])),
        "paused": say("Paused after epoch {done} of {epochs}.", **values),
        "stopped": say("Stopped after epoch {done} of {epochs}.", **values),
        "failed": say("Failed after epoch {done} of {epochs}.", **values),
    }[view.status]
    failed = view.status == "failed"
    st.progress(min(1.0, done / epochs), text=words if failed or not message else f"{words} {_ended(message)}")
    if failed:
        st.error(plain(_ended(message)), icon=":material/error:")


def _ended(message: str) -> str:
    return f"{message}{say('.')}" if message else ""
