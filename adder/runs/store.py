"""The runs of a server on disk, so that nothing they have learned is lost when it ends.

    HOME/runs.sqlite            one record for each run, or the database that `ADDER_DATABASE` names
    HOME/runs/ID.adder          its solver, once the run is over
    HOME/runs/ID.checkpoint     where it stands, to go on from
    HOME/runs/ID.snapshots      its weights after many epochs, to look back at

Files are written whole or not at all, and before the record that names them. Reading them executes nothing. A record
names the process that trains the run, so that a run whose process is gone can be told from one that goes on. What is
removed while an app runs is made again, and what is damaged is set aside. Every method may take as long as a disk
takes; only the thread of `adder.runs.saver` waits for it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import platform
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from adder.base.errors import SolverFileError, StoreError
from adder.base.messages import Sentence
from adder.base.paths import home
from adder.base.server_settings import server_settings
from adder.experiment import Experiment
from adder.runs import salvage
from adder.runs.run import RunRecord
from adder.runs.status import ACTIVE, Status
from adder.runs.visitors import Visit
from adder.solvers.archive import PART, replace_file
from adder.solvers.results import Epoch, Example, Report
from adder.solvers.snapshots import Snapshots
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from adder.runs.run_table import RunTable

_log = logging.getLogger(__name__)

MOST_RECORD_BYTES = 30_000_000  # Lists hold all records in memory, where they take several times as much.
LARGE_RUN_BYTES = 40_000_000  # The textbook's run takes 6 MB.
SHARE_OF_LARGE_RUNS = 1 / 2  # A full store first deletes runs of those that take more than their share.
SHARE_OF_A_PERSON = 1 / 8
LOST_SECONDS = 60  # A process of another machine counts as gone after this long without a heartbeat.
_LEFT_OVER_SECONDS = 3_600  # A file that is still being written after this long was left by a crash.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
_RECORD_FIGURES = ("epochs", "samples", "seconds", "exact_match", "split")
_owners_of_open_stores: set[str] = set()

_Kept = TypeVar("_Kept", Solver, Checkpoint, Snapshots)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store has it: its record, what a page needs beside it, and its files.

    Lists leave out the report, the examples and the files.

    Attributes:
        record: The figures.
        message: What a person should know; a `Sentence` where it was one.
        report: The evaluation, or None.
        examples: The twenty questions after the last epoch.
        solver: The network at the end of the run, or None.
        checkpoint: Where the run stands, or None.
        snapshots: Its weights after many epochs, or None.
        damage: Why the checkpoint's file cannot be read, or an empty text.
        owner: The store that keeps the run while it is queued or running; empty otherwise.
        updated: When the owner last noted that it is alive, in seconds since 1970.
        owners: The people who asked for the run.
    """

    record: RunRecord
    message: str = ""
    report: Report | None = None
    examples: tuple[Example, ...] = ()
    solver: Solver | None = field(default=None, repr=False)
    checkpoint: Checkpoint | None = field(default=None, repr=False)
    snapshots: Snapshots | None = field(default=None, repr=False)
    damage: str = ""
    owner: str = ""
    updated: float = 0.0
    owners: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether the run was queued or running when this was written."""
        return self.record.status in ACTIVE

    @property
    def interrupted(self) -> bool:
        """Whether the process that trained the run is gone."""
        return self.active and not _is_alive(self.owner, self.updated)

    @property
    def listed(self) -> StoredRun:
        """The run without what lists leave out."""
        return StoredRun(self.record, self.message, owner=self.owner, updated=self.updated, owners=self.owners)


class Store:
    """Runs on disk. Making a store does nothing yet; `open` does the work.

    Args:
        folder: The folder of the files, and of the database unless another is named; by default adder's home.
        database: SQLAlchemy's URL of the database; by default `ADDER_DATABASE`, or SQLite in the folder.
        most_bytes: What the files of all runs may take together; by default `ADDER_STORE_BYTES`, or 2 GB.

    Raises:
        ExperimentError: A setting of the server has a wrong value.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder))
    ...     made = store.open()
    ...     store.runs()
    ...     store.close()
    []
    """

    def __init__(
        self, folder: Path | None = None, *, database: str | None = None, most_bytes: int | None = None
    ) -> None:
        self.folder = home() if folder is None else folder
        settings = server_settings()
        self.most_bytes = most_bytes or settings.store_bytes
        self._database = database or settings.database or self.folder / "runs.sqlite"
        self._owner = f"{_process_space()}:{os.getpid()}:{secrets.token_hex(8)}"
        self._table: RunTable | None = None
        self._seen_visits: dict[tuple[str, str], tuple[float, str]] = {}
        self._inodes: list[tuple[int, int]] = []  # They tell whether folder and database were replaced.
        self._ahead = 0.0  # Seconds that the database's clock is ahead of this machine's.
        self._opening = threading.Lock()

    def open(self) -> bool:
        """Make folder and database ready if they are not.

        A folder or database that was removed is made again. A damaged database in the folder is set aside, and what
        can be read of it is taken over. Files without a record get one.

        Returns:
            Whether they were not ready, so that whatever was read from the store may not be true any more.

        Raises:
            StoreError: They cannot be used.
        """
        with self._opening:
            if self._table is not None:
                if not self._table.damaged and self._inodes_now(self._table) == self._inodes:
                    return False
                _log.warning("the store of runs was removed or damaged; it is opened anew")
                self._table.close()
                self._table = None
            with self._as_store_error():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._files.mkdir(mode=0o700, exist_ok=True)
                for left in self._files.glob(f"*{PART}"):
                    with contextlib.suppress(FileNotFoundError):  # Another store may have just finished writing it.
                        if time.time() - left.stat().st_mtime > _LEFT_OVER_SECONDS:
                            left.unlink()
                self._table = table = self._opened_table()
                _owners_of_open_stores.add(self._owner)
                message = Sentence("The record of this run was lost; its files tell what stands here")
                for record, report, written in salvage.recorded_from_files(self._files, table.ids()):
                    changes = self._changes(StoredRun(record, message, report), "") | {"updated": written}
                    table.add({"id": record.id, "bytes": self._bytes(record.id), **changes})
                self._inodes = self._inodes_now(table)
            return True

    def close(self) -> None:
        """Close the database. Runs that this store had in training count as interrupted from now on."""
        with self._opening:
            _owners_of_open_stores.discard(self._owner)
            if self._table is not None:
                self._table.close()
                self._table = None

    def _opened_table(self) -> RunTable:
        from adder.runs.database import DamagedDatabaseError
        from adder.runs.run_table import RunTable

        try:
            return RunTable(self._database)
        except DamagedDatabaseError as error:
            if not isinstance(self._database, Path):  # Whoever named another database looks after it.
                raise
            aside = salvage.set_aside(self._database)
            _log.error("%s; it is kept as %s, and another takes its place", error, aside.name)
            table = RunTable(self._database)
            rows = salvage.readable_rows(aside, {path.stem for path in salvage.run_files(self._files)})
            for row in rows:
                if _run(row) is not None:
                    table.add(row)
            _log.warning("records of runs were read from a damaged database", extra={"records": len(rows)})
            return table

    def _inodes_now(self, table: RunTable) -> list[tuple[int, int]]:
        try:
            return [(at.st_dev, at.st_ino) for at in map(os.stat, filter(None, (self._files, table.file)))]
        except OSError:
            return []

    def save(self, run: StoredRun) -> bool:
        """Keep a run: the files that are given, and its record.

        Returns:
            Whether the run was saved; False if another process has it queued or running.

        Raises:
            StoreError: The disk is full, or cannot be written for another reason. What was there before stays.
        """
        run_id = run.record.id
        if not self._open_table.claim(run_id, self._owner, ACTIVE):
            return False
        with self._as_store_error():
            contents = (run.solver, run.checkpoint, run.snapshots)
            for path, content in zip(self._files_of(run_id), contents, strict=True):
                if content is not None:
                    replace_file(path, content.write, private=True)
        row = self._changes(run, self._owner if run.active else "")
        self._open_table.save({"id": run_id, "bytes": self._bytes(run_id), **row})
        return True

    def touch(self) -> None:
        """Note that this store's process is alive, by the database's clock, because those of machines may differ."""
        now = self._open_table.now()
        self._ahead = now - time.time()
        self._open_table.touch(self._owner, now)

    def runs(self, since: float = 0) -> list[StoredRun]:
        """All runs whose records changed since then, as lists need them, the latest change last.

        A record that cannot be understood, such as a newer adder's, is left out and left alone.
        """
        rows = self._open_table.rows(since + self._ahead)
        return [run.listed for row in rows if (run := _run(row, self._ahead)) is not None]

    def ids(self) -> set[str]:
        """The ids of all runs, also of those whose records cannot be understood."""
        return self._open_table.ids()

    def load(self, run_id: str) -> StoredRun | None:
        """A run with its files, or None if no record of it can be understood.

        A file that cannot be read is left out: a run that is over still has its solver, `damage` tells why a
        checkpoint is missing, and only looking back needs the snapshots.
        """
        row = self._open_table.row(run_id)
        run = None if row is None else _run(row, self._ahead)
        if run is None:
            return None
        solver, checkpoint, damage = None, None, ""
        if run.record.status.over:
            try:
                solver = self.solver(run_id)
            except StoreError as error:
                _log.warning("run %s: %s", run_id, error)
        try:
            checkpoint = self.checkpoint(run_id)
        except StoreError as error:
            _log.warning("run %s: %s", run_id, error)
            damage = error.sentence
        try:
            snapshots = self._read(self._files_of(run_id)[2], Snapshots)
        except StoreError as error:
            _log.warning("run %s: %s", run_id, error)
            snapshots = None
        return dataclasses.replace(run, solver=solver, checkpoint=checkpoint, snapshots=snapshots, damage=damage)

    def solver(self, run_id: str) -> Solver | None:
        """The run's solver as of its end, or None if none was kept.

        Raises:
            StoreError: Its file cannot be read.
        """
        return self._read(self._files_of(run_id)[0], Solver)

    def checkpoint(self, run_id: str) -> Checkpoint | None:
        """Where the run stands, or None if that was not kept.

        Raises:
            StoreError: Its file cannot be read.
        """
        return self._read(self._files_of(run_id)[1], Checkpoint)

    @staticmethod
    def _read(path: Path, kind: type[_Kept]) -> _Kept | None:
        try:
            return kind.from_bytes(path.read_bytes()) if path.exists() else None
        except (OSError, SolverFileError) as error:
            why = error.sentence if isinstance(error, SolverFileError) else error.strerror or str(error)
            raise StoreError("the file {name} cannot be read ({why})", name=path.name, why=why) from error

    def recover(self, run: StoredRun) -> StoredRun | None:
        """Take over an interrupted run: paused, at the epoch of its checkpoint; None if another process was faster."""
        events: tuple[Epoch, ...] = ()
        try:
            checkpoint = self.checkpoint(run.record.id)
            events = checkpoint.history if checkpoint else ()
            message = interruption(len(events))
        except StoreError as error:
            _log.warning("%s", error)
            message = Sentence("The server was restarted and {why}; Continue begins anew", why=error.sentence)
        was = run.record
        record = RunRecord.of(was.id, was.experiment, Status.PAUSED, was.created, events, None)
        paused = StoredRun(record, message, owners=run.owners)
        return paused if self._open_table.change(was.id, run.owner, self._changes(paused, "")) else None

    def visit(self, visit: Visit) -> None:
        """Tell the process that trains a run who watches it here."""
        self._open_table.visit(visit.run_id, visit.person, visit.wish, time.time())

    def visits(self) -> list[Visit]:
        """Who watches which run, as far as that was told since the last call."""
        rows = self._open_table.visits()
        told = {(row["run_id"], row["person"]): (row["updated"], row["wish"]) for row in rows}
        new = [Visit(*key, wish) for key, (at, wish) in told.items() if self._seen_visits.get(key) != (at, wish)]
        self._seen_visits = told
        if any(time.time() - row["updated"] > _LEFT_OVER_SECONDS for row in rows):
            self._open_table.forget_visits(time.time() - _LEFT_OVER_SECONDS)
        return new

    def grant(self, visit: Visit) -> None:
        """Note that this process has done what a visitor of another one wished."""
        self._open_table.grant(visit.run_id, visit.person, visit.wish)

    def total_bytes(self) -> int:
        """What the files of all runs take."""
        return self._open_table.total_bytes()

    def prune(self) -> tuple[str, ...]:
        """Delete runs until the rest fits: the oldest first, and those that are over before those that are paused.

        People who take more than their share of the store lose runs first; then large runs go, if they take more than
        theirs. So nobody's few small runs make room for somebody's many or large ones.

        Returns:
            The ids of the deleted runs.
        """
        table = self._open_table
        rows = sorted(table.sizes(), key=lambda row: row["status"] == Status.PAUSED)
        deleted: dict[str, None] = {}
        for measure, most in (("bytes", self.most_bytes), ("record_bytes", MOST_RECORD_BYTES)):
            left = [row for row in rows if row["id"] not in deleted]
            deleted |= dict.fromkeys(_surplus(left, measure, most))
        for run_id in deleted:
            table.delete(run_id)
            with self._as_store_error():
                for path in self._files_of(run_id):
                    path.unlink(missing_ok=True)
        return tuple(deleted)

    @property
    def _files(self) -> Path:
        return self.folder / "runs"

    def _files_of(self, run_id: str) -> tuple[Path, Path, Path]:
        """Where a run's solver, its checkpoint and its snapshots are."""
        solver, checkpoint, snapshots = (
            self._files / f"{run_id}.{suffix}" for suffix in ("adder", "checkpoint", "snapshots")
        )
        return solver, checkpoint, snapshots

    def _bytes(self, run_id: str) -> int:
        found = 0
        for path in self._files_of(run_id):
            with contextlib.suppress(FileNotFoundError):
                found += path.stat().st_size
        return found

    def _changes(self, run: StoredRun, owner: str) -> dict[str, Any]:
        """The columns that a change of a run writes."""
        return {
            "owner": owner,
            "person": run.owners[0][:100] if run.owners else "",
            "status": str(run.record.status),
            "updated": time.time() + self._ahead,
            "described": _description(run),
        }

    @property
    def _open_table(self) -> RunTable:
        table = self._table
        if table is None:
            raise StoreError("the store of runs is closed")
        return table

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreError("runs cannot be kept in {folder} ({why})", folder=str(self._files), why=why) from error


