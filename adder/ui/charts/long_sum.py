"""A long sum as it stands on paper, digit under digit, in lines that fit a phone."""

from __future__ import annotations

import altair as alt
import pandas as pd

from adder.analysis.look_inside import true_carries
from adder.base.messages import marked
from adder.ui.charts.style import BLUE, INK, ORANGE, SPACE, specification
from adder.ui.language import Language

COLUMNS = 20  # digits a line
_CARRY, _FIRST, _SECOND, _WRITTEN = marked("carry"), marked("first number"), marked("second number"), marked("written")
_WRITTEN_ROW = 3
_LINES = 5  # for 20 digits: carries, two numbers, what is written, and ✗ under wrong digits
_LINE_HEIGHT = 21


def column_frame(language: Language, first: str, second: str, written: str, truth: str) -> pd.DataFrame:
    """One row a digit: column, line, text, kind, row, wrong, truth."""
    longest = max(map(len, (first, second, written, truth)))
    width = -(-longest // COLUMNS) * COLUMNS
    handed_on = (*reversed(true_carries(f"{first}+{second}")), 0)  # each above the column that receives it
    carries = "".join("1" if carry else " " for carry in handed_on)[-longest:]
    shown = {_CARRY: carries, _FIRST: first, _SECOND: second, _WRITTEN: written}
    padded_truth = truth.rjust(width)
    rows = []
    for row, (name, text) in enumerate(shown.items()):
        for place, character in enumerate(text.rjust(width)):
            wrong = name == _WRITTEN and character != padded_truth[place]
            if character == " " and not wrong:
                continue
            line = place // COLUMNS * _LINES + row
            cell = (place % COLUMNS, line, SPACE if character == " " else character)
            rows.append((*cell, language.say(name), row, wrong, padded_truth[place]))
            if wrong:
                rows.append((place % COLUMNS, line + 1, "✗", language.say(name), row + 1, wrong, padded_truth[place]))
    return pd.DataFrame(rows, columns=["column", "line", "text", "kind", "row", "wrong", "truth"])


def lines(frame: pd.DataFrame) -> int:
    """How many lines the picture has."""
    return (int(frame["line"].max()) // _LINES + 1) * _LINES


@specification
def column_chart(language: Language, lines: int) -> alt.LayerChart:
    """Carries small above the numbers, and what was written in boxes, with ✗ under a wrong digit."""
    say = language.say
    base = alt.Chart().encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(domain=list(range(COLUMNS)))),
        y=alt.Y("line:O", axis=None, scale=alt.Scale(domain=list(range(lines)))),
        tooltip=[
            alt.Tooltip("kind:N", title=say("line")),
            alt.Tooltip("text:N", title=say("digit")),
            alt.Tooltip("truth:N", title=say("true digit")),
        ],
    )
    written = (
        base.mark_rect()
        .encode(color=alt.when("datum.wrong").then(alt.value(ORANGE)).otherwise(alt.value(BLUE)))
        .transform_filter(f"datum.row == {_WRITTEN_ROW}")
    )
    digits = base.mark_text(font="monospace", fontWeight="bold").encode(
        text="text:N",
        size=alt.when("datum.row == 0").then(alt.value(11)).otherwise(alt.value(15)),
        color=alt.when(f"datum.row == {_WRITTEN_ROW}").then(alt.value("white")).otherwise(alt.value(INK)),
    )
    return (written + digits).properties(height=_LINE_HEIGHT * lines)
