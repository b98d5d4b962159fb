"""Which digit was written where another was true."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.ui.charts.style import BLUE, GREY, ORANGE, cell_axis, filled_by, readable_on, specification
from adder.ui.language import Language

NO_DIGIT = "–"
_DIGITS = [str(digit) for digit in range(10)]
_HEIGHT = 380


def confusion_frame(found: NDArray[np.int64] | None) -> pd.DataFrame:
    """One row a cell: truth, written, times, share (of the times that digit was true), right.

    Args:
        found: How often each true digit (a row) was written as which (a column; the last is none), or None.
    """
    counts = np.zeros((10, 11), np.int64) if found is None else found
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = [
        (truth, written, int(counts[row, column]), float(shares[row, column]), row == column)
        for row, truth in enumerate(_DIGITS)
        for column, written in enumerate([*_DIGITS, NO_DIGIT])
    ]
    return pd.DataFrame(rows, columns=["truth", "written", "times", "share", "right"])


@specification
def confusion_chart(language: Language) -> alt.LayerChart:
    """A row a true digit; darker is oftener, right answers lie on the diagonal, and wrong ones carry their count."""
    say = language.say
    base = alt.Chart().encode(
        x=alt.X("written:N", sort=[*_DIGITS, NO_DIGIT], title=say("written digit (– is none)"), axis=cell_axis()),
        y=alt.Y("truth:N", sort=_DIGITS, title=say("true digit"), axis=cell_axis()),
        tooltip=[
            alt.Tooltip("truth:N", title=say("true digit")),
            alt.Tooltip("written:N", title=say("written digit")),
            alt.Tooltip("times:Q", title=say("how often")),
            alt.Tooltip("share:Q", format=".1%", title=say("share")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, stroke=GREY, strokeWidth=0.4).encode(
        fill=alt.when("datum.right").then(alt.value(BLUE)).otherwise(alt.value(ORANGE)), fillOpacity=filled_by("share")
    )
    counts = (
        base.mark_text(fontSize=12, fontWeight="bold")
        .encode(text="times:Q", color=readable_on("share"))
        .transform_filter("datum.times > 0")
    )
    return (cells + counts).properties(height=_HEIGHT)