def interruption(epoch: int) -> Sentence:
    """What is said of a run that the end of its server interrupted after an epoch."""
    if not epoch:
        return Sentence("The server was restarted before the first epoch; Continue begins")
    return Sentence("The server was restarted; Continue goes on from epoch {epoch}", epoch=epoch)


def _surplus(rows: list[dict[str, Any]], measure: str, most: int) -> Iterator[str]:
    """The ids of the runs to delete so that the rest takes at most `most`; earlier rows go first."""
    people: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        people[row["person"] or row["id"]].append(row)
    large = [row for row in rows if row["bytes"] > LARGE_RUN_BYTES]
    shares = [(theirs, SHARE_OF_A_PERSON * most) for theirs in people.values()]
    total, gone = sum(row[measure] for row in rows), set()
    for group, share in [*shares, (large, SHARE_OF_LARGE_RUNS * most), (rows, most)]:
        left = [row for row in group if row["id"] not in gone]
        taken = sum(row[measure] for row in left)
        for row in left:
            if total <= most or taken <= share:
                break
            if row["status"] not in ACTIVE:
                gone.add(row["id"])
                total, taken = total - row[measure], taken - row[measure]
                yield row["id"]


def _process_space() -> str:
    """Where a process number means the same process: this machine since it was started, and this container of it.

    A host name does not tell that: containers often share one, and each has a process 1.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # Only Linux has these files.
        import psutil

        return f"{platform.node()[:100]}-{psutil.boot_time():.0f}"


def _is_alive(owner: str, updated: float) -> bool:
    space, _, name = owner.partition(":")
    process = name.partition(":")[0]
    if space == _process_space() and process.isdecimal():
        if int(process) == os.getpid():
            return owner in _owners_of_open_stores
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # The process is there, but belongs to another user.
    return time.time() - updated < LOST_SECONDS


def _description(run: StoredRun) -> str:
    """What a record holds beside its columns, as JSON."""
    record, message = run.record, run.message
    return json.dumps(
        {
            "experiment": record.experiment.to_dict(),
            "message": message.to_dict() if isinstance(message, Sentence) else message,
            "created": record.created.timestamp(),
            **{name: getattr(record, name) for name in _RECORD_FIGURES},
            "exact_match_interval": record.exact_match_interval,
            "report": None if run.report is None else run.report.to_dict(),
            "examples": [dataclasses.asdict(example) for example in run.examples],
            "owners": run.owners,
        }
    )


def _run(row: dict[str, Any], ahead: float = 0.0) -> StoredRun | None:
    try:
        told = json.loads(row["described"])
        message, report, interval = told["message"], told["report"], told["exact_match_interval"]
        record = RunRecord(
            id=row["id"],
            experiment=Experiment.from_dict(told["experiment"]),
            status=Status(row["status"]),
            exact_match_interval=None if interval is None else (interval[0], interval[1]),
            created=datetime.fromtimestamp(told["created"], UTC),
            **{name: told[name] for name in _RECORD_FIGURES},
        )
        return StoredRun(
            record=record,
            message=Sentence.from_dict(message) if isinstance(message, dict) else str(message),
            report=None if report is None else Report.from_dict(report),
            examples=tuple(Example(**example) for example in told["examples"]),
            owner=row["owner"],
            updated=row["updated"] - ahead,
            owners=tuple(map(str, told.get("owners", ()))),
        )
    except _MALFORMED as error:
        _log.warning("the record of run %s cannot be understood: %s", row["id"], error)
        return None
