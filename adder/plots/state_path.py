"""The path of a layer's state through the question, on the plane in which it moves most."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside, principal
from adder.base.language import Language
from adder.plots.step_names import layer_names
from adder.plots.style import BLUE, GREY

_HEIGHT = 400
_CHARACTER_SHARE = 0.04  # A character of a label takes this share of the width.
_CIRCLE_SHARE = 0.09  # The circle around a label takes this share of width and height.


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
            "character": [label if free else "" for label, free in zip(labels, _free(points, labels), strict=True)],
            "name": ["", *names],
        }
    )


def _free(points: NDArray[np.floating], labels: Sequence[str]) -> list[bool]:
    """Whether each point lies apart from the labelled ones before it, so that its label would cover none."""
    places = (points - points.min(axis=0)) / np.maximum(np.ptp(points, axis=0), 1e-9)  # Each axis fills the picture.
    labelled: list[tuple[float, float, int]] = []
    found = []
    for (x, y), label in zip(places.tolist(), labels, strict=True):
        apart = [max(_CIRCLE_SHARE, _CHARACTER_SHARE * (len(label) + length) / 2) for _, _, length in labelled]
        free = all(
            abs(x - other) > wide or abs(y - height) > _CIRCLE_SHARE
            for (other, height, _), wide in zip(labelled, apart, strict=True)
        )
        found.append(free)
        if free:
            labelled.append((x, y, len(label)))
    return found


def path_chart(language: Language) -> alt.LayerChart:
    """A line from state to state; where there is room, a point carries what led there, and later points are darker."""
    say = language.say
    axis = alt.Axis(labels=False, ticks=False, grid=True)
    scale = alt.Scale(zero=False, padding=26)
    base = alt.Chart().encode(
        x=alt.X("x:Q", title=say("first principal component"), axis=axis, scale=scale),
        y=alt.Y("y:Q", title=say("second principal component"), axis=axis, scale=scale),
        tooltip=[alt.Tooltip("order:Q", title=say("after step")), alt.Tooltip("name:N", title=say("what was read"))],
    )
    way = base.mark_line(color=GREY, strokeWidth=2).encode(order="order:Q")
    points = base.mark_circle(opacity=1).encode(
        color=alt.Color("order:Q", scale=alt.Scale(range=["#9CCBE8", BLUE]), legend=None),
        size=alt.when("datum.character").then(alt.value(520)).otherwise(alt.value(70)),
    )
    words = base.mark_text(fontSize=15, fontWeight="bold").encode(
        text="character:N", color=alt.when("datum.order > 2").then(alt.value("white")).otherwise(alt.value("#10151c"))
    )
    return (way + points + words).properties(height=_HEIGHT)
