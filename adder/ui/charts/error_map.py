"""Where a network errs: by pair of numbers, by place, by carries and whatever else a report counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from adder.analysis.error_map import ErrorMap
from adder.solvers.results import Calibration, Tally
from adder.ui.charts.style import BLUE, GREY, ORANGE, SPECIFICATIONS_KEPT, Specification, without_data
from adder.ui.language import Language

_MAP_HEIGHT = 460
_BAR_HEIGHT = 210
_LABELS = 10  # along a side of the map


def map_frame(found: ErrorMap) -> pd.DataFrame:
    """One row a cell that was asked: first, last_first, second, last_second, right, asked."""
    rows, columns = np.nonzero(found.asked)
    return pd.DataFrame(
        {
            "first": found.starts[rows],
            "first_end": found.ends[rows] + 1,
            "second": found.starts[columns],
            "second_end": found.ends[columns] + 1,
            "first_name": _names(found, rows),
            "second_name": _names(found, columns),
            "right": found.right[rows, columns],
            "asked": found.asked[rows, columns],
        }
    )


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def map_chart(language: Language) -> Specification:
    """The share of right answers by first and second number: blue is right, orange wrong."""
    say = language.say
    axis = alt.Axis(format="~s", grid=False, tickCount=_LABELS)
    chart = (
        alt.Chart()
        .mark_rect(stroke=GREY, strokeWidth=0.25)
        .encode(
            x=alt.X("second:Q", title=say("second number"), axis=axis, scale=alt.Scale(zero=False, nice=False)),
            x2="second_end:Q",
            y=alt.Y("first:Q", title=say("first number"), axis=axis, scale=alt.Scale(zero=False, nice=False)),
            y2="first_end:Q",
            color=alt.Color(
                "right:Q",
                title=say("share right"),
                scale=alt.Scale(domain=[0, 0.5, 1], range=[ORANGE, "#E3D9C6", BLUE]),
                legend=alt.Legend(orient="top", format="%", gradientLength=180),
            ),
            tooltip=[
                alt.Tooltip("first_name:N", title=say("first number")),
                alt.Tooltip("second_name:N", title=say("second number")),
                alt.Tooltip("right:Q", format=".1%", title=say("share right")),
                alt.Tooltip("asked:Q", format=",", title=say("questions asked")),
            ],
        )
        .properties(height=_MAP_HEIGHT)
    )
    return without_data(chart.to_dict())


def tally_frame(tallies: Sequence[Tally]) -> pd.DataFrame:
    """One row a kind: kind, share, asked, in the order given."""
    rows = [(str(each.kind), each.share, each.asked) for each in tallies]
    return pd.DataFrame(rows, columns=["kind", "share", "asked"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def tally_chart(language: Language, kinds: tuple[str, ...], title: str) -> Specification:
    """The share right by kind, as bars that all begin at 0; `title` is in the language already."""
    say = language.say
    chart = (
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
        .properties(height=_BAR_HEIGHT)
    )
    return without_data(chart.to_dict())


def calibration_frame(found: Sequence[Calibration]) -> pd.DataFrame:
    """One row a group of answers: sure, share, asked."""
    rows = [(each.confidence, each.share, each.asked) for each in found]
    return pd.DataFrame(rows, columns=["sure", "share", "asked"])


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def calibration_chart(language: Language) -> Specification:
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
    return without_data((honest + points).properties(height=_BAR_HEIGHT).to_dict())


def _names(found: ErrorMap, places: Sequence[int] | np.ndarray) -> list[str]:
    spans = zip(found.starts[places].tolist(), found.ends[places].tolist(), strict=True)
    return [f"{low:,}" if low == high else f"{low:,} – {high:,}" for low, high in spans]
