"""Many experiments side by side, as one table with a row for each run.

    frame = adder.sweep([adder.preset("two-digits").replaced({"seed": seed}) for seed in range(1, 6)])
    frame[["seed", "exact_match", "seconds"]]

The runs go through the same engine as the page's, several at a time; the table is pandas's, ready to group and plot.
A sweep can be written as JSON, a list of presets with settings. Every value in a list of values is tried:

    [{"preset": "two-digits", "network.encoder_units": [32, 64], "seed": [1, 2, 3]}]
"""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adder.base.csv_files import unshielded
from adder.base.errors import CombinationError, ExperimentError, shorten
from adder.base.extra import need
from adder.base.messages import Sentence
from adder.base.settings import written
from adder.experiment import Experiment
from adder.presets import DEFAULT_PRESET, preset
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.status import Status
from adder.runs.waiting_line import MOST_QUEUED

if TYPE_CHECKING:
    import pandas as pd

MOST_RUNS = 1_000
MOST_CHARACTERS = 1_000_000
INTERRUPTED = "interrupted"  # A row has this status if the sweep was ended before its run was over.
_LOOK_SECONDS = 0.2
_MOST_LAYERS_NAMED = 20

OnRun = Callable[[int, dict[str, Any]], None]


def sweep(
    experiments: Sequence[Experiment], *, workers: int | None = None, on_run: OnRun | None = None
) -> pd.DataFrame:
    """Train every experiment and tabulate how it went.

    Args:
        experiments: What to train; equal ones are trained once and have equal rows.
        workers: How many to train at a time; by default as many as the page's engine does.
        on_run: Called with how many runs are over, and the row of the latest.

    Returns:
        One row for each experiment in the order given: `experiment` (its digest), every setting under its dotted name
        (None if that experiment has no such setting), `weights`, `status`, `message`, `epochs`, `samples`,
        `seconds` (of its epochs; the first one's hold the time to compile, or load from disk, the program that later
        runs of the same shape find ready), `samples_to_99` and `seconds_to_99` (until 99 % of the check questions
        were right; None if they never were), and the figures of its report.

    Raises:
        ExperimentError: There are none, or more than 1,000, or one is no experiment.
    """
    _check(experiments)
    need("distributed", "tensorflow")
    rows: dict[str, dict[str, Any]] = {}
    service = RunService(workers=workers, warm_up=False, background=True)
    try:
        waiting = list(dict.fromkeys(experiments))
        running: list[str] = []
        while waiting or running:
            while waiting and len(running) < MOST_QUEUED:
                running.append(service.submit(waiting.pop(0)))
            time.sleep(_LOOK_SECONDS)
            for run in list(running):
                view = service.view(run)
                if not view.active:
                    running.remove(run)
                    rows[view.experiment.digest] = _row(view)
                    if on_run:
                        on_run(len(rows), rows[view.experiment.digest])
    finally:
        service.close()
    return table(experiments, rows)


def table(experiments: Sequence[Experiment], rows: Mapping[str, dict[str, Any]]) -> pd.DataFrame:
    """The table of a sweep: one row for each experiment in the order given.

    Args:
        experiments: All experiments of the sweep.
        rows: The rows of those that are over, by digest; the others get a row with the status `interrupted`.
    """
    import pandas as pd

    return pd.DataFrame([rows.get(experiment.digest) or _unfinished(experiment) for experiment in experiments])


def finished(text: str) -> dict[str, dict[str, Any]]:
    """The rows of the runs that are over in a table that was saved as CSV, by digest.

    Raises:
        ExperimentError: It is no such table.
    """
    import pandas as pd

    try:
        saved = pd.read_csv(
            io.StringIO(text),
            dtype={"experiment": str},
            keep_default_na=False,
            na_values=[""],
        )
        saved = saved.map(lambda cell: unshielded(cell) if isinstance(cell, str) else cell)
        over = saved[saved["status"] != INTERRUPTED].astype(object)
        rows = over.where(over.notna(), None).to_dict("records")
        return {str(row["experiment"]): {str(name): value for name, value in row.items()} for row in rows}
    except (ValueError, KeyError) as error:
        raise ExperimentError("the table of a sweep", "CSV with the columns experiment and status", text) from error


def _unfinished(experiment: Experiment) -> dict[str, Any]:
    return _row(RunView("", experiment, Status.QUEUED)) | {"status": INTERRUPTED}


