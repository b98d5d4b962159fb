"""The beginner's mistake, numbers in and a number out, and why it was never a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from adder.base.errors import QuestionError
from adder.base.figures import figure
from adder.base.messages import marked
from adder.experiment import Experiment
from adder.presets import preset
from adder.solvers import evaluation
from adder.solvers.predictions import Predictions
from adder.solvers.results import Epoch
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.tasks.questions import Questions
from adder.training import trainer
from adder.ui import solver_choice, training_view
from adder.ui.charts import run_comparison
from adder.ui.drawing import draw
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, lesson_runs, prose
from adder.ui.markdown import sentence

TITLE = marked("The beginner's mistake")

_NAMES = {"mapping-mlp": marked("MLP"), "mapping-lstm": marked("LSTM")}
_ROWS = 10
_SUM = "12+50"
_READER = "three-digits"  # what the shuffled characters are put to
_SHUFFLES = 6


def show() -> dict[str, str]:
    """Train both networks side by side, swap their numbers, and shuffle the characters of a sum."""
    prose.about(
        "The first idea is to give the network the two **numbers** and have it give back one. Divided by the "
        "largest sum they lie between 0 and 1, as networks like it; the answer is multiplied back and rounded. "
        "A linear MLP and an LSTM, which reads the one number after the other, are trained on 100 fresh sums an "
        "epoch."
    )
    swapped = st.toggle(
        say("Shuffle: swap the two numbers of every sum"), key=choices.switch("swap"), persist_state="session"
    )
    chosen = _experiments(swapped)
    label = say("Train both, with swapped numbers") if swapped else say("Train both")
    lesson_runs.train(chosen, label, lambda: _results(swapped))
    prose.notice(
        "The error of the MLP falls to nothing, since a sum **is** a linear function, and the LSTM comes close. "
        "Swap the numbers and nothing changes, whether for trained networks or for ones trained anew: the order "
        "carries no information, so this is a function from two numbers to one, and no sequence was learned."
    )
    _characters()
    own = {"shuffle": str(choices.count("shuffle"))} | lesson_runs.address(chosen)
    return own | {"swap": "1"} if swapped else own


def _experiments(swapped: bool) -> list[Experiment]:
    order = "reversed" if swapped else "written"
    return [preset(name).replaced({"encoding.question_order": order}) for name in _NAMES]


def _results(swapped: bool) -> None:
    """What changes while they train."""
    chosen = _experiments(swapped)
    views = [view for view in map(lesson_runs.poll, chosen) if view]
    if views:
        for column, view in zip(st.columns(len(views)), views, strict=True):
            with column:
                training_view.progress(view)
    found = [_network(experiment, swapped) for experiment in chosen]
    left, right = st.columns(2, gap="large")
    with left:
        _curves()
        st.caption(
            say("Trained here, in this session.")
            if views
            else say("Trained beforehand, with the same settings. Press the button to see it happen.")
        )
    with right:
        _table(found, swapped)


def _curves() -> None:
    """The error by epoch of whatever was trained, the shipped networks' where nothing was."""
    shown: dict[str, tuple[Sequence[Epoch], int]] = {}
    for swapped in (False, True):
        for name, experiment in zip(_NAMES, _experiments(swapped), strict=True):
            view = lesson_runs.poll(experiment)
            events = view.events if view else () if swapped else shipped_solver(name).history
            label = say("{network}, swapped", network=say(_NAMES[name])) if swapped else say(_NAMES[name])
            shown[label] = (events, experiment.encoding.scale(experiment.task))
    epochs = max(experiment.training.epochs for experiment in _experiments(swapped=False))
    chart = run_comparison.error_chart(session_language(), tuple(shown), epochs)
    draw(run_comparison.error_frame(shown), chart, say("Error of both networks by epoch"))


def _network(experiment: Experiment, swapped: bool) -> Solver:
    """The network to ask: of this very experiment if there is one, or else of the numbers as they are written."""
    if solver := lesson_runs.solver(experiment):
        return solver
    if swapped:
        return _network(experiment.replaced({"encoding.question_order": "written"}), swapped=False)
    return lesson_runs.own_or_shipped(experiment)[0]


