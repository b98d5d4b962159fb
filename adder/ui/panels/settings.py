"""Every setting of the experiment, and what can be known of a run before it is trained."""

from __future__ import annotations

import math

import streamlit as st

from adder.analysis.cost_estimate import expected_seconds, expected_share_seen
from adder.base.messages import counted
from adder.experiment import Experiment
from adder.presets import PRESETS, preset
from adder.query import nearest_preset
from adder.ui import session, setting_widgets
from adder.ui.formats import duration, percent, short, weights
from adder.ui.language import say

ICON = ":material/tune:"

_LEAST_SECONDS = 20.0  # A shorter time is not worth an estimate, which is a hint and no promise.


def show() -> None:
    """Draw the panel."""
    experiment = session.experiment()
    name = nearest_preset(experiment)
    if experiment.replaced({"seed": 1}) == preset(name):
        st.caption(say(PRESETS[name].blurb))
    else:
        st.caption(say("Changed from: {preset}.", preset=say(PRESETS[name].label)))
        label = say("Back to the preset's settings")
        st.button(label, icon=":material/undo:", on_click=session.choose, args=(preset(name),))
    setting_widgets.show(experiment)
    st.markdown(facts(experiment))


def facts(experiment: Experiment) -> str:
    """What can be known before training: weights, distinct questions, the share that will be seen, the time."""
    task, training = experiment.task, experiment.training
    held_out = (
        say("**{n}** of them held out", n=short(task.held_out_questions)) if task.held_out else say("none held out")
    )
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
            share=_covered(expected_share_seen(experiment)),
        ),
    ]
    if (seconds := expected_seconds(experiment)) >= _LEAST_SECONDS:
        facts.append(say("about **{time}** to train, once compiled", time=duration(seconds)))
    return " · ".join(facts)


def _covered(share: float) -> str:
    if share >= 0.001:
        return percent(share)
    return say("one in {n}", n=short(round(1 / share))) if share > 0 and math.isfinite(1 / share) else percent(share)
