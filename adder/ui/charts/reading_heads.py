"""Where each reading head stands on the question before each character of the answer is written."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adder.analysis.look_inside import Inside
from adder.ui.charts.step_names import height, read_names, written_by_read, written_names
from adder.ui.charts.style import BLUE, GREEN, INK, ORANGE, PINK, shown, specification
from adder.ui.language import Language

_COLOURS = (BLUE, ORANGE, GREEN, PINK)
_SHAPES = ("circle", "square", "diamond", "triangle-up")  # a second sign beside the colour
_SEEN = 0.05  # a smaller share of a head would be a speck


def head_frame(inside: Inside, places: NDArray[np.floating]) -> pd.DataFrame:
    """One row a written character, head and place where it stands: written, read, character, head, share.

    Places where no head stands have head 0.

    Args:
        inside: A network answering.
        places: The share of each head at each place, `(heads, written, read)`.
    """
    names, characters = read_names(inside), ["".join(map(shown, each)) for each in inside.read]
    rows: list[tuple[str, str, str, str, float]] = []
    for step, written in enumerate(written_names(inside)):
        for place, (name, character) in enumerate(zip(names, characters, strict=True)):
            rows.append((written, name, character, "0", 0.0))
            here = enumerate(places[:, step, place], start=1)
            rows += [(written, name, character, str(head), float(share)) for head, share in here if share >= _SEEN]
    return pd.DataFrame(rows, columns=["written", "read", "character", "head", "share"])


@specification
def head_chart(language: Language, read: tuple[str, ...], written: tuple[str, ...], heads: int) -> alt.LayerChart:
    """The question once for each character written, with a sign of its own around what each head reads."""
    say = language.say
    numbers = [str(head) for head in range(1, heads + 1)]
    head = alt.Tooltip("head:N", title=say("head"))
    share = alt.Tooltip("share:Q", format=".0%", title=say("share of the head"))
    base = written_by_read(language, read, written, head, share)
    standing = (
        base.mark_point(size=900, strokeWidth=3)
        .encode(
            color=alt.Color("head:N", scale=alt.Scale(domain=numbers, range=list(_COLOURS[:heads])), title=say("head")),
            shape=alt.Shape("head:N", scale=alt.Scale(domain=numbers, range=list(_SHAPES[:heads])), title=say("head")),
            opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None),
        )
        .transform_filter("datum.head != '0'")
    )
    characters = (
        base.mark_text(fontSize=15, fontWeight="bold", color=INK)
        .encode(text="character:N")
        .transform_filter("datum.head == '0'")
    )
    return (standing + characters).properties(height=height(written))
