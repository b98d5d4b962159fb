"""The share of right answers for each pair of numbers, as a map."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from adder.analysis.error_map import ErrorMap
from adder.base.language import Language
from adder.plots.style import BLUE, GREY, ORANGE

_HEIGHT = 460
_LABELS_A_SIDE = 10


def map_frame(found: ErrorMap) -> pd.DataFrame:
    """One row a cell, with the share of its questions that are right.

    Columns first, first_end, second, second_end (the cell's edges, between numbers), first_name, second_name, right,
    asked.
    """
    rows, columns = (each.ravel() for each in np.indices(found.right.shape))
    return pd.DataFrame(
        {
            "first": found.starts[rows] - 0.5,
            "first_end": found.ends[rows] + 0.5,
            "second": found.starts[columns] - 0.5,
            "second_end": found.ends[columns] + 0.5,
            "first_name": _names(found, rows),
            "second_name": _names(found, columns),
            "right": found.right[rows, columns],
            "asked": found.asked,
        }
    )


def map_chart(language: Language) -> alt.Chart:
    """The share of right answers by first and second number: blue is right, orange wrong."""
    say = language.say
    axis = alt.Axis(format="~s", grid=False, tickCount=_LABELS_A_SIDE, tickMinStep=1)
    down, across = (alt.Scale(zero=False, nice=False, reverse=reverse) for reverse in (True, False))  # As on the stage.
    return (
        alt.Chart()
        .mark_rect(stroke=GREY, strokeWidth=0.25)
        .encode(
            x=alt.X("second:Q", title=say("second number"), axis=axis, scale=across),
            x2="second_end:Q",
            y=alt.Y("first:Q", title=say("first number"), axis=axis, scale=down),
            y2="first_end:Q",
            color=alt.Color(
                "right:Q",
                title=say("share right"),
                scale=alt.Scale(domain=[0, 0.5, 1], range=[ORANGE, "#E3D9C6", BLUE]),
                legend=alt.Legend(orient="top", format="%", gradientLength=180),
            ),
            tooltip=[
                alt.Tooltip("first_name:N", title=say("first number")),
                alt.Tooltip("second_name:N", title=say("second number")),
                alt.Tooltip("right:Q", format=".1%", title=say("share right")),
                alt.Tooltip("asked:Q", format=",", title=say("questions asked")),
            ],
        )
        .properties(height=_HEIGHT)
    )


def _names(found: ErrorMap, places: Sequence[int] | np.ndarray) -> list[str]:
    spans = zip(found.starts[places].tolist(), found.ends[places].tolist(), strict=True)
    return [f"{low:,}" if low == high else f"{low:,} – {high:,}" for low, high in spans]
