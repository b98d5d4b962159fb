"""Draws a chart on a page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from adder.ui import session
from adder.ui.charts.style import INK, Specification, larger


def _type(size: int) -> Specification:
    """The type of axes and legends, as dark as the page's text; Streamlit's is too faint to read at a distance."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": size, "titleFontSize": size + 1}
    return {"axis": text, "legend": text}


_USUAL, _LARGER = _type(13), _type(17)


def draw(
    frame: pd.DataFrame, chart: Specification, alt: str, *, projected: int | None = None, square: bool = False
) -> None:
    """Draw a chart so that new data moves it without drawing it anew.

    Streamlit does so if the data comes beside the specification, and the specification and `alt` stay the same.

    Args:
        frame: The data.
        chart: The specification, without data.
        alt: What the chart shows, in the session's language, for people who cannot see it.
        projected: Its height for a projector, where it may not become as much higher as its type becomes larger.
        square: Whether the chart has a width of its own, rather than that of the page.
    """
    if session.presented():
        chart = {**larger(chart), "config": _LARGER} | ({"height": projected} if projected else {})
    else:
        chart = {**chart, "config": _USUAL}
    st.vega_lite_chart(frame, chart, width="content" if square else "stretch", alt=alt)
