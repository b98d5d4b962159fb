"""A chart of how likely a network found each symbol at each place of its answer."""

from __future__ import annotations

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.base.messages import marked
from adder.plots.style import BLUE, GREY, cell_axis, filled_by, readable_on, shown
from adder.solvers.results import Answer

_ROW_HEIGHTS = range(14, 27)
_MOST_HEIGHT = 400
_AXIS_HEIGHT = 64  # Streamlit fits a chart with its axis into the height it is given.
_MARKS = {
    "": marked("not written"),
    "●": marked("written"),
    "✓": marked("written, right"),
    "✗": marked("written, wrong"),
    "○": marked("the truth"),
}


def answer_frame(language: Language, answer: Answer, alphabet: str) -> pd.DataFrame:
    """One row a character of the answer and symbol of the alphabet: place, symbol, probability, mark, sign."""
    truths = answer.expected or " " * len(answer.characters)
    rows = []
    for place, (character, truth) in enumerate(zip(answer.characters, truths, strict=True), start=1):
        for symbol, probability in zip(alphabet, character.distribution, strict=True):
            sign = _sign(symbol, character.char, truth if answer.expected else None)
            rows.append((place, shown(symbol), probability, language.say(_MARKS[sign]), sign))
    return pd.DataFrame(rows, columns=["place", "symbol", "probability", "mark", "sign"])


def answer_chart(language: Language, alphabet: str) -> alt.LayerChart:
    """How likely the network found each symbol at each place of its answer; ✓ and ✗ mark what it wrote.

    A column is a place, so the chart is no taller for a long answer, and is read as the answer is.
    """
    say = language.say
    height = min(max(_MOST_HEIGHT // len(alphabet), _ROW_HEIGHTS[0]), _ROW_HEIGHTS[-1])
    base = alt.Chart().encode(
        x=alt.X("place:O", title=say("character"), axis=cell_axis()),
        y=alt.Y("symbol:N", sort=[shown(symbol) for symbol in alphabet], title=say("symbol"), axis=cell_axis()),
        tooltip=[
            alt.Tooltip("place:O", title=say("character")),
            alt.Tooltip("symbol:N", title=say("symbol")),
            alt.Tooltip("probability:Q", format=".2%", title=say("probability")),
            alt.Tooltip("mark:N", title=say("this is")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, stroke=GREY, strokeWidth=0.4, color=BLUE).encode(
        fillOpacity=filled_by("probability")
    )
    marks = base.mark_text(fontSize=15, fontWeight="bold").encode(text="sign:N", color=readable_on("probability"))
    return (cells + marks).properties(height=height * len(alphabet) + _AXIS_HEIGHT)


def _sign(symbol: str, written: str, truth: str | None) -> str:
    if symbol == written:
        return "●" if truth is None else "✓" if written == truth else "✗"
    return "○" if symbol == truth else ""
