"""Draws a chart on a page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from adder.ui import session
from adder.ui.charts.style import Specification, larger

_LARGER = {"axis": {"labelFontSize": 17, "titleFontSize": 18}, "legend": {"labelFontSize": 17, "titleFontSize": 17}}


def draw(frame: pd.DataFrame, chart: Specification, alt: str, *, projected: int | None = None) -> None:
    """Draw a chart so that new data moves it without drawing it anew.

    Streamlit does so if the data comes beside the specification, and the specification and `alt` stay the same.

    Args:
        frame: The data.
        chart: The specification, without data.
        alt: What the chart shows, in the session's language, for people who cannot see it.
        projected: Its height for a projector, where it may not become as much higher as its type becomes larger.
    """
    if session.presented():
        chart = {**larger(chart), "config": _LARGER} | ({"height": projected} if projected else {})
    st.vega_lite_chart(frame, chart, width="stretch", alt=alt)
