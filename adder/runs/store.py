"""The runs of a server on disk, so that nothing they have learned is lost when it ends.

    HOME/runs.sqlite            one record a run, or the database that `ADDER_DATABASE` names
    HOME/runs/ID.adder          its solver, once the run is over
    HOME/runs/ID.checkpoint     where it stands, to go on from

Files are written whole or not at all, and before the record that speaks of them. Reading them executes nothing.
A record names the process that trains the run, so that a run whose process is gone can be told from one that goes on.
Every method may take as long as a disk takes; whose threads may wait for it is `adder.runs.saver`'s to know.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import platform
import secrets
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adder.base import validation
from adder.base.errors import AdderError, SolverFileError, StoreError
from adder.base.messages import Sentence
from adder.base.paths import home
from adder.experiment import Experiment
from adder.solvers.archive import PART, replace_file
from adder.solvers.results import Epoch, Example, Report
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from adder.runs.run_table import Records

_log = logging.getLogger(__name__)

ACTIVE = ("queued", "running")
STORE_BYTES = 2_000_000_000
LOST_SECONDS = 60  # a run of another host that nobody has looked after for so long is nobody's
_FORGOTTEN_SECONDS = 3_600  # a file still being written after so long is one that a crash left
_MALFORMED = (AdderError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
_TORN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_here: set[str] = set()  # the open stores of this process, by what they sign with


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What lists and boards tell of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is trained.
        status: One of `adder.runs.run.STATUSES`.
        epochs: How many are over.
        samples: Training questions seen.
        seconds: What its epochs took together.
        weights: How many the network has.
        exact_match: The share answered wholly right: the report's, or before there is one the last epoch's, or None.
        exact_match_interval: Where that share lies with a confidence of 95 %; None before there is a report.
        split: What was asked, `"held_out"` or `"fresh"` questions.
        created: When the run was asked for, in UTC.
        task: Equal for runs of equal tasks.
    """

    id: str
    experiment: Experiment
    status: str
    epochs: int
    samples: int
    seconds: float
    weights: int
    exact_match: float | None
    exact_match_interval: tuple[float, float] | None
    split: str
    created: datetime
    task: str

    @classmethod
    def of(
        cls,
        run_id: str,
        experiment: Experiment,
        status: str,
        created: datetime,
        events: Sequence[Epoch],
        report: Report | None,
    ) -> RunRecord:
        """The record of a run from what is known of it."""
        last = events[-1] if events else None
        split = "held_out" if experiment.task.held_out else "fresh"
        return cls(
            id=run_id,
            experiment=experiment,
            status=status,
            epochs=last.epoch if last else 0,
            samples=last.samples if last else 0,
            seconds=sum(event.seconds for event in events),
            weights=experiment.weights,
            exact_match=report.exact_match if report else last.exact_match if last else None,
            exact_match_interval=report.exact_match_interval if report else None,
            split=report.split if report else split,
            created=created,
            task=task_key(experiment),
        )


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A record with what the page needs beside it.

    Attributes:
        record: The figures.
        message: What a person should know; a `Sentence` where it was one.
        report: The evaluation, where one was made.
        examples: The twenty questions after the last epoch.
        owner: Which store keeps it while it is waiting or running; empty otherwise.
        updated: When it was last looked after, in seconds since 1970.
    """

    record: RunRecord
    message: str = ""
    report: Report | None = None
    examples: tuple[Example, ...] = ()
    owner: str = ""
    updated: float = 0.0

    @property
    def active(self) -> bool:
        """Whether the run was waiting or running when this was written."""
        return self.record.status in ACTIVE

    @property
    def interrupted(self) -> bool:
        """Whether the process that trained it is gone."""
        return self.active and not _is_alive(self.owner, self.updated)


class Store:
    """Runs on disk. Made at once; `open` does the work.

    Args:
        folder: Where files go, and the database where no other is named; by default adder's home.
        database: SQLAlchemy's URL of the database; by default `ADDER_DATABASE`, or SQLite in the folder.
        most_bytes: What the files of all runs may take together; by default `ADDER_STORE_BYTES`, or 2 GB.

    Raises:
        ExperimentError: `ADDER_STORE_BYTES` is not a whole number from 1 to 10^15.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder))
    ...     store.open()
    ...     store.runs()
    ...     store.close()
    []
    """

    def __init__(
        self, folder: Path | None = None, *, database: str | None = None, most_bytes: int | None = None
    ) -> None:
        self.folder = home() if folder is None else folder
        self.most_bytes = validation.setting("ADDER_STORE_BYTES", most_bytes, 1, 10**15) or STORE_BYTES
        self._url = database or os.environ.get("ADDER_DATABASE") or f"sqlite:///{self.folder / 'runs.sqlite'}"
        self._owner = f"{platform.node()[:100]}:{os.getpid()}:{secrets.token_hex(8)}"
        self._records: Records | None = None
        self._opening = threading.Lock()

    def open(self) -> None:
        """Make folder and database ready, where that was not done yet.

        Raises:
            StoreError: They cannot be used.
        """
        with self._opening:
            if self._records is not None:
                return
            with self._told():
                self._files.mkdir(parents=True, exist_ok=True)
                for left in self._files.glob(f"*{PART}"):
                    if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
                        left.unlink(missing_ok=True)
            from adder.runs.run_table import Records

            self._records = Records(self._url)
            _here.add(self._owner)

    def close(self) -> None:
        """Let the database go. Runs that this store had in training count as interrupted from now on."""
        with self._opening:
            _here.discard(self._owner)
            if self._records is not None:
                self._records.close()
                self._records = None

    def save(self, run: StoredRun, solver: Solver | None = None, checkpoint: Checkpoint | None = None) -> bool:
        """Keep a run: the files that are given, and its record.

        Returns:
            Whether that was done. It is not where another process has the run waiting or in training.

        Raises:
            StoreError: The disk is full, or cannot be written for another reason. What was there before still is.
        """
        record = run.record
        files = (self._solver_file(record.id), self._checkpoint_file(record.id))
        if not self._open_records.claim(record.id, self._owner, ACTIVE):
            return False
        with self._told():
            for path, content in zip(files, (solver, checkpoint), strict=True):
                if content is not None:
                    replace_file(path, content.to_bytes())
            size = sum(path.stat().st_size for path in files if path.exists())
        low, high = record.exact_match_interval or (None, None)
        self._open_records.save(
            {
                "id": record.id,
                "experiment": record.experiment.to_json(),
                "digest": record.experiment.digest,
                "task": record.task,
                "status": record.status,
                "message": _message_json(run.message),
                "created": record.created.timestamp(),
                "updated": time.time(),
                "epochs": record.epochs,
                "samples": record.samples,
                "seconds": record.seconds,
                "weights": record.weights,
                "exact_match": record.exact_match,
                "exact_match_low": low,
                "exact_match_high": high,
                "split": record.split,
                "report": json.dumps(None if run.report is None else run.report.to_dict()),
                "examples": json.dumps([dataclasses.asdict(example) for example in run.examples]),
                "owner": self._owner if run.active else "",
                "bytes": size,
            }
        )
        return True

    def touch(self) -> None:
        """Note that this store's active runs are looked after still."""
        self._open_records.touch(self._owner, time.time())

    def runs(self, since: float = 0) -> list[StoredRun]:
        """All runs whose records changed since then, without their reports and examples, the latest change last.

        One whose record cannot be understood, as of a newer adder, is left out and left alone.
        """
        return [run for row in self._open_records.rows(since) if (run := _run(row)) is not None]

    def run(self, run_id: str) -> StoredRun | None:
        """The whole record of a run, or None where there is none that can be understood."""
        row = self._open_records.row(run_id)
        return None if row is None else _run(row)

    def has_solver(self, run_id: str) -> bool:
        """Whether there is a file of the run's solver."""
        return self._solver_file(run_id).exists()

    def solver(self, run_id: str) -> Solver | None:
        """The run's solver as of its end, or None where none was kept.

        Raises:
            StoreError: Its file cannot be read.
        """
        path = self._solver_file(run_id)
        try:
            return Solver.load(path) if path.exists() else None
        except SolverFileError as error:
            raise StoreError(_unreadable(path, error.sentence)) from error

    def checkpoint(self, run_id: str) -> Checkpoint | None:
        """Where the run stands, or None where that was not kept.

        Raises:
            StoreError: Its file cannot be read.
        """
        path = self._checkpoint_file(run_id)
        try:
            return Checkpoint.from_bytes(path.read_bytes()) if path.exists() else None
        except OSError as error:
            raise StoreError(_unreadable(path, error.strerror or str(error))) from error
        except (*_MALFORMED, *_TORN) as error:
            raise StoreError(_unreadable(path, str(error))) from error

    def recover(self, run: StoredRun) -> StoredRun | None:
        """Take in an interrupted run: paused, at the epoch of its checkpoint; None where somebody else was faster."""
        events: tuple[Epoch, ...] = ()
        try:
            checkpoint = self.checkpoint(run.record.id)
            events = checkpoint.history if checkpoint else ()
            message = interruption(len(events))
        except StoreError as error:
            _log.warning("%s", error)
            message = Sentence("The server was restarted and {why}; Continue begins anew", why=error.sentence)
        was = run.record
        record = RunRecord.of(was.id, was.experiment, "paused", was.created, events, None)
        values = {
            "status": record.status,
            "message": _message_json(message),
            "updated": time.time(),
            "epochs": record.epochs,
            "samples": record.samples,
            "seconds": record.seconds,
            "exact_match": record.exact_match,
            "owner": "",
        }
        taken = self._open_records.change(record.id, run.owner, values)
        return StoredRun(record, message) if taken else None

    def prune(self) -> tuple[str, ...]:
        """Forget the oldest runs, those that are over before those that are paused, until the rest fits the limit.

        Returns:
            The ids of the forgotten.
        """
        records, forgotten = self._open_records, []
        total = records.total_bytes()
        if total > self.most_bytes:
            rows = [row for row in records.rows() if row["status"] not in ACTIVE]
            for row in sorted(rows, key=lambda row: row["status"] == "paused"):
                if total <= self.most_bytes:
                    break
                records.delete(row["id"])
                with self._told():
                    self._solver_file(row["id"]).unlink(missing_ok=True)
                    self._checkpoint_file(row["id"]).unlink(missing_ok=True)
                total -= row["bytes"]
                forgotten.append(row["id"])
        return tuple(forgotten)

    @property
    def _files(self) -> Path:
        return self.folder / "runs"

    def _solver_file(self, run_id: str) -> Path:
        return self._files / f"{run_id}.adder"

    def _checkpoint_file(self, run_id: str) -> Path:
        return self._files / f"{run_id}.checkpoint"

    @property
    def _open_records(self) -> Records:
        records = self._records
        if records is None:
            raise StoreError(Sentence("the store of runs is closed"))
        return records

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            said = Sentence("runs cannot be kept in {folder} ({why})", folder=str(self._files), why=why)
            raise StoreError(said) from error


