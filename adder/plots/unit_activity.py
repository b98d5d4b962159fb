"""Each unit of a layer at each step: its state, or how far one of its gates is open."""

from __future__ import annotations

import altair as alt
import pandas as pd

from adder.analysis.look_inside import Inside
from adder.base.language import Language
from adder.base.messages import marked
from adder.plots.step_names import layer_names
from adder.plots.style import BLUE, ORANGE

CANDIDATE = "candidate"
NAMES = {
    "": marked("states"),
    "input": marked("input gate"),
    "forget": marked("forget gate"),
    "output": marked("output gate"),
    "update": marked("update gate"),
    "reset": marked("reset gate"),
    CANDIDATE: marked("candidate"),
}
"""What can be drawn of a layer's units: an empty text stands for their states, any other names a gate."""

_HEIGHT = 360
_GATE = alt.Scale(domain=[0, 1], range=["#E8EAED", BLUE])
_STATE = alt.Scale(domain=[-1, 0, 1], range=[ORANGE, "#9AA0A6", BLUE])


def unit_frame(inside: Inside, layer: str, gate: str = "") -> pd.DataFrame:
    """One row a step and unit: step, unit, value.

    Args:
        inside: What happened while the network answered.
        layer: One of its layers.
        gate: One of that layer's gates, or an empty text for its states.
    """
    found = inside.layer(layer)
    values = found.gates[gate] if gate else found.states
    rows = [
        (name, unit, float(value))
        for name, step in zip(layer_names(inside, layer), values, strict=True)
        for unit, value in enumerate(step, start=1)
    ]
    return pd.DataFrame(rows, columns=["step", "unit", "value"])


def unit_chart(language: Language, steps: tuple[str, ...], gate: str) -> alt.Chart:
    """Units across, steps down: a gate is blue where it is open; any other value is blue above zero, orange below."""
    say = language.say
    opens = gate not in ("", CANDIDATE)
    return (
        alt.Chart()
        .mark_rect()
        .encode(
            x=alt.X("unit:O", title=say("unit"), axis=alt.Axis(labelOverlap=True, labelAngle=0, ticks=False)),
            y=alt.Y("step:N", title=say("step"), sort=list(steps), axis=alt.Axis(labelFontSize=13, ticks=False)),
            color=alt.Color(
                "value:Q",
                title=say("open") if opens else say("state"),
                scale=_GATE if opens else _STATE,
                legend=alt.Legend(orient="top", gradientLength=180),
            ),
            tooltip=[
                alt.Tooltip("step:N", title=say("step")),
                alt.Tooltip("unit:O", title=say("unit")),
                alt.Tooltip("value:Q", format="+.3f", title=say("value")),
            ],
        )
        .properties(height=_HEIGHT)
    )
