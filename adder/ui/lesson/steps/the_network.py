"""Encoder, bridge, decoder, softmax, drawn with the real shapes."""

from __future__ import annotations

import streamlit as st

from adder.analysis.layer_summary import bridgeless_error, parts
from adder.base.messages import marked
from adder.presets import PRESETS, preset
from adder.ui.charts import network_diagram
from adder.ui.drawing import draw
from adder.ui.formats import weights
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, prose

TITLE = marked("The network")


def show() -> dict[str, str]:
    """Draw the network of an experiment, with its bridge or without."""
    prose.about(
        "The **encoder** reads the question character by character and keeps one state, which at the end holds "
        "all that it knows of the question. The **decoder** writes the answer character by character, and a "
        "**softmax** layer, the same at each step, turns its state into a probability for every symbol. Between "
        "them a bridge hands the encoder's last state to every step of the decoder."
    )
    name = st.selectbox(
        say("Experiment"),
        list(PRESETS),
        format_func=lambda each: say(PRESETS[each].label),
        key=choices.start("preset", "seq2seq", list(PRESETS)),
        persist_state="session",
    )
    experiment = preset(name)
    found, error = parts(experiment), bridgeless_error(experiment)
    bridge = not st.toggle(
        say("Take the bridge away"),
        key=choices.switch("nobridge"),
        persist_state="session",
        disabled=error is None,
        help=say("What happens if the encoder's last state goes to the decoder as it is."),
    )
    bridge = bridge or error is None
    language = session_language()
    alt = "; ".join(f"{say(part.label)}: {' × '.join(map(str, part.shape))}" for part in found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw(
            network_diagram.diagram_frame(language, found, bridge),
            network_diagram.diagram_chart(language, len(found)),
            alt,
        )
    with right:
        st.metric(say("All together"), weights(experiment.weights), border=True)
        st.caption(
            say(
                "Beside each part stands what it hands on for one question: one square a step, and the shape as "
                "steps × numbers a step. Where a shape is a single number, no steps are left."
            )
        )
        if not bridge and error:
            st.error(
                say(
                    "Keras refuses to build it. The decoder expects three dimensions, questions × steps × numbers, "
                    "and gets two, since the encoder's last state has no steps:"
                ),
                icon=":material/error:",
            )
            st.code(f"ValueError: {error}", language=None, wrap_lines=True)
        st.markdown(say(PRESETS[name].blurb))
    prose.notice(
        "Whatever the question, all of it has to go through that one vector in the middle: the bottleneck. "
        "Returning all states of the encoder would give steps again, but as many as the question has, not as the "
        "answer has; repeating the last one gives exactly as many as are to be written."
    )
    return {"preset": name, "nobridge": "1"} if not bridge else {"preset": name}
