"""A look inside the network while it answers: states, gates and attention of whichever answers now."""

from __future__ import annotations

import streamlit as st

from adder.analysis.look_inside import Inside, look_inside
from adder.base.errors import AdderError
from adder.base.messages import marked
from adder.ui import question_box
from adder.ui.charts import states_and_attention as charts
from adder.ui.drawing import draw
from adder.ui.language import say, session_language
from adder.ui.markdown import sentence

LABEL = marked("Look inside")
ICON = ":material/neurology:"

_STATES = marked("states")
GATES = {
    "input": marked("input gate"),
    "forget": marked("forget gate"),
    "output": marked("output gate"),
    "update": marked("update gate"),
    "reset": marked("reset gate"),
    "candidate": marked("candidate"),
}
_MOST_STEPS = 40  # rows that can be told apart


def show() -> None:
    """Draw the panel for one question."""
    solver, who = question_box.answering()
    task = solver.experiment.task
    st.caption(who)
    question = st.text_input(say("Ask it a question"), task.example, key=f"inside {task.example}")
    try:
        inside = look_inside(solver, question)
    except AdderError as error:
        st.warning(sentence(error), icon=":material/edit:")
        return
    if len(inside.read) > _MOST_STEPS:
        st.info(say("This question has too many steps to draw; ask a shorter one."), icon=":material/width:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _units(inside)
    with right:
        _attention(inside)
        _walk(inside)
    if inside.carries:
        carries = " ".join(map(str, reversed(inside.carries)))
        st.caption(say("On paper the columns carry, from the left: {carries}.", carries=carries))


def _units(inside: Inside) -> None:
    """States or gates of a layer, a row a step."""
    layers = [layer.name for layer in inside.layers]
    name = st.selectbox(say("Layer"), layers, key="inside layer")
    layer = inside.layer(name or layers[0])
    offered = ["", *(gate for gate in GATES if gate in layer.gates)]
    gate = st.segmented_control(
        say("What of its units"),
        offered,
        format_func=lambda each: say(GATES[each]) if each else say(_STATES),
        default="",
        required=True,
        key=f"inside gate {layer.name}",
    )
    names = charts.step_names(inside) if layer.at == "read" else charts.written_names(inside)
    frame = charts.unit_frame(inside, layer.name, gate or "")
    chart = charts.unit_chart(session_language(), tuple(names), (gate or "") not in ("", "candidate"))
    draw(frame, chart, say("Each unit of the layer at each step"))
    st.caption(
        say(
            "A column is a unit, a row a step. A gate is open where it is blue; a state is blue above zero, orange "
            "below."
        )
    )


def _attention(inside: Inside) -> None:
    if inside.attention is None:
        return
    read, written = tuple(charts.step_names(inside)), tuple(charts.written_names(inside))
    draw(
        charts.look_frame(inside, inside.attention),
        charts.look_chart(session_language(), read, written),
        say("How much each written character looks at each character of the question"),
    )
    st.caption(
        say("A row is a character of the answer, in the order of writing; it looks at the columns that are dark.")
    )


def _walk(inside: Inside) -> None:
    walking = [layer.name for layer in inside.layers if layer.at != "whole" and len(layer.states) > 1]
    if not walking:
        return
    name = st.selectbox(say("Way of the states of"), walking, key="inside walk")
    draw(
        charts.walk_frame(inside, name or walking[0]),
        charts.walk_chart(session_language()),
        say("The way of the layer's state through the question"),
    )
    st.caption(say("○ is where it starts. The state is drawn on the plane in which it moves most; darker is later."))
