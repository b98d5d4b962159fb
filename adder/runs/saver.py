"""One thread that keeps a job service's runs on disk, so that nobody else ever waits for it.

It opens the store, saves what has changed, takes in runs whose process is gone, and holds in memory what lists need.
Trouble with the disk is told, logged and tried again; the runs themselves live on in memory.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

from adder.base.errors import StoreError
from adder.runs.store import LOST_SECONDS, Store, StoredRun
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint

_log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 2.0  # how often at most a running run is written
REFRESH_SECONDS = 5.0
RETRY_SECONDS = 5.0
OPEN_SECONDS = 3.0  # how long a page waits at most for a store that is just being opened

Kept = tuple[StoredRun, Solver | None, Checkpoint | None]


class Keeper:
    """Keeps runs in a store.

    Args:
        store: Where; it is closed with the keeper.
        take: Gives a run as it stands, and the files to write; None where it is not there any more.
        notice: Told of every run that changed in the store, whoever changed it.
        lose: Told of a run that another process has taken, so that it cannot be kept here.
    """

    def __init__(
        self,
        store: Store,
        take: Callable[[str], Kept | None],
        notice: Callable[[StoredRun], None],
        lose: Callable[[str], None],
    ) -> None:
        self._store = store
        self._take = take
        self._notice = notice
        self._lose = lose
        self._known: dict[str, StoredRun] = {}
        self._due: dict[str, float] = {}
        self._saving = ""
        self._changed = threading.Condition()
        self._looked = threading.Event()
        self._closing = False
        self._refresh_at = 0.0
        self._seen = 0.0
        self.trouble = ""
        self._thread = threading.Thread(target=self._work, name="adder-keeper", daemon=True)
        self._thread.start()

    def keep(self, run_id: str, *, soon: bool = True) -> None:
        """Save a run as it stands: at once, or with what else it learns in the next seconds."""
        with self._changed:
            due = time.monotonic() + (0 if soon else CHECKPOINT_SECONDS)
            self._due[run_id] = min(due, self._due.get(run_id, due))
            self._changed.notify_all()

    def is_kept(self, run_id: str) -> bool:
        """Whether the store has the run as it stands."""
        with self._changed:
            return run_id in self._known and run_id not in self._due and run_id != self._saving

    def known(self) -> list[StoredRun]:
        """What the store holds, without reports and examples; waits where it is just being opened."""
        self._looked.wait(OPEN_SECONDS)
        with self._changed:
            return list(self._known.values())

    def find(self, run_id: str) -> StoredRun | None:
        """One of them; waits where the store is just being opened."""
        self._looked.wait(OPEN_SECONDS)
        with self._changed:
            return self._known.get(run_id)

    def close(self) -> None:
        """Save what is due and close the store."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while True:
            with self._changed:
                closing = self._closing
                if not closing:
                    wake = min([self._refresh_at, *self._due.values()])
                    self._changed.wait(max(0.0, wake - time.monotonic()))
                    closing = self._closing
                now = time.monotonic()
                due = [run_id for run_id, at in self._due.items() if at <= now or closing]
            try:
                self._store.open()
                if not closing and now >= self._refresh_at:
                    self._refresh()
                for run_id in due:
                    self._save(run_id)
                if due:
                    self._forget(self._store.prune())
                self.trouble = ""
            except StoreError as error:
                self._put_off(error)
            except Exception:  # noqa: BLE001  the thread that keeps everyone's runs must outlive any one failure
                _log.exception("keeping runs failed")
                self._put_off(None)
            self._looked.set()
            if closing:
                self._store.close()
                return

    def _put_off(self, error: StoreError | None) -> None:
        if error is not None:
            if error.sentence != self.trouble:
                _log.error("%s; they are kept in memory", error)
            self.trouble = error.sentence
        later = time.monotonic() + RETRY_SECONDS
        with self._changed:
            self._refresh_at = later
            self._due = {run_id: max(at, later) for run_id, at in self._due.items()}

    def _save(self, run_id: str) -> None:
        with self._changed:
            self._due.pop(run_id, None)
            self._saving = run_id
        kept = None
        try:
            kept = self._take(run_id)
            if kept is not None and not self._store.save(*kept):
                _log.warning("another process has taken a run", extra={"run": run_id})
                kept = None
                self._lose(run_id)
        except Exception:
            self.keep(run_id)
            raise
        finally:
            with self._changed:
                self._saving = ""
                if kept is not None and run_id not in self._due:
                    self._known[run_id] = dataclasses.replace(kept[0], report=None, examples=())

    def _refresh(self) -> None:
        """Look what other processes did, and whether one of them is gone."""
        self._store.touch()
        started = time.time()
        for run in self._store.runs(self._seen):
            with self._changed:
                if run.record.id not in self._due and run.record.id != self._saving:
                    self._known[run.record.id] = run
            self._notice(run)
        self._seen = started - LOST_SECONDS  # clocks may differ
        with self._changed:
            active = [run for run in self._known.values() if run.interrupted]
        for run in active:
            if self._take(run.record.id) is None and (recovered := self._store.recover(run)) is not None:
                with self._changed:
                    self._known[run.record.id] = recovered
                self._notice(recovered)
        self._refresh_at = time.monotonic() + REFRESH_SECONDS

    def _forget(self, run_ids: tuple[str, ...]) -> None:
        with self._changed:
            for run_id in run_ids:
                self._known.pop(run_id, None)
