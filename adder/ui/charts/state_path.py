"""The path of a layer's state through the question, on the plane in which it moves most."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside, principal
from adder.ui.charts.step_names import layer_names
from adder.ui.charts.style import BLUE, GREY, specification
from adder.ui.language import Language

_HEIGHT = 400
_APART = 0.06  # of the picture's width: that of a label


def path_frame(inside: Inside, layer: str) -> pd.DataFrame:
    """One row a step of a layer, after one for the start: order, x, y, character, name."""
    found = inside.layer(layer)
    direction = -1 if found.backwards else 1
    names = layer_names(inside, layer)[::direction]
    start = np.zeros((1, found.units), np.float32)
    points = principal(np.concatenate([start, found.states[::direction]])).points
    labels = ["○", *(name.partition(": ")[2] for name in names)]
    return pd.DataFrame(
        {
            "order": range(len(points)),
            "x": points[:, 0].astype(float),
            "y": points[:, 1].astype(float),
            "character": [label if free else "" for label, free in zip(labels, _free(points), strict=True)],
            "name": ["", *names],
        }
    )


def _free(points: NDArray[np.floating]) -> list[bool]:
    """Whether each point lies apart from the labelled ones before it, so that its label would cover none."""
    apart = _APART * max(float(np.ptp(points, axis=0).max()), 1e-9)
    labelled: list[NDArray[np.floating]] = []
    found = []
    for point in points:
        found.append(all(np.abs(point - other).max() > apart for other in labelled))
        if found[-1]:
            labelled.append(point)
    return found


@specification
def path_chart(language: Language) -> alt.LayerChart:
    """A line from state to state; each point carries the character that led there, and later points are darker."""
    say = language.say
    axis = alt.Axis(labels=False, ticks=False, grid=True)
    scale = alt.Scale(zero=False, padding=26)
    base = alt.Chart().encode(
        x=alt.X("x:Q", title=say("first principal component"), axis=axis, scale=scale),
        y=alt.Y("y:Q", title=say("second principal component"), axis=axis, scale=scale),
        tooltip=[alt.Tooltip("order:Q", title=say("after step")), alt.Tooltip("name:N", title=say("what was read"))],
    )
    way = base.mark_line(color=GREY, strokeWidth=2).encode(order="order:Q")
    points = base.mark_circle(size=520, opacity=1).encode(
        color=alt.Color("order:Q", scale=alt.Scale(range=["#9CCBE8", BLUE]), legend=None)
    )
    words = base.mark_text(fontSize=15, fontWeight="bold").encode(
        text="character:N", color=alt.when("datum.order > 2").then(alt.value("white")).otherwise(alt.value("#10151c"))
    )
    return (way + points + words).properties(height=_HEIGHT)
