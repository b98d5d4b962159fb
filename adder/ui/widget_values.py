"""The value of a widget that shows what is kept elsewhere."""

from __future__ import annotations

from typing import Any

import streamlit as st


def show(key: str, value: Any) -> None:
    """Have the widget with this key show a value. The widget is drawn after this call.

    The browser is told only of a value that changes. What it is told takes the place of what stands in the widget,
    so whatever somebody has clicked or typed there while the page was being drawn would be lost. Menus do not use this:
    a browser holds the label of what is chosen in them, and has to be told again when the language changes.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
