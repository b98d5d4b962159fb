"""A step's picture for the phones that look along: rows of boxes with a text in each, as SVG in light and in dark.

It shows what the projector shows beside the question, and no more, so that nobody reads off what is to be guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

TILE, HEAD, OPEN, AWAY = "tile", "head", "open", "away"
Box = tuple[str, str]
"""A text, and what it stands in: a tile, no tile, one that is open, or one that is held out."""

_HEIGHT, _GAP, _LETTER, _WIDE, _LEAST = 34, 4, 12, 18, 34
_MOST_TILES, _A_ROW = 20, 10
_STYLE = """
svg{color-scheme:light dark}rect{fill:#e9f0f8;stroke:#a9b6c6}
text{fill:#0d141d;font:600 17px system-ui,sans-serif;text-anchor:middle;dominant-baseline:central}
.head rect{fill:none;stroke:none}.head text{fill:#4a5766;font-weight:400}
.open rect{fill:#ffbf1f;stroke:#8a6100}.open text{fill:#1c1400}
.away rect{stroke:#8a6100;stroke-width:3;stroke-dasharray:5 3}
@media(prefers-color-scheme:dark){rect{fill:#1d2938;stroke:#4d5d70}text{fill:#eef3f8}.head text{fill:#a9b7c6}
.open rect{fill:#ffd257}.open text{fill:#1c1400}.away rect{stroke:#ffd257}}
"""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture.

    Attributes:
        rows: The boxes, row by row; those of one column are equally wide.
        words: What the picture shows, for those who do not see it; by default its texts.
    """

    rows: Sequence[Sequence[Box]]
    words: str = ""

    @property
    def described(self) -> str:
        """The picture in words."""
        return self.words or "; ".join(" ".join(text for text, _ in row) for row in self.rows)

    @property
    def svg(self) -> str:
        """The picture.

        >>> Sketch([[("1", TILE), ("<", OPEN)]]).svg[-41:]
        '<text x="59" y="21">&lt;</text></g></svg>'
        """
        columns = max(map(len, self.rows))
        widths = [max(_width(row[place][0]) for row in self.rows if place < len(row)) for place in range(columns)]
        lefts = [_GAP + sum(widths[:place]) + place * _GAP for place in range(columns)]
        parts = [
            f'<g class="{kind}"><rect x="{left}" y="{top}" width="{width}" height="{_HEIGHT}" rx="6"/>'
            f'<text x="{left + width // 2}" y="{top + _HEIGHT // 2}">{escape(text)}</text></g>'
            for number, row in enumerate(self.rows)
            for (text, kind), left, width in zip(row, lefts, widths, strict=False)
            for top in [_GAP + number * (_HEIGHT + _GAP)]
        ]
        size = f"{_GAP + sum(widths) + columns * _GAP} {_GAP + len(self.rows) * (_HEIGHT + _GAP)}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"><style>{_STYLE}</style>'
        return f"{head}{''.join(parts)}</svg>"


def tiles(text: str) -> list[list[Box]]:
    """A text with each character in a tile, or several in each if they are many.

    >>> tiles("12+50"), tiles("1234567890+12345678901")[0]
    ([[('1', 'tile'), ('2', 'tile'), ('+', 'tile'), ('5', 'tile'), ('0', 'tile')]], [('1234567890+123456789', 'tile')])
    """
    if len(text) > _MOST_TILES:
        return [[(text[at : at + _MOST_TILES], TILE)] for at in range(0, len(text), _MOST_TILES)]
    return [[(each, TILE) for each in text[at : at + _A_ROW]] for at in range(0, len(text), _A_ROW)]


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(each) in "WFA" for each in text)
    return max(_LEAST, _WIDE * wide + _LETTER * (len(text) - wide) + 14)
