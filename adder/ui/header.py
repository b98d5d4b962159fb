"""What stands on top of every page: its title, and the switch to the other language."""

from __future__ import annotations

import streamlit as st

from adder.ui.hiding import shows
from adder.ui.language import LANGUAGES, choose_language, session_language


def show(title: str) -> None:
    """Draw the header of a page; `title` is already in the session's language."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
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
