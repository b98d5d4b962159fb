"""One figure of several runs on the same axes, by epoch or by the questions they have seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.base.messages import marked
from adder.plots.lines import LEAST_LOSS, Styles, line_chart, line_frame, log_axis, loss_axis, share_axis, thinned
from adder.plots.style import COLOURS
from adder.solvers.results import Epoch

_HEIGHT = 320
_PANEL_HEIGHT = 290
_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
_LEAST_ERROR, _LARGEST_ERROR = 0.001, 100.0


class Figure(NamedTuple):
    """A figure that an epoch has, and whether it is a share rather than a loss."""

    of: Callable[[Epoch], float]
    share: bool


FIGURES = {
    marked("Whole answers right"): Figure(lambda epoch: epoch.exact_match, share=True),
    marked("Digits right"): Figure(lambda epoch: epoch.check_accuracy, share=True),
    marked("Digits right in training"): Figure(lambda epoch: epoch.accuracy, share=True),
    marked("Loss"): Figure(lambda epoch: max(epoch.check_loss, LEAST_LOSS), share=False),
    marked("Training loss"): Figure(lambda epoch: max(epoch.loss, LEAST_LOSS), share=False),
}
"""The figures that runs can be compared by."""


def runs_frame(runs: Mapping[str, Sequence[Epoch]], figure: str) -> pd.DataFrame:
    """One row an epoch of each run: x (the epoch), series, value; `figure` is a name in `FIGURES`."""
    value = FIGURES[figure].of
    return line_frame([(each.epoch, name, value(each)) for name, epochs in runs.items() for each in thinned(epochs)])


def runs_chart(language: Language, names: tuple[str, ...], epochs: int, figure: str) -> alt.Chart:
    """One figure by epoch; a run keeps its colour by its place in `names`."""
    title = language.say(figure)
    share = FIGURES[figure].share
    y = share_axis(title) if share else loss_axis(title, on_characters=True)
    styles = {name: (COLOURS[place % len(COLOURS)], [1, 0]) for place, name in enumerate(names)}
    x = language.say("epoch"), epochs
    return line_chart(language, styles, x, y, ".1%" if share else ".2g", _PANEL_HEIGHT)


def error_frame(runs: Mapping[str, tuple[Sequence[Epoch], int]]) -> pd.DataFrame:
    """The root mean squared error of networks on scaled numbers, in units of the sum: x (the epoch), series, value.

    Args:
        runs: Each name with its epochs, whose loss is the mean squared scaled error, and what sums were divided by.
    """
    points = [
        (each.epoch, name, min(max(each.check_loss**0.5 * scale, _LEAST_ERROR), _LARGEST_ERROR))
        for name, (epochs, scale) in runs.items()
        for each in thinned(epochs)
    ]
    return line_frame(points)


def error_chart(language: Language, names: tuple[str, ...], epochs: int) -> alt.Chart:
    """Error by epoch, on a logarithmic scale from a thousandth to a hundred."""
    y = log_axis(language.say("RMSE, in units of the sum"), range(-3, 3))
    return line_chart(language, _styles(names), (language.say("epoch"), epochs), y, ".3~g", _HEIGHT)


def _styles(names: Sequence[str]) -> Styles:
    return {name: (COLOURS[place % len(COLOURS)], _DASHES[place % len(_DASHES)]) for place, name in enumerate(names)}
