"""Background runs that every session shares: submit an experiment, look at it, pause it, go on with it, end it.

Training happens in worker processes of a Dask cluster: by default one that this module starts on this machine (see
`adder.runs.engine_process`), or the one whose scheduler `ADDER_SCHEDULER` names, by the same code. TensorFlow is
imported only there. Epochs come home as the engine's own events, checkpoints as its variables, and weights and
history are brought home as soon as a run ends. What travels to a worker is the text of an experiment; nothing a
visitor sends becomes code.

    service = RunService(store=Store())
    job = service.submit(adder.preset("seq2seq"))
    service.view(job).status         # "queued", "running", then "done"; or "paused", "stopped", "failed"
    service.close()

Equal experiments share a run. People take turns: nobody's second run comes before anybody's first, and while others
wait a long run gives its worker away (see `adder.runs.waiting_line`), to go on later as if nothing had happened. Who
pauses or stops a run that others watch too has a copy of it for themselves, and it goes on for the others.

With a store, runs outlive the service: the next one on the same store answers for them, and what was in training
comes back paused. Several services may share a store and a cluster: each sees the others' runs, and a run is trained
by one of them at a time. One thread of the service speaks with the engine and one of its keeper's with the disk;
everything else only takes a lock, so a page waits for neither.
"""

from __future__ import annotations

import dataclasses
import logging
import queue
import statistics
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from adder.analysis.cost_estimate import expected_seconds
from adder.base import validation
from adder.base.errors import AdderError, RunError, StoreError
from adder.base.messages import Sentence
from adder.experiment import MOST_EPOCHS, Experiment
from adder.runs.dask_engine import Connection, worker_loads
from adder.runs.keras_export import KerasFiles
from adder.runs.run import Job, RunView, new_id, revived
from adder.runs.saver import Keeper, Kept
from adder.runs.server_load import ServerLoad
from adder.runs.store import ACTIVE, RunRecord, Store, StoredRun, interruption
from adder.runs.waiting_line import expected_waits, refuse_more, waiting_line, whose_turn_is_over
from adder.solvers.evaluation import evaluate
from adder.solvers.results import Report
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent

if TYPE_CHECKING:
    from distributed import Client, Future

_log = logging.getLogger(__name__)

MOST_KEPT = 300  # runs in memory that are not in training; the oldest go first
MOST_KEPT_TWICE = 30  # the same of those that are on disk too
SUSPEND_SECONDS = 3.0  # how long a service that ends waits for present epochs to be over
_TICK_SECONDS = 0.5
_LOAD_SECONDS = 2.0
_PLACES_SECONDS = 0.5
_ENDINGS = {"paused": "paused", "stopped": "stopped", "yielding": "paused"}  # what a run becomes -> its worker's signal


