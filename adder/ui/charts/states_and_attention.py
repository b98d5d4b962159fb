"""Inside a network while it answers: the way of its state, its units step by step, where it looks, what it carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside, principal
from adder.ui.charts.style import BLUE, GREY, INK, ORANGE, SPECIFICATIONS_KEPT, Specification, shown, without_data
from adder.ui.language import Language

_WALK_HEIGHT = 400
_HEAT_HEIGHT = 360
_LOOK_ROW = 46
_AXES_HEIGHT = 90
_DIVERGING = alt.Scale(domain=[-1, 0, 1], range=[ORANGE, "#9AA0A6", BLUE])


def step_names(inside: Inside) -> list[str]:
    """What was read at each step, numbered, so that no two steps have one name.

    >>> from adder.solvers.shipped import shipped_solver
    >>> from adder.analysis.look_inside import look_inside
    >>> step_names(look_inside(shipped_solver("seq2seq"), "3+10"))
    ['1: ␣', '2: 3', '3: +', '4: 1', '5: 0']
    """
    return _numbered(inside.read)


def written_names(inside: Inside) -> list[str]:
    """What was written at each step, numbered likewise."""
    return _numbered([character.char for character in inside.written])


def walk_frame(inside: Inside, layer: str) -> pd.DataFrame:
    """One row a step of a layer: order, x, y, character and name; a step further begins where nothing was read."""
    found = inside.layer(layer)
    states = found.states[::-1] if found.backwards else found.states
    names = _names(inside, found.at)[:: -1 if found.backwards else 1]
    start = np.zeros((1, found.units), np.float32)
    points = principal(np.concatenate([start, states])).points
    characters = ["○", *(name.partition(": ")[2] for name in names)]
    return pd.DataFrame(
        {
            "order": range(len(points)),
            "x": points[:, 0].astype(float),
            "y": points[:, 1].astype(float),
            "character": characters,
            "name": ["", *names],
        }
    )


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def walk_chart(language: Language) -> Specification:
    """The way of a state on the plane in which it moves most; each point is what was read when it got there."""
    say = language.say
    axis = alt.Axis(labels=False, ticks=False, grid=True)
    scale = alt.Scale(zero=False, padding=26)
    base = alt.Chart().encode(
        x=alt.X("x:Q", title=say("first principal component"), axis=axis, scale=scale),
        y=alt.Y("y:Q", title=say("second principal component"), axis=axis, scale=scale),
        tooltip=[
            alt.Tooltip("order:Q", title=say("after step")),
            alt.Tooltip("name:N", title=say("what was read")),
        ],
    )
    way = base.mark_line(color=GREY, strokeWidth=2).encode(order="order:Q")
    points = base.mark_circle(size=520, opacity=1).encode(
        color=alt.Color("order:Q", scale=alt.Scale(range=["#9CCBE8", BLUE]), legend=None)
    )
    words = base.mark_text(fontSize=15, fontWeight="bold").encode(
        text="character:N",
        color=alt.when("datum.order > 2").then(alt.value("white")).otherwise(alt.value("#10151c")),
    )
    return without_data((way + points + words).properties(height=_WALK_HEIGHT).to_dict())


def unit_frame(inside: Inside, layer: str, gate: str = "") -> pd.DataFrame:
    """One row a unit and step: step, unit, value, and limit, the size by which a value is coloured fully.

    Args:
        inside: A network answering.
        layer: One of its layers.
        gate: One of that layer's gates, or an empty text for its states.
    """
    found = inside.layer(layer)
    values = found.gates[gate] if gate else found.states
    rows = [
        (name, unit, float(value))
        for name, step in zip(_names(inside, found.at), values, strict=True)
        for unit, value in enumerate(step, start=1)
    ]
    return pd.DataFrame(rows, columns=["step", "unit", "value"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def unit_chart(language: Language, steps: tuple[str, ...], gate: bool) -> Specification:
    """Units across, steps down: blue is positive or open, orange negative; a gate's values begin at 0."""
    say = language.say
    scale = alt.Scale(domain=[0, 1], range=["#E8EAED", BLUE]) if gate else _DIVERGING
    chart = (
        alt.Chart()
        .mark_rect()
        .encode(
            x=alt.X("unit:O", title=say("unit"), axis=alt.Axis(labelOverlap=True, labelAngle=0, ticks=False)),
            y=alt.Y("step:N", title=say("step"), sort=list(steps), axis=alt.Axis(labelFontSize=13, ticks=False)),
            color=alt.Color(
                "value:Q",
                title=say("open") if gate else say("state"),
                scale=scale,
                legend=alt.Legend(orient="top", gradientLength=180),
            ),
            tooltip=[
                alt.Tooltip("step:N", title=say("step")),
                alt.Tooltip("unit:O", title=say("unit")),
                alt.Tooltip("value:Q", format="+.3f", title=say("value")),
            ],
        )
        .properties(height=_HEAT_HEIGHT)
    )
    return without_data(chart.to_dict())


