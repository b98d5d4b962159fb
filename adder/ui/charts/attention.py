"""How much each written character looks at each character of the question."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside
from adder.ui.charts.step_names import height, read_names, written_by_read, written_names
from adder.ui.charts.style import BLUE, GREY, filled_by, readable_on, specification
from adder.ui.language import Language


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
    share = alt.Tooltip("share:Q", format=".0%", title=language.say("share of its look"))
    base = written_by_read(language, read, written, share)
    cells = base.mark_rect(cornerRadius=3, color=BLUE, stroke=GREY, strokeWidth=0.4).encode(
        fillOpacity=filled_by("share")
    )
    figures = (
        base.mark_text(fontSize=13, fontWeight="bold")
        .encode(text=alt.Text("share:Q", format=".0%"), color=readable_on("share"))
        .transform_filter("datum.share > 0.1")
    )
    return (cells + figures).properties(height=height(written))
