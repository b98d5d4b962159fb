"""The box for any question, with the network's answer character by character."""

from __future__ import annotations

import streamlit as st

from adder.assets import shipped_solver
from adder.errors import AdderError
from adder.experiment import Experiment
from adder.expression import SQUARE
from adder.presets import PRESETS, nearest_preset
from adder.results import Answer
from adder.solver import Solver
from adder.task import Task
from adder.ui import charts, state
from adder.ui.drawing import draw, spaced, visible

_MOST_ROWS = 24  # of the chart of an answer; longer ones, such as of 100 digits, stand as text


def show() -> None:
    """The box for any question, answered by the run as far as it is, or by the solver that ships."""
    solver, who = _answering()
    task = solver.experiment.task
    question = st.text_input(
        "Ask it a question",
        value=task.example,
        key=f"question {task.example}",
        help=f"{_askable(solver)} Press Enter to ask.",
    )
    try:
        answer = solver.solve(question)
    except AdderError as error:
        st.warning(state.sentence(error), icon=":material/edit:")
        return
    _show_answer(answer, solver.experiment)
    st.caption(who)


def _askable(solver: Solver) -> str:
    task = solver.experiment.task
    if not isinstance(task, Task):
        return "Any of the list's questions, or another one of the same characters."
    numbers = "Whole numbers of any length" if solver.experiment.any_length else f"Whole numbers from {task.range}"
    if task.operators == SQUARE:
        return f"{numbers}, squared, as in {task.example}."
    brackets = ", and brackets" if task.brackets else ""
    return f"{numbers} with {' or '.join(task.operators)} between them{brackets}."


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


def _show_answer(answer: Answer, experiment: Experiment) -> None:
    task, encoding = experiment.task, experiment.encoding
    if answer.expected is None:
        verdict = "not in the list, so nobody knows"
    else:
        truth = state.plain(encoding.unpadded(answer.expected))
        verdict = ":green[✓ right]" if answer.correct else f":red[✗ wrong], it is **{truth}**"
    written = state.plain(encoding.unpadded(answer.text).replace(" ", "␣")) or "nothing"
    question = spaced(answer.question) if isinstance(task, Task) else state.plain(answer.question)
    st.markdown(f"### {question} = {written}  \n{verdict}{_doubt(answer)}")
    if not 0 < len(answer.characters) <= _MOST_ROWS:
        return
    frame = charts.answer_frame(answer, task.alphabet)
    chart = charts.answer_chart(len(answer.characters), task.alphabet)
    draw(frame, chart, "How likely each symbol is at each place of the answer")
    expected = "" if answer.expected is None else f", expected **{state.plain(visible(answer.expected))}**"
    st.caption(
        f"Predicted **{state.plain(visible(answer.text))}**{expected}. One row for each "
        "character; darker means likelier. ✓ or ✗ marks what it wrote, ○ the truth it missed, ␣ is padding."
    )


def _doubt(answer: Answer) -> str:
    if answer.number is not None:
        return f" · it said {answer.number:.3f} before rounding"
    return f" · {answer.confidence:.1%} sure"
