"""One thread that moves runs between memory and the store, so that nobody else ever waits for a disk.

It opens the store, saves what has changed, loads what pages ask for, takes over runs whose process is gone, and keeps
the records that lists need in memory. Trouble with the disk is shown, logged and tried again; meanwhile the runs stay
in memory.
"""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections import deque
from typing import Protocol

from adder.base.errors import StoreError
from adder.runs.store import LOST_SECONDS, Store, StoredRun
from adder.runs.visitors import Visit

_log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 2.0  # A run in training is saved no more often.
REFRESH_SECONDS = 5.0
_ABSENT_SECONDS = 5.0  # An id that the store did not have is not looked for again so soon.
_MOST_ABSENT_IDS = 1_000
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
RETRY_SECONDS = 5.0


class Memory(Protocol):
    """The runs in memory, as the saver's thread asks of them and tells them."""

    def to_store(self, run_id: str) -> StoredRun | None:
        """A run as it stands, with its files; None if this process does not have it."""

    def is_outdated(self, run: StoredRun) -> bool:
        """Whether this run is in memory, and another process has changed it since."""

    def on_loaded(self, run: StoredRun) -> None:
        """A run was read from the store."""

    def on_taken_over(self, run_id: str) -> None:
        """This run is not this process's any more: another one has taken it, or it was deleted to make room."""


class Visitors(Protocol):
    """Who watches runs, as the saver's thread asks and tells."""

    def visits(self) -> list[Visit]:
        """Who watches runs here that other processes train."""

    def on_visit(self, visit: Visit) -> bool:
        """Note that somebody watches a run at another process, and return whether a wish of theirs was granted."""


