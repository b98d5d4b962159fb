"""The runs in memory, and the one lock that guards them.

The lock is held for moments only, never while a disk or the engine works, so a page may take it. Looking a run up
needs no lock. Runs that are only on disk are loaded by the saver's thread when somebody first asks for them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.runs import memory
from adder.runs.engine import News
from adder.runs.run import Run, RunRecord, RunView, events_of
from adder.runs.saver import Saver
from adder.runs.status import Status
from adder.runs.store import Store, StoredRun
from adder.runs.visitors import Watching
from adder.runs.waiting_line import Pace, expected_waits, turn_began, waiting_line
from adder.solvers import evaluation
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint

_PLACES_SECONDS = 0.5  # Places in the line are worked out no more often.


class RunLoading(RunError):  # noqa: N818  nothing is wrong; a page asks again
    """The server has not read from its disk yet whether it has this run, or what the run has learned."""


class Registry:
    """The runs of one service.

    Args:
        store: Where runs are kept on disk; None keeps them in memory alone.
        watching: Who watches which runs.
        on_given_up: Called, with the lock held, with a run in training that another process has taken.

    Attributes:
        lock: Held by whoever changes a run.
        slots: How many workers the service may use.
        watching: Who watches which runs.
        pace: How long runs take here.
        saver: What moves runs to the disk and back; None without a store.
    """

    def __init__(self, store: Store | None, watching: Watching, on_given_up: Callable[[Run], None]) -> None:
        self.lock = threading.RLock()
        self.slots = 0
        self.watching = watching
        self._on_given_up = on_given_up
        self._reports = ThreadPoolExecutor(max_workers=1, thread_name_prefix="adder-report")
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._arrivals = 0
        self._places: dict[str, tuple[int, float | None]] = {}
        self._places_at = 0.0
        self.pace = Pace()
        self.saver = None if store is None else Saver(store, self)

    def __iter__(self) -> Iterator[Run]:
        """All runs in memory."""
        return iter(list(self._runs.values()))

    def find(self, run_id: str) -> Run:
        """A run in memory; one that is only on disk is loaded meanwhile.

        Raises:
            RunLoading: The run is not in memory yet.
            RunError: There is no such run.
        """
        if (run := self._runs.get(run_id)) is not None and (run.active or run.away is None):
            run.looked_at = time.monotonic()
            return run
        if self.unknown(run_id):
            raise RunLoading("the server is still looking for this run; please try again in a moment")
        if self.saver is not None and self.stored(run_id) is not None:
            self.saver.load(run_id)
            raise RunLoading("this run is being read from the server's disk; please try again in a moment")
        raise RunError("this run is not on the server any more; press Train to run its experiment again")

    def unknown(self, run_id: str) -> bool:
        """Whether nobody knows yet if there is such a run; the store is asked meanwhile."""
        return run_id not in self._runs and self.saver is not None and self.saver.unknown(run_id)

    def stored(self, run_id: str) -> StoredRun | None:
        """A run as lists show it, if the store had it when it was last read, or None."""
        return self.saver.find(run_id) if self.saver else None

    def records(self) -> list[RunRecord]:
        """Every run that the store or this process knows, the newest first."""
        known = {run.record.id: run.record for run in (self.saver.known() if self.saver else ())}
        known |= {run.id: run.record() for run in self}
        return sorted(known.values(), key=lambda record: record.created, reverse=True)

    def done(self, experiment: Experiment) -> str:
        """The id of the newest run of an equal experiment that is done and can answer, or an empty text."""
        for record in self.records():
            if record.status is Status.DONE and record.experiment == experiment:
                run = self._runs.get(record.id)
                if run is None or run.bytes:
                    return record.id
        return ""

    def shared(self, experiment: Experiment) -> str:
        """The id of an equal run that everyone may join, here or in another process on the store, or an empty text."""
        for run in self:
            joined = run.active and run.until is None and run.asked in (None, Status.QUEUED)
            if joined and not run.view.wanted and run.view.experiment == experiment:
                return run.id
        for stored in self.saver.known() if self.saver else ():
            if stored.active and stored.record.experiment == experiment and not stored.interrupted:
                here = self._runs.get(stored.record.id)
                if here is None or here.elsewhere:
                    return stored.record.id
        return ""

    def get(self, run_id: str) -> Run | None:
        """A run, if it is in memory."""
        return self._runs.get(run_id)

    def rest(self, run: Run, message: str = "") -> None:
        """Pause a run that waits."""
        run.become(Status.PAUSED, message)
        run.until = None
        self.changed(run)

    def enqueue(self, run: Run, message: str = "") -> None:
        """Put a run at the end of the line."""
        if run.status is not Status.QUEUED:
            run.become(Status.QUEUED, message)
        run.asked, run.turn_seconds = None, 0.0
        self._arrivals += 1
        run.arrival = self._arrivals
        self.changed(run)

    def requeue(self, run: Run, message: str) -> None:
        """Put a run back into the queue at its former place; it may still be asked to pause or stop."""
        run.become(Status.QUEUED, message)
        run.change()
        if run.asked is Status.QUEUED:
            run.asked = None
        self.changed(run)

    def next_in_line(self) -> list[Run]:
        """The runs that workers can have now, in the order of their turns; call this with the lock held.

        There are at most as many as this service has free workers. A run that was put away is read from the disk first,
        and one that was taken back waits for its last checkpoint.
        """
        free = self.slots - sum(run.training for run in self)
        ready = []
        for run in [run for run in waiting_line(self) if run.awaited is None][: max(0, free)]:
            with contextlib.suppress(RunLoading):
                self.require(run)
                ready.append(run)
        return ready

    def end(self, run: Run) -> None:
        """Stop a run that no worker has; what it has learned, if in memory, is evaluated here, with NumPy."""
        run.become(Status.STOPPED)
        run.until = None
        self.evaluate(run)
        self.changed(run)

    def evaluate(self, run: Run) -> None:
        """Have what a stopped run has learned evaluated, unless that is known or still to come; one after another."""
        unknown = run.view.report is None and run.awaited is None
        if run.status is Status.STOPPED and run.checkpoint is not None and unknown:
            self._reports.submit(self._evaluate, run, run.checkpoint)

    def changed(self, run: Run, *, soon: bool = True) -> None:
        """Have a run saved that was made or changed."""
        if soon:
            self._places_at = 0.0
        if run.id not in self._runs:
            self._runs[run.id] = run
            self._drop_oldest(but=run.id)
        if self.saver is not None:
            self.saver.save(run.id, soon=soon)

    def solver(self, run: Run) -> Solver | None:
        """The run's network as of its latest checkpoint; None before the first, or if that is only on disk."""
        with self.lock:
            if run.checkpoint is not None and (run.solver is None or run.solver.report != run.view.report):
                run.solver = dataclasses.replace(run.checkpoint.solver(), report=run.view.report)
            return run.solver

    def places(self) -> dict[str, tuple[int, float | None]]:
        """The place of each waiting run in the line, and its expected wait in seconds."""
        if time.monotonic() - self._places_at > _PLACES_SECONDS:
            with self.lock:
                line = waiting_line(self)
                waits = expected_waits(
                    self, line, self.slots, self.pace.speed, time.monotonic(), ready=self.pace.ready_seconds
                )
                self._places = {run.id: (place + 1, waits[place]) for place, run in enumerate(line)}
                self._places_at = time.monotonic()
        return self._places

    def hear(self, news: News) -> None:
        """Take in what a worker tells; the engine calls this on its own thread.

        An attempt whose last checkpoint is awaited still tells of its epochs, but not how far the run is.
        """
        with self.lock:
            run = self._runs.get(news.attempt.run_id)
            if run is None:
                return
            trains = run.elsewhere or (run.training and news.attempt.number == run.attempt)
            if not trains and news.attempt.number != run.awaited:
                return
            if news.event is not None:
                run.hear(news.event)
            if news.snapshot is not None:
                run.keep_snapshot(*news.snapshot)
                if news.event is None:
                    return
            if not trains:
                return
            run.fetchable = True
            if not news.saved:
                self._hear_how_far(run, news)

    def _hear_how_far(self, run: Run, news: News) -> None:
        """Take in how far a run is that trains, here or elsewhere; call this with the lock held."""
        moving = news.event is not None or news.part is not None
        if moving and not run.view.moving:
            now = time.monotonic()
            run.moving_since = turn_began(run, now)
            if not run.elsewhere:
                self.pace.got_ready(now - run.handed_at)
        run.update(moving=moving, part=news.part or 0.0)
        if run.elsewhere:
            if news.event is not None:
                run.update(status=Status.RUNNING)
            return
        if run.asked in (None, Status.QUEUED):
            run.update(message=news.message)
        if news.event is not None:
            self.changed(run, soon=False)

    def to_store(self, run_id: str) -> StoredRun | None:
        """A run as it stands, with its files, for the saver; None if this process does not have it."""
        with self.lock:
            run = self._runs.get(run_id)
            if run is None or run.elsewhere:
                return None
            examples = run.view.events[-1].examples if run.view.events else ()
            solver = self.solver(run) if run.checkpoint is not None and run.status.over else None
            view = run.view
            return StoredRun(
                run.record(),
                view.message,
                view.report,
                examples,
                solver,
                run.checkpoint,
                run.snapshots_to_store(time.monotonic()),
                owners=run.known_owners,
            )

    def is_outdated(self, run: StoredRun) -> bool:
        """Whether this run is in memory, and another process has changed it since."""
        with self.lock:
            here = self._runs.get(run.record.id)
            if here is None or not self._as_saved(here):
                return False
            if here.elsewhere:  # Epochs may be known here that the store lacks, unless some were missed.
                known = run.record.epochs <= here.epochs == len(here.view.events)
            else:
                known = run.record.epochs == here.epochs
            return (run.record.status, run.record.experiment) != (here.status, here.view.experiment) or not known

    def _as_saved(self, run: Run) -> bool:
        """Whether a run rests, nothing more of it is to come, and the store has it as it stands here."""
        rests = not run.active and run.awaited is None
        return rests and self.saver is not None and self.saver.is_saved(run.id)

    def on_loaded(self, run: StoredRun) -> None:
        """Take in a run that was read from the store."""
        loaded = _revived(run)
        with self.lock:
            here = self._runs.get(loaded.id)
            if here is not None and here.queued and here.away is not None:
                self._bring_back(here, run)
                return
            if here is not None and not self._as_saved(here):
                return  # The run was changed meanwhile.
            loaded.looked_at = time.monotonic()
            if here is not None and loaded.elsewhere:
                heard = {event.epoch: event for event in (*loaded.view.events, *here.view.events)}
                loaded.update(events=tuple(heard[epoch] for epoch in sorted(heard)))
                for snapshot in here.snapshots.kept.items() if here.snapshots else ():
                    loaded.keep_snapshot(*snapshot)
            self._runs[loaded.id] = loaded
            self.evaluate(loaded)  # Its server may have ended before that.
            self._drop_oldest(but=loaded.id)
            self.spare_memory(but=loaded.id)

    def on_taken_over(self, run_id: str) -> None:
        """Give up a run that another process was faster to resume, or that was deleted to make room."""
        with self.lock:
            run = self._runs.pop(run_id, None)
            if run is not None and run.training:
                self._on_given_up(run)

    def close(self) -> None:
        """Save what is due, and close the store. A run that was not evaluated yet is when it is loaded again."""
        self._reports.shutdown(wait=False, cancel_futures=True)
        if self.saver is not None:
            self.saver.close()

    def _evaluate(self, run: Run, checkpoint: Checkpoint) -> None:
        report = evaluation.final_report(checkpoint.solver())
        with self.lock:
            if run.status is Status.STOPPED and run.checkpoint is checkpoint:
                run.update(report=report)
                self.changed(run)

    def spare_memory(self, but: str = "") -> None:
        """Drop from memory what runs have learned and need last, until the rest fits."""
        with self.lock:
            line = waiting_line(self)[max(0, self.slots - sum(run.training for run in self)) :]
            for run_id in memory.spare(list(self), line, self.saver, but):
                del self._runs[run_id]

    def require(self, run: Run) -> None:
        """Have what a run has learned in memory.

        Raises:
            RunLoading: It is only on disk; it is read from there meanwhile.
        """
        if run.away is not None and self.saver is not None:
            self.saver.load(run.id)
            raise RunLoading("this run is being read from the server's disk; please try again in a moment")

    def _bring_back(self, run: Run, stored: StoredRun) -> None:
        """Take in what a waiting run has learned, which was read from the disk."""
        if stored.checkpoint is not None:
            run.keep(stored.checkpoint)
            run.look_back_at(stored.snapshots and stored.snapshots.until(stored.checkpoint.epoch))
            return
        run.become(Status.PAUSED)
        run.lose(_loss(stored))
        self.changed(run)

    def _drop_oldest(self, but: str) -> None:
        idle = [run.id for run in self if not (run.active or run.id == but or self.watching.watchers(run.id))]
        for run_id in memory.too_many(idle, self.saver):
            del self._runs[run_id]


