"""Charts of the loss of one run by epoch, and of how many of its characters are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.base.messages import marked
from adder.plots.lines import LEAST_LOSS, Styles, line_chart, line_frame, loss_axis, share_axis, thinned
from adder.plots.style import BLUE, GREY, ORANGE
from adder.solvers.results import Epoch

TRAINING = marked("training")
CHECK_NAMES = {True: marked("never seen"), False: marked("new")}
GUESS = marked("a lucky guess")

_STYLES = {
    TRAINING: (BLUE, [1, 0]),
    CHECK_NAMES[True]: (ORANGE, [6, 3]),
    CHECK_NAMES[False]: (ORANGE, [6, 3]),
    GUESS: (GREY, [2, 3]),
}
_HEIGHT = 290


def loss_frame(language: Language, epochs: Sequence[Epoch], held_out: bool) -> pd.DataFrame:
    """One row an epoch and line: x (the epoch), series, value."""
    lines: dict[str, Callable[[Epoch], float]] = {
        TRAINING: lambda epoch: max(epoch.loss, LEAST_LOSS),
        CHECK_NAMES[held_out]: lambda epoch: max(epoch.check_loss, LEAST_LOSS),
    }
    return _frame(language, epochs, lines)


def accuracy_frame(language: Language, epochs: Sequence[Epoch], held_out: bool, guess: float) -> pd.DataFrame:
    """One row an epoch and line: x (the epoch), series, value; `guess` is the score to beat."""
    lines: dict[str, Callable[[Epoch], float]] = {
        TRAINING: lambda epoch: epoch.accuracy,
        CHECK_NAMES[held_out]: lambda epoch: epoch.check_accuracy,
        GUESS: lambda epoch: guess,
    }
    return _frame(language, epochs, lines)


def loss_chart(
    language: Language, held_out: bool, epochs: int, on_characters: bool, changes: tuple[int, ...] = ()
) -> alt.Chart | alt.LayerChart:
    """Loss on a logarithmic scale; the chart is as wide as the whole run from the first epoch on.

    A line stands after the last epoch before each of the `changes`.
    """
    say = language.say
    title = say("loss (nats a character)") if on_characters else say("loss (squared error, scaled)")
    styles = _named(language, TRAINING, CHECK_NAMES[held_out])
    axis = loss_axis(title, on_characters)
    chart = line_chart(language, styles, (say("epoch"), epochs), axis, ".2g", _HEIGHT)
    return alt.LayerChart(layer=[chart, _marks(changes, say("epoch"))]) if changes else chart


def accuracy_chart(language: Language, held_out: bool, epochs: int) -> alt.Chart:
    """Accuracy from 0 to 100 %; the chart is as wide as the whole run from the first epoch on."""
    say = language.say
    styles = _named(language, TRAINING, CHECK_NAMES[held_out], GUESS)
    return line_chart(language, styles, (say("epoch"), epochs), share_axis(say("digits right")), ".1%", _HEIGHT)


def _marks(changes: tuple[int, ...], title: str) -> alt.Chart:
    """A line for each change, whatever the data beside it is."""
    return (
        alt.Chart()
        .transform_aggregate(n="count()")
        .transform_calculate(change=str([epoch - 1 for epoch in changes]))
        .transform_flatten(["change"])
        .mark_rule(strokeDash=[5, 3], color=GREY)
        .encode(x=alt.X("change:Q", title=title))
    )


def _named(language: Language, *lines: str) -> Styles:
    return {language.say(line): _STYLES[line] for line in lines}


def _frame(language: Language, epochs: Sequence[Epoch], lines: Mapping[str, Callable[[Epoch], float]]) -> pd.DataFrame:
    named = {language.say(line): value for line, value in lines.items()}
    return line_frame([(each.epoch, name, value(each)) for each in thinned(epochs) for name, value in named.items()])
