"""The run that this session watches, and those that it keeps beside it to compare: ids, and nothing more.

The runs themselves belong to the run service. A session that Streamlit dropped finds its ids in the address again.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from adder.base.errors import RunError
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.ui import run_service, visitors
from adder.ui.language import say
from adder.ui.markdown import sentence

RUN = "run"
RUNS = "runs"
MOST_RUNS = 8
_HELD = "runs held"
_LOST = "lost run"  # It holds why the watched run is not there any more.


def run_id() -> str | None:
    """The id of the watched run, or None."""
    run: str | None = st.session_state.get(RUN, st.query_params.get(RUN))
    return run


def poll() -> tuple[RunView | None, str]:
    """The watched run, or None until the server knows whether it has it, and a sentence if it was lost.

    The sentence stands until another run is watched or chosen, whichever part of the page missed the run first.
    """
    run = run_id()
    if run:
        try:
            return run_service.get().view(run), ""
        except RunLoading:
            return None, ""
        except RunError as error:
            forget()
            st.session_state[_LOST] = sentence(error)
    return None, st.session_state.get(_LOST, "")


def watch(run: str) -> None:
    """Watch this run, and keep it beside those watched before."""
    st.session_state[RUN] = run
    st.session_state.pop(_LOST, None)
    others = [each for each in kept() if each != run]
    st.session_state[RUNS] = [*others, run][-MOST_RUNS:]


def hold(others: Iterable[str]) -> None:
    """Tell the run service which runs this session watches: these, the watched one and the kept ones."""
    runs = {*_ids(), *others}
    if runs or st.session_state.get(_HELD):
        run_service.get().watch(visitors.this(), runs)
    st.session_state[_HELD] = runs


def forget() -> None:
    """Watch no run."""
    st.session_state[RUN] = None
    st.session_state.pop(_LOST, None)


def leave() -> bool:
    """Watch no run, and stop the one that was watched if it is this visitor's alone.

    Returns:
        Whether it goes on for others.
    """
    view, _ = poll()
    shared = view is not None and view.active and not run_service.get().leave(view.id, visitors.this())
    forget()
    return shared


def kept() -> list[str]:
    """The ids of the runs kept side by side, the latest last."""
    if RUNS not in st.session_state:
        st.session_state[RUNS] = [run for run in st.query_params.get(RUNS, "").split(",") if run][:MOST_RUNS]
    runs: list[str] = st.session_state[RUNS]
    return runs


def remove(run: str) -> None:
    """Stop keeping this run; it stays on the server."""
    st.session_state[RUNS] = [each for each in kept() if each != run]


def unknown() -> list[str]:
    """The ids of watched and kept runs of which the server still has to find out whether it has them."""
    return [run for run in _ids() if run_service.get().unknown(run)]


def kept_views() -> dict[str, RunView]:
    """The watched run and the kept ones that the server still has, by id."""
    found: dict[str, RunView] = {}
    for run in _ids():
        try:
            found[run] = run_service.get().view(run)
        except RunLoading:
            continue
        except RunError:
            if run != run_id():  # The page tells of the watched run.
                st.toast(say("A run that was kept here is not on the server any more."), icon=":material/history:")
            remove(run)
    return found


def _ids() -> list[str]:
    return list(dict.fromkeys([*kept(), *filter(None, [run_id()])]))
