"""Draws what happens in a network while it answers, for the panel."""

from __future__ import annotations

import streamlit as st

from adder.analysis.carry_probe import CarryProbe, carried_on
from adder.analysis.look_inside import Inside
from adder.plots import carry_unit, state_path, unit_activity
from adder.plots.step_names import layer_names
from adder.ui.drawing import draw, specification
from adder.ui.formats import percent
from adder.ui.language import say, session_language


def draw_path(inside: Inside, layer: str, alt: str) -> None:
    """Draw the path of a layer's state."""
    draw(state_path.path_frame(inside, layer), specification(state_path.path_chart, session_language()), alt)


def draw_units(inside: Inside, layer: str, gate: str, alt: str) -> None:
    """Draw each unit of a layer at each step: its state, or one of its gates."""
    chart = specification(unit_activity.unit_chart, session_language(), tuple(layer_names(inside, layer)), gate)
    draw(unit_activity.unit_frame(inside, layer, gate), chart, alt)


def draw_carry_unit(inside: Inside, probe: CarryProbe) -> None:
    """Draw the state of the unit that follows the carry, at each column of a sum."""
    layer, language = inside.layer(probe.layer), session_language()
    names = layer_names(inside, probe.layer)
    says, carries = probe.says(layer.states), carried_on(inside)
    frame = carry_unit.carry_frame(language, names, layer.states[:, probe.unit], says, carries)
    chart = specification(carry_unit.carry_chart, language, tuple(frame["column"]), probe.threshold)
    draw(frame, chart, say("State of the unit that follows the carry, column by column"))
    st.caption(
        say(
            "Unit {unit} of {units}. Each circle shows what its column really carries; the dashed line is where "
            "the unit changes its mind. On sums that were not used to find it, it is right in {share} of all columns; "
            "always giving the commoner answer would be right in {guess}.",
            unit=probe.unit + 1,
            units=layer.units,
            share=percent(probe.agreement),
            guess=percent(probe.guess),
        )
    )
