"""What a network is asked."""

from __future__ import annotations

import numpy as np
import streamlit as st

from adder.base.messages import marked
from adder.tasks.arithmetic import Task
from adder.ui.formats import short
from adder.ui.language import say
from adder.ui.lesson import choices, prose

TITLE = marked("The task")

_LARGEST = {"10": "10", "100": "100", "999": "999"}
_DRAWN = 8
_WIDEST = 820  # pixels of the table


def show() -> dict[str, str]:
    """Draw sums, and show each as the network meets it."""
    prose.about(
        "Draw two numbers and add them: that is one question with its answer, and there is no end of them. The "
        "network is told nothing else. It is not told what a digit is, nor what `+` means, nor that numbers "
        "have an order; it gets **characters**, and has to write characters."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        largest = choices.one_of("largest", say("Numbers from 1 to"), _LARGEST, "10")
        st.button(
            say("Draw others"), icon=":material/casino:", type="primary", on_click=choices.raise_count, args=("seed",)
        )
    seed = choices.count("seed")
    task = Task(smallest=1, largest=int(largest))
    questions = task.sample(_DRAWN, np.random.default_rng(seed))
    assert questions.values is not None
    rows = [
        {say("It is asked"): _strip(question), say("It should write"): _strip(str(answer))}
        for question, answer in zip(task.texts(questions), questions.values, strict=True)
    ]
    with st.container(width=_WIDEST):
        st.table(rows, hide_index=True)
    st.caption(say("Drawn with seed {seed}: the same seed draws the same sums, so a run can be repeated.", seed=seed))
    prose.notice(
        "From 1 to {largest} there are {n} different sums, 3+4 and 4+3 being one. With few enough of them a "
        "network could learn them all by heart; with many it has to find out how adding goes.",
        largest=task.largest,
        n=short(task.distinct_questions),
    )
    return {"largest": str(task.largest), "seed": str(seed)}


def _strip(characters: str) -> str:
    return " ".join(f"`{character}`" for character in characters)