class Saver:
    """Keeps runs in a store.

    Args:
        store: The store, which is closed with the saver.
        memory: The runs in memory.

    Attributes:
        visitors: What takes in the visitors of other processes, or None.
        trouble: Why runs cannot be kept on disk now, or an empty text.
        disk_bytes: What the files of all runs took when the store was last read.
    """

    def __init__(self, store: Store, memory: Memory) -> None:
        self.visitors: Visitors | None = None
        self.trouble = ""
        self.disk_bytes = 0
        self._store = store
        self._memory = memory
        self._known: dict[str, StoredRun] = {}
        self._absent_since: dict[str, float] = {}
        self._save_at: dict[str, float] = {}
        self._saving = ""
        self._to_load: dict[str, None] = {}
        self._to_tell: deque[Visit] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._refresh_at = 0.0
        self._load_at = 0.0
        self._refreshed = 0.0
        self._thread = threading.Thread(target=self._work, name="adder-saver", daemon=True)
        self._thread.start()

    def save(self, run_id: str, *, soon: bool = True) -> None:
        """Save a run as it stands: at once, or together with what it learns in the next seconds."""
        with self._wake:
            due = time.monotonic() + (0 if soon else CHECKPOINT_SECONDS)
            self._save_at[run_id] = min(due, self._save_at.get(run_id, due))
            self._wake.notify_all()

    def visit(self, visit: Visit) -> None:
        """Tell the process that trains a run about a visitor here, as soon as the disk allows."""
        with self._wake:
            self._to_tell.append(visit)
            self._wake.notify_all()

    def load(self, run_id: str) -> None:
        """Bring a run into memory as soon as the disk allows."""
        with self._wake:
            self._to_load[run_id] = None
            self._wake.notify_all()

    def unknown(self, run_id: str) -> bool:
        """Whether it is not known yet if the store has a run, such as one that another process has just made.

        The store is asked meanwhile. A store that cannot be read counts as having only the known runs.
        """
        with self._wake:
            if run_id in self._known or not _RUN_ID.fullmatch(run_id) or self.trouble:
                return False
            if time.monotonic() - self._absent_since.get(run_id, -math.inf) < _ABSENT_SECONDS:
                return False
        self.load(run_id)
        return True

    def is_saved(self, run_id: str) -> bool:
        """Whether the store has the run as it stands."""
        with self._wake:
            return run_id in self._known and run_id not in self._save_at and run_id != self._saving

    def known(self) -> list[StoredRun]:
        """The runs that the store had when it was last read, as lists need them."""
        with self._wake:
            return list(self._known.values())

    def find(self, run_id: str) -> StoredRun | None:
        """One of the known runs, or None."""
        with self._wake:
            return self._known.get(run_id)

    def close(self) -> None:
        """Save what is due and close the store."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while True:
            with self._wake:
                if not self._closing:
                    soon = [self._load_at] if self._to_load or self._to_tell else []
                    wake_at = min([self._refresh_at, *self._save_at.values(), *soon])
                    self._wake.wait(max(0.0, wake_at - time.monotonic()))
                closing = self._closing
            try:
                if self._store.open():
                    self._begin_anew()
                with self._wake:
                    now = time.monotonic()
                    due = [run_id for run_id, at in self._save_at.items() if at <= now or closing]
                    wanted = list(self._to_load) if self._load_at <= now and not closing else []
                if not closing and now >= self._refresh_at:
                    self._refresh()
                while self._to_tell:
                    self._store.visit(self._to_tell[0])
                    self._to_tell.popleft()
                for run_id in wanted:
                    self._load(run_id)
                for run_id in due:
                    self._save(run_id)
                if due:
                    self._on_deleted(self._store.prune())
                self.trouble = ""
            except StoreError as error:
                if error.sentence != self.trouble:
                    _log.error("%s; runs are kept in memory", error)
                self.trouble = error.sentence
                self._put_off()
            except Exception:  # noqa: BLE001  the thread that saves everyone's runs must outlive any one failure
                _log.exception("saving runs failed")
                self._put_off()
            if closing:
                self._store.close()
                return

    def _begin_anew(self) -> None:
        """The store was made again: read everything that it has, and save everything that is in memory."""
        now = time.monotonic()
        with self._wake:
            self._save_at = dict.fromkeys(self._known, now) | self._save_at
            self._known.clear()
            self._refresh_at = self._refreshed = 0.0

    def _on_deleted(self, run_ids: tuple[str, ...]) -> None:
        """Forget runs that made room for others, except for those that have gone on meanwhile and are saved again."""
        with self._wake:
            gone = tuple(run_id for run_id in run_ids if run_id not in self._save_at)
        self._forget(gone)
        for run_id in gone:
            self._memory.on_taken_over(run_id)

    def _put_off(self) -> None:
        later = time.monotonic() + RETRY_SECONDS
        with self._wake:
            self._refresh_at = self._load_at = later
            self._save_at = {run_id: max(at, later) for run_id, at in self._save_at.items()}

    def _save(self, run_id: str) -> None:
        with self._wake:
            self._save_at.pop(run_id, None)
            self._saving = run_id
        run = None
        try:
            run = self._memory.to_store(run_id)
            if run is not None and not self._store.save(run):
                _log.warning("another process has taken a run", extra={"run": run_id})
                run = None
                self._memory.on_taken_over(run_id)
        except Exception:
            self.save(run_id)
            raise
        finally:
            with self._wake:
                self._saving = ""
                if run is not None and run_id not in self._save_at:
                    self._known[run_id] = run.listed

    def _load(self, run_id: str) -> None:
        run = self._store.load(run_id)
        if run is None:
            self._forget((run_id,))
            with self._wake:
                self._absent_since.pop(run_id, None)
                self._absent_since[run_id] = time.monotonic()
                for oldest in list(self._absent_since)[:-_MOST_ABSENT_IDS]:
                    del self._absent_since[oldest]
        else:
            with self._wake:
                self._known[run_id] = run.listed
            self._memory.on_loaded(run)
        with self._wake:
            self._to_load.pop(run_id, None)

    def _refresh(self) -> None:
        """Find out what other processes did, and whether one of them is gone."""
        self._store.touch()
        self.disk_bytes = self._store.total_bytes()
        started = time.time()
        for run in self._store.runs(self._refreshed):
            with self._wake:
                if run.record.id not in self._save_at and run.record.id != self._saving:
                    self._known[run.record.id] = run
            self._reload_if_outdated(run)
        self._refreshed = started - LOST_SECONDS  # The clocks of machines may differ.
        there = self._store.ids()
        with self._wake:
            deleted = tuple(run_id for run_id in self._known if run_id not in there)
        self._on_deleted(deleted)  # Another process has deleted them.
        with self._wake:
            interrupted = [run for run in self._known.values() if run.interrupted]
        for run in interrupted:
            if self._memory.to_store(run.record.id) is None and (recovered := self._store.recover(run)) is not None:
                with self._wake:
                    self._known[run.record.id] = recovered
                self._reload_if_outdated(recovered)
        if self.visitors is not None:
            for visit in self.visitors.visits():
                self._store.visit(visit)
            for visit in self._store.visits():
                if self.visitors.on_visit(visit):
                    self._store.grant(visit)
        self._refresh_at = time.monotonic() + REFRESH_SECONDS

    def _reload_if_outdated(self, run: StoredRun) -> None:
        if self._memory.is_outdated(run):
            self._load(run.record.id)

    def _forget(self, run_ids: tuple[str, ...]) -> None:
        with self._wake:
            for run_id in run_ids:
                self._known.pop(run_id, None)
