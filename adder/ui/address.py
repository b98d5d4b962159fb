"""Keeps the address bar and a session in step, so that a reload or a link finds everything again.

On every page the address holds the language as `lang=zh`, what a teacher's link hides as `hide=train,more`, and
`present=1` where the page is drawn for a projector; in the playground also the experiment as a query string and the
run as `run=ID`; other pages add their own parts.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from adder.base.errors import ExperimentError
from adder.presets import DEFAULT_PRESET, preset
from adder.query import decoded, encoded, from_query
from adder.ui import run_service, session, watched_run
from adder.ui.hiding import HIDE, hidden
from adder.ui.language import LANGUAGE, language_is_chosen, say, session_language
from adder.ui.markdown import sentence
from adder.ui.streamlit_internals import query_string
from adder.ui.watched_run import RUN, RUNS

PANEL = "panel"
_SETTINGS_WITHOUT_DOT = ("preset", "seed")
_MOST_CHARACTERS = 4_000  # Browsers and proxies cut longer addresses.


def load_experiment() -> str:
    """Take the experiment from the address when a session begins.

    Returns:
        What is wrong with the address, as a sentence, or an empty text.
    """
    if session.started():
        return ""
    # Whatever else has no dot belongs to another page, or was added to a link on its way, such as utm_source.
    given = [each for each in decoded(query_string()) if "." in each[0] or each[0] in _SETTINGS_WITHOUT_DOT]
    if not given and (run := watched_run.run_id()):  # Its experiment was too long for an address.
        view, lost = watched_run.poll()
        if view is not None:
            session.start(view.experiment)
        if view is not None or run_service.get().unknown(run):
            return ""
        if lost:
            session.start(preset(DEFAULT_PRESET))
            watched_run.forget()
            return say(
                "The run of this address is not on the server any more, and the address does not say what it trained: "
                "this is the default experiment. Choose one, and press Train."
            )
    try:
        session.start(from_query(encoded(given)))
    except ExperimentError as error:
        session.start(preset(DEFAULT_PRESET))
        trouble = say("The address describes no experiment that can work, so this is the default one.")
        return f"{trouble} {sentence(error)}"
    return ""


def of_experiment() -> dict[str, str]:
    """The experiment, the watched run and the runs kept beside it, as the address holds them."""
    found: dict[str, str] = {}
    if fits():
        found |= decoded(session.query())
    if run := watched_run.run_id():
        found[RUN] = run
    if others := [each for each in watched_run.kept() if each != run]:
        found[RUNS] = ",".join(others)
    return found


def fits() -> bool:
    """Whether the experiment is short enough for an address; a long list of one's own is not."""
    return len(session.query()) <= _MOST_CHARACTERS


def write(own: Mapping[str, str]) -> None:
    """Put a page's own part, and what holds on every page, into the address bar if it shows something else."""
    wanted = dict(own)
    if language_is_chosen():
        wanted[LANGUAGE] = session_language().code
    if session.presented():
        wanted[session.PRESENT] = "1"
    if names := hidden():
        wanted[HIDE] = ",".join(sorted(names))
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
