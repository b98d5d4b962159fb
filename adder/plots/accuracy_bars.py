"""A chart of the share of right answers by place, by carries and by whatever else a report counts."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.plots.style import BLUE
from adder.solvers.results import Tally

_HEIGHT = 210


def tally_frame(tallies: Sequence[Tally]) -> pd.DataFrame:
    """One row a kind: kind, share, asked, in the order given."""
    rows = [(str(each.kind), each.share, each.asked) for each in tallies]
    return pd.DataFrame(rows, columns=["kind", "share", "asked"])


def tally_chart(language: Language, kinds: tuple[str, ...], title: str) -> alt.Chart:
    """The share right by kind, as bars that all begin at 0; `title` is in the language already."""
    say = language.say
    return (
        alt.Chart()
        .mark_bar(color=BLUE, cornerRadiusEnd=2)
        .encode(
            x=alt.X("kind:N", sort=list(kinds), title=title, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("share:Q", title=say("share right"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            tooltip=[
                alt.Tooltip("kind:N", title=title),
                alt.Tooltip("share:Q", format=".2%", title=say("share right")),
                alt.Tooltip("asked:Q", format=",", title=say("counted")),
            ],
        )
        .properties(height=_HEIGHT)
    )
