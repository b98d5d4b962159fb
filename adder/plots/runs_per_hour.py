"""A chart of how many runs were asked for in each of the last hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.plots.style import BLUE

HOURS = 24
_HEIGHT = 180


def traffic_frame(begun: Iterable[datetime], now: datetime) -> pd.DataFrame:
    """One row an hour of the last 24, the present one last: hour (its beginning, in UTC), runs (begun in it)."""
    present = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    counts = Counter(each.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for each in begun)
    hours = [present - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    return pd.DataFrame({"hour": hours, "runs": [counts[hour] for hour in hours]})


def traffic_chart(language: Language) -> alt.Chart:
    """A bar an hour, in the reader's own time."""
    say = language.say
    hour = alt.Axis(format="%H:%M", labelAngle=0, labelOverlap=True, grid=False)
    return (
        alt.Chart()
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("hour:T", timeUnit="yearmonthdatehours", title=say("hour, in your own time"), axis=hour),
            y=alt.Y("runs:Q", title=say("runs begun"), axis=alt.Axis(tickMinStep=1, format="d")),
            tooltip=[
                alt.Tooltip("hour:T", title=say("from"), format="%H:%M"),
                alt.Tooltip("runs:Q", title=say("runs begun")),
            ],
        )
        .properties(height=_HEIGHT)
    )
