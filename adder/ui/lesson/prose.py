"""The prose of a step, in lines that are easy to read: what it is about, and what to notice."""

from __future__ import annotations

from typing import Any

import streamlit as st

from adder.ui import session
from adder.ui.language import say

_READABLE = 820  # pixels


def about(text: str, /, **values: Any) -> None:
    """Say what the step is about."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        st.markdown(say(text, **values))


def notice(text: str, /, **values: Any) -> None:
    """Say what to notice."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        words = say(text, **values)
        st.info(say("**What to notice.** {words}", words=words), icon=":material/visibility:")
