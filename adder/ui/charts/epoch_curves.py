"""Loss and accuracy by epoch, of one run or of several laid over one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from adder.base.messages import marked
from adder.solvers.results import Epoch
from adder.ui.charts.style import BLUE, GREEN, GREY, ORANGE, RUNS, SPECIFICATIONS_KEPT, Specification, without_data
from adder.ui.language import Language

TRAINING = marked("training")
CHECK_NAMES = {True: marked("held-out"), False: marked("fresh")}
EXACT = marked("exact match")
GUESS = marked("always guessing")

_COLOURS = {TRAINING: BLUE, CHECK_NAMES[True]: ORANGE, CHECK_NAMES[False]: ORANGE, EXACT: GREEN, GUESS: GREY}
_DASHES = {TRAINING: [1, 0], CHECK_NAMES[True]: [6, 3], CHECK_NAMES[False]: [6, 3], EXACT: [1, 0], GUESS: [2, 3]}
_HEIGHT = 290
_LEAST_LOSS = 1e-9  # a logarithmic scale has no zero
_MOST_POINTS = 150  # epochs drawn of one run; more make no finer line, only a slower page

FIGURES: dict[str, Callable[[Epoch], float]] = {
    marked("Exact match"): lambda event: event.exact_match,
    marked("Accuracy"): lambda event: event.check_accuracy,
    marked("Training accuracy"): lambda event: event.accuracy,
    marked("Loss"): lambda event: max(event.check_loss, _LEAST_LOSS),
    marked("Training loss"): lambda event: max(event.loss, _LEAST_LOSS),
}
"""The figures that runs can be compared by, name -> where an epoch has it."""


def loss_frame(language: Language, events: Sequence[Epoch], held_out: bool) -> pd.DataFrame:
    """One row an epoch and series: columns epoch, series, value."""
    return _long(
        language,
        events,
        {
            TRAINING: lambda event: max(event.loss, _LEAST_LOSS),
            CHECK_NAMES[held_out]: lambda event: max(event.check_loss, _LEAST_LOSS),
        },
    )


def accuracy_frame(language: Language, events: Sequence[Epoch], held_out: bool, guess: float) -> pd.DataFrame:
    """One row an epoch and series: columns epoch, series, value; `guess` is the score to beat."""
    return _long(
        language,
        events,
        {
            TRAINING: lambda event: event.accuracy,
            CHECK_NAMES[held_out]: lambda event: event.check_accuracy,
            EXACT: lambda event: event.exact_match,
            GUESS: lambda event: guess,
        },
    )


def runs_frame(runs: Mapping[str, Sequence[Epoch]], figure: str) -> pd.DataFrame:
    """One row an epoch of each run: columns epoch, series, value; `figure` is a name in `FIGURES`."""
    value = FIGURES[figure]
    rows = [(event.epoch, name, value(event)) for name, events in runs.items() for event in thinned(events)]
    return _frame(rows)


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def loss_chart(language: Language, held_out: bool, epochs: int, on_characters: bool) -> Specification:
    """Loss by epoch on a logarithmic scale, whose width is the whole run from the start."""
    unit = language.say("loss (nats a character)") if on_characters else language.say("loss (squared error, scaled)")
    scale, ticks = _loss_scale(on_characters)
    return _curves(language, *_named(language, [TRAINING, CHECK_NAMES[held_out]]), epochs, scale, unit, ".2g", ticks)


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def accuracy_chart(language: Language, held_out: bool, epochs: int) -> Specification:
    """Accuracy by epoch, from 0 to 100 %."""
    series = _named(language, [TRAINING, CHECK_NAMES[held_out], EXACT, GUESS])
    return _curves(language, *series, epochs, _SHARE, language.say("share right"), ".1%", _SHARES)


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def runs_chart(language: Language, names: tuple[str, ...], epochs: int, figure: str) -> Specification:
    """One figure of several runs by epoch; a run keeps its colour by its place in `names`."""
    looks = {name: (RUNS[place % len(RUNS)], [1, 0]) for place, name in enumerate(names)}
    if "oss" in figure:
        scale, ticks = _loss_scale(on_characters=True)
        return _curves(language, names, looks, epochs, scale, language.say(figure), ".2g", ticks)
    return _curves(language, names, looks, epochs, _SHARE, language.say(figure), ".1%", _SHARES)


def thinned(events: Sequence[Epoch]) -> Sequence[Epoch]:
    """At most some 150 of the events, evenly, and always the last."""
    stride = -(-len(events) // _MOST_POINTS) or 1
    return [event for event in events if event.epoch % stride == 0 or event is events[-1]]


_SHARE = alt.Scale(domain=[0, 1])
_SHARES = (0, 0.25, 0.5, 0.75, 1)
_Looks = Mapping[str, tuple[str, list[int]]]


def _loss_scale(on_characters: bool) -> tuple[alt.Scale, Sequence[float]]:
    decades = [10.0**power for power in range(*((-3, 2) if on_characters else (-9, 1)))]
    return alt.Scale(type="log", domain=[decades[0], decades[-1]], clamp=True), decades


def _named(language: Language, series: Sequence[str]) -> tuple[tuple[str, ...], _Looks]:
    names = tuple(language.say(name) for name in series)
    return names, {language.say(name): (_COLOURS[name], _DASHES[name]) for name in series}


def _curves(
    language: Language,
    series: Sequence[str],
    looks: _Looks,
    epochs: int,
    y_scale: alt.Scale,
    title: str,
    value_format: str,
    ticks: Sequence[float],
) -> Specification:
    say = language.say
    y_axis = alt.Axis(format="%" if value_format.endswith("%") else "~g", values=list(ticks))
    legend = alt.Legend(orient="top", title=None, columns=2, symbolType="stroke", symbolSize=300, labelLimit=420)
    x_axis = alt.Axis(tickMinStep=1, format="d")
    chart = (
        alt.Chart()
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("epoch:Q", scale=alt.Scale(domain=[0, epochs]), axis=x_axis, title=say("epoch")),
            y=alt.Y("value:Q", scale=y_scale, title=title, axis=y_axis),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(series), range=[looks[name][0] for name in series]),
                legend=legend,
            ),
            strokeDash=alt.StrokeDash(
                "series:N",
                scale=alt.Scale(domain=list(series), range=[looks[name][1] for name in series]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("epoch:Q", title=say("epoch")),
                alt.Tooltip("series:N", title=say("curve")),
                alt.Tooltip("value:Q", format=value_format, title=say("value")),
            ],
        )
        .properties(height=_HEIGHT)
    )
    return without_data(chart.to_dict())


def _long(language: Language, events: Sequence[Epoch], series: dict[str, Callable[[Epoch], float]]) -> pd.DataFrame:
    named = {language.say(name): value for name, value in series.items()}
    return _frame([(event.epoch, name, value(event)) for event in thinned(events) for name, value in named.items()])


def _frame(rows: Sequence[tuple[int, str, float]]) -> pd.DataFrame:
    epochs, series, values = zip(*rows, strict=True) if rows else ((), (), ())
    return pd.DataFrame(  # by columns, which is six times as fast, since a class looks at hundreds of these a minute
        {
            "epoch": np.array(epochs, np.int64),
            "series": pd.array(series, dtype="str"),
            "value": np.array(values, np.float64),
        }
    )
