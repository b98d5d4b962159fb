"""The run's loss, its accuracy by characters, and how sure its figures are."""

from __future__ import annotations

import streamlit as st

from adder.base.figures import figure
from adder.base.messages import counted
from adder.experiment import Experiment
from adder.plots import epoch_curves as lines
from adder.query import from_query, to_query
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.solvers import evaluation
from adder.solvers.results import Epoch
from adder.training import trainer
from adder.ui import moving_part, training_view, watched_run
from adder.ui.draw_lock import one_at_a_time
from adder.ui.drawing import draw, specification
from adder.ui.formats import percent
from adder.ui.language import say, session_language

ICON = ":material/show_chart:"

_FEW_QUESTIONS = 100  # With fewer, the share of right answers says little without its interval.


def show() -> None:
    """Draw the panel, which redraws itself while the run is active."""
    moving_part.show(one_at_a_time(_curves), training_view.interval, training_view.interval())


def _curves() -> None:
    view, _ = watched_run.poll()
    if view is None or not view.events:
        st.info(say("The curves of a run of your own are drawn here. Press Train."), icon=":material/show_chart:")
        return
    _figures(view.events[-1], view.experiment)
    _charts(view)
    if view.status == Status.DONE:  # Before that, a later epoch may still be the best.
        _best_epoch_note(view)


def _charts(view: RunView) -> None:
    """Loss and accuracy by epoch, one below the other, so that their epochs are level."""
    experiment, language = view.experiment, session_language()
    held_out, epochs = bool(experiment.task.held_out), experiment.training.epochs
    frame = lines.loss_frame(language, view.events, held_out)
    changes = tuple(each.start for each in experiment.training.stretches[1:])
    chart = specification(lines.loss_chart, language, held_out, epochs, experiment.encoding.writes_characters, changes)
    draw(frame, chart, say("Loss by epoch; its last value stands above"))
    if experiment.encoding.writes_characters:
        _, guess, _ = _guess(to_query(experiment))
        frame = lines.accuracy_frame(language, view.events, held_out, guess)
        chart = specification(lines.accuracy_chart, language, held_out, epochs)
        draw(frame, chart, say("Digits right by epoch; the last value stands above"))


@st.cache_data(max_entries=256, show_spinner=False)
def _guess(query: str) -> tuple[float, float, int]:
    """What guessing scores, whole answers and characters; and how many check questions there are."""
    experiment = from_query(query)
    return *evaluation.final_guess(experiment), len(trainer.check_questions(experiment))


def _figures(event: Epoch, experiment: Experiment) -> None:
    """The last epoch's figures, each beside the score of guessing or of training."""
    guess_exact, guess_characters, n = _guess(to_query(experiment))
    asked = _asked(experiment, n)
    with st.container(horizontal=True):
        _metric(
            say("Whole answers right"),
            percent(event.exact_match),
            say("a lucky guess: {share}", share=percent(guess_exact)),
            asked
            + " "
            + say(
                "Answers right in every character. Below it, what always writing the commonest character of each "
                "position would score."
            ),
        )
        if experiment.encoding.writes_characters:
            _metric(
                say("Digits right"),
                percent(event.check_accuracy),
                say("a lucky guess: {share}", share=percent(guess_characters)),
                asked
                + " "
                + say(
                    "The spaces that pad an answer count too, so this flatters; that is why even guessing scores. "
                    "Without padding, it is {share}.",
                    share=percent(event.unpadded_accuracy),
                ),
            )
        _metric(
            say("Loss"),
            figure(event.check_loss, 4),
            say("training {loss}", loss=figure(event.loss, 4)),
            asked + " " + say("Below it, the mean over the last epoch's training questions."),
        )
    there_are = experiment.task.held_out_questions or experiment.task.distinct_questions
    if n < min(_FEW_QUESTIONS, there_are):  # More would have taken too long.
        st.caption(_interval_note(event.exact_match, n))


def _asked(experiment: Experiment, n: int) -> str:
    """What the check questions are, of which there are `n`."""
    return say(
        counted(
            "On {n} question that it never saw, always the same.",
            "On {n} questions that it never saw, always the same.",
            n=n,
        )
        if experiment.task.held_out
        else counted(
            "On {n} new question, always the same. It may have practised it.",
            "On {n} new questions, always the same. It may have practised them.",
            n=n,
        )
    )


def _interval_note(share: float, n: int) -> str:
    """Where the share of right answers to `n` questions really lies."""
    low, high = evaluation.wilson_interval(share, n)
    return say(
        counted(
            "{n} question was asked, which leaves {low} to {high} ({sure} sure).",
            "{n} questions were asked, which leaves {low} to {high} ({sure} sure).",
            n=n,
            sure="95%",
            low=percent(low),
            high=percent(high),
        )
    )


def _metric(label: str, value: str, beside: str, text: str) -> None:
    st.metric(label, value, beside, delta_color="off", delta_arrow="off", border=True, help=text)


def _best_epoch_note(view: RunView) -> None:
    """Say which epoch was the best, if it was not the last, and why."""
    best = max(view.events, key=lambda event: (event.exact_match, event.epoch))
    if view.events[-1].exact_match < best.exact_match:
        st.caption(
            say(
                "The best epoch was {epoch}, with {share} of whole answers right. A late dip is common: the last steps "
                "were taken at a learning rate that still shakes the weights. “Keep the best epoch” under Settings "
                "keeps the best, and a final learning rate calms the end.",
                epoch=best.epoch,
                share=percent(best.exact_match),
            )
        )
