"""Reads what a command is given, and prints what it found."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adder
from adder.base.errors import ExperimentError, QuestionFileError, shorten
from adder.experiment import Experiment
from adder.presets import FORMER_NAMES, PRESETS
from adder.solvers.solver import Solver
from adder.tasks.file_text import decoded
from adder.tasks.pairs import read_pairs

MOST_FILE_BYTES = 50_000_000
_MOST_REPEATS_SHOWN = 5


def tell(options: argparse.Namespace, described: dict[str, Any] | None, words: str | None) -> None:
    """Print a result: an object with `--json`, words for people without it. None prints nothing."""
    if options.json and described is not None:
        print(json.dumps(_plain(described), allow_nan=False), flush=True)
    if not options.json and words is not None:
        print(words, flush=True)


def _plain(value: Any) -> Any:
    """The same, with null for the numbers that JSON lacks: infinity and NaN."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def changed(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """The experiment with the changes of a command."""
    settings: dict[str, str] = {}
    for change in options.set:
        key, equals, value = change.partition("=")
        if not equals:
            raise ExperimentError("--set", "KEY=VALUE, as in task.largest=100", change)
        settings[key.strip()] = value
    if options.seed is not None:
        settings["seed"] = options.seed
    told = heading_of(options, "rule")
    if options.rule is not None:
        content = content_of(Path(options.rule))
        listed = read_pairs(content, told)
        experiment = dataclasses.replace(experiment, task=listed.rule())
        heading = ",".join(listed.read.heading or ())
        if told is None and heading.lower() not in ("", "question,answer"):
            print(f"the first row is taken for a heading: {shorten(heading)}", file=sys.stderr)
        for later, before in listed.repeats[:_MOST_REPEATS_SHOWN]:
            print(f"row {later.row} repeats row {before.row}", file=sys.stderr)
        if len(listed.repeats) > _MOST_REPEATS_SHOWN:
            print(f"{len(listed.repeats):,} rows in all repeat others", file=sys.stderr)
    return experiment.replaced(settings)


def heading_of(options: argparse.Namespace, of: str) -> bool | None:
    """Whether the first row of a list is a heading, None if the list's cells are to tell; `of` names the list."""
    if options.heading is not None and getattr(options, of) is None:
        raise ExperimentError("--heading", f"given together with --{of}, the list it speaks of", f"no --{of}")
    return None if options.heading is None else options.heading == "yes"


def experiment_of(options: argparse.Namespace) -> Experiment:
    """The experiment of a preset or a saved solver, with its changes."""
    name = options.experiment
    return changed(adder.preset(name) if _ships(name) else solver_of(name).experiment, options)


def solver_of(name: str) -> Solver:
    """The solver of a file, or the one that ships for a preset."""
    if _ships(name):
        return adder.shipped_solver(name)
    if not os.path.exists(name):  # `Path.exists` fails if no file can have the name.
        raise ExperimentError("the solver", "a file that exists or one of " + ", ".join(PRESETS), name)
    return Solver.load(name)


def _ships(name: str) -> bool:
    return name in PRESETS or name in FORMER_NAMES


def content_of(path: Path) -> str:
    """The text of a file that a person named."""
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise QuestionFileError(f"{path} is larger than the {MOST_FILE_BYTES:,} bytes that are read")
        content = path.read_bytes()
    except OSError as error:
        raise QuestionFileError(f"cannot read {path}: {error.strerror}") from error
    try:
        return decoded(content)
    except QuestionFileError as error:
        raise QuestionFileError(f"{path}: {error}") from error


def check_file_name(option: str, name: str | None) -> None:
    """Refuse a file that cannot be written, before the training and not after it."""
    if name is not None and (os.path.isdir(name or ".") or not os.path.isdir(os.path.dirname(name) or ".")):
        raise ExperimentError(option, "the name of a file in a folder that exists", name)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Refuse what `--out` names if it cannot be written within this context."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise ExperimentError("--out", f"a file that can be written ({why})", name) from error