def _check(experiments: object) -> None:
    if isinstance(experiments, str) or not isinstance(experiments, Sequence):
        raise ExperimentError("a sweep", "a list of experiments", experiments)
    if not 1 <= len(experiments) <= MOST_RUNS:
        many = Sentence("{n:,} of them", n=len(experiments))
        raise ExperimentError("a sweep", f"of 1 to {MOST_RUNS:,} experiments", many)
    for number, experiment in enumerate(experiments, start=1):
        if not isinstance(experiment, Experiment):
            wanted = 'an Experiment, such as adder.preset("two-digits")'
            raise ExperimentError(f"item {number} of the sweep", wanted, experiment)


def experiments_from_json(text: str) -> list[Experiment]:
    """The experiments that a JSON list describes.

    Raises:
        ExperimentError: It is no such list, or one of its experiments cannot work; the message says which.

    >>> [each.seed for each in experiments_from_json('[{"preset": "two-digits", "seed": [1, 2]}]')]
    [1, 2]
    """
    if len(text) > MOST_CHARACTERS:
        raise ExperimentError(
            "a sweep", f"of at most {MOST_CHARACTERS:,} characters", Sentence("{n:,} of them", n=len(text))
        )
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise ExperimentError("a sweep", f"written as JSON{why}", text) from error
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ExperimentError("a sweep", 'a list such as [{"preset": "two-digits", "seed": [1, 2]}]', text)
    experiments: list[Experiment] = []
    for number, entry in enumerate(entries, start=1):
        settings = {key: value if isinstance(value, list) else [value] for key, value in entry.items()}
        for key, values in settings.items():
            if not values:
                raise ExperimentError(f"entry {number} of the sweep: {key}", "a value, or a list of at least one", [])
        bases = settings.pop("preset", [DEFAULT_PRESET])
        for base, *values in itertools.product(bases, *settings.values()):
            if len(experiments) == MOST_RUNS:
                raise ExperimentError("a sweep", f"of 1 to {MOST_RUNS:,} experiments", Sentence("more of them"))
            try:
                experiments.append(preset(base).replaced(dict(zip(settings, values, strict=True))))
            except CombinationError as error:
                raise CombinationError(f"entry {number} of the sweep: {error}") from error
            except ExperimentError as error:
                raise ExperimentError(
                    f"entry {number} of the sweep: {error.field}", error.expected + _hint(entry, error), error.received
                ) from error
    return experiments


def _hint(entry: dict[str, Any], error: ExperimentError) -> str:
    """What may have been meant where a list of values stands for a setting whose values are lists themselves."""
    values = entry.get(error.field)
    if not isinstance(values, list) or "such as 6,6" not in error.expected:
        return ""
    together = shorten(",".join(map(str, values[:_MOST_LAYERS_NAMED])))
    return f' (each value of a list is tried by itself; write "{together}" for all of them at once)'


def differing(frame: pd.DataFrame) -> pd.DataFrame:
    """A sweep's table without the settings that are the same in all its runs."""
    settings = [name for name in frame.columns if "." in name or name == "seed"]
    same = [name for name in settings if len(frame) > 1 and len(set(map(repr, frame[name]))) == 1]
    return frame.drop(columns=[*same, *(["message"] if not frame["message"].any() else [])])


def _row(view: RunView) -> dict[str, Any]:
    report = view.report
    settings = {
        name: (written(value) if value else "") if isinstance(value, tuple) else value
        for name, value in view.experiment.flat().items()
    }
    reached = next((place for place, event in enumerate(view.events) if event.exact_match >= 0.99), None)
    figures = ("split", "exact_match", "character_accuracy", "unpadded_accuracy", "rmse", "mean_absolute_error")
    return {
        "experiment": view.experiment.digest,
        **settings,
        "weights": view.experiment.weights,
        "status": str(view.status),
        "message": view.message,
        "epochs": view.events[-1].epoch if view.events else 0,
        "samples": view.events[-1].samples if view.events else 0,
        "seconds": sum(event.seconds for event in view.events),
        "samples_to_99": None if reached is None else view.events[reached].samples,
        "seconds_to_99": None if reached is None else sum(each.seconds for each in view.events[: reached + 1]),
        **{name: None if report is None else getattr(report, name) for name in figures},
        "exact_match_low": None if report is None else report.exact_match_interval[0],
        "exact_match_high": None if report is None else report.exact_match_interval[1],
        "trained_exact_match": None if report is None else report.trained_exact_match,
        "first_exact_match": None if report is None else report.first_exact_match,
        "malformed": None if report is None else report.malformed,
    }
