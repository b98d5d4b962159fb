"""Draws a chart on a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from adder.plots.style import AS_SVG, Chart, type_of
from adder.ui import session

Specification = dict[str, Any]

_USUAL, _LARGER = type_of(13), type_of(17)
_SPECIFICATIONS_KEPT = 512


@lru_cache(maxsize=_SPECIFICATIONS_KEPT)
def specification(build: Callable[..., Chart], *given: Any) -> Specification:
    """The specification that a function of `adder.plots` builds from these values, without data; it is made once."""
    found: Specification = without_data(build(*given).to_dict())
    return found


def draw(
    frame: pd.DataFrame, chart: Specification, alt: str, *, projected: int | None = None, square: bool = False
) -> None:
    """Draw a chart so that new data moves it without drawing it again.

    Streamlit does so if the data is apart from the specification, and the specification and `alt` stay the same.

    Args:
        frame: The data.
        chart: The chart, as `specification` has made it.
        alt: What the chart shows, in the session's language, for people who cannot see it.
        projected: Its height for a projector, if it may not grow as much as its type.
        square: Whether the chart has a width of its own instead of the page's.
    """
    if session.presented():
        chart = {**larger(chart), "config": _LARGER} | ({"height": projected} if projected else {})
    else:
        chart = {**chart, "config": _USUAL}
    chart["usermeta"] = AS_SVG  # Streamlit draws thousands of cells on a canvas otherwise.
    # The height is given too, so that there is room for the chart before its library is loaded.
    st.vega_lite_chart(frame, chart, width="content" if square else "stretch", height=chart["height"], alt=alt)


def without_data(part: Any) -> Any:
    """A specification without the empty data that Altair adds to a chart that has none."""
    if isinstance(part, dict):
        return {key: without_data(value) for key, value in part.items() if key not in ("data", "datasets")}
    return [without_data(each) for each in part] if isinstance(part, list) else part


def larger(part: Any, factor: float = 1.35) -> Any:
    """A specification with its type, its height and the distances between lines enlarged, for a projector.

    >>> larger({"height": 100, "mark": {"type": "text", "fontSize": 20}, "encoding": {"x": {"title": "epoch"}}})
    {'height': 135, 'mark': {'type': 'text', 'fontSize': 27}, 'encoding': {'x': {'title': 'epoch'}}}
    """
    if isinstance(part, dict):
        return {
            key: round(value * factor) if key in _LENGTHS and isinstance(value, int) else larger(value, factor)
            for key, value in part.items()
        }
    return [larger(each, factor) for each in part] if isinstance(part, list) else part


_LENGTHS = ("height", "width", "fontSize", "labelFontSize", "titleFontSize", "labelLimit", "dx", "dy", "yOffset")
