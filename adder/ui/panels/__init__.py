"""The panels under the playground: what is wide or slow to work out, one open at a time.

A panel is a file with an icon and `show`; this is their list, in the order of the menu. Their labels are in `hiding`.
Nothing of a panel is computed before it is opened. The address holds which one is open.
"""

from __future__ import annotations

import streamlit as st

from adder.ui.address import PANEL
from adder.ui.hiding import HIDEABLE, shows
from adder.ui.language import say
from adder.ui.panels import (
    links_and_files,
    look_inside,
    many_questions,
    mistakes,
    run_board,
    runs_side_by_side,
    two_networks,
)

PANELS = {
    "runs": runs_side_by_side,
    "errors": mistakes,
    "inside": look_inside,
    "batch": many_questions,
    "compare": two_networks,
    "board": run_board,
    "files": links_and_files,
}


def show() -> None:
    """Draw the menu of panels and the one that is open."""
    if PANEL not in st.session_state:
        st.session_state[PANEL] = st.query_params.get(PANEL, "")
    shown = [name for name in PANELS if shows(name)]
    opened = st.session_state[PANEL]
    with st.container(horizontal=True):
        for name in shown:
            st.button(
                say(HIDEABLE[name]),
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
    opened = st.session_state.get(PANEL)
    return {PANEL: opened} if opened in PANELS else {}


def _toggle(name: str) -> None:
    st.session_state[PANEL] = "" if st.session_state[PANEL] == name else name
