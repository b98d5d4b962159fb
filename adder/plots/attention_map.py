"""A chart of how much a network looks at each character of the question while it writes each one of its answer."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside
from adder.base.language import Language
from adder.plots.step_names import read_names, written_names
from adder.plots.style import BLUE, GREY, Chart, cell_axis, filled_by

_CELL_WIDTH, _CELL_HEIGHT = 42, 26  # A name such as "12: ␣" fits into this width.


def looks(inside: Inside) -> NDArray[np.floating] | None:
    """How much each step was looked at, `(written, read)`, with attention or all reading heads; None without either."""
    if inside.attention is not None:
        return inside.attention
    return next((heads.sum(axis=0) for heads in inside.heads.values()), None)


def attention_frame(inside: Inside, shares: NDArray[np.floating]) -> pd.DataFrame:
    """One row a written character and step that was read: written, read, share.

    Args:
        inside: What happened while the network answered.
        shares: What `looks` found.
    """
    rows = [
        (written, read, float(share))
        for written, row in zip(written_names(inside), shares, strict=True)
        for read, share in zip(read_names(inside), row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["written", "read", "share"])


def attention_chart(language: Language, read: tuple[str, ...], written: tuple[str, ...]) -> Chart:
    """Steps of the question across, characters of the answer down; darker is more."""
    say = language.say
    return (
        alt.Chart()
        .mark_rect(cornerRadius=3, color=BLUE, stroke=GREY, strokeWidth=0.4)
        .encode(
            x=alt.X("read:N", sort=list(read), title=say("what it reads"), axis=cell_axis()),
            y=alt.Y("written:N", sort=list(written), title=say("what it writes"), axis=cell_axis()),
            fillOpacity=filled_by("share"),
            tooltip=[
                alt.Tooltip("read:N", title=say("what it reads")),
                alt.Tooltip("written:N", title=say("what it writes")),
                alt.Tooltip("share:Q", format=".0%", title=say("share of its look")),
            ],
        )
        .properties(width=alt.Step(_CELL_WIDTH), height=alt.Step(_CELL_HEIGHT))
    )
