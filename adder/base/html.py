"""Small tables in HTML, as notebooks show what a cell ends with: escaped, without scripts.

They name no colours, so they stand in those of the notebook around them, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_LEFT = ' style="text-align:left"'


def table(caption: str, rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """A table under its caption; in a table without a head, the first cell of a row names the others.

    >>> table("1 < 2", [("sum", "3")]).replace(' style="text-align:left"', "")
    '<p><b style="overflow-wrap:anywhere">1 &lt; 2</b></p><table><tr><th>sum</th><td>3</td></tr></table>'
    """
    lines = [_row(["th"] * len(head), head)] if head else []
    first = "td" if head else "th"
    lines += [_row([first, *["td"] * (len(row) - 1)], row) for row in rows]
    return f'<p><b style="overflow-wrap:anywhere">{escape(caption)}</b></p><table>{"".join(lines)}</table>'


def _row(tags: Sequence[str], cells: Sequence[str]) -> str:
    inner = "".join(f"<{tag}{_LEFT}>{escape(cell)}</{tag}>" for tag, cell in zip(tags, cells, strict=True))
    return f"<tr>{inner}</tr>"
