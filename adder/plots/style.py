"""What all charts share: colours, the encodings of cells, and how symbols are shown.

One colour has one meaning in every chart. The colours are those of Okabe & Ito (2008), which people with any colour
vision can tell apart, and each stands out from the light and from the dark background.

A chart and its data stay apart. A chart depends on a few plain values, so that a page makes it once and keeps it. Only
the data is made anew while a network learns.
"""

from __future__ import annotations

from typing import Any

import altair as alt

Chart = alt.Chart | alt.LayerChart

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8F98"
PINK, SKY, AMBER = "#CC79A7", "#56B4E9", "#E69F00"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, GREY, "#7A5195")  # Runs in one chart take them in turn.
INK = "currentColor"  # Text takes the page's colour, in light and in dark.
AS_SVG = {"embedOptions": {"renderer": "svg"}}  # Text on a canvas would be black in the dark, too.

SPACE = "␣"  # This sign stands for padding.


def type_of(size: int) -> dict[str, Any]:
    """The type of axes and legends, as dark as the text around; Vega's own is too faint to read at a distance."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": size, "titleFontSize": size + 1}
    return {"axis": text, "legend": text}


def cell_axis() -> alt.Axis:
    """The axis of a chart of cells, whose labels stand upright beside them."""
    return alt.Axis(labelAngle=0, labelFontSize=13, ticks=False, domain=False)


def filled_by(share: str) -> alt.FillOpacity:
    """Cells that look fuller as the column `share` comes nearer to 1."""
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
