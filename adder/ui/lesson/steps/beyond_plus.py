"""More numbers, minus, brackets, and a hundred digits."""

from __future__ import annotations

import numpy as np
import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import marked
from adder.encodings import Encoding
from adder.solvers.results import Answer
from adder.solvers.shipped import shipped_solver
from adder.ui import question_box, solver_choice
from adder.ui.charts import long_sum
from adder.ui.drawing import draw
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, lesson_runs, prose
from adder.ui.markdown import sentence

TITLE = marked("Beyond plus")

_OFFERED = {
    "terms": marked("More numbers"),
    "plus-minus": marked("Minus"),
    "calculator": marked("Brackets"),
    "columns": marked("A hundred digits"),
}
_DIGITS = 100


def show() -> dict[str, str]:
    """Ask trained networks harder questions than the textbook's."""
    prose.about(
        "Nothing in the network knows about addition, so the same parts learn other things from other examples: "
        "sums of two to five numbers, negative answers, brackets. Choose one and ask it what you like."
    )
    name = choices.one_of("ask", say("Ask about"), _OFFERED, "terms")
    solver = shipped_solver(name)
    first = _long_sum(choices.count("seed")) if name == "columns" else solver.experiment.task.example
    key = choices.start(f"q.{name}", first)
    if name == "columns":
        st.button(say("Another sum of {n} digits", n=_DIGITS), icon=":material/casino:", on_click=_draw_another)
        question = st.text_area(say("A sum of two numbers"), key=key, persist_state="session", height=160)
    else:
        question = st.text_input(
            say("Ask it a question"), key=key, persist_state="session", help=question_box.askable(solver)
        )
    try:
        answer = solver.solve(question)
    except AdderError as error:
        st.warning(sentence(error), icon=":material/edit:")
    else:
        if name == "columns":
            _paper(answer, solver.experiment.encoding)
        else:
            question_box.show_answer(answer, solver.experiment)
        st.caption(solver_choice.shipped_note(name))
    lesson_runs.playground_button(solver.experiment)
    if name == "columns":
        prose.notice(
            "Read a sum in columns, as on paper, and nothing needs to be remembered but the carry. This network has "
            "never seen more than five digits, and adds a hundred: what it is given to read decides what it can learn."
        )
    else:
        prose.notice(
            "Look at how sure it is, character by character. A sign it has never met, or a number outside its range, "
            "it cannot even be asked: what a network can do ends where its examples end."
        )
    return {"ask": name, f"q.{name}": question}


def _long_sum(seed: int) -> str:
    digits = np.random.default_rng(seed).integers(0, 10, (2, _DIGITS))
    digits[:, 0] = digits[:, 0].clip(min=1)
    return "+".join("".join(map(str, number)) for number in digits.tolist())


def _draw_another() -> None:
    choices.raise_count("seed")
    st.session_state[choices.start("q.columns", "")] = _long_sum(choices.count("seed"))


def _paper(answer: Answer, encoding: Encoding) -> None:
    """A long sum digit under digit."""
    first, second = answer.question.split("+")
    written, truth = map(encoding.unpadded, (answer.text, answer.expected or ""))
    language = session_language()
    frame = long_sum.column_frame(language, first, second, written, truth)
    wrong = int(frame["wrong"].sum())
    st.markdown(
        say(":green[✓ right] in all {n} digits", n=len(truth))
        if not wrong
        else say(":red[✗ wrong] in {wrong} of {n} digits", wrong=wrong, n=len(truth))
    )
    alt = say("{first} plus {second}; it writes {written}", first=first, second=second, written=written)
    with st.container(width=620):
        draw(frame, long_sum.column_chart(language, long_sum.lines(frame)), alt)
    st.caption(
        say(
            "Small: what is carried into a column. Boxed: what it writes under the two numbers, with ✗ where that is "
            "wrong."
        )
    )
