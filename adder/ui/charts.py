"""Altair charts and the DataFrames they draw: loss, accuracy, the probabilities of characters. No Streamlit here.

A chart and its data stay apart. What a chart looks like depends on a few plain values, so its specification is made
once and kept; the data, one frame an epoch, is all that is made anew while a network learns.

One colour, and one dash, for one meaning in every chart; the colours are those of Okabe & Ito (2008), which people
with any colour vision can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from adder.results import Answer, EpochEvent

TRAINING = "training"
CHECK_NAMES = {True: "held-out", False: "fresh"}
EXACT = "exact match"
GUESS = "always guessing"

Specification = dict[str, Any]

_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#8A8F98"
_COLOURS = {TRAINING: _BLUE, "held-out": _ORANGE, "fresh": _ORANGE, EXACT: _GREEN, GUESS: _GREY}
_DASHES = {TRAINING: [1, 0], "held-out": [6, 3], "fresh": [6, 3], EXACT: [1, 0], GUESS: [2, 3]}
_HEIGHT = 290
_SPECIFICATIONS_KEPT = 64
_ROW_HEIGHT = 34
_AXIS_HEIGHT = 84  # Streamlit fits a chart with its axis into the height it is given
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


@lru_cache(maxsize=_SPECIFICATIONS_KEPT)
def loss_chart(held_out: bool, epochs: int, on_characters: bool) -> Specification:
    """Loss by epoch on a logarithmic scale, whose width is the whole run from the start."""
    series = [TRAINING, CHECK_NAMES[held_out]]
    decades = [10.0**power for power in range(*((-3, 2) if on_characters else (-9, 1)))]
    scale = alt.Scale(type="log", domain=[decades[0], decades[-1]], clamp=True)
    unit = "nats a character" if on_characters else "squared error, scaled"
    return _curves(series, epochs, scale, f"loss ({unit})", ".2g", decades)


@lru_cache(maxsize=_SPECIFICATIONS_KEPT)
def accuracy_chart(held_out: bool, epochs: int) -> Specification:
    """Accuracy by epoch, from 0 to 100 %."""
    series = [TRAINING, CHECK_NAMES[held_out], EXACT, GUESS]
    return _curves(series, epochs, alt.Scale(domain=[0, 1]), "share right", ".1%", [0, 0.25, 0.5, 0.75, 1])


def answer_frame(answer: Answer, alphabet: str) -> pd.DataFrame:
    """One row for each character of the answer and each symbol of the alphabet: place, symbol, probability, mark."""
    truths = answer.expected or " " * len(answer.characters)
    rows = [
        {
            "place": place,
            "symbol": _shown(symbol),
            "probability": probability,
            **_marks(symbol, character.char, truth if answer.expected else None),
        }
        for place, (character, truth) in enumerate(zip(answer.characters, truths, strict=True), start=1)
        for symbol, probability in zip(alphabet, character.distribution, strict=True)
    ]
    return pd.DataFrame(rows, columns=["place", "symbol", "probability", "mark", "sign"])


@lru_cache(maxsize=_SPECIFICATIONS_KEPT)
def answer_chart(characters: int, alphabet: str) -> Specification:
    """How likely the network found each symbol at each place of its answer; ✓ and ✗ mark what it wrote."""
    base = alt.Chart().encode(
        x=alt.X(
            "symbol:N",
            sort=[_shown(symbol) for symbol in alphabet],
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
    chart = (cells + marks).properties(height=_ROW_HEIGHT * characters + _AXIS_HEIGHT)
    return _without_data(chart.to_dict())


def _curves(
    series: Sequence[str], epochs: int, y_scale: alt.Scale, title: str, value_format: str, ticks: Sequence[float]
) -> Specification:
    y_axis = alt.Axis(format=_axis_format(value_format), values=ticks)
    legend = alt.Legend(orient="top", title=None, columns=(len(series) + 1) // 2, symbolType="stroke", symbolSize=300)
    chart = (
        alt.Chart()
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("epoch:Q", scale=alt.Scale(domain=[0, epochs]), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", scale=y_scale, title=title, axis=y_axis),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=series, range=[_COLOURS[name] for name in series]),
                legend=legend,
            ),
            strokeDash=alt.StrokeDash(
                "series:N",
                scale=alt.Scale(domain=series, range=[_DASHES[name] for name in series]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("epoch:Q"),
                alt.Tooltip("series:N"),
                alt.Tooltip("value:Q", format=value_format),
            ],
        )
        .properties(height=_HEIGHT)
    )
    return _without_data(chart.to_dict())


def _long(events: Sequence[EpochEvent], series: dict[str, Callable[[EpochEvent], float]]) -> pd.DataFrame:
    rows = [(event.epoch, name, value(event)) for event in events for name, value in series.items()]
    return pd.DataFrame(rows, columns=["epoch", "series", "value"]).astype({"epoch": "int64", "value": "float64"})


def _without_data(part: Any) -> Any:
    """A specification without the empty data that Altair puts in where a chart is given none."""
    if isinstance(part, dict):
        return {key: _without_data(value) for key, value in part.items() if key not in ("data", "datasets")}
    return [_without_data(each) for each in part] if isinstance(part, list) else part


def _axis_format(value_format: str) -> str:
    return "%" if value_format.endswith("%") else "~g"


def _shown(symbol: str) -> str:
    return _SPACE if symbol == " " else symbol


def _marks(symbol: str, written: str, truth: str | None) -> dict[str, str]:
    if symbol == written and truth is None:
        return {"mark": "written", "sign": "●"}
    if symbol == written:
        return {"mark": "written, right", "sign": "✓"} if written == truth else {"mark": "written, wrong", "sign": "✗"}
    return {"mark": "the truth", "sign": "○"} if symbol == truth else {"mark": "not written", "sign": ""}
