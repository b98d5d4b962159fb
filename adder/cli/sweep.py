"""`adder sweep`: many experiments are trained side by side and compared."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adder
from adder.base.csv_files import shielded
from adder.base.errors import ExperimentError
from adder.base.extra import need
from adder.base.shutdown import terminable
from adder.cli.given import check_file_name, content_of, tell, writing
from adder.experiment import Experiment
from adder.runs import sweeps
from adder.solvers import in_words

if TYPE_CHECKING:
    import pandas as pd


def train_many(options: argparse.Namespace) -> None:
    """Train the experiments of a file, and compare them in a table."""
    need("pandas")
    check_file_name("--out", options.out)
    experiments = sweeps.experiments_from_json(content_of(Path(options.file)))
    rows = _rows_to_resume(options)
    left = [experiment for experiment in experiments if experiment.digest not in rows]
    before = len({experiment.digest for experiment in experiments} & rows.keys())

    def tell_run(done: int, row: dict[str, Any]) -> None:
        rows[row["experiment"]] = row
        match = row["exact_match"]
        figure = "no figure" if match is None else f"exact match {match:.2%}"
        words = f"{before + done}/{len(experiments)}  {row['experiment']}  {row['status']}  {figure}"
        tell(options, {"event": "run", **row}, words)

    going_on = f", {before:,} of them over already" if before else ""
    starting = "; starting the training engine" if left else ""
    tell(options, None, f"{in_words.plural(len(experiments), 'run')}{going_on}{starting}")
    try:
        with terminable():
            frame = adder.sweep(left, workers=options.workers, on_run=tell_run) if left else None
    except (KeyboardInterrupt, BrokenPipeError):
        _tell_unfinished(options, experiments, rows)
        raise
    if frame is None or before:
        frame = sweeps.table(experiments, rows)
    tell(options, None, sweeps.differing(frame).to_string(index=False))
    _save_table(options, frame)


def _rows_to_resume(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The rows of runs that an earlier sweep finished, by digest; none unless that sweep is resumed."""
    if not options.resume:
        return {}
    if options.out is None:
        raise ExperimentError("--resume", "given together with --out, the table to go on from", "no --out")
    return sweeps.finished(content_of(Path(options.out))) if os.path.exists(options.out) else {}


def _tell_unfinished(options: argparse.Namespace, experiments: Sequence[Experiment], rows: dict[str, Any]) -> None:
    """Save what is finished of a sweep, and say where it is and how to go on."""
    frame = sweeps.table(experiments, rows)
    over = int((frame["status"] != sweeps.INTERRUPTED).sum())
    said = f"{over:,} of {in_words.plural(len(frame), 'run')} finished"
    if options.out is None:
        print(f"{said}; --out FILE.csv would have saved them", file=sys.stderr)
        return
    _save_table(options, frame)
    how = "the same command with --resume trains the others"
    print(
        f"{said} and saved in {options.out}, where the others are marked {sweeps.INTERRUPTED}; {how}", file=sys.stderr
    )


def _save_table(options: argparse.Namespace, frame: pd.DataFrame) -> None:
    if options.out is None:
        return
    with writing(options.out):
        frame.map(shielded).to_csv(options.out, index=False, encoding="utf-8-sig")
