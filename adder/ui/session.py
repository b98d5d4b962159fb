"""The choices of this session: its experiment, and whether the page is drawn for a projector."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from adder.experiment import Experiment
from adder.query import from_query, to_query
from adder.runs.run import RunView
from adder.ui import run_service, watched_run

PRESENT = "present"
_EXPERIMENT = "experiment_query"
_KEPT_CHARACTERS = 4_000  # A list of one's own may take megabytes.


def experiment() -> Experiment:
    """The experiment that this session chose."""
    text = query()
    return _kept(text) if len(text) <= _KEPT_CHARACTERS else from_query(text)


_kept = lru_cache(maxsize=256)(from_query)  # A page asks ten times, and many sessions choose the same.


def query() -> str:
    """That experiment as a query string."""
    text: str = st.session_state.get(_EXPERIMENT, "")
    return text


def started() -> bool:
    """Whether an experiment was chosen yet."""
    return _EXPERIMENT in st.session_state


def start(first: Experiment) -> None:
    """Choose an experiment and leave the watched run as it is."""
    st.session_state[_EXPERIMENT] = to_query(first)


def choose(new: Experiment) -> None:
    """Choose another experiment; a run of the former one goes on for whoever watches it."""
    if new != experiment():
        start(new)
        watched_run.forget()


def follow(view: RunView | None) -> None:
    """Choose what the watched run trains now, since it may have changed during the run."""
    if view is not None:
        start(view.experiment)


def open_run(run: str) -> None:
    """Watch a run and choose its experiment.

    Raises:
        RunError: There is no such run.
    """
    choose(run_service.get().view(run).experiment)
    watched_run.watch(run)


def presented() -> bool:
    """Whether pages are drawn for a projector: the switch decides, and at first the address."""
    if PRESENT not in st.session_state:
        st.session_state[PRESENT] = st.query_params.get(PRESENT) == "1"
    return bool(st.session_state[PRESENT])