def _table(solvers: Sequence[Solver], swapped: bool) -> None:
    experiment = solvers[0].experiment
    questions = trainer.check_questions(experiment)
    said = {name: _predict(solver, questions, swapped) for name, solver in zip(_NAMES, solvers, strict=True)}
    with st.container(horizontal=True):
        for (name, predictions), solver in zip(said.items(), solvers, strict=True):
            error = _rmse(solver, predictions, questions)
            other = _rmse(solver, _predict(solver, questions, not swapped), questions)
            before = figure(other, 2)
            beside = say("as written: {error}", error=before) if swapped else say("swapped: {error}", error=before)
            label = say("RMSE of the {network}", network=say(_NAMES[name]))
            st.metric(
                label,
                figure(error, 2),
                beside,
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=say(
                    "On {n} sums, before rounding; below it, with the two numbers the other way round.",
                    n=len(questions),
                ),
            )
    rows = []
    assert questions.numbers is not None
    assert questions.values is not None
    for row, (numbers, truth) in enumerate(zip(questions.numbers[:_ROWS].tolist(), questions.values, strict=False)):
        first, second = reversed(numbers) if swapped else numbers
        cells = {say("Question"): f"`{first}+{second}`", say("Expected"): f"`{truth}`"}
        for name, predictions in said.items():
            cells[say(_NAMES[name])] = _off(predictions, row, int(truth))
        rows.append(cells)
    st.table(rows, hide_index=True)
    st.caption(say("What each network predicts, rounded, and in brackets how far that is from the sum."))


def _predict(solver: Solver, questions: Questions, swapped: bool) -> Predictions:
    """Answers where the network reads the numbers in this order, whatever its own is."""
    encoding, task = solver.experiment.encoding, solver.experiment.task
    assert questions.numbers is not None
    if swapped == (encoding.question_order == "reversed"):
        return solver.predict(questions)
    return solver.predict(task.of(questions.numbers[:, ::-1].tolist()))


def _rmse(solver: Solver, predictions: Predictions, questions: Questions) -> float:
    scale = solver.experiment.encoding.scale(solver.experiment.task)
    return float(evaluation.loss(solver, predictions, questions) ** 0.5 * scale)


def _off(predictions: Predictions, row: int, truth: int) -> str:
    value = predictions.values[row]
    assert value is not None  # a number, scaled back and rounded
    return f"`{value}` ✓" if value == truth else f":red-background[**{value}**] ({value - truth:+,})"


def shuffled(text: str, n: int, rng: np.random.Generator) -> list[str]:
    """Different shuffles of a text's characters, none of them the text itself; fewer where there are no more.

    >>> sorted(shuffled("ab1", 9, np.random.default_rng(1)))
    ['1ab', '1ba', 'a1b', 'b1a', 'ba1']
    """
    found: dict[str, None] = {}
    for _ in range(50 * n):
        found["".join(rng.permutation(list(text)))] = None
        if len(found.keys() - {text}) == n:
            break
    return [each for each in found if each != text]


def _characters() -> None:
    st.subheader(say("Now shuffle the characters"), anchor=False)
    prose.about(
        "Write the same sum as **characters**, and the order is all there is. Here the characters of `{sum}` are "
        "shuffled and put to a network that reads them one after another.",
        sum=_SUM,
    )
    st.button(
        say("Shuffle again"), icon=":material/shuffle:", on_click=choices.raise_count, args=("shuffle",), key="again"
    )
    solver = shipped_solver(_READER)
    rng = np.random.default_rng(choices.count("shuffle"))
    rows = [_read(solver, each) for each in (_SUM, *shuffled(_SUM, _SHUFFLES, rng))]
    st.table(pd.DataFrame(rows), hide_index=True)
    st.caption(solver_choice.shipped_note(_READER))
    prose.notice(
        "The five characters are the same, and the question is another one each time, or none at all. This "
        "**is** a sequence, and it is what the rest of the lesson is about."
    )


def _read(solver: Solver, question: str) -> dict[str, str]:
    row = {say("Characters"): f"`{question}`"}
    try:
        answer = solver.solve(question)
    except QuestionError as error:
        return row | {say("It writes"): "–", say("Which is"): sentence(error)}
    same = answer.expected is not None and int(answer.expected) == 12 + 50
    meaning = say("the sum we began with") if question == _SUM else say("another question")
    if same and question != _SUM:
        meaning = say("another question with the same answer")
    return row | {say("It writes"): f"`{answer.unpadded}`", say("Which is"): meaning}
