"""What can be saved of runs whose database was damaged or lost: its readable rows, and what their files tell."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adder.base.errors import SolverFileError
from adder.runs.run import RunRecord
from adder.runs.status import Status
from adder.solvers.results import Report
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint

_log = logging.getLogger(__name__)

_KINDS: Mapping[str, type[Solver] | type[Checkpoint]] = {".adder": Solver, ".checkpoint": Checkpoint}


def set_aside(database: Path) -> Path:
    """Rename a damaged database of SQLite and the files that belong to it.

    Returns:
        Its new path.

    Raises:
        OSError: It cannot be renamed.
    """
    now = datetime.now(UTC)
    aside = database.with_name(f"{database.stem}-damaged-{now:%Y%m%d-%H%M%S-%f}{database.suffix}")
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{database}{suffix}").rename(f"{aside}{suffix}")
    return aside


def readable_rows(damaged: Path, run_ids: set[str]) -> list[dict[str, Any]]:
    """The rows of runs that a damaged database still gives: from its start, from its end, and those of these ids."""
    found: dict[str, dict[str, Any]] = {}
    with contextlib.closing(sqlite3.connect(damaged)) as connection:
        connection.row_factory = sqlite3.Row

        def read(query: str, *values: str) -> None:
            with contextlib.suppress(sqlite3.Error):  # The rows before the damage have been read.
                for row in connection.execute(query, values):
                    found[row["id"]] = dict(row)

        read("SELECT * FROM run_records ORDER BY rowid")
        read("SELECT * FROM run_records ORDER BY rowid DESC")
        for run_id in run_ids - found.keys():
            read("SELECT * FROM run_records WHERE id = ?", run_id)
    return list(found.values())


def run_files(folder: Path) -> list[Path]:
    """The files of runs in a folder, solvers first, because a solver tells more than a checkpoint."""
    return sorted((path for path in folder.iterdir() if path.suffix in _KINDS), key=lambda path: path.suffix)


def recorded_from_files(folder: Path, known: set[str]) -> Iterator[tuple[RunRecord, Report | None, float]]:
    """What files tell of runs other than the known ones: the record, the report, and when the file was written."""
    for path in run_files(folder):
        if path.stem in known:
            continue
        try:
            changed = path.stat().st_mtime
            kept = _KINDS[path.suffix].load(path)
        except (OSError, SolverFileError) as error:
            _log.warning("the file %s has no record and cannot be read: %s", path.name, error)
            continue
        known.add(path.stem)
        report = kept.report if isinstance(kept, Solver) else None
        created = datetime.fromtimestamp(changed, UTC)
        yield RunRecord.of(path.stem, kept.experiment, _status(kept), created, kept.history, report), report, changed


def _status(kept: Solver | Checkpoint) -> Status:
    """The most likely status of the run that left this file."""
    training, last = kept.experiment.training, kept.history[-1] if kept.history else None
    if isinstance(kept, Checkpoint):
        return Status.PAUSED
    reached = last is not None and training.target is not None and last.exact_match >= training.target
    return Status.DONE if reached or len(kept.history) >= training.epochs else Status.STOPPED
