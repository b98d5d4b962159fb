"""The playground: choose an experiment, train it live, watch it learn, ask it any question, and look closer.

A click draws the whole page. The three parts that move while a run trains are fragments, which redraw themselves
alone. What is wide or slow to work out is in panels below, of which one is open at a time.
"""

from __future__ import annotations

import math

import streamlit as st

from adder.analysis.cost_estimate import expected_seconds, expected_share_seen
from adder.base.errors import RunError
from adder.base.messages import counted, marked
from adder.experiment import Experiment
from adder.presets import PRESETS, preset
from adder.query import nearest_preset
from adder.runs.run import RunView
from adder.ui import (
    address,
    header,
    knobs,
    moving_part,
    panels,
    question_box,
    run_buttons,
    run_service,
    session,
    training_view,
    watched_run,
)
from adder.ui.draw_lock import one_at_a_time
from adder.ui.formats import duration, percent, short, weights
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import plain, sentence

TITLE = marked("Playground")
ICON = ":material/model_training:"
PATH = "playground"


def show() -> None:
    """Draw the page."""
    unknown = watched_run.unknown()
    trouble = address.load_experiment()
    header.show(say("Watch a neural network learn to add"))
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    view, lost = watched_run.poll()
    if lost:
        st.info(lost, icon=":material/history:")
    seconds = training_view.poll_seconds(view)
    right = st.container()
    if shows("ask"):
        left, right = st.columns([2, 3], gap="large")
        with left:  # drawn first, because its chart takes the browser longest
            st.fragment(question_box.show, run_every=seconds and 2 * seconds)()
    with right:
        run_buttons.show(view)
        st.fragment(one_at_a_time(training_view.status), run_every=seconds)()
        _choose_experiment(view)
    moving_part.show(one_at_a_time(training_view.curves), training_view.interval, seconds)
    panels.show()
    address.write(address.of_experiment() | panels.address())
    run_service.draw_again_once_known(unknown)  # last, because this starts the engine: the page comes first
    if text := run_service.get().store_trouble:
        st.warning(plain(say(text)), icon=":material/hard_drive:")


def _choose_experiment(view: RunView | None) -> None:
    experiment = session.experiment()
    name = nearest_preset(experiment)
    is_preset = experiment.replaced({"seed": 1}) == preset(name)

    def pick() -> None:
        session.choose(preset(st.session_state["preset"]))

    st.session_state["preset"] = name
    if shows("preset"):
        st.selectbox(
            say("Experiment"),
            list(PRESETS),
            format_func=lambda each: say(PRESETS[each].label),
            key="preset",
            on_change=pick,
            help=say("Each is a task, a way of writing it down, a network and a recipe for training it."),
        )
    label = say(PRESETS[name].label)
    st.caption(say(PRESETS[name].blurb) if is_preset else say("Changed from: {preset}.", preset=label))
    if shows("more"):
        more = st.expander(say("More"), icon=":material/tune:", key="more", on_change="rerun")
        if more.open:  # widgets that nobody sees would delay the first paint
            with more:
                knobs.show(experiment)
                if not is_preset:
                    st.button(say("Back to the preset's settings"), icon=":material/undo:", on_click=pick)
    st.markdown(_facts(experiment, view))
    if view is None and (why := run_service.get().refusal(experiment)):
        st.warning(sentence(RunError(why)), icon=":material/hourglass_disabled:")


def _facts(experiment: Experiment, view: RunView | None) -> str:
    """What can be known before training: weights, distinct questions, the share that will be seen, the time."""
    task, training = experiment.task, experiment.training
    held_out = (
        say("**{n}** of them held out", n=short(task.held_out_questions)) if task.held_out else say("none held out")
    )
    share = expected_share_seen(experiment)
    facts = [
        weights(experiment.weights),
        say(
            counted(
                "**{count}** distinct question, {held_out}",
                "**{count}** distinct questions, {held_out}",
                n=task.distinct_questions,
                count=short(task.distinct_questions),
                held_out=held_out,
            )
        ),
        say(
            "{samples} in {epochs}, covering {share} of all distinct questions",
            samples=counted("**{n:,}** sample", "**{n:,}** samples", n=training.epochs * training.samples),
            epochs=counted("{n:,} epoch", "{n:,} epochs", n=training.epochs),
            share=_covered(share),
        ),
        say("seed {seed}", seed=experiment.seed),
    ]
    if view is None:  # a run shows its own time
        facts.append(say("about **{time}** to train, once compiled", time=duration(expected_seconds(experiment))))
    return " · ".join(facts)


def _covered(share: float) -> str:
    if share >= 0.001:
        return percent(share)
    return say("one in {n}", n=short(round(1 / share))) if share > 0 and math.isfinite(1 / share) else percent(share)