def _revived(stored: StoredRun) -> Run:
    """A run as the store has it; if what it learned is lost, its message says so."""
    record, message = stored.record, stored.message
    run = Run(
        RunView(record.id, record.experiment, record.status, report=stored.report),
        created=record.created,
        solver=None if stored.checkpoint else stored.solver,
        checkpoint=stored.checkpoint,
        elsewhere=stored.active,
        owners=stored.owners,
    )
    learned = stored.checkpoint or stored.solver
    if run.elsewhere:
        message = Sentence("Another process of this server trains this run")
    lost = learned is None and not run.elsewhere and bool(record.epochs or stored.damage)
    if lost:
        message = _loss(stored)
    events = events_of(learned.history if learned else ())
    if events and stored.examples and len(events) == record.epochs:
        events[-1] = dataclasses.replace(events[-1], examples=stored.examples)
    run.update(events=tuple(events), message=message, lost=lost)
    if stored.snapshots is not None and not lost:
        run.look_back_at(stored.snapshots.until(len(events)))
    return run


def _loss(stored: StoredRun) -> Sentence:
    """What is said of a run whose files are gone or damaged."""
    if stored.damage:
        return Sentence("What this run has learned is lost: {why}; train it again to learn it anew", why=stored.damage)
    return Sentence("What this run has learned is lost: its files are gone; train it again to learn it anew")
