"""A network as its parts from top to bottom, each with the shape of what it hands on and its weights."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from adder.analysis.layer_summary import Part
from adder.base.language import Language
from adder.base.messages import counted, marked
from adder.plots.style import AMBER, BLUE, GREEN, GREY, INK, PINK, SKY

_ROW_HEIGHT, _MOST_HEIGHT = 58, 360
_COLOURS = {
    "question": GREY,
    "reading": GREY,
    "encoder": BLUE,
    "bridge": AMBER,
    "attention": PINK,
    "decoder": GREEN,
    "layer": BLUE,
    "output": SKY,
}
_BOX_END = 64.0  # The width is 100.
_STEPS_START = 67
_WIDEST_STEP = 5.0
_NO_BRIDGE = marked("nothing: the bridge is taken away")


def diagram_frame(language: Language, parts: Sequence[Part], bridge: bool = True) -> pd.DataFrame:
    """One row a part, and one a step of what it hands on: columns what, row, kind, start, end, label, detail, shape.

    Args:
        language: What labels are in.
        parts: The parts, from the question on.
        bridge: Whether the part that carries the encoder's output to the decoder is there.
    """
    rows = []
    for row, part in enumerate(parts):
        gone = part.role == "bridge" and not bridge
        label = language.say(_NO_BRIDGE) if gone else language.say(part.label)
        shape = "✗" if gone else " × ".join(map(str, part.shape))
        detail = "" if gone else _weights(language, part.weights)
        rows.append(("part", row, part.role, 0.0, _BOX_END, label, detail, shape))
        if gone:
            continue
        steps = 1 if len(part.shape) == 1 and part.role != "question" else part.shape[0]
        size = min(_WIDEST_STEP, (100 - _STEPS_START) / steps)
        rows += [
            ("step", row, part.role, _STEPS_START + size * step, _STEPS_START + size * (step + 0.85), label, "", shape)
            for step in range(steps)
        ]
    return pd.DataFrame(rows, columns=["what", "row", "kind", "start", "end", "label", "detail", "shape"])


def diagram_chart(language: Language, rows: int) -> alt.LayerChart:
    """Boxes with arrows between them; beside each, one square a step that it hands on, and the shape in figures."""
    say = language.say
    row_height = min(_ROW_HEIGHT, _MOST_HEIGHT // rows)
    scale = alt.Scale(domain=list(range(rows)), paddingInner=0.34, paddingOuter=0.1)
    y = alt.Y("row:O", axis=None, scale=scale)
    x = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, 100]))
    colour = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=list(_COLOURS), range=[_COLOURS[kind] for kind in _COLOURS])
    )
    tooltip = [
        alt.Tooltip("label:N", title=say("part")),
        alt.Tooltip("shape:N", title=say("hands on")),
        alt.Tooltip("detail:N", title=say("weights")),
    ]
    base = alt.Chart().encode(y=y).transform_calculate(middle=str(_BOX_END / 2), beside=str(_STEPS_START))
    part, step = "datum.what == 'part'", "datum.what == 'step'"
    boxes = (
        base.mark_rect(cornerRadius=7, fillOpacity=0.16, strokeWidth=1.5)
        .encode(x=x, x2="end:Q", color=colour, stroke=colour, tooltip=tooltip)
        .transform_filter(part)
    )
    names = (
        base.mark_text(align="left", dx=9, dy=-9, fontSize=13, fontWeight="bold", limit=0)
        .encode(x=x, text="label:N", color=alt.value(INK))
        .transform_filter(part)
    )
    details = (
        base.mark_text(align="left", dx=9, dy=9, fontSize=12)
        .encode(x=x, text="detail:N", color=alt.value(INK))
        .transform_filter(part)
    )
    arrows = (
        base.mark_text(dy=row_height // 2, fontSize=13, color=GREY, text="▼")
        .encode(x=alt.X("middle:Q", axis=None))
        .transform_filter(f"{part} && datum.row < {rows - 1}")
    )
    steps = (
        base.mark_bar(orient="horizontal", cornerRadius=2, size=15, yOffset=-9)
        .encode(x=x, x2="end:Q", color=colour, tooltip=tooltip)
        .transform_filter(step)
    )
    shapes = (
        base.mark_text(align="left", dy=11, fontSize=13, fontWeight="bold")
        .encode(x=alt.X("beside:Q", axis=None), text="shape:N", color=alt.value(INK))
        .transform_filter(part)
    )
    return (boxes + names + details + arrows + steps + shapes).properties(height=row_height * rows)


def _weights(language: Language, count: int) -> str:
    if not count:
        return language.say("no weights")
    return language.say(counted("{n:,} weight", "{n:,} weights", n=count))
