"""DataFrames to Altair charts: loss, accuracy, and the probabilities of an answer's characters. No Streamlit here.

One colour, and one dash, for one meaning in every chart; the colours are those of Okabe & Ito (2008), which people
with any colour vision can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from adder.encoding import ALPHABET
from adder.results import Answer, EpochEvent

TRAINING = "training"
CHECK_NAMES = {True: "held-out", False: "fresh"}
EXACT = "exact match"
GUESS = "always guessing"

Drawable = alt.Chart | alt.LayerChart

_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#8A8F98"
_HEIGHT = 230
_ROW_HEIGHT = 34
_LEAST_LOSS = 1e-9  # a logarithmic scale has no zero
_SPACE = "␣"  # how padding is shown


def loss_frame(events: Sequence[EpochEvent], held_out: bool) -> pd.DataFrame:
    """One row an epoch and series: columns epoch, series, value."""
    check = CHECK_NAMES[held_out]
    return _long(
        events,
        {
            TRAINING: lambda event: max(event.loss, _LEAST_LOSS),
            check: lambda event: max(event.check_loss, _LEAST_LOSS),
        },
    )


def accuracy_frame(events: Sequence[EpochEvent], held_out: bool, guess: float) -> pd.DataFrame:
    """One row an epoch and series: columns epoch, series, value; `guess` is the score to beat."""
    check = CHECK_NAMES[held_out]
    return _long(
        events,
        {
            TRAINING: lambda event: event.accuracy,
            check: lambda event: event.check_accuracy,
            EXACT: lambda event: event.exact_match,
            GUESS: lambda event: guess,
        },
    )


def loss_chart(frame: pd.DataFrame, epochs: int, unit: str) -> alt.Chart:
    """Loss by epoch on a logarithmic scale, whose width is the whole run from the start."""
    return _curves(frame, epochs, alt.Scale(type="log", nice=True), f"loss ({unit})", ".4f")


def accuracy_chart(frame: pd.DataFrame, epochs: int, what: str) -> alt.Chart:
    """Accuracy by epoch, from 0 to 100 %."""
    return _curves(frame, epochs, alt.Scale(domain=[0, 1]), f"{what} right", ".1%")


def answer_frame(answer: Answer) -> pd.DataFrame:
    """One row for each character of the answer and each symbol of the alphabet: place, symbol, probability, mark."""
    rows = [
        {
            "place": place,
            "symbol": _shown(symbol),
            "probability": probability,
            **_marks(symbol, character.char, truth),
        }
        for place, (character, truth) in enumerate(zip(answer.characters, answer.expected, strict=True), start=1)
        for symbol, probability in zip(ALPHABET, character.distribution, strict=True)
    ]
    return pd.DataFrame(rows, columns=["place", "symbol", "probability", "mark", "sign"])


def answer_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """How likely the network found each symbol at each place of its answer; ✓ and ✗ mark what it wrote."""
    base = alt.Chart(frame).encode(
        x=alt.X(
            "symbol:N",
            sort=[_shown(symbol) for symbol in ALPHABET],
            title="symbol",
            axis=alt.Axis(labelAngle=0, labelFontSize=13, ticks=False, domain=False),
        ),
        y=alt.Y("place:O", title="character", axis=alt.Axis(labelFontSize=13, ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("place:O", title="character"),
            alt.Tooltip("symbol:N"),
            alt.Tooltip("probability:Q", format=".2%"),
            alt.Tooltip("mark:N", title="this is"),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, stroke=_GREY, strokeWidth=0.4).encode(
        color=alt.Color("probability:Q", scale=alt.Scale(domain=[0, 1], range=["#EAF3FA", _BLUE]), legend=None)
    )
    marks = base.mark_text(fontSize=15, fontWeight="bold").encode(
        text="sign:N",
        color=alt.when(alt.datum.probability > 0.5).then(alt.value("white")).otherwise(alt.value("#1b2430")),
    )
    chart: alt.LayerChart = (cells + marks).properties(height=_ROW_HEIGHT * int(frame["place"].max()))
    return chart


def _curves(frame: pd.DataFrame, epochs: int, y_scale: alt.Scale, title: str, value_format: str) -> alt.Chart:
    series = [TRAINING, *CHECK_NAMES.values(), EXACT, GUESS]
    present = [name for name in series if name in set(frame["series"])]
    colours = dict(zip(series, (_BLUE, _ORANGE, _ORANGE, _GREEN, _GREY), strict=True))
    dashes = dict(zip(series, ([1, 0], [6, 3], [6, 3], [1, 0], [2, 3]), strict=True))
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("epoch:Q", scale=alt.Scale(domain=[0, epochs]), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", scale=y_scale, title=title, axis=alt.Axis(format=_axis_format(value_format))),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=present, range=[colours[name] for name in present]),
                legend=alt.Legend(orient="top", title=None),
            ),
            strokeDash=alt.StrokeDash(
                "series:N",
                scale=alt.Scale(domain=present, range=[dashes[name] for name in present]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("epoch:Q"),
                alt.Tooltip("series:N"),
                alt.Tooltip("value:Q", format=value_format),
            ],
        )
        .properties(height=_HEIGHT)
    )
    return chart


def _long(events: Sequence[EpochEvent], series: dict[str, Callable[[EpochEvent], float]]) -> pd.DataFrame:
    rows = [(event.epoch, name, value(event)) for event in events for name, value in series.items()]
    return pd.DataFrame(rows, columns=["epoch", "series", "value"]).astype({"epoch": "int64", "value": "float64"})


def _axis_format(value_format: str) -> str:
    return "%" if value_format.endswith("%") else "~g"


def _shown(symbol: str) -> str:
    return _SPACE if symbol == " " else symbol


def _marks(symbol: str, written: str, truth: str) -> dict[str, str]:
    if symbol == written:
        return {"mark": "written, right", "sign": "✓"} if written == truth else {"mark": "written, wrong", "sign": "✗"}
    return {"mark": "the truth", "sign": "○"} if symbol == truth else {"mark": "not written", "sign": ""}
