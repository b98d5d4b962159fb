"""A chart of what a class and a network had right, round by round, and where the network overtakes."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.base.messages import marked
from adder.plots.lines import line_chart, share_axis
from adder.plots.style import BLUE, INK, ORANGE

CLASS, NETWORK = marked("the class, so far"), marked("the network")
OVERTAKES = marked("the network overtakes")
_HEIGHT = 330

Point = tuple[float, float]
"""A round, or a place between two, and a share of right answers."""


def race_frame(
    language: Language, own: Sequence[Point], network: Sequence[Point], overtaking: Point | None
) -> pd.DataFrame:
    """One row a point: x (the round), series, value."""
    lines = (CLASS, own), (NETWORK, network), (OVERTAKES, [overtaking] if overtaking else [])
    points = [(at, series, share) for series, found in lines for at, share in found]
    return pd.DataFrame(
        {
            "x": [float(at) for at, _, _ in points],
            "series": pd.array([language.say(series) for _, series, _ in points], dtype="str"),
            "value": [share for _, _, share in points],
        }
    )


def race_chart(language: Language, rounds: int) -> alt.LayerChart:
    """Both lines from the first round to the last, with a mark where the network overtakes."""
    say = language.say
    styles = {say(CLASS): (BLUE, [1, 0]), say(NETWORK): (ORANGE, [6, 3])}
    lines = line_chart(language, styles, (say("round"), rounds), share_axis(say("sums right")), ".0%", _HEIGHT)
    lines = lines.mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=60))  # A first round has a point and no line.
    lines = lines.transform_filter(alt.FieldOneOfPredicate("series", list(styles)))
    mark = alt.Chart().transform_filter(alt.FieldEqualPredicate(say(OVERTAKES), "series"))
    x = alt.X("x:Q", title=say("round"))
    rule = mark.mark_rule(color=INK, strokeDash=[2, 3], strokeWidth=2, aria=False).encode(x=x)
    early = f"datum.x < {rounds / 2}"  # There is more room on the right then.
    align, dx = alt.ExprRef(f"{early} ? 'left' : 'right'"), alt.ExprRef(f"{early} ? 6 : -6")
    text = mark.mark_text(align=align, dx=dx, fontSize=15, fontWeight="bold", color=INK).encode(
        x=x, y=alt.value(14), text="series:N"
    )
    return alt.LayerChart(layer=[lines, rule, text])
