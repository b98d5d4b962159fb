"""The box for any sum, with the network's answer character by character."""

from __future__ import annotations

import streamlit as st

from adder.assets import shipped_solver
from adder.errors import AdderError
from adder.presets import PRESETS, nearest_preset
from adder.results import Answer
from adder.solver import Solver
from adder.ui import charts, state
from adder.ui.drawing import draw, visible


def show() -> None:
    """The box for any sum, answered by the run as far as it is, or by the solver that ships."""
    solver, who = _answering()
    question = st.text_input(
        "Ask it a sum",
        value=solver.experiment.task.example,
        key=f"question {solver.experiment.task.example}",
        help=f"Whole numbers from {solver.experiment.task.smallest:,} to {solver.experiment.task.largest:,} "
        "with + between them. Press Enter to ask.",
    )
    try:
        answer = solver.solve(question)
    except AdderError as error:
        st.warning(state.sentence(error), icon=":material/edit:")
        return
    _show_answer(answer)
    st.caption(who)


def _answering() -> tuple[Solver, str]:
    experiment = state.experiment()
    view, _ = state.look()
    solver = state.jobs().solver(view.id) if view else None
    if view and solver:
        return solver, f"Answered by your network after epoch {len(solver.history)}."
    name = nearest_preset(experiment)
    shipped = shipped_solver(name)
    who = f"Answered by the trained network that ships with adder: {PRESETS[name].label}."
    if shipped.experiment != experiment:
        who = f"Not your settings yet: press Train to ask a network of your own. {who}"
    return shipped, who


def _show_answer(answer: Answer) -> None:
    verdict = ":green[✓ right]" if answer.correct else f":red[✗ wrong], it is **{answer.expected.strip()}**"
    written = answer.text.strip().replace(" ", "␣") or "nothing"
    st.markdown(f"### {answer.question.replace('+', ' + ')} = {written}  \n{verdict}{_doubt(answer)}")
    if answer.characters:
        frame = charts.answer_frame(answer)
        draw(
            frame, charts.answer_chart(len(answer.characters)), "How likely each symbol is at each place of the answer"
        )
        st.caption(
            f"Predicted **{visible(answer.text)}**, expected **{visible(answer.expected)}**. One row for each "
            "character; darker means likelier. ✓ or ✗ marks what it wrote, ○ the truth it missed, ␣ is padding."
        )


def _doubt(answer: Answer) -> str:
    if answer.number is not None:
        return f" · it said {answer.number:.3f} before rounding"
    return f" · {answer.confidence:.1%} sure"
