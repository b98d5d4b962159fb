"""How a step speaks: a few words first, then a guess, and what to notice only once there is something to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from adder.ui.language import say


def sides() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns: words and the guess, and what one does and sees; on a phone they stand under one another."""
    left, right = st.columns([3, 5], gap="medium")
    return left, right


def about(text: str, /, **values: Any) -> None:
    """Say what the step is about, in at most 25 words."""
    st.markdown(say(text, **values))


def guess(name: str, question: str, answers: Sequence[str]) -> bool:
    """Ask what a person expects, before they see it.

    The guess stands in no address: whoever opens a link shall guess for themselves.

    Args:
        name: Tells this guess from those of other steps.
        question: What is asked, in the session's language.
        answers: What can be guessed, likewise.

    Returns:
        Whether there is a guess.
    """
    chosen = st.pills(
        say("**Your guess.** {question}", question=question),
        range(len(answers)),
        format_func=answers.__getitem__,
        required=True,
        wrap=True,
        key=f"lesson guess {name}",
        persist_state="session",
    )
    return chosen is not None


def notice(text: str, /, **values: Any) -> None:
    """Say what to notice."""
    words = say(text, **values)
    st.info(say("**What to notice.** {words}", words=words), icon=":material/visibility:")
