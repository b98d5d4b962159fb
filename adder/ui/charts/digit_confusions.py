"""Which digit was written where another was true."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.ui.charts.style import BLUE, GREY, INK, ORANGE, SPECIFICATIONS_KEPT, Specification, without_data
from adder.ui.language import Language

NO_DIGIT = "–"
_DIGITS = [str(digit) for digit in range(10)]
_HEIGHT = 380


def confusion_frame(found: NDArray[np.int64] | None) -> pd.DataFrame:
    """One row a cell: truth, written, times, share of the times that digit was true, and right; None for no answers."""
    counts = np.zeros((10, 11), np.int64) if found is None else found
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = [
        (truth, written, int(counts[row, column]), float(shares[row, column]), row == column)
        for row, truth in enumerate(_DIGITS)
        for column, written in enumerate([*_DIGITS, NO_DIGIT])
    ]
    return pd.DataFrame(rows, columns=["truth", "written", "times", "share", "right"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def confusion_chart(language: Language) -> Specification:
    """A row a true digit; darker is oftener, right answers lie on the diagonal, and wrong ones carry their count."""
    say = language.say
    axis = alt.Axis(labelAngle=0, labelFontSize=13, ticks=False, domain=False)
    base = alt.Chart().encode(
        x=alt.X("written:N", sort=[*_DIGITS, NO_DIGIT], title=say("written digit (– is none)"), axis=axis),
        y=alt.Y("truth:N", sort=_DIGITS, title=say("true digit"), axis=axis),
        tooltip=[
            alt.Tooltip("truth:N", title=say("true digit")),
            alt.Tooltip("written:N", title=say("written digit")),
            alt.Tooltip("times:Q", title=say("how often")),
            alt.Tooltip("share:Q", format=".1%", title=say("share")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, stroke=GREY, strokeWidth=0.4).encode(
        fill=alt.when("datum.right").then(alt.value(BLUE)).otherwise(alt.value(ORANGE)),
        fillOpacity=alt.FillOpacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 1]), legend=None),
    )
    counts = (
        base.mark_text(fontSize=12, fontWeight="bold")
        .encode(
            text="times:Q",
            color=alt.when("datum.share > 0.65").then(alt.value("white")).otherwise(alt.value(INK)),
        )
        .transform_filter("datum.times > 0")
    )
    return without_data((cells + counts).properties(height=_HEIGHT).to_dict())
