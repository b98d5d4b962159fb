"""Hides controls from those who follow a teacher's link: `hide=train,more` in the address, for the whole session.

Besides the names here, a link may hide any single setting, as in `hide=training.epochs`.
"""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked

HIDE = "hide"
HIDEABLE = {
    "preset": marked("choice of experiment"),
    "more": marked("Settings"),
    "train": marked("Train and what follows it"),
    "reset": marked("Reset"),
    "seed": marked("New seed"),
    "ask": marked("box for a question"),
    "curves": marked("Loss and accuracy"),
    "runs": marked("Runs side by side"),
    "errors": marked("Its mistakes"),
    "inside": marked("Look inside"),
    "batch": marked("Many questions"),
    "compare": marked("Two networks"),
    "board": marked("Board"),
    "files": marked("Links and files"),
    "list": marked("your own list"),
    "language": marked("language"),
    "present": marked("Lesson: Present"),
    "playground": marked("Lesson: Open in the playground"),
    "opponent": marked("Quiz: Opponent"),
    "length": marked("Quiz: Questions"),
    "difficulty": marked("Quiz: Difficulty"),
    "download": marked("Quiz: Download as CSV"),
}
"""Name in the address -> what it is called where a teacher chooses."""


def hidden() -> frozenset[str]:
    """What the link that this session began with hides."""
    if HIDE not in st.session_state:
        names = (each.strip() for each in st.query_params.get(HIDE, "").split(","))
        st.session_state[HIDE] = frozenset(filter(None, names))
    found: frozenset[str] = st.session_state[HIDE]
    return found


def shows(control: str) -> bool:
    """Whether a control is on the page."""
    return control not in hidden()