class RunService:
    """All runs of one app process, and the engine that trains them.

    Args:
        store: Where runs are kept on disk, which the service opens and closes; None keeps them in memory alone.
        workers: How many worker processes the embedded engine has; by default `ADDER_WORKERS`, or one a core.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks for them; by default unless
            `ADDER_WARM_UP` is `off`.
        background: Whether its runs give way to those that people wait for, on this machine and in a cluster.

    Raises:
        ExperimentError: `ADDER_WORKERS` is not a whole number from 1 to 64.
    """

    def __init__(
        self,
        *,
        store: Store | None = None,
        workers: int | None = None,
        scheduler: str | None = None,
        warm_up: bool | None = None,
        background: bool = False,
    ) -> None:
        self._engine = Connection(
            self._hear, workers=workers, scheduler=scheduler, warm_up=warm_up, background=background
        )
        self._background = background
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._arrivals = 0
        self._slots = 0  # how many workers this service may use
        self._placed: dict[str, tuple[int, float | None]] = {}
        self._placed_at = 0.0
        self._pace: deque[float] = deque(maxlen=20)  # what the latest runs took, as a multiple of what was expected
        self._lock = threading.RLock()
        self._commands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._load = ServerLoad(started=datetime.now(UTC))
        self._load_asked = 0.0
        self._load_looked = 0.0
        self._keras_files = KerasFiles(lambda act: self._commands.put(partial(self._engine.use, act)))
        self._reports = ThreadPoolExecutor(max_workers=1, thread_name_prefix="adder-report")
        self._store = store
        self._keeper = None if store is None else Keeper(store, self._take, self._notice, self._lose)
        self._thread = threading.Thread(target=self._work, name="adder-jobs", daemon=True)
        self._thread.start()

    # What a page calls; none of these waits for the engine.

    def submit(self, experiment: Experiment, *, again: bool = False, only: int | None = None, asker: str = "") -> str:
        """Ask for a run and return its id at once.

        An equal experiment that is waiting or running is shared, and one that is done answers for this one.

        Args:
            experiment: What to train.
            again: Whether to train anew although an equal experiment is done.
            only: Train so many epochs, then pause; such a run is its asker's own, and answered by no other.
            asker: Who asks, so that people take turns; any text that is theirs alone, or nothing.

        Raises:
            ExperimentError: `only` is not a whole number from 1 to 1,000.
            RunError: Too many runs are waiting, in all or of this asker.
        """
        elsewhere = ""
        if only is not None:
            validation.whole_number("only", only, 1, MOST_EPOCHS)
        elif not again and (done := self._done(experiment)):
            return done
        else:
            elsewhere = self._trained_elsewhere(experiment)
        expected = expected_seconds(experiment)
        with self._lock:
            for job in self._jobs.values():
                shared = only is None and job.active and job.ending in ("", "yielding") and job.until is None
                if shared and job.experiment == experiment:
                    return job.id
            if elsewhere:
                return elsewhere
            refuse_more(self._jobs.values(), asker)
            job = Job(new_id(), experiment, asker=asker, until=only, expected=expected)
            self._enqueue(job)
            self._forget_oldest()
            return job.id

    def view(self, job_id: str, watcher: str = "") -> RunView:
        """The run as it stands.

        Args:
            job_id: The run.
            watcher: Who looks, where that matters to `pause`, `stop` and `leave`; any text that is theirs alone.

        Raises:
            RunError: There is no such run.
        """
        job = self._find(job_id)
        job.looked(watcher)
        seen = job.seen
        if seen is None:
            with self._lock:
                seen = job.seen = RunView(
                    id=job.id,
                    experiment=job.experiment,
                    status=job.status,
                    events=tuple(job.events),
                    message=job.message,
                    moving=job.moving,
                    report=job.report,
                )
        watchers = len(job.looking())
        if not job.waiting:
            return dataclasses.replace(seen, watchers=watchers)
        place, wait = self._places().get(job.id, (0, None))
        message = self._engine.trouble or seen.message
        return dataclasses.replace(seen, watchers=watchers, place=place, wait=wait, message=message)

    def runs(self) -> tuple[RunRecord, ...]:
        """Every run that the store or this process knows, the newest first."""
        known = {run.record.id: run.record for run in (self._keeper.known() if self._keeper else ())}
        with self._lock:
            known |= {job.id: self._record(job) for job in self._jobs.values()}
        return tuple(sorted(known.values(), key=lambda record: record.created, reverse=True))

    @property
    def watching(self) -> int:
        """How many people look at a run that waits or is in training."""
        return len(set().union(*(job.looking() for job in list(self._jobs.values()) if job.status in ACTIVE)))

    @property
    def store_trouble(self) -> str:
        """Why runs cannot be kept on disk just now, or an empty text; they are in memory meanwhile."""
        return self._keeper.trouble if self._keeper else ""

    def load(self) -> ServerLoad:
        """What this server has to do, as of the last seconds; figures of workers come once this was asked for."""
        with self._lock:
            self._load_asked = time.monotonic()
            waits = [wait for _, wait in self._places().values()]
            return dataclasses.replace(
                self._load,
                waiting=len(waits),
                training=sum(job.training for job in self._jobs.values()),
                longest_wait=waits[-1] if waits else None,
                trouble=self._engine.trouble,
                store_trouble=self.store_trouble,
            )

    def pause(self, job_id: str, watcher: str = "") -> str:
        """Let a run rest after its present epoch, to go on later.

        Args:
            job_id: The run.
            watcher: Who wants that.

        Returns:
            The id of the run that rests: of this one, or, where others watch it or another process trains it, of a
            copy that is the watcher's own, as it was at its last checkpoint.

        Raises:
            RunError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            if job.status in ACTIVE and self._is_others_too(job, watcher):
                return self._copied(job, watcher).id
            if job.status == "queued":
                job.status, job.message, job.until = "paused", "", None
                self._changed(job)
            elif job.training and job.ending in ("", "yielding"):
                job.message = (
                    Sentence("Pausing after this epoch")
                    if job.moving
                    else Sentence("Pausing as soon as its worker is ready")
                )
                self._end_after_epoch(job, "paused")
            return job.id

    def stop(self, job_id: str, watcher: str = "") -> str:
        """End a run after its present epoch, or at once where it is paused; what it has learned is kept and evaluated.

        Args:
            job_id: The run.
            watcher: Who wants that.

        Returns:
            The id of the run that ends: of this one, or of a copy that is the watcher's own, as with `pause`.

        Raises:
            RunError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            if job.status in (*ACTIVE, "paused") and self._is_others_too(job, watcher):
                job = self._copied(job, watcher)
            if job.status in ("queued", "paused"):
                job.until = None
                self._stop_here(job)
            elif job.training and job.ending != "stopped":
                job.message = (
                    Sentence("Stopping after this epoch")
                    if job.moving
                    else Sentence("Stopping as soon as its worker is ready")
                )
                self._end_after_epoch(job, "stopped")
            return job.id

    def leave(self, job_id: str, watcher: str) -> bool:
        """Watch a run no longer, which stops it where it is in training and nobody else has looked at it lately.

        Returns:
            Whether nobody goes on with it.

        Raises:
            RunError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            job.watchers.pop(watcher, None)
            if self._is_others_too(job, watcher):
                return False
            if job.active:
                self.stop(job_id)
            return True

    def resume(self, job_id: str, *, epochs: int | None = None, only: int | None = None, asker: str = "") -> str:
        """Go on from its last epoch with a run that was paused, stopped or failed, or with one that is over for longer.

        A run that is done stays as it is, for it may be others' too: what goes on is a copy of it.

        Args:
            job_id: The run.
            epochs: How many epochs it is to have in all; None for those it was to have anyway.
            only: Train so many epochs more, then pause; a run that is over becomes as much longer.
            asker: Who asks, as with `submit`.

        Returns:
            The id of the run that goes on.

        Raises:
            ExperimentError: The epochs cannot be so many.
            RunError: There is no such run, it is in training already, it has no epochs left, or too many wait.
        """
        if only is not None:
            validation.whole_number("only", only, 1, MOST_EPOCHS)
        job = self._find(job_id)
        with self._lock:
            if job.status in ACTIVE:
                raise RunError(Sentence("this run is waiting or in training already"))
            planned = job.experiment.training.epochs
            over = job.status == "done" or job.epochs >= planned
            wanted = max(epochs or 0, job.epochs + only if only is not None and over else 0)
            experiment = job.experiment
            if wanted > (job.epochs if over and only is not None else planned):
                longer = {"training.epochs": max(wanted, planned), "training.target": None}
                experiment = experiment.replaced(longer)
            elif job.status == "done":
                raise RunError(Sentence("this run is done; it can only go on for more epochs than it had"))
            before = job.epochs
            refuse_more(self._jobs.values(), asker)
            if job.status == "done":
                job = self._copied(job, asker)
            job.asker, job.expected = asker, expected_seconds(experiment)
            self._enqueue(job)
            job.experiment, job.report = experiment, None
            job.until = None if only is None else before + only
            return job.id

    def solver(self, job_id: str) -> Solver | None:
        """The run's network as of its latest checkpoint, or None before the first.

        Raises:
            RunError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            if job.checkpoint is not None and (job.solver is None or job.solver.report != job.report):
                job.solver = dataclasses.replace(job.checkpoint.solver(), report=job.report)
            return job.solver

    def keras_file(self, job_id: str) -> bytes | None:
        """The run's network as a `.keras` file, which a worker makes when it is first asked for; None until then.

        Raises:
            RunError: There is no such run, it has learned nothing yet, or the file could not be made.
        """
        solver = self.solver(job_id)
        if solver is None:
            raise RunError(Sentence("this run has no network yet; it has one after its first epoch"))
        return self.keras_file_of(solver)

    def keras_file_of(self, solver: Solver) -> bytes | None:
        """Any solver's network as a `.keras` file; None while a worker makes it.

        Raises:
            RunError: The file could not be made. Asking again tries again.
        """
        return self._keras_files.get(solver)

    def close(self) -> None:
        """End the engine and all runs with it; where there is a store, they are paused in it."""
        self._commands.put(None)
        self._thread.join(timeout=30)
        self._reports.shutdown()
        if self._keeper is not None:
            self._keeper.close()

    # What these share.

    def _find(self, job_id: str) -> Job:
        """The run, from the store where it is not in memory; do not call this with the lock held."""
        # Without the lock, for which many pages that look at once would wait.
        if (before := self._jobs.get(job_id)) is not None and not before.stale:
            return before
        known = self._keeper.find(job_id) if self._keeper else None
        if known is None or self._store is None:
            raise RunError(Sentence("this run is not on the server any more; press Train to run its experiment again"))
        job = revived(known, self._store)
        with self._lock:
            if before is not None and before.stale:
                self._jobs.pop(job_id, None)
                job.watchers = before.watchers
                if job.elsewhere:  # epochs were heard of that are in no checkpoint yet
                    heard = {event.epoch: event for event in (*job.events, *before.events)}
                    job.events = [heard[epoch] for epoch in sorted(heard)]
            job = self._jobs.setdefault(job_id, job)
            self._forget_oldest(but=job_id)
            return job

    def _done(self, experiment: Experiment) -> str:
        """The id of the newest run of an equal experiment that is done and can answer, or an empty text."""
        for record in self.runs():
            if record.status == "done" and record.experiment == experiment:
                try:
                    if self.solver(record.id) is not None:
                        return record.id
                except RunError:  # forgotten this moment
                    continue
        return ""

    def _trained_elsewhere(self, experiment: Experiment) -> str:
        """The id of an equal run that another process on the same store has waiting or in training, or nothing."""
        for run in self._keeper.known() if self._keeper else ():
            if run.active and run.record.experiment == experiment and not run.interrupted:
                with self._lock:
                    job = self._jobs.get(run.record.id)
                    if job is None or job.elsewhere:
                        return run.record.id
        return ""

    def _places(self) -> dict[str, tuple[int, float | None]]:
        """Where each run that waits stands in the line, and how long it will probably wait."""
        if time.monotonic() - self._placed_at > _PLACES_SECONDS:
            with self._lock:
                line = waiting_line(self._jobs.values())
                expected = expected_waits(self._jobs.values(), line, self._slots, self._speed)
                self._placed = {job.id: (place + 1, expected[place]) for place, job in enumerate(line)}
                self._placed_at = time.monotonic()
        return self._placed

    @property
    def _speed(self) -> float:
        """What runs take here, as a multiple of what was expected."""
        return statistics.median(self._pace) if self._pace else 1.0

    def _enqueue(self, job: Job) -> None:
        """Put a run behind those who wait."""
        job.ending, job.message = "", ""
        self._arrive(job)
        self._wait_for_worker(job)
        self._commands.put(self._dispatch)

    def _arrive(self, job: Job) -> None:
        self._arrivals += 1
        job.arrival = self._arrivals

    def _wait_for_worker(self, job: Job) -> None:
        """Have a run wait at its place in the line, with what was asked of it; its turn is none to be given away."""
        job.status, job.future, job.moving = "queued", None, False
        if job.ending == "yielding":
            job.ending = ""
        self._changed(job)

    def _is_others_too(self, job: Job, watcher: str) -> bool:
        """Whether a run is not this watcher's alone to end."""
        return job.elsewhere or bool(watcher and job.looking() - {watcher})

    def _load_checkpoint(self, job: Job) -> None:
        """Have a run's checkpoint in memory where the store has one."""
        if job.checkpoint is None and self._store is not None:
            try:
                job.checkpoint = self._store.checkpoint(job.id)
            except StoreError as error:  # an equal run from the start ends with equal weights
                _log.warning("run %s begins anew: %s", job.id, error)

    def _copied(self, job: Job, asker: str) -> Job:
        """A run's copy as it was at its last checkpoint: paused, and somebody's own."""
        self._load_checkpoint(job)
        job.watchers.pop(asker, None)
        copy = job.copy(asker)
        self._changed(copy)
        self._forget_oldest(but=copy.id)
        return copy

    def _end_after_epoch(self, job: Job, ending: str) -> None:
        job.ending, job.seen = ending, None
        self._commands.put(partial(self._signal_end, job, job.attempt, ending))

    def _stop_here(self, job: Job) -> None:
        """End a run that no worker has; what it has learned is evaluated in this process, in NumPy."""
        job.status, job.message = "stopped", ""
        if job.checkpoint is not None:
            self._reports.submit(self._evaluate, job, job.checkpoint)
        self._changed(job)

    def _evaluate(self, job: Job, checkpoint: Checkpoint) -> None:
        report = evaluate(checkpoint.solver())
        with self._lock:
            if job.status == "stopped" and job.checkpoint is checkpoint:
                job.report = report
                self._changed(job)

    def _changed(self, job: Job, *, soon: bool = True) -> None:
        job.record = job.seen = None
        if soon:
            self._placed_at = 0.0
        self._jobs.setdefault(job.id, job)
        if self._keeper is not None:
            self._keeper.keep(job.id, soon=soon)

    def _record(self, job: Job) -> RunRecord:
        if job.record is None:
            job.record = RunRecord.of(job.id, job.experiment, job.status, job.created, job.events, job.report)
        return job.record

    def _take(self, job_id: str) -> Kept | None:
        """A run as it stands, for the keeper."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.elsewhere:
                return None
            examples = job.events[-1].examples if job.events else ()
            run = StoredRun(self._record(job), job.message, job.report, examples)
            over = job.checkpoint is not None and job.status in ("done", "stopped", "failed")
            return run, self.solver(job_id) if over else None, job.checkpoint

    def _notice(self, run: StoredRun) -> None:
        """Have a run that another process knows better by now read anew at the next look."""
        with self._lock:
            job = self._jobs.get(run.record.id)
            if job is None or job.active or self._keeper is None or not self._keeper.is_kept(job.id):
                return
            if job.elsewhere:
                known = run.record.epochs <= job.epochs == len(job.events)
            else:
                known = run.record.epochs == job.epochs
            job.stale = job.stale or run.record.status != job.status or not known

    def _lose(self, job_id: str) -> None:
        """Give up a run that another process was faster to go on with."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
            if job is not None and job.training:
                self._end_after_epoch(job, "stopped")
                job.attempt += 1  # so that nothing of it is heard any more

    def _forget_oldest(self, but: str = "") -> None:
        """Drop from memory what is not in training, where there is too much of it."""
        resting = [job_id for job_id, job in self._jobs.items() if not job.active and job_id != but]
        kept = [job_id for job_id in resting if self._keeper is not None and self._keeper.is_kept(job_id)]
        for job_id in kept[: max(0, len(kept) - MOST_KEPT_TWICE)]:
            del self._jobs[job_id]
        resting = [job_id for job_id in resting if job_id in self._jobs]
        for job_id in resting[: max(0, len(resting) - MOST_KEPT)]:
            del self._jobs[job_id]

    # What the service's own thread does.

    def _work(self) -> None:
        while not self._engine.open():
            if self._wait_for_close(seconds=5):
                self._suspend()
                return
        tick_at = 0.0
        while True:
            command: Callable[[], None] | None = self._tick
            try:
                command = self._commands.get(timeout=max(0.0, tick_at - time.monotonic()))
            except queue.Empty:
                tick_at = time.monotonic() + _TICK_SECONDS
            if command is None:
                self._suspend()
                self._engine.close()
                return
            try:
                command()
            except Exception:  # noqa: BLE001  the thread that serves everyone must outlive any one failure
                _log.exception("a command to the training engine failed")
                time.sleep(_TICK_SECONDS)

    def _wait_for_close(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        held: list[Callable[[], None]] = []
        closed = False
        while not closed and (left := until - time.monotonic()) > 0:
            try:
                command = self._commands.get(timeout=left)
            except queue.Empty:
                break
            closed = command is None
            if command is not None:
                held.append(command)
        for command in held:
            self._commands.put(command)
        return closed

    def _tick(self) -> None:
        """Between commands: notice a lost engine, bring checkpoints home, use workers that came up."""
        client = self._engine.client
        if client is None:
            self._reopen()
            return
        self._bring_checkpoints_home(client)
        self._count_slots(client)
        self._look_at_workers(client)
        self._free_workers()
        if self._anyone_waits:
            self._fill_workers(client)

    def _count_slots(self, client: Client) -> None:
        """Find out how many workers this service may use just now."""
        with self._lock:
            demand = sum(job.active for job in self._jobs.values())
        slots = self._engine.slots(client, demand)
        with self._lock:
            self._slots = slots

    def _look_at_workers(self, client: Client) -> None:
        """Note what the workers do, while somebody wants to know."""
        now = time.monotonic()
        if now - self._load_asked > 10 * _LOAD_SECONDS or now - self._load_looked < _LOAD_SECONDS:
            return
        self._load_looked = now
        loads = worker_loads(client)
        with self._lock:
            self._load = dataclasses.replace(self._load, workers=loads)

    def _free_workers(self) -> None:
        """Have runs give their workers away whose turn is over while others wait, here or at another server."""
        with self._lock:
            for job in whose_turn_is_over(self._jobs.values(), self._slots, self._speed, background=self._background):
                self._end_after_epoch(job, "yielding")

    def _bring_checkpoints_home(self, client: Client) -> None:
        from adder.runs import worker

        with self._lock:
            behind = [
                job
                for job in self._jobs.values()
                if job.training and job.events and job.events[-1].epoch > job.checkpoint_epoch
            ]
        for job in behind:
            checkpoint = worker.latest_checkpoint(job.id, job.attempt, client)
            with self._lock:
                if checkpoint is not None and job.training:
                    job.keep(checkpoint)
                    self._changed(job, soon=False)

    def _suspend(self) -> None:
        """The service ends: pause all runs, and bring home what the running ones have learned."""
        with self._lock:
            active = [job for job in self._jobs.values() if job.active]
            running = [job for job in active if job.status == "running"]
        if (client := self._engine.client) is not None:
            try:
                self._pause_and_wait(running, client)
            except Exception:  # noqa: BLE001  the engine may be going down as well; what came home before is kept
                _log.exception("the last checkpoints did not come home")
        with self._lock:
            for job in active:
                if job.active or job.status == "paused":
                    job.status, job.future, job.ending = "paused", None, ""
                    job.message = interruption(job.checkpoint_epoch)
                    self._changed(job)

    def _pause_and_wait(self, running: list[Job], client: Client) -> None:
        for job in running:
            self._signal_end(job, job.attempt, "paused")
        until = time.monotonic() + SUSPEND_SECONDS
        while any(job.future is not None and not job.future.done() for job in running) and time.monotonic() < until:
            time.sleep(0.02)
        for job in running:
            if job.future is not None and job.future.done():
                self._end(job, job.attempt, job.future)
        self._bring_checkpoints_home(client)  # of those whose epochs take longer
        self._engine.leave(client)

    def _reopen(self) -> None:
        if not self._engine.trouble:  # it was there a moment ago
            _log.warning("the training engine was lost")
        with self._lock:
            for job in self._jobs.values():
                if job.training:
                    job.message = Sentence("The training engine was lost; this run goes on from its last checkpoint")
                    self._wait_for_worker(job)
        self._engine.close()
        if not self._engine.open():
            time.sleep(_TICK_SECONDS)
            return
        self._dispatch()

    def _dispatch(self) -> None:
        """Hand waiting runs to free workers, as many as there are just now."""
        client = self._engine.client  # where there is none, the next tick opens another
        if client is not None and self._anyone_waits:
            self._count_slots(client)
            self._fill_workers(client)

    @property
    def _anyone_waits(self) -> bool:
        with self._lock:
            return bool(waiting_line(self._jobs.values()))

    def _fill_workers(self, client: Client) -> None:
        for _ in range(self._engine.idle(client, self._slots)):
            with self._lock:
                line = waiting_line(self._jobs.values())
                if not line or sum(job.training for job in self._jobs.values()) >= self._slots:
                    return
                job = line[0]
                job.status, job.moving = "running", False
                job.message = job.message or Sentence("Waiting for its worker")
                job.attempt += 1
                self._changed(job)
            try:
                self._hand_out(job, client)
            except Exception:
                with self._lock:
                    self._wait_for_worker(job)
                raise

    def _hand_out(self, job: Job, client: Client) -> None:
        from adder.runs import worker

        self._load_checkpoint(job)
        worker.saved_checkpoint(job.id, job.attempt, client).set(job.checkpoint.to_bytes() if job.checkpoint else b"")
        if job.ending:
            worker.end_signal(job.id, job.attempt, _ENDINGS[job.ending], client).set()
        job.future = client.submit(
            worker.train_job,
            job.id,
            job.attempt,
            job.experiment.to_json(),
            job.checkpoint_epoch,
            job.until,
            key=f"{worker.TRAINING}{job.attempt}-{job.id}",  # Dask keeps what stands before the first number
            pure=False,
            priority=-1 if self._background else 0,
        )
        _log.info(
            "a run was handed to a worker", extra={"run": job.id, "attempt": job.attempt, "epoch": job.checkpoint_epoch}
        )
        job.handed_epoch = job.checkpoint_epoch
        job.future.add_done_callback(partial(self._when_over, job, job.attempt))

    def _when_over(self, job: Job, attempt: int, future: Future) -> None:
        self._commands.put(partial(self._end, job, attempt, future))

    def _signal_end(self, job: Job, attempt: int, ending: str) -> None:
        from adder.runs import worker

        if (client := self._engine.client) is not None:
            worker.end_signal(job.id, attempt, _ENDINGS[ending], client).set()

    def _hear(self, message: tuple[float, dict[str, Any]]) -> None:
        """Take in what a worker says; runs on the client's own thread."""
        said = message[1]
        with self._lock:
            job = self._jobs.get(said["job"])
            if job is None or not (job.elsewhere or (job.training and said["attempt"] == job.attempt)):
                return
            job.seen = None
            if "epoch" in said and not job.moving:
                job.turn_began = time.monotonic()
            if "epoch" in said and job.elsewhere:
                job.status = "running"
            job.moving = "epoch" in said
            if job.ending in ("", "yielding") and not job.elsewhere:
                job.message = Sentence.from_dict(said["message"]) if said["message"] else ""
            if "epoch" in said:
                job.hear(EpochEvent.from_dict(said["epoch"]))
                if not job.elsewhere:
                    self._changed(job, soon=False)

    def _end(self, job: Job, attempt: int, future: Future) -> None:
        """Bring a finished run home."""
        from distributed import KilledWorker

        from adder.runs import worker

        if job.attempt != attempt or job.status != "running":
            return  # an attempt that was given up
        client = self._engine.client
        if client is None or future.cancelled():
            return  # its engine was lost; `_reopen` queues the run again
        try:
            result = future.result(timeout=60)
        except Exception as error:  # noqa: BLE001  whatever a worker can raise, the run is over and the person is told
            if isinstance(error, KilledWorker) and self._goes_on(job, attempt, client):
                return
            _log.exception("run %s failed", job.id)
            why = error.sentence if isinstance(error, AdderError) else str(error)
            message = Sentence("The run failed: {why}", why=why)
            result = {"status": "failed", "message": message, "checkpoint": b"", "report": None}
        checkpoint = Checkpoint.from_bytes(result["checkpoint"]) if result["checkpoint"] else None
        with self._lock:
            paused, asked = result["status"] == "paused", job.ending
            job.status, job.message, job.future = result["status"], result["message"], None
            job.ending, job.moving = "", False
            if checkpoint is not None:
                job.keep(checkpoint)
            job.report = None if result["report"] is None else Report.from_dict(result["report"])
            if job.status == "done" and job.expected and len(job.events) == job.experiment.training.epochs:
                self._pace.append(sum(event.seconds for event in job.events) / job.expected)
            if paused and asked == "yielding" and (job.until is None or job.epochs < job.until):
                self._wait_again(job)
            else:
                job.until = None
            if paused and asked == "stopped":
                self._stop_here(job)
            self._changed(job)
            _log.info(
                "a run came home", extra={"run": job.id, "status": job.status, "epoch": job.epochs, "attempt": attempt}
            )
        worker.forget(job.id, attempt, client)
        self._dispatch()

    def _goes_on(self, job: Job, attempt: int, client: Client) -> bool:
        """Have a run whose workers were lost too often for the engine go on all the same, if it got anywhere."""
        from adder.runs import worker

        try:
            checkpoint = worker.latest_checkpoint(job.id, attempt, client)
        except (OSError, TimeoutError):
            return False
        if checkpoint is None or checkpoint.epoch <= job.handed_epoch:
            return False
        with self._lock:
            job.keep(checkpoint)
            job.message = Sentence(
                "A worker was lost; another gets ready to go on from epoch {epoch}", epoch=job.epochs
            )
            self._wait_for_worker(job)
        _log.warning("a run goes on whose workers were lost too often", extra={"run": job.id, "epoch": job.epochs})
        worker.forget(job.id, attempt, client)
        self._dispatch()
        return True

    def _wait_again(self, job: Job) -> None:
        """Put a run that gave its worker away behind those who wait."""
        job.status = "queued"
        self._arrive(job)
        job.message = Sentence("Others wait too, so it gave its worker away after epoch {epoch}", epoch=job.epochs)
