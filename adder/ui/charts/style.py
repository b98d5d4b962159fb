"""What all charts share: colours, the encodings of cells, and the form Streamlit draws charts from.

One colour has one meaning in every chart. The colours are those of Okabe & Ito (2008), which people with any colour
vision can tell apart, and each stands out from the light and from the dark background.

A chart and its data stay apart. A chart depends on a few plain values, so its specification is made once and cached.
Only the data is made anew while a network learns.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import altair as alt

Specification = dict[str, Any]

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8F98"
PINK, SKY, AMBER = "#CC79A7", "#56B4E9", "#E69F00"
RUNS = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, GREY, "#7A5195")  # of runs drawn over one another
INK = "currentColor"  # charts are SVG, so their text takes the page's colour in light and in dark

SPACE = "␣"  # how padding is shown

_SPECIFICATIONS_CACHED = 64  # of each chart
_Given = ParamSpec("_Given")


def specification(build: Callable[_Given, alt.Chart | alt.LayerChart]) -> Callable[_Given, Specification]:
    """A function that builds a chart as one that returns its specification, cached by its arguments."""

    @functools.lru_cache(maxsize=_SPECIFICATIONS_CACHED)
    def cached(*args: Any, **kwargs: Any) -> Specification:
        found: Specification = without_data(build(*args, **kwargs).to_dict())
        return found

    @functools.wraps(build)
    def made(*args: Any, **kwargs: Any) -> Specification:
        return cached(*args, **kwargs)

    return made


def cell_axis() -> alt.Axis:
    """The axis of a chart of cells, whose labels stand upright beside them."""
    return alt.Axis(labelAngle=0, labelFontSize=13, ticks=False, domain=False)


def filled_by(share: str) -> alt.FillOpacity:
    """Cells that are the fuller, the nearer to 1 the column `share` is."""
    return alt.FillOpacity(f"{share}:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 1]), legend=None)


def readable_on(share: str) -> Any:
    """The colour of text on cells that are `filled_by` a column: white on full ones."""
    return alt.when(f"datum.{share} > 0.65").then(alt.value("white")).otherwise(alt.value(INK))


def shown(symbol: str) -> str:
    """A symbol as a chart shows it.

    >>> shown(" "), shown("7"), shown("-"), shown("*")
    ('␣', '7', '−', '×')
    """
    return _SHOWN.get(symbol, symbol)


_SHOWN = {" ": SPACE, "-": "−", "*": "×"}


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
