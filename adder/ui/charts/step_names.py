"""The steps of a network that answers, numbered, so that no two steps of a chart have one name.

Charts of what was read at each character written share their axes and their height too.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from adder.analysis.look_inside import Inside
from adder.ui.charts.style import cell_axis, shown
from adder.ui.language import Language

_ROW_HEIGHT = 46
_AXES_HEIGHT = 90


def read_names(inside: Inside) -> list[str]:
    """What was read at each step.

    >>> from adder.solvers.shipped import shipped_solver
    >>> from adder.analysis.look_inside import look_inside
    >>> read_names(look_inside(shipped_solver("seq2seq"), "3+10"))
    ['1: ␣', '2: 3', '3: +', '4: 1', '5: 0']
    """
    return _numbered(inside.read)


def written_names(inside: Inside) -> list[str]:
    """What was written at each step."""
    return _numbered([character.char for character in inside.written])


def layer_names(inside: Inside, layer: str) -> list[str]:
    """The steps of a layer, which goes along with reading, with writing, or sees everything in one step."""
    at = inside.layer(layer).at
    if at == "read":
        return read_names(inside)
    return written_names(inside) if at == "written" else ["1"]


def written_by_read(language: Language, read: Sequence[str], written: Sequence[str], *told: alt.Tooltip) -> alt.Chart:
    """The base of a chart with a row for each character written and a column for each step that was read.

    Args:
        language: What the axes are named in.
        read: The names of the columns, as `read_names` gives them.
        written: The names of the rows.
        told: What a cell tells besides these two.
    """
    say = language.say
    return alt.Chart().encode(
        x=alt.X("read:N", title=say("what was read"), sort=list(read), axis=cell_axis()),
        y=alt.Y("written:N", title=say("what is written"), sort=list(written), axis=cell_axis()),
        tooltip=[
            alt.Tooltip("written:N", title=say("what is written")),
            alt.Tooltip("read:N", title=say("what was read")),
            *told,
        ],
    )


def height(written: Sequence[str]) -> int:
    """The height of such a chart."""
    return _ROW_HEIGHT * len(written) + _AXES_HEIGHT


def _numbered(texts: Sequence[str]) -> list[str]:
    return [f"{place}: {''.join(map(shown, text))}" for place, text in enumerate(texts, start=1)]
