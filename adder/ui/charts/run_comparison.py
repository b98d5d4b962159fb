"""Several runs on the same axes, by epoch or by the questions they have seen, each with a colour and a dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from adder.solvers.results import Epoch
from adder.ui.charts.epoch_curves import thinned
from adder.ui.charts.style import RUNS, SPECIFICATIONS_KEPT, Specification, without_data
from adder.ui.language import Language

_HEIGHT = 380
_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
_LEAST_ERROR, _LARGEST_ERROR = 0.001, 100.0
_DECADES = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]


def error_frame(runs: Mapping[str, tuple[Sequence[Epoch], int]]) -> pd.DataFrame:
    """The root mean squared error of networks on scaled numbers, in units of the sum: columns x, series, value.

    Args:
        runs: Name -> the epochs, whose loss is the mean square of the scaled error, and what sums were divided by.
    """
    rows = [
        (event.epoch, name, min(max(event.check_loss**0.5 * scale, _LEAST_ERROR), _LARGEST_ERROR))
        for name, (events, scale) in runs.items()
        for event in thinned(events)
    ]
    return _frame(rows)


def exact_match_frame(runs: Mapping[str, Sequence[Epoch]]) -> pd.DataFrame:
    """Exact match by questions seen: columns x, series, value."""
    rows = [(event.samples, name, event.exact_match) for name, events in runs.items() for event in thinned(events)]
    return _frame(rows)


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def error_chart(language: Language, names: tuple[str, ...], epochs: int) -> Specification:
    """Error by epoch, on a logarithmic scale from a thousandth to a hundred."""
    say = language.say
    y = alt.Y(
        "value:Q",
        title=say("RMSE, in units of the sum"),
        scale=alt.Scale(type="log", domain=[_LEAST_ERROR, _LARGEST_ERROR], clamp=True),
        axis=alt.Axis(values=_DECADES, format="~g"),
    )
    return _lines(language, names, epochs, say("epoch"), y, ".3~g", legend_columns=2)


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def exact_match_chart(language: Language, names: tuple[str, ...], samples: int) -> Specification:
    """Exact match by questions seen, from 0 to 100 %."""
    say = language.say
    y = alt.Y(
        "value:Q",
        title=say("exact match"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%"),
    )
    return _lines(language, names, samples, say("questions seen in training"), y, ".1%", legend_columns=1)


def _lines(
    language: Language,
    names: tuple[str, ...],
    largest: int,
    title: str,
    y: alt.Y,
    value_format: str,
    legend_columns: int,
) -> Specification:
    say = language.say
    colours = alt.Scale(domain=list(names), range=[RUNS[place % len(RUNS)] for place in range(len(names))])
    dashes = alt.Scale(domain=list(names), range=[_DASHES[place % len(_DASHES)] for place in range(len(names))])
    legend = alt.Legend(
        orient="top", title=None, columns=legend_columns, symbolType="stroke", symbolSize=400, labelLimit=300
    )
    chart = (
        alt.Chart()
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=16))
        .encode(
            x=alt.X(
                "x:Q",
                title=title,
                scale=alt.Scale(domain=[0, largest]),
                axis=alt.Axis(format="~s", tickMinStep=1, tickCount=6),
            ),
            y=y,
            color=alt.Color("series:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=legend),
            tooltip=[
                alt.Tooltip("series:N", title=say("curve")),
                alt.Tooltip("x:Q", format=",", title=title),
                alt.Tooltip("value:Q", format=value_format, title=say("value")),
            ],
        )
        .properties(height=_HEIGHT)
    )
    return without_data(chart.to_dict())


def _frame(rows: Sequence[tuple[int, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["x", "series", "value"]).astype({"x": "int64", "value": "float64"})
