"""How much each written character looks at each character of the question."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside
from adder.ui.charts.step_names import read_names, written_names
from adder.ui.charts.style import BLUE, GREY, cell_axis, filled_by, readable_on, specification
from adder.ui.language import Language

_ROW_HEIGHT = 46
_AXES_HEIGHT = 90


def attention_frame(inside: Inside, attention: NDArray[np.floating]) -> pd.DataFrame:
    """One row a written character and step that was read: written, read, share.

    Args:
        inside: A network answering.
        attention: How much each written character looks at each step: `inside.attention`, or one of the heads.
    """
    rows = [
        (written, read, float(share))
        for written, row in zip(written_names(inside), attention, strict=True)
        for read, share in zip(read_names(inside), row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["written", "read", "share"])


@specification
def attention_chart(language: Language, read: tuple[str, ...], written: tuple[str, ...]) -> alt.LayerChart:
    """Cells that are darker for more attention; a share above a tenth stands in figures."""
    say = language.say
    base = alt.Chart().encode(
        x=alt.X("read:N", title=say("what was read"), sort=list(read), axis=cell_axis()),
        y=alt.Y("written:N", title=say("what is written"), sort=list(written), axis=cell_axis()),
        tooltip=[
            alt.Tooltip("written:N", title=say("what is written")),
            alt.Tooltip("read:N", title=say("what was read")),
            alt.Tooltip("share:Q", format=".0%", title=say("share of its look")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, color=BLUE, stroke=GREY, strokeWidth=0.4).encode(
        fillOpacity=filled_by("share")
    )
    figures = (
        base.mark_text(fontSize=13, fontWeight="bold")
        .encode(text=alt.Text("share:Q", format=".0%"), color=readable_on("share"))
        .transform_filter("datum.share > 0.1")
    )
    return (cells + figures).properties(height=_ROW_HEIGHT * len(written) + _AXES_HEIGHT)
