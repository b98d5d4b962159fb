"""A long sum as it stands on paper, digit under digit, in lines that fit a phone."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from adder.ui.charts.style import AMBER, BLUE, GREY, ORANGE, SPECIFICATIONS_KEPT, Specification, without_data
from adder.ui.language import Language
from adder.wording import marked

COLUMNS = 20  # digits a line
_CARRY, _FIRST, _SECOND, _WRITTEN = marked("carry"), marked("first number"), marked("second number"), marked("written")
_LINE_HEIGHT = 21


def carried(first: str, second: str) -> list[int]:
    """What each column of a sum receives from the one to its right, from the left; one column more than the longest.

    >>> carried("58", "47")
    [1, 1, 0]
    """
    width = max(len(first), len(second)) + 1
    carry, found = 0, []
    for left, right in zip(reversed(first.rjust(width, "0")), reversed(second.rjust(width, "0")), strict=True):
        found.append(carry)
        carry = (int(left) + int(right) + carry) // 10
    return found[::-1]


def column_frame(language: Language, first: str, second: str, written: str, truth: str) -> pd.DataFrame:
    """One row a digit: columns column, line, text, kind, wrong, truth; every stretch of the sum takes four lines."""
    width = -(-max(len(first) + 1, len(second) + 1, len(written), len(truth)) // COLUMNS) * COLUMNS
    carries = "".join("1" if carry else " " for carry in carried(first, second)).rjust(width)
    lines = {_CARRY: carries, _FIRST: first, _SECOND: second, _WRITTEN: written}
    padded_truth = truth.rjust(width)
    rows = []
    for row, (name, text) in enumerate(lines.items()):
        for place, character in enumerate(text.rjust(width)):
            wrong = name == _WRITTEN and character != padded_truth[place]
            if character == " " and not wrong:
                continue
            line = place // COLUMNS * (len(lines) + 1) + row
            shown = "␣" if character == " " else character
            rows.append((place % COLUMNS, line, shown, language.say(name), row, wrong, padded_truth[place]))
    return pd.DataFrame(rows, columns=["column", "line", "text", "kind", "row", "wrong", "truth"])


def lines(frame: pd.DataFrame) -> int:
    """Lines of the picture, with one empty line after each stretch."""
    return int(frame["line"].max()) // 5 * 5 + 5


@lru_cache(maxsize=SPECIFICATIONS_KEPT)
def column_chart(language: Language, lines: int) -> Specification:
    """The numbers in grey, carries small above them, the answer blue, and a wrong digit in a filled box."""
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
    wrong = base.mark_rect(cornerRadius=3, color=ORANGE).transform_filter("datum.wrong")
    digits = base.mark_text(fontSize=15, font="monospace", fontWeight="bold").encode(
        text="text:N",
        size=alt.when("datum.row == 0").then(alt.value(10)).otherwise(alt.value(15)),
        color=alt.when("datum.wrong")
        .then(alt.value("white"))
        .when("datum.row == 3")
        .then(alt.value(BLUE))
        .when("datum.row == 0")
        .then(alt.value(AMBER))
        .otherwise(alt.value(GREY)),
    )
    return without_data((wrong + digits).properties(height=_LINE_HEIGHT * lines).to_dict())