def look_frame(inside: Inside, looks: NDArray[np.floating]) -> pd.DataFrame:
    """One row a written character and step that was read: written, read, share.

    Args:
        inside: A network answering.
        looks: How much each written character looked at each step: `inside.attention`, or one of the heads.
    """
    rows = [
        (written, read, float(share))
        for written, row in zip(written_names(inside), looks, strict=True)
        for read, share in zip(step_names(inside), row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["written", "read", "share"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def look_chart(language: Language, read: tuple[str, ...], written: tuple[str, ...]) -> Specification:
    """Where each written character looked: darker is more, and what is more than a tenth stands in figures."""
    say = language.say
    axis = alt.Axis(labelAngle=0, labelFontSize=14, ticks=False, domain=False)
    base = alt.Chart().encode(
        x=alt.X("read:N", title=say("what was read"), sort=list(read), axis=axis),
        y=alt.Y("written:N", title=say("what is written"), sort=list(written), axis=axis),
        tooltip=[
            alt.Tooltip("written:N", title=say("what is written")),
            alt.Tooltip("read:N", title=say("what was read")),
            alt.Tooltip("share:Q", format=".0%", title=say("share of its look")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, color=BLUE, stroke=GREY, strokeWidth=0.4).encode(
        fillOpacity=alt.FillOpacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 1]), legend=None)
    )
    figures = (
        base.mark_text(fontSize=13, fontWeight="bold")
        .encode(
            text=alt.Text("share:Q", format=".0%"),
            color=alt.when("datum.share > 0.65").then(alt.value("white")).otherwise(alt.value(INK)),
        )
        .transform_filter("datum.share > 0.1")
    )
    chart = (cells + figures).properties(height=_LOOK_ROW * len(written) + _AXES_HEIGHT)
    return without_data(chart.to_dict())


def carry_frame(
    language: Language, inside: Inside, states: NDArray[np.floating], says: NDArray[np.bool_], carries: Sequence[int]
) -> pd.DataFrame:
    """One row a column of a sum, the most significant first: column, state, says, carries, sign, and both in words.

    Args:
        language: What the words are in.
        inside: A network answering, which reads columns.
        states: A unit's state at each column.
        says: Whether it says that the column carries.
        carries: What each column hands on, on paper.
    """
    words = {True: language.say("carries"), False: language.say("carries nothing")}
    rows = [
        (name, float(state), words[bool(said)], words[bool(carry)], "1" if carry else "0", bool(said) == bool(carry))
        for name, state, said, carry in zip(step_names(inside), states, says, carries, strict=True)
    ]
    return pd.DataFrame(rows[::-1], columns=["column", "state", "says", "carries", "sign", "agrees"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def carry_chart(language: Language, columns: tuple[str, ...], threshold: float) -> Specification:
    """A unit's state at each column, with what the column really carries written into it, and the threshold."""
    say = language.say
    base = alt.Chart().encode(
        x=alt.X("column:N", title=say("column, as on paper"), sort=list(columns), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("state:Q", title=say("state of the unit"), scale=alt.Scale(domain=[-1.15, 1.15])),
        tooltip=[
            alt.Tooltip("column:N", title=say("column")),
            alt.Tooltip("state:Q", format="+.3f", title=say("state of the unit")),
            alt.Tooltip("says:N", title=say("so the unit says that it")),
            alt.Tooltip("carries:N", title=say("on paper it")),
        ],
    )
    line = (
        alt.Chart()
        .mark_rule(color=GREY, strokeDash=[5, 4])
        .encode(y=alt.Y("threshold:Q", scale=alt.Scale(domain=[-1.15, 1.15])))
        .transform_calculate(threshold=str(round(threshold, 4)))
    )
    way = base.mark_line(color=GREY, strokeWidth=1.5)
    points = base.mark_circle(size=620, opacity=1).encode(
        color=alt.when("datum.sign == '1'").then(alt.value(BLUE)).otherwise(alt.value("#6B727B"))
    )
    signs = base.mark_text(fontSize=16, fontWeight="bold", color="white").encode(text="sign:N")
    return without_data((line + way + points + signs).properties(height=_HEAT_HEIGHT).to_dict())


def _names(inside: Inside, at: str) -> list[str]:
    if at == "read":
        return step_names(inside)
    return written_names(inside) if at == "written" else ["1"]


def _numbered(texts: Sequence[str]) -> list[str]:
    return [f"{place}: {''.join(map(shown, text))}" for place, text in enumerate(texts, start=1)]
