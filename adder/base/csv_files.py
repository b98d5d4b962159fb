r"""CSV as spreadsheets open it: with a mark that says it is UTF-8, and with no cell that they take for a formula.

>>> csv_text([("question", "answer"), ("=1+1", -2)])
"question,answer\n'=1+1,-2\n"
>>> unshielded("'=1+1")
'=1+1'
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA_START = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
_TEXT = re.compile('="(.*)"')  # Some programs write a text like this, so that no spreadsheet changes it.
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?%?")


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV, None as an empty cell. A cell that would be a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(["" if cell is None else shielded(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def csv_file(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as the content of a CSV file that spreadsheets open in UTF-8."""
    return csv_text(rows).encode("utf-8-sig")


def shielded(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay as they are."""
    formula = isinstance(cell, str) and _FORMULA_START.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if formula else cell


def unshielded(cell: str) -> str:
    """A cell as it was before `shielded`, or before another program wrote it as `="12+50"`."""
    if text := _TEXT.fullmatch(cell):
        return text[1].replace('""', '"')
    return cell[1:] if cell.startswith("'") and _FORMULA_START.match(cell) else cell
