"""Train it, and watch sums come right and digits fall apart."""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.presets import PRESETS, preset
from adder.solvers import evaluation
from adder.training import trainer
from adder.ui import run_service, training_view
from adder.ui.charts import digit_confusions
from adder.ui.drawing import draw
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, lesson_runs, prose

TITLE = marked("Train it")

_OFFERED = ("seq2seq", "two-digits")


def show() -> dict[str, str]:
    """Train a sequence network, with its curves, twenty sums and the confusions of its digits."""
    prose.about(
        "Now train it. Each epoch draws fresh sums; after each, the network answers the same fixed list of "
        "questions. At first it writes whatever is commonest; watch which sums come right first."
    )
    labels = {each: PRESETS[each].label for each in _OFFERED}
    name = choices.one_of("train", say("Experiment"), labels, _OFFERED[0])
    experiment = preset(name)
    lesson_runs.train([experiment], say("Train"), lambda: _results(name))
    prose.notice(
        "The tens of an answer come right before its units: they are nearly the same for all sums that are close "
        "to one another. And where it still errs, it writes a digit next to the true one, though nobody has told "
        "it that digits have an order: the wrong cells lie beside the diagonal before they melt away."
    )
    return {"train": name} | lesson_runs.address([experiment])


def _results(name: str) -> None:
    experiment = preset(name)
    view = lesson_runs.poll(experiment)
    if view is None:
        st.info(
            say(
                "Press **Train**: the curves, twenty sums and the confusions of the digits are drawn here after "
                "every epoch."
            ),
            icon=":material/show_chart:",
        )
        return
    training_view.progress(view)
    if not view.events:
        if view.active:
            st.info(lesson_runs.waiting(), icon=":material/hourglass:")
        return
    training_view.charts(view)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(say("**Which digit it writes where another is true**"))
        solver = run_service.get().solver(view.id)
        found = None
        if solver:
            questions = trainer.check_questions(experiment)
            found = evaluation.digit_confusions(evaluation.ask_all(solver, questions, experiment.task))
        draw(
            digit_confusions.confusion_frame(found),
            digit_confusions.confusion_chart(session_language()),
            say("How often each true digit was written as which; right ones lie on the diagonal"),
        )
    with right:
        training_view.examples(view.events[-1], experiment)
