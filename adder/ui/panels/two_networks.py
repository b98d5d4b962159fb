"""Two solvers side by side on the same question."""

from __future__ import annotations

import streamlit as st

from adder.base.errors import AdderError
from adder.ui import answers, session, solver_choice, stage, take_home
from adder.ui.language import say
from adder.ui.markdown import plain, sentence

ICON = ":material/compare_arrows:"

_DEFAULTS = ("seq2seq-100", "two-digits")


def show() -> None:
    """Draw two answers to what the network on the stage is asked."""
    labels = solver_choice.labels()
    question = stage.question(session.experiment())
    st.markdown(f"## {plain(question)}")
    for place, column in enumerate(st.columns(2, gap="large")):
        with column:
            key = st.selectbox(
                say("First network") if place == 0 else say("Second network"),
                list(labels),
                index=list(labels).index(_DEFAULTS[place]),
                format_func=lambda each: labels.get(each, each),
                key=f"compare {place}",
            )
            try:
                solver = solver_choice.solver(key)
                answer = solver.solve(question)
            except AdderError as error:
                st.warning(sentence(error), icon=":material/edit:")
                continue
            answers.show_answer(answer, solver.experiment)
            take_home.show(f"compare {place}", solver)
