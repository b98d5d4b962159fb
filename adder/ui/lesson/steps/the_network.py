"""The network: encoder, bridge, decoder and softmax, drawn with their real shapes."""

from __future__ import annotations

import streamlit as st

from adder.analysis.layer_summary import Part, parts
from adder.base.messages import marked
from adder.plots import network_diagram
from adder.presets import PRESETS, preset
from adder.ui.drawing import draw, specification
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, prose
from adder.ui.lesson.sketch import HEAD, OPEN, TILE, Sketch

TITLE = marked("The network")
NAME = marked("Network")


def show() -> dict[str, str]:
    """Draw the network of an experiment, with its bridge or without."""
    left, right = prose.sides()
    with left:
        prose.about(
            "An **encoder** reads the question into one state. A **decoder** writes the answer from it. A **bridge** "
            "between them hands the state over."
        )
        name = st.selectbox(
            say("Experiment"),
            list(PRESETS),
            format_func=lambda each: say(PRESETS[each].label),
            key=choices.start("preset", "seq2seq", list(PRESETS)),
            persist_state="session",
        )
        found = parts(preset(name))
        # A bridge of a single step hands over no sequence, and could be left out.
        bridge = next((part for part in found if part.role == "bridge" and len(part.shape) == 2), None)
        answers = say("It learns more slowly"), say("It cannot be built"), say("Nothing changes")
        guessed = prose.guess("bridge", say("Take the bridge away. What happens?"), answers, lambda: _sketch(found))
        gone = guessed and st.toggle(
            say("Take the bridge away"),
            key=choices.switch("nobridge"),
            persist_state="session",
            disabled=bridge is None,
        )
    gone = gone and bridge is not None
    with right:
        alt = "; ".join(f"{say(part.label)}: {' × '.join(map(str, part.shape))}" for part in found)
        language = session_language()
        chart = specification(network_diagram.diagram_chart, language, len(found))
        draw(network_diagram.diagram_frame(language, found, not gone), chart, alt)
        if gone and bridge:
            st.error(
                say(
                    "It cannot be built: the decoder needs a state for each of the {n} characters that it writes, and "
                    "there is only one.",
                    n=bridge.shape[0],
                ),
                icon=":material/error:",
            )
        if guessed:
            _notice(found)
    return {"preset": name, "nobridge": "1"} if gone else {"preset": name}


def _sketch(found: tuple[Part, ...]) -> Sketch:
    return Sketch(
        [
            [(say(part.label), OPEN if part.role == "bridge" else TILE), (" × ".join(map(str, part.shape)), HEAD)]
            for part in found
        ]
    )


def _notice(found: tuple[Part, ...]) -> None:
    """What to notice in a network of these parts."""
    shapes = {part.role: part.shape for part in found}  # Of several encoders, the last one counts.
    if "attention" in shapes or len(shapes.get("encoder", ())) == 2:
        prose.notice(
            "With **attention** the decoder looks back at every character that was read, so not everything has to go "
            "through one state."
        )
    elif "bridge" in shapes:
        prose.notice(
            "Whatever the question, all of it goes through the one state in the middle: the **bottleneck**. The bridge "
            "repeats it, once for each character of the answer."
        )
    else:
        prose.notice("Nothing here is squeezed into one state, so this network has no bridge and no bottleneck.")
