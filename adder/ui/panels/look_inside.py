"""A look inside the network while it answers: states, gates and the carry unit of whichever answers now."""

from __future__ import annotations

import streamlit as st

from adder.analysis.carry_probe import carry_probe, has_columns
from adder.analysis.look_inside import Inside, look_inside
from adder.base.errors import AdderError
from adder.plots.step_names import MOST_STEPS
from adder.plots.unit_activity import NAMES
from adder.ui import inside_pictures, on_stage, stage, take_home
from adder.ui.language import say
from adder.ui.markdown import plain, sentence

ICON = ":material/neurology:"


def show() -> None:
    """Draw the panel for one question."""
    solver, who = on_stage.answering()
    st.caption(who)
    take_home.show("inside", on_stage.newest()[0])
    question = stage.question(solver.experiment)
    st.markdown(f"## {plain(question)}")
    try:
        inside = look_inside(solver, question)
    except AdderError as error:
        st.warning(sentence(error), icon=":material/edit:")
        return
    if len(inside.read) > MOST_STEPS:
        st.info(say("This question has too many steps to draw; ask a shorter one."), icon=":material/width:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _units(inside)
    with right:
        columns = has_columns(solver.experiment, len(inside.layers[-1].states), len(inside.written))
        if columns and (probe := carry_probe(solver)):
            inside_pictures.draw_carry_unit(inside, probe)
        _path(inside)
    if inside.carries:
        carries = " ".join(map(str, reversed(inside.carries)))
        st.caption(
            say("Carries on paper, from the left: {carries}.", carries=carries)
            if any(inside.carries)
            else say("No carry in this sum.")
        )


def _units(inside: Inside) -> None:
    layers = [layer.name for layer in inside.layers]
    name = st.selectbox(say("Layer"), layers, key="inside layer")
    layer = inside.layer(name or layers[0])
    gate = st.segmented_control(
        say("Show"),
        [gate for gate in NAMES if not gate or gate in layer.gates],
        format_func=lambda each: say(NAMES[each]),
        default="",
        required=True,
        wrap=True,
        key=f"inside gate {layer.name}",
    )
    inside_pictures.draw_units(inside, layer.name, gate or "", say("Each unit of the layer at each step"))
    st.caption(
        say(
            "A column is a unit, a row a step. A gate is open where it is blue; a state is blue above zero, orange "
            "below."
        )
    )


def _path(inside: Inside) -> None:
    moving = [layer.name for layer in inside.layers if layer.at != "whole" and len(layer.states) > 1]
    if not moving:
        return
    name = st.selectbox(say("Path of the memory of"), moving, key="inside walk")
    inside_pictures.draw_path(inside, name or moving[0], say("The path of the layer's state through the question"))
    st.caption(say("○ is where it starts. The state is drawn on the plane in which it moves most; darker is later."))
