"""Train it, and watch twenty sums come right, and each place of the answer."""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.presets import preset
from adder.solvers import evaluation
from adder.training import trainer
from adder.ui import training_view
from adder.ui.formats import percent
from adder.ui.language import say
from adder.ui.lesson import lesson_runs, prose
from adder.ui.markdown import plain

TITLE = marked("Train it")
NAME = marked("Training")

_EXPERIMENT = preset("seq2seq")
_SHOWN = 20


def show() -> dict[str, str]:
    """Train the textbook's network, and show after each epoch what it answers."""
    left, right = prose.sides()
    with left:
        prose.about(
            "Now it learns. Each epoch brings a thousand new sums, and after each it answers the same twenty. At first "
            "it babbles."
        )
        answers = say("The tens"), say("The ones"), say("Both at once")
        guessed = prose.guess("train", say("Which digit of an answer comes right first?"), answers)
    with right:
        if guessed or lesson_runs.poll(_EXPERIMENT):
            lesson_runs.train([_EXPERIMENT], say("Train"), _results)
    if lesson_runs.over(_EXPERIMENT):
        with left:
            prose.notice(
                "The tens come first, since they are nearly alike for sums that are close to one another. And where it "
                "errs, it often writes a digit next to the right one, though nobody told it that digits have an order."
            )
    return lesson_runs.address([_EXPERIMENT])


def _results() -> None:
    """What changes while it trains."""
    view, solver = lesson_runs.poll(_EXPERIMENT), lesson_runs.solver(_EXPERIMENT)
    if view:
        training_view.progress(view)
    if not solver:
        if view and view.active:
            st.info(lesson_runs.waiting(), icon=":material/hourglass:")
        return
    task, questions = _EXPERIMENT.task, trainer.check_questions(_EXPERIMENT)
    said = evaluation.ask_all(solver, questions, task)
    both = list(zip(said.texts, said.expected, strict=True))
    with st.container(horizontal=True):
        for name, place in ((say("Tens right"), -2), (say("Ones right"), -1)):
            right = sum(text[place] == truth[place] for text, truth in both)
            st.metric(name, percent(right / len(both)), border=True)
        st.metric(say("Whole answers right"), percent(float(said.correct.mean())), border=True)
    st.markdown(
        " ".join(
            f":green-badge[✓ {question}={plain(text.strip())}]"
            if text == truth
            else f":red-badge[✗ {question}={plain(text.strip() or '␣')}]"
            for question, (text, truth) in zip(task.texts(questions)[:_SHOWN], both, strict=False)
        )
    )
