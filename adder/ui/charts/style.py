"""What all charts share: colours, dashes, sizes, and the form Streamlit draws them from.

One colour, and one dash, for one meaning in every chart; the colours are those of Okabe & Ito (2008), which people
with any colour vision can tell apart, and each stands out from the light and from the dark background.

A chart and its data stay apart. What a chart looks like depends on a few plain values, so its specification is made
once and kept; the data, one frame an epoch, is all that is made anew while a network learns.
"""

from __future__ import annotations

from typing import Any

Specification = dict[str, Any]

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8F98"
PINK, SKY, AMBER = "#CC79A7", "#56B4E9", "#E69F00"
RUNS = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, GREY, "#7A5195")  # of runs that are laid over one another
RIGHT, WRONG = GREEN, ORANGE
INK = "currentColor"  # of text in a chart: the page's own, in light and in dark, since charts are drawn as SVG

SPECIFICATIONS_KEPT = 64
SPACE = "␣"  # how padding is shown


def shown(symbol: str) -> str:
    """A symbol as a chart shows it.

    >>> shown(" "), shown("7")
    ('␣', '7')
    """
    return SPACE if symbol == " " else symbol


def without_data(part: Any) -> Any:
    """A specification without the empty data that Altair puts in where a chart is given none."""
    if isinstance(part, dict):
        return {key: without_data(value) for key, value in part.items() if key not in ("data", "datasets")}
    return [without_data(each) for each in part] if isinstance(part, list) else part


def larger(part: Any, factor: float = 1.35) -> Any:
    """A specification with its type, its height and what keeps lines apart enlarged, for a projector.

    >>> larger({"height": 100, "mark": {"type": "text", "fontSize": 20}, "encoding": {"x": {"title": "epoch"}}})
    {'height': 135, 'mark': {'type': 'text', 'fontSize': 27}, 'encoding': {'x': {'title': 'epoch'}}}
    """
    if isinstance(part, dict):
        return {
            key: round(value * factor) if key in _LENGTHS and isinstance(value, int) else larger(value, factor)
            for key, value in part.items()
        }
    return [larger(each, factor) for each in part] if isinstance(part, list) else part


_LENGTHS = ("height", "fontSize", "labelFontSize", "titleFontSize", "labelLimit", "dx", "dy", "yOffset")
