"""The history of a run as CSV, a row an epoch: as solvers and checkpoints keep it, and as people take it home.

>>> epoch = Epoch(1, 1.5, 0.5, 1.4, 0.5, 0.4, 0.25, None, 0.75, 20)
>>> read_history(history_csv([epoch])) == (epoch,)
True
"""

from __future__ import annotations

import csv
import dataclasses
import io
import sys
import zipfile
from collections.abc import Sequence
from typing import Any

from adder.base import validation
from adder.base.errors import SolverFileError
from adder.base.messages import Sentence
from adder.experiment import MOST_SAMPLES_A_RUN
from adder.solvers.archive import member_of
from adder.solvers.results import EPOCH_COLUMNS, Epoch

MOST_HISTORY_BYTES = 1_000_000  # a thousand epochs take a quarter of it


def history_csv(history: Sequence[Epoch]) -> str:
    """The epochs as CSV, one row each, a column a figure."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, EPOCH_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(dataclasses.asdict(epoch) for epoch in history)
    return buffer.getvalue()


def read_history(text: str) -> tuple[Epoch, ...]:
    """The epochs that `history_csv` wrote.

    Raises:
        SolverFileError: The columns are others, or a row is not that of its epoch; the message names it.
    """
    try:
        heading, *rows = csv.reader(io.StringIO(text), strict=True) if text else [[]]
    except csv.Error as error:
        raise SolverFileError(Sentence("history.csv must be CSV ({why})", why=str(error))) from error
    if tuple(heading) != EPOCH_COLUMNS:
        raise SolverFileError(Sentence("history.csv must have the columns {columns}", columns=", ".join(EPOCH_COLUMNS)))
    return tuple(_epoch(row, epoch) for epoch, row in enumerate(rows, start=1))


def history_in(archive: zipfile.ZipFile) -> tuple[Epoch, ...]:
    """The epochs in `history.csv`."""
    try:
        text = member_of(archive, "history.csv", MOST_HISTORY_BYTES).decode()
    except UnicodeDecodeError as error:
        raise SolverFileError(Sentence("history.csv must be text in UTF-8")) from error
    return read_history(text)


def _epoch(row: list[str], epoch: int) -> Epoch:
    """The figures in a row of the history."""

    def figure(column: str, text: str) -> Any:
        return int(text) if column in ("epoch", "samples") else float(text) if text else None

    try:
        event = Epoch(**{column: figure(column, cell) for column, cell in zip(EPOCH_COLUMNS, row, strict=True)})
    except ValueError as error:
        raise SolverFileError(
            Sentence("row {epoch} of history.csv must have a number for each column", epoch=epoch)
        ) from error
    validation.whole_number("epoch", event.epoch, epoch, epoch)
    validation.whole_number("samples", event.samples, 0, MOST_SAMPLES_A_RUN)
    for share in ("accuracy", "check_accuracy", "unpadded_accuracy", "exact_match"):
        validation.number(share, getattr(event, share), 0, 1)
    if event.held_out_exact_match is not None:
        validation.number("held_out_exact_match", event.held_out_exact_match, 0, 1)
    validation.number("seconds", event.seconds, 0, sys.float_info.max)
    return event
