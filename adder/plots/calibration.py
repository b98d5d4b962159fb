"""A chart of how often a network is right, by how sure it was."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.plots.style import BLUE, GREY
from adder.solvers.results import Calibration

_HEIGHT = 210


def calibration_frame(found: Sequence[Calibration]) -> pd.DataFrame:
    """One row a group of answers: sure, share, asked."""
    rows = [(each.confidence, each.share, each.asked) for each in found]
    return pd.DataFrame(rows, columns=["sure", "share", "asked"])


def calibration_chart(language: Language) -> alt.LayerChart:
    """How often the network was right by how sure it was; on the dashed line, 90 % sure means 90 % right."""
    say = language.say
    x = alt.X("sure:Q", title=say("how sure it was"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    y = alt.Y("share:Q", title=say("share right"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    points = (
        alt.Chart()
        .mark_line(color=BLUE, point=alt.OverlayMarkDef(size=60, color=BLUE))
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("sure:Q", format=".0%", title=say("how sure it was")),
                alt.Tooltip("share:Q", format=".1%", title=say("share right")),
                alt.Tooltip("asked:Q", format=",", title=say("answers")),
            ],
        )
    )
    honest = (
        alt.Chart()
        .mark_rule(color=GREY, strokeDash=[4, 4], aria=False)
        .encode(x=alt.datum(0), x2=alt.datum(1), y=alt.datum(0), y2=alt.datum(1))
    )
    return (honest + points).properties(height=_HEIGHT)
