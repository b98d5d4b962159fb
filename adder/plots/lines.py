"""Lines over the epochs of runs, which the charts of one run and of several share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from adder.base.language import Language
from adder.solvers.results import Epoch

LEAST_LOSS = 1e-9  # A logarithmic scale has no zero.
_MOST_EPOCHS_DRAWN = 150  # More would not make the line finer, only the page slower.

Styles = Mapping[str, tuple[str, Sequence[int]]]
"""Each line's name, with its colour and its dash."""


def line_frame(points: Sequence[tuple[int, str, float]]) -> pd.DataFrame:
    """One row a point: x, series, value."""
    xs, series, values = zip(*points, strict=True) if points else ((), (), ())
    # Building by columns is six times as fast as by rows: a class draws hundreds of these a minute.
    return pd.DataFrame(
        {"x": np.array(xs, np.int64), "series": pd.array(series, dtype="str"), "value": np.array(values, np.float64)}
    )


def thinned(epochs: Sequence[Epoch]) -> Sequence[Epoch]:
    """At most about 150 epochs, evenly chosen, and always the last."""
    stride = -(-len(epochs) // _MOST_EPOCHS_DRAWN) or 1
    return [epoch for epoch in epochs if epoch.epoch % stride == 0 or epoch is epochs[-1]]


def share_axis(title: str) -> alt.Y:
    """Shares from 0 to 100 %."""
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    return alt.Y("value:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=axis)


def log_axis(title: str, powers: range) -> alt.Y:
    """A logarithmic axis that spans these powers of ten; what lies outside is drawn at its edge."""
    decades = [10.0**power for power in powers]
    scale = alt.Scale(type="log", domain=[decades[0], decades[-1]], clamp=True)
    return alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(format="~g", values=decades))


def loss_axis(title: str, on_characters: bool) -> alt.Y:
    """Losses: nats a character, or squared errors of scaled numbers, which get far smaller."""
    return log_axis(title, range(-5, 2) if on_characters else range(-9, 1))


def line_chart(
    language: Language,
    styles: Styles,
    x: tuple[str, int],
    y: alt.Y,
    value_format: str,
    height: int,
) -> alt.Chart:
    """A line a series, each with its colour and its dash.

    Args:
        language: What the titles are in.
        styles: The lines, in the order of the legend.
        x: The title of the horizontal axis, and where it ends.
        y: The vertical axis.
        value_format: How a value is written when somebody points at it.
        height: The height in pixels.
    """
    say = language.say
    title, end = x
    legend = alt.Legend(orient="top", title=None, columns=2, symbolType="stroke", symbolSize=300, labelLimit=420)
    colours = alt.Scale(domain=list(styles), range=[colour for colour, _ in styles.values()])
    dashes = alt.Scale(domain=list(styles), range=[dash for _, dash in styles.values()])
    axis = alt.Axis(format="~s", tickMinStep=1, tickCount=6)
    return (
        alt.Chart()
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("x:Q", title=title, scale=alt.Scale(domain=[0, end]), axis=axis),
            y=y,
            color=alt.Color("series:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=legend),
            tooltip=[
                alt.Tooltip("series:N", title=say("curve")),
                alt.Tooltip("x:Q", format=",", title=title),
                alt.Tooltip("value:Q", format=value_format, title=say("value")),
            ],
        )
        .properties(height=height)
    )
