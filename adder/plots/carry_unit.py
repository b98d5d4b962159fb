"""A chart of the state of the one unit that follows the carry, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.base.language import Language
from adder.plots.style import BLUE, GREY

_HEIGHT = 360


def carry_frame(
    language: Language,
    columns: Sequence[str],
    states: NDArray[np.floating],
    says: NDArray[np.bool_],
    carries: Sequence[int],
) -> pd.DataFrame:
    """One row a column of a sum, the most significant first: column, state, says, carries, sign.

    Args:
        language: What the words are in.
        columns: The names of the columns, the least significant first.
        states: A unit's state at each column.
        says: Whether it says that the column carries.
        carries: What each column hands on, on paper.
    """
    words = {True: language.say("carries"), False: language.say("carries nothing")}
    rows = [
        (name, float(state), words[bool(said)], words[bool(carry)], "1" if carry else "0")
        for name, state, said, carry in zip(columns, states, says, carries, strict=True)
    ]
    return pd.DataFrame(rows[::-1], columns=["column", "state", "says", "carries", "sign"])


def carry_chart(language: Language, columns: tuple[str, ...], threshold: float) -> alt.LayerChart:
    """A circle a column, with what it really carries in it; the unit changes its mind at the dashed line."""
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
    return (line + way + points + signs).properties(height=_HEIGHT)
