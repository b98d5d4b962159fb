"""The steps of a network that answers, numbered, so that no two steps of a chart have one name."""

from __future__ import annotations

from collections.abc import Sequence

from adder.analysis.look_inside import Inside
from adder.plots.style import shown

MOST_STEPS = 40  # More rows could not be told apart.


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


def _numbered(texts: Sequence[str]) -> list[str]:
    return [f"{place}: {''.join(map(shown, text))}" for place, text in enumerate(texts, start=1)]
