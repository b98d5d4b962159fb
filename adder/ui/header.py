"""The top of every page: its title, and the switches to the other language and for a projector."""

from __future__ import annotations

import streamlit as st

from adder.base.language import LANGUAGES
from adder.ui import session
from adder.ui.hiding import shows
from adder.ui.language import choose_language, say, session_language

_PROJECTED = """<style>
html { font-size: clamp(16px, 1.75vw, 30px) !important; }
[data-testid=stHeader] { display: none; }
[data-testid=stMainBlockContainer] { padding-top: 0.75rem !important; }
</style>"""


def show(title: str, *, projector: bool = False) -> None:
    """Draw the header of a page.

    Args:
        title: The page's title, in the session's language.
        projector: Whether the page offers to be drawn for a projector.
    """
    if session.presented():
        st.html(_PROJECTED)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="header"):
        st.title(title, anchor=False, width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            for language in LANGUAGES.values():
                if language != session_language() and shows("language"):
                    st.button(
                        language.label,
                        type="tertiary",
                        icon=":material/translate:",
                        key=f"speak {language.code}",
                        on_click=choose_language,
                        args=(language.code,),
                    )
            if (projector or session.presented()) and shows("present"):
                st.toggle(
                    say("Present"),
                    key=session.PRESENT,
                    persist_state="session",
                    help=say("For a projector: larger type, without header and menu."),
                )
