"""Shows how far a run is, and says how often a page looks."""

from __future__ import annotations

import statistics

import streamlit as st

from adder.base.messages import counted
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.ui import run_service, watched_run
from adder.ui.formats import duration, percent
from adder.ui.language import say
from adder.ui.markdown import sentence

_LEAST_REDRAW_SECONDS = 0.3
_SECONDS_PER_WATCHER = 0.06  # All watchers share what the server can draw.
_LEAST_QUEUE_POLL_SECONDS = 1.0
_REST_POLL_SECONDS = 3.0
_LEAST_LEFT_SECONDS = 20.0  # A shorter time would only jump about.


def poll_seconds(view: RunView | None) -> float | None:
    """Seconds between two polls of a run; None if there is nothing to wait for."""
    if view is None or not view.active:
        return None
    return max(redraw_seconds(), _LEAST_QUEUE_POLL_SECONDS) if view.status == Status.QUEUED else redraw_seconds()


def interval() -> float | None:
    """Seconds between two polls of the watched run; None if there is nothing to wait for."""
    return poll_seconds(watched_run.poll()[0])


def look_seconds(view: RunView | None) -> float | None:
    """The same, but a run at rest is polled too, since somebody else may go on with it unless it is done."""
    rests = view is not None and not view.active and view.status != Status.DONE
    return _REST_POLL_SECONDS if rests else poll_seconds(view)


def look_interval() -> float | None:
    """What `look_seconds` says of the watched run."""
    return look_seconds(watched_run.poll()[0])


def redraw_seconds() -> float:
    """Seconds between two redraws of something that moves: the more people watch, the longer."""
    return max(_LEAST_REDRAW_SECONDS, _SECONDS_PER_WATCHER * run_service.get().watching)


def progress(view: RunView) -> None:
    """Draw how far a run is, with its message."""
    done, epochs, message = len(view.events), view.experiment.training.epochs, _ended(say(view.message))
    if view.status == Status.LOADING or view.lost:
        st.progress(0.0, text=message)
    elif view.status == Status.QUEUED:
        st.progress(min(1.0, done / epochs), text=f"{_place(view)} {message}")
    elif view.status == Status.RUNNING:
        # Until the first epoch has begun, what is said of the wait tells more than a count of epochs.
        begun = done or view.part or not message
        texts = _running(view) if begun else "", message
        text = f"{_ended(texts[0])} {message}" if all(texts) else "".join(texts)
        st.progress(min(1.0, (done + view.part) / epochs), text=text)
    else:
        failed, words = view.status == Status.FAILED, _over(view)
        st.progress(min(1.0, done / epochs), text=words if failed or not message else f"{words} {message}")
        if failed:
            st.error(sentence(view.message), icon=":material/error:")


def _place(view: RunView) -> str:
    """The place of a run in the queue, and how long it waits."""
    place = say("Number {place} in the queue.", place=view.place) if view.place > 1 else say("Next in the queue.")
    if view.wait is None:
        return place
    wait = say("About {time} to wait.", time=duration(max(1.0, view.wait)))
    return f"{place} {wait}"


def _running(view: RunView) -> str:
    """How far a run in training is, how long it takes from here, and how many watch it."""
    done, epochs = len(view.events), view.experiment.training.epochs
    parts = [say("Epoch {done} of {epochs}", done=done, epochs=epochs)]
    if view.moving and done > 1:
        # The first epoch may include compilation.
        seconds = statistics.median(event.seconds for event in view.events[1:][-5:]) * (epochs - done)
        if seconds >= _LEAST_LEFT_SECONDS:
            parts.append(say("{time} left", time=duration(seconds)))
    if view.watchers > 1:
        parts.append(say(counted("{n} watches this run", "{n} watch this run", n=view.watchers)))
    if view.part:
        parts.append(say("{share} of the next", share=percent(view.part)))
    return " · ".join(parts)


def _over(view: RunView) -> str:
    """How a run came to rest, after how many epochs."""
    done, epochs = len(view.events), view.experiment.training.epochs
    if view.status == Status.DONE:
        time = duration(sum(event.seconds for event in view.events))
        if done < epochs:
            return say(
                "Reached its target after epoch {done} of {epochs}, in {time}.", done=done, epochs=epochs, time=time
            )
        return say(counted("Done: {n} epoch in {time}.", "Done: {n} epochs in {time}.", n=done, time=time))
    if view.status == Status.PAUSED:
        return say("Paused after epoch {done} of {epochs}.", done=done, epochs=epochs)
    if view.status == Status.STOPPED:
        return say("Stopped after epoch {done} of {epochs}.", done=done, epochs=epochs)
    return say("Failed after epoch {done} of {epochs}.", done=done, epochs=epochs)


def _ended(message: str) -> str:
    return f"{message}{say('.')}" if message else ""
