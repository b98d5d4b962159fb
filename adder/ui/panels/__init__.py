"""The panels beside the stage: settings, and what is wide or slow to work out, one open at a time, in a drawer.

A panel is a file with an icon and `show`; this is their list, in the order of the menu. Their labels are in `hiding`.
Nothing of a panel is computed before it is opened. The address holds which one is open.
"""

from __future__ import annotations

import streamlit as st

from adder.ui.address import PANEL
from adder.ui.hiding import HIDEABLE, shows
from adder.ui.language import say
from adder.ui.panels import (
    curves,
    links_and_files,
    look_inside,
    many_questions,
    mistakes,
    run_board,
    runs_side_by_side,
    settings,
    two_networks,
)

_SETTINGS = "more"
PANELS = {
    _SETTINGS: settings,
    "curves": curves,
    "runs": runs_side_by_side,
    "errors": mistakes,
    "inside": look_inside,
    "batch": many_questions,
    "compare": two_networks,
    "board": run_board,
    "files": links_and_files,
}
FOLLOWING = ("errors", "inside", "batch", "compare")  # These show the network on the stage, or ask its question.
_MENU = "panels"


def menu() -> None:
    """Draw the buttons that open the drawer."""
    shown = [name for name in PANELS if shows(name)]
    if _SETTINGS in shown:
        label, icon = say(HIDEABLE[_SETTINGS]), PANELS[_SETTINGS].ICON
        st.button(label, key=f"panel {_SETTINGS}", icon=icon, on_click=_toggle, args=(_SETTINGS,))
    if rest := [name for name in shown if name != _SETTINGS]:
        st.menu_button(
            say("Look closer"),
            rest,
            format_func=lambda name: say(HIDEABLE[name]),
            icon=":material/search:",
            key=_MENU,
            on_click=lambda: _toggle(st.session_state[_MENU]),
        )


def show() -> None:
    """Draw the drawer with the panel that is open, if one is."""
    if (name := opened()) is None:
        return
    with st.container(key="drawer"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.header(say(HIDEABLE[name]), anchor=False, width="content")
            st.button(
                say("Close"),
                icon=":material/close:",
                type="tertiary",
                key="panel close",
                on_click=_toggle,
                args=(name,),
            )
        PANELS[name].show()


def opened() -> str | None:
    """The panel that is open."""
    if PANEL not in st.session_state:
        st.session_state[PANEL] = st.query_params.get(PANEL, "")
    name: str = st.session_state[PANEL]
    return name if name in PANELS and shows(name) else None


def address() -> dict[str, str]:
    """The open panel as it stands in an address."""
    name = opened()
    return {PANEL: name} if name else {}


def _toggle(name: str) -> None:
    st.session_state[PANEL] = "" if st.session_state.get(PANEL) == name else name
