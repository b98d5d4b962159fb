"""The beginner's mistake, numbers in and a number out, and why it was never a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from adder.base.figures import figure
from adder.base.messages import marked
from adder.experiment import Experiment
from adder.plots import run_comparison
from adder.presets import preset
from adder.solvers import evaluation
from adder.solvers.results import Epoch
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.tasks.questions import Questions
from adder.training import trainer
from adder.ui import training_view
from adder.ui.drawing import draw, specification
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, lesson_runs, prose
from adder.ui.lesson.sketch import HEAD, OPEN, TILE, Sketch

TITLE = marked("The beginner's mistake")
NAME = marked("Mistake")

_NAMES = {"mapping-mlp": marked("MLP"), "mapping-lstm": marked("LSTM")}


def show() -> dict[str, str]:
    """Train both networks side by side, and swap the two numbers of every sum."""
    left, right = prose.sides()
    with left:
        prose.about(
            "The first idea of most: give a network two **numbers**, and let it give back one. Two networks learn "
            "that from 100 sums an epoch."
        )
        answers = say("It grows"), say("It stays the same"), say("It shrinks")
        question = say("Swap the numbers of every question, 50+12 for 12+50. What does the error do?")
        guessed = prose.guess("swap", question, answers, _sketch)
        swapped = guessed and st.toggle(say("Swap the numbers"), key=choices.switch("swap"), persist_state="session")
        if guessed:
            prose.notice(
                "Swap them, and nothing changes, not even for networks trained anew. Order carries no information "
                "here, so no sequence was learned. Swap the **characters** of `12+50`, and `15+20` is another "
                "question."
            )
    chosen = _experiments(swapped)
    with right:
        label = say("Train both, with swapped numbers") if swapped else say("Train both")
        lesson_runs.train(chosen, label, lambda: _results(swapped, guessed))
    return lesson_runs.address(chosen) | ({"swap": "1"} if swapped else {})


def _sketch() -> Sketch:
    networks = " / ".join(map(say, _NAMES.values()))
    orders = ("50", "12"), ("12", "50")
    return Sketch(
        [
            [(one, TILE), (other, TILE), ("→", HEAD), (networks, TILE), ("→", HEAD), ("62 ± ?", OPEN)]
            for one, other in orders
        ]
    )


def _experiments(swapped: bool) -> list[Experiment]:
    order = "reversed" if swapped else "written"
    return [preset(name).replaced({"encoding.question_order": order}) for name in _NAMES]


def _results(swapped: bool, guessed: bool) -> None:
    """What changes while they train."""
    chosen = _experiments(swapped)
    views = [view for view in map(lesson_runs.poll, chosen) if view]
    if views:
        for column, view in zip(st.columns(len(views)), views, strict=True):
            with column:
                training_view.progress(view)
    if guessed:
        with st.container(horizontal=True):
            for name, experiment in zip(_NAMES, chosen, strict=True):
                _error(say(_NAMES[name]), _network(experiment, swapped), swapped)
    _curves()
    st.caption(say("Trained here.") if views else say("Trained beforehand. Press the button to see it happen."))


def _error(name: str, solver: Solver, swapped: bool) -> None:
    """The error of a network, and beside it the error with the two numbers the other way round."""
    questions = trainer.check_questions(solver.experiment)
    error, other = (figure(_rmse(solver, questions, order), 2) for order in (swapped, not swapped))
    st.metric(
        say("Error of the {network}", network=name),
        error,
        say("as written: {error}", error=other) if swapped else say("swapped: {error}", error=other),
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=say("RMSE on {n} sums, in units of the sum, before rounding.", n=len(questions)),
    )


def _curves() -> None:
    """The error by epoch of what was trained, or else of the networks that ship."""
    shown: dict[str, tuple[Sequence[Epoch], int]] = {}
    for swapped in (False, True):
        for name, experiment in zip(_NAMES, _experiments(swapped), strict=True):
            view = lesson_runs.poll(experiment)
            events = view.events if view else () if swapped else shipped_solver(name).history
            label = say("{network}, swapped", network=say(_NAMES[name])) if swapped else say(_NAMES[name])
            if events or not swapped:
                shown[label] = (events, experiment.encoding.scale(experiment.task))
    epochs = max(experiment.training.epochs for experiment in _experiments(swapped=False))
    chart = specification(run_comparison.error_chart, session_language(), tuple(shown), epochs)
    draw(run_comparison.error_frame(shown), chart, say("Error of both networks by epoch"), projected=290)


def _network(experiment: Experiment, swapped: bool) -> Solver:
    """The network to ask: that of this very experiment if there is one, or else that of the numbers as written."""
    if solver := lesson_runs.solver(experiment):
        return solver
    if swapped:
        return _network(experiment.replaced({"encoding.question_order": "written"}), swapped=False)
    return shipped_solver(experiment.network.name)


def _rmse(solver: Solver, questions: Questions, swapped: bool) -> float:
    """The error if the network reads the numbers in this order, whatever its own order is."""
    encoding, task = solver.experiment.encoding, solver.experiment.task
    assert questions.numbers is not None
    asked = questions
    if swapped != (encoding.question_order == "reversed"):
        asked = task.of(questions.numbers[:, ::-1].tolist())
    return float(evaluation.loss(solver, solver.predict(asked), questions) ** 0.5 * encoding.scale(task))
