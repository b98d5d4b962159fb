"""An answer as pages show it: the verdict in words, a sign and a colour, and how likely each symbol was."""

from __future__ import annotations

import streamlit as st

from adder.base.figures import figure
from adder.experiment import Experiment
from adder.plots import answer_probabilities
from adder.solvers.results import Answer
from adder.solvers.solver import Solver
from adder.tasks import AnyTask
from adder.ui.drawing import draw, specification
from adder.ui.formats import percent, printed, typeset, visible
from adder.ui.language import say, session_language
from adder.ui.markdown import plain

_MOST_PLACES_DRAWN = 24  # A longer answer, such as one of 100 digits, is shown as text alone.


def askable(solver: Solver) -> str:
    """What a solver can be asked, as a sentence."""
    sentence = solver.experiment.task.askable(solver.experiment.any_length)
    return say(sentence)


def show_answer(answer: Answer, experiment: Experiment) -> None:
    """Draw one answer: question, prediction, verdict, and how likely each symbol was at each place."""
    task = experiment.task
    written = plain(visible(typeset(task, answer.unpadded))) or say("nothing")
    question = printed(task, answer.question)
    st.markdown(f"### {question} = {written}  \n{verdict(answer, experiment)} · {doubt(answer)}")
    if not 0 < len(answer.characters) <= _MOST_PLACES_DRAWN:
        return
    draw_probabilities(answer, task)
    st.caption(
        say("Darker is more likely. ● is what it wrote, ␣ a space.")
        if answer.expected is None
        else say("Darker is more likely. ✓ or ✗ is what it wrote, ○ the right one, ␣ a space.")
    )


def draw_probabilities(answer: Answer, task: AnyTask) -> None:
    """Draw how likely each symbol was at each place of an answer."""
    language = session_language()
    frame = answer_probabilities.answer_frame(language, answer, task.alphabet)
    chart = specification(answer_probabilities.answer_chart, language, task.alphabet)
    draw(frame, chart, say("How likely each symbol is at each place of the answer"))


def verdict(answer: Answer, experiment: Experiment) -> str:
    """Whether an answer is right, in words, a sign and a colour."""
    if answer.expected is None:
        return say("not in the list, so nobody knows")
    if answer.correct:
        return say(":green[✓ right]")
    truth = plain(typeset(experiment.task, answer.expected_unpadded or ""))
    return say(":red[✗ wrong], it is **{truth}**", truth=truth)


def doubt(answer: Answer) -> str:
    """How sure the network was of its answer."""
    if answer.number is not None:
        return say("it said {number} before rounding", number=figure(answer.number, 3))
    return say("{share} sure", share=percent(answer.confidence))
