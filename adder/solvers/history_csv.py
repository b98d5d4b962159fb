"""The history of a run as CSV, a row an epoch: as solvers and checkpoints keep it, and as people take it home.

The shares by place stand in one column, with blanks between; a history of an earlier adder has no such column.

>>> epoch = Epoch(1, 1.5, 0.5, 1.4, 0.5, 0.4, 0.25, None, 0.75, 20, (0.25, 1.0))
>>> read_history(history_csv([epoch])) == (epoch,)
True
"""

from __future__ import annotations

import csv
import dataclasses
import io
import zipfile
from collections.abc import Sequence

import msgspec

from adder.base.errors import SolverFileError
from adder.solvers.archive import member_of
from adder.solvers.results import EPOCH_COLUMNS, Epoch

MOST_HISTORY_BYTES = 2_000_000  # A thousand epochs with long answers take half of it.
_PLACES = "by_place"
_FORMER_COLUMNS = tuple(column for column in EPOCH_COLUMNS if column != _PLACES)


def history_csv(history: Sequence[Epoch]) -> str:
    """The epochs as CSV, one row each, a column a figure."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, EPOCH_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**dataclasses.asdict(epoch), _PLACES: " ".join(map(str, epoch.by_place))} for epoch in history)
    return buffer.getvalue()


def read_history(text: str) -> tuple[Epoch, ...]:
    """The epochs that `history_csv` wrote.

    Raises:
        SolverFileError: The columns are wrong, or a row is not that of its epoch; the message names it.
    """
    try:
        heading, *rows = csv.reader(io.StringIO(text), strict=True) if text else [[]]
    except csv.Error as error:
        raise SolverFileError("history.csv must be CSV ({why})", why=str(error)) from error
    if tuple(heading) not in (EPOCH_COLUMNS, _FORMER_COLUMNS):
        raise SolverFileError("history.csv must have the columns {columns}", columns=", ".join(EPOCH_COLUMNS))
    return tuple(_epoch(heading, row, number) for number, row in enumerate(rows, start=1))


def history_in(archive: zipfile.ZipFile) -> tuple[Epoch, ...]:
    """The epochs in the member `history.csv`."""
    return read_history(member_of(archive, "history.csv", MOST_HISTORY_BYTES).decode())


def _epoch(heading: list[str], row: list[str], number: int) -> Epoch:
    """The figures in a row of the history."""
    texts = dict(zip(heading, row, strict=False))
    cells = {column: cell or None for column, cell in texts.items()} | {_PLACES: texts.get(_PLACES, "").split()}
    try:
        epoch = msgspec.convert(cells, Epoch, strict=False)  # It reads numbers from their text.
    except msgspec.ValidationError:
        epoch = None
    if epoch is None or epoch.epoch != number or len(row) != len(heading):
        raise SolverFileError(
            "row {epoch} of history.csv must have a number for each column, within its limits", epoch=number
        )
    return epoch
