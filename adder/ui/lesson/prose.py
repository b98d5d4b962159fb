"""The prose of a step, in lines that are easy to read: what it is about, and what to notice."""

from __future__ import annotations

import streamlit as st

from adder.ui import session
from adder.ui.language import say

_READABLE = 820  # pixels


def about(words: str) -> None:
    """Draw what the step is about; `words` are in the session's language."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        st.markdown(words)


def notice(words: str) -> None:
    """Draw what to notice; `words` are in the session's language."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        st.info(say("**What to notice.** {words}", words=words), icon=":material/visibility:")