def task_key(experiment: Experiment) -> str:
    """Twelve hexadecimal digits that runs of equal tasks share.

    >>> task_key(Experiment()) == task_key(Experiment(seed=2))
    True
    """
    task = json.dumps(experiment.to_dict()["task"], sort_keys=True)
    return hashlib.sha256(task.encode()).hexdigest()[:12]


def interruption(epoch: int) -> Sentence:
    """What is said of a run that the end of its server interrupted after an epoch."""
    if not epoch:
        return Sentence("The server was restarted before the first epoch; Continue begins")
    return Sentence("The server was restarted; Continue goes on from epoch {epoch}", epoch=epoch)


def _unreadable(path: Path, why: str) -> Sentence:
    return Sentence("the file {name} cannot be read ({why})", name=path.name, why=why)


def _is_alive(owner: str, updated: float) -> bool:
    host, _, name = owner.partition(":")
    process = name.partition(":")[0]
    if host == platform.node()[:100] and process.isdecimal():
        if int(process) == os.getpid():
            return owner in _here
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it is somebody else's, but it is there
    return time.time() - updated < LOST_SECONDS


def _message_json(message: str) -> str:
    return json.dumps(message.to_dict() if isinstance(message, Sentence) else message)


def _run(row: dict[str, Any]) -> StoredRun | None:
    try:
        message, report = json.loads(row["message"]), json.loads(row.get("report", "null"))
        interval = (row["exact_match_low"], row["exact_match_high"])
        record = RunRecord(
            id=row["id"],
            experiment=Experiment.from_json(row["experiment"]),
            status=row["status"],
            epochs=row["epochs"],
            samples=row["samples"],
            seconds=row["seconds"],
            weights=row["weights"],
            exact_match=row["exact_match"],
            exact_match_interval=None if None in interval else interval,
            split=row["split"],
            created=datetime.fromtimestamp(row["created"], UTC),
            task=row["task"],
        )
        return StoredRun(
            record=record,
            message=Sentence.from_dict(message) if isinstance(message, dict) else str(message),
            report=None if report is None else Report.from_dict(report),
            examples=tuple(Example(**example) for example in json.loads(row.get("examples", "[]"))),
            owner=row["owner"],
            updated=row["updated"],
        )
    except (*_MALFORMED, OverflowError, OSError) as error:
        _log.warning("the record of run %s cannot be understood: %s", row["id"], error)
        return None
