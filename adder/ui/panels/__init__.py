"""The panels under the playground: what is wide or slow to work out, one open at a time.

A panel is a file with a label, an icon and `show`; this is their list, in the order of the menu. Nothing of a panel is
computed, or imported by the browser, before it is opened. The address holds which one is.
"""

from __future__ import annotations

import streamlit as st

from adder.ui import state
from adder.ui.panels import batch, board, compare, errors, files, inside, runs
from adder.ui.state import say

PANELS = {
    "runs": runs,
    "errors": errors,
    "inside": inside,
    "batch": batch,
    "compare": compare,
    "board": board,
    "files": files,
}


def show() -> None:
    """Draw the menu of panels and the one that is open."""
    if state.PANEL not in st.session_state:
        st.session_state[state.PANEL] = st.query_params.get(state.PANEL, "")
    shown = [name for name in PANELS if state.shows(name)]
    opened = st.session_state[state.PANEL]
    with st.container(horizontal=True):
        for name in shown:
            st.button(
                say(PANELS[name].LABEL),
                key=f"panel {name}",
                icon=PANELS[name].ICON,
                type="primary" if name == opened else "secondary",
                on_click=_toggle,
                args=(name,),
            )
    if opened in shown:
        with st.container(border=True):
            PANELS[opened].show()


def address() -> dict[str, str]:
    """The open panel as it stands in an address."""
    opened = st.session_state.get(state.PANEL)
    return {state.PANEL: opened} if opened in PANELS else {}


def _toggle(name: str) -> None:
    st.session_state[state.PANEL] = "" if st.session_state[state.PANEL] == name else name
