"""The words of a step: a few first, then a guess, and what to notice only once there is something to see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from adder.ui.board import look_together
from adder.ui.language import say
from adder.ui.lesson.sketch import Sketch

_TITLE = "lesson title"


def begin(title: str) -> None:
    """Note the title of the step, in the session's language, for the phones that look along."""
    st.session_state[_TITLE] = title


def sides() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns: words and the guess, and what one does and sees; on a phone they stand under one another."""
    left, right = st.columns([3, 5], gap="medium")
    return left, right


def about(text: str, /, **values: Any) -> None:
    """Say what the step is about, in at most 25 words."""
    st.markdown(say(text, **values))


def guess(name: str, question: str, answers: Sequence[str], sketch: Callable[[], Sketch]) -> bool:
    """Ask what a person expects, before they see it.

    The address does not hold the guess: whoever opens a link is to guess for themselves.

    Args:
        name: Tells this guess from those of other steps.
        question: What is asked, in the session's language.
        answers: The possible guesses, in the session's language.
        sketch: Makes the picture that phones show beside the question.

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
    look_together.show(st.session_state.get(_TITLE, ""), question, answers, sketch)
    return chosen is not None


def notice(text: str, /, **values: Any) -> None:
    """Say what to notice."""
    words = say(text, **values)
    st.info(say("**What to notice.** {words}", words=words), icon=":material/visibility:")
