"""The words of a step: what it is about, and what there is to notice, no wider than can be read with ease."""

from __future__ import annotations

import streamlit as st

from adder.ui import session
from adder.ui.language import say

_READABLE = 820  # pixels


def about(words: str) -> None:
    """What the step is about, in the session's language."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        st.markdown(words)


def notice(words: str) -> None:
    """What to notice, in the session's language."""
    with st.container(width="stretch" if session.presented() else _READABLE):
        st.info(say("**What to notice.** {words}", words=words), icon=":material/visibility:")
