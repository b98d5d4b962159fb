"""Draws what happens in a network while it answers: for the panel and for the step of the lesson."""

from __future__ import annotations

import streamlit as st

from adder.analysis.look_inside import Inside
from adder.ui.charts import attention, state_path, unit_activity
from adder.ui.charts.step_names import layer_names, read_names, written_names
from adder.ui.drawing import draw
from adder.ui.language import say, session_language


def draw_path(inside: Inside, layer: str, alt: str) -> None:
    """Draw the path of a layer's state."""
    draw(state_path.path_frame(inside, layer), state_path.path_chart(session_language()), alt)


def draw_units(inside: Inside, layer: str, gate: str, alt: str) -> None:
    """Draw each unit of a layer at each step: its state, or one of its gates."""
    chart = unit_activity.unit_chart(session_language(), tuple(layer_names(inside, layer)), gate)
    draw(unit_activity.unit_frame(inside, layer, gate), chart, alt)


def draw_attention(inside: Inside, caption: str) -> None:
    """Draw where each written character looks, if the network has attention."""
    if inside.attention is None:
        return
    chart = attention.attention_chart(session_language(), tuple(read_names(inside)), tuple(written_names(inside)))
    alt = say("How much each written character looks at each character of the question")
    draw(attention.attention_frame(inside, inside.attention), chart, alt)
    st.caption(caption)
