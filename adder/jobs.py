"""Background runs that every session shares: submit an experiment, look at it, pause it, go on with it, end it.

Training happens in worker processes of a Dask cluster: by default one that this module starts on this machine (see
`adder.engine`), or the one whose scheduler `ADDER_SCHEDULER` names, by the same code. TensorFlow is imported only
there. Epochs come home as the engine's own events, checkpoints as its variables, and weights and history are brought
home as soon as a run ends. What travels to a worker is the text of an experiment; nothing a visitor sends becomes
code.

    service = JobService(store=Store())
    job = service.submit(adder.preset("seq2seq"))
    service.view(job).status         # "queued", "running", then "done"; or "paused", "stopped", "failed"
    service.close()

With a store, runs outlive the service: the next one on the same store answers for them, and what was in training
comes back paused. One thread of the service speaks with the engine and one of its keeper's with the disk; everything
else only takes a lock, so a page waits for neither.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from adder import checks
from adder.checkpoint import Checkpoint
from adder.errors import AdderError, JobError, StoreError
from adder.evaluation import evaluate
from adder.experiment import MOST_EPOCHS, Experiment
from adder.keeper import Keeper, Kept
from adder.results import EpochEvent, Report
from adder.solver import Solver
from adder.store import ACTIVE, RunRecord, Store, StoredRun, interruption
from adder.wording import Sentence

if TYPE_CHECKING:
    from distributed import Client, Future

_log = logging.getLogger(__name__)

STATUSES = ("queued", "running", "paused", "done", "stopped", "failed")
MOST_QUEUED = 100
MOST_KEPT = 300  # runs in memory that are not in training; the oldest go first
MOST_KEPT_TWICE = 30  # the same of those that are on disk too
MOST_KERAS_FILES = 16
KERAS_ATTEMPTS = 3
SUSPEND_SECONDS = 3.0  # how long a service that ends waits for present epochs to be over
MOST_WORKERS = 64
WATCHING_SECONDS = 10
_TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class JobView:
    """What anyone may see of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is being trained.
        status: `"queued"`, `"running"`, `"paused"`, `"done"`, `"stopped"` or `"failed"`.
        place: The place in the queue, 1 being next; 0 when not queued.
        events: The epochs so far; only the last one keeps its examples.
        message: What a person should know now, such as why it failed: a `Sentence`, or empty.
        moving: Whether epochs are coming; false while a worker still gets ready.
        report: The evaluation made when the run was done or stopped, or None.
    """

    id: str
    experiment: Experiment
    status: str
    place: int = 0
    events: tuple[EpochEvent, ...] = ()
    message: str = ""
    moving: bool = False
    report: Report | None = None

    @property
    def active(self) -> bool:
        """Whether the run is waiting or running."""
        return self.status in ACTIVE


@dataclass(slots=True)
class _Job:
    id: str
    experiment: Experiment
    status: str = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    events: list[EpochEvent] = field(default_factory=list)
    message: str = ""
    ending: str = ""  # what it is to be after its present epoch: "paused", "stopped", or nothing of the kind
    until: int | None = None  # the epoch after which it pauses by itself
    moving: bool = False
    watchers: dict[str, float] = field(default_factory=dict)
    # Counts on from a number of chance, for a scheduler may still hold what a former server left of this run.
    attempt: int = field(default_factory=lambda: secrets.randbits(32))
    checkpoint: Checkpoint | None = None
    solver: Solver | None = None  # of a run that came from the store and is over
    report: Report | None = None
    record: RunRecord | None = None  # as of the last look, for what has not changed since
    elsewhere: bool = False  # another process trains it
    future: Future | None = None

    @property
    def active(self) -> bool:
        """Whether the run is waiting or running."""
        return self.status in ACTIVE

    @property
    def epochs(self) -> int:
        return self.events[-1].epoch if self.events else 0


class JobService:
    """All runs of one app process, and the engine that trains them.

    Args:
        store: Where runs are kept on disk, which the service opens and closes; None keeps them in memory alone.
        workers: How many worker processes the embedded engine has; by default `ADDER_WORKERS`, or one a core.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks for them.

    Raises:
        ExperimentError: `ADDER_WORKERS` is not a whole number from 1 to 64.
    """

    def __init__(
        self,
        *,
        store: Store | None = None,
        workers: int | None = None,
        scheduler: str | None = None,
        warm_up: bool = True,
    ) -> None:
        self._scheduler = scheduler or os.environ.get("ADDER_SCHEDULER") or None
        cores = min(os.cpu_count() or 1, MOST_WORKERS)
        self._workers = checks.setting("ADDER_WORKERS", workers, 1, MOST_WORKERS) or cores
        self._warm_up = warm_up
        self._topic = f"adder-{secrets.token_hex(8)}"
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._lock = threading.RLock()
        self._commands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._client: Client | None = None
        self._process: subprocess.Popen[str] | None = None
        self._trouble = ""
        self._keras_files: OrderedDict[str, bytes | str | None] = OrderedDict()
        self._store = store
        self._keeper = None if store is None else Keeper(store, self._take)
        self._thread = threading.Thread(target=self._work, name="adder-jobs", daemon=True)
        self._thread.start()

    # What a page calls; none of these waits for the engine.

    def submit(self, experiment: Experiment, *, again: bool = False, only: int | None = None) -> str:
        """Ask for a run and return its id at once.

        An equal experiment that is waiting or running is shared, and one that is done answers for this one.

        Args:
            experiment: What to train.
            again: Whether to train anew although an equal experiment is done.
            only: Train so many epochs, then pause; such a run is its asker's own, and answered by no other.

        Raises:
            ExperimentError: `only` is not a whole number from 1 to 1,000.
            JobError: Too many runs are waiting.
        """
        if only is not None:
            checks.whole_number("only", only, 1, MOST_EPOCHS)
        elif not again and (done := self._done(experiment)):
            return done
        with self._lock:
            for job in self._jobs.values():
                shared = only is None and job.active and not job.ending and job.until is None
                if shared and job.experiment == experiment:
                    return job.id
            job = _Job(secrets.token_urlsafe(9), experiment, until=only)
            self._enqueue(job)
            self._forget_oldest()
            return job.id

    def view(self, job_id: str, watcher: str = "") -> JobView:
        """The run as it stands.

        Args:
            job_id: The run.
            watcher: Who looks, where that matters to `leave`; any text that is theirs alone.

        Raises:
            JobError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            if watcher:
                job.watchers[watcher] = time.monotonic()
            waiting = job.status == "queued" and not job.elsewhere
            message = (self._trouble or job.message) if waiting else job.message
            return JobView(
                id=job.id,
                experiment=job.experiment,
                status=job.status,
                place=self._waiting.index(job.id) + 1 if waiting and job.id in self._waiting else 0,
                events=tuple(job.events),
                message=message,
                moving=job.moving,
                report=job.report,
            )

    def runs(self) -> tuple[RunRecord, ...]:
        """Every run that the store or this process knows, the newest first."""
        known = {run.record.id: run.record for run in (self._keeper.known() if self._keeper else ())}
        with self._lock:
            known |= {job.id: self._record(job) for job in self._jobs.values()}
        return tuple(sorted(known.values(), key=lambda record: record.created, reverse=True))

    @property
    def store_trouble(self) -> str:
        """Why runs cannot be kept on disk just now, or an empty text; they are in memory meanwhile."""
        return self._keeper.trouble if self._keeper else ""

    def pause(self, job_id: str) -> None:
        """Let a run rest after its present epoch, to go on later.

        Raises:
            JobError: There is no such run, or another process trains it.
        """
        job = self._find(job_id)
        with self._lock:
            _refuse_elsewhere(job)
            if job.status == "queued":
                self._withdraw(job, "paused")
            elif job.status == "running" and not job.ending:
                job.message = (
                    Sentence("Pausing after this epoch")
                    if job.moving
                    else Sentence("Pausing as soon as its worker is ready")
                )
                self._end_after_epoch(job, "paused")

    def stop(self, job_id: str) -> None:
        """End a run after its present epoch, or at once where it is paused; what it has learned is kept and evaluated.

        Raises:
            JobError: There is no such run, or another process trains it.
        """
        job = self._find(job_id)
        with self._lock:
            _refuse_elsewhere(job)
            if job.status == "queued":
                self._withdraw(job, "stopped")
            elif job.status == "paused":
                self._stop_here(job)
            elif job.status == "running" and job.ending != "stopped":
                job.message = (
                    Sentence("Stopping after this epoch")
                    if job.moving
                    else Sentence("Stopping as soon as its worker is ready")
                )
                self._end_after_epoch(job, "stopped")

    def leave(self, job_id: str, watcher: str) -> bool:
        """Watch a run no longer, which stops it where it is in training and nobody else has looked at it lately.

        Returns:
            Whether nobody goes on with it.

        Raises:
            JobError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            job.watchers.pop(watcher, None)
            now = time.monotonic()
            if job.elsewhere or any(now - looked < WATCHING_SECONDS for looked in job.watchers.values()):
                return False
            if job.active:
                self.stop(job_id)
            return True

    def resume(self, job_id: str, *, epochs: int | None = None, only: int | None = None) -> None:
        """Go on from its last epoch with a run that was paused, stopped or failed, or with any that is over for longer.

        Args:
            job_id: The run.
            epochs: How many epochs it is to have in all; None for those it was to have anyway.
            only: Train so many epochs more, then pause; a run that is over becomes as much longer.

        Raises:
            ExperimentError: The epochs cannot be so many.
            JobError: There is no such run, another process trains it, or it has no epochs left.
        """
        if only is not None:
            checks.whole_number("only", only, 1, MOST_EPOCHS)
        job = self._find(job_id)
        with self._lock:
            _refuse_elsewhere(job)
            planned = job.experiment.training.epochs
            over = job.status == "done" or (not job.active and job.epochs >= planned)
            wanted = max(epochs or 0, job.epochs + only if only is not None and over else 0)
            experiment = job.experiment
            if not job.active and wanted > (job.epochs if over and only is not None else planned):
                longer = {"training.epochs": max(wanted, planned), "training.target": None}
                experiment = experiment.replaced(longer)
            elif job.active:
                raise JobError(Sentence("this run is waiting or in training already"))
            elif job.status == "done":
                raise JobError(Sentence("this run is done; it can only go on for more epochs than it had"))
            before = job.epochs
            self._enqueue(job)
            job.experiment, job.report = experiment, None
            job.until = None if only is None else before + only

    def solver(self, job_id: str) -> Solver | None:
        """The run's network as of its latest checkpoint, or None before the first.

        Raises:
            JobError: There is no such run.
        """
        job = self._find(job_id)
        with self._lock:
            if job.checkpoint is None:
                return job.solver
            return dataclasses.replace(job.checkpoint.solver(), report=job.report)

    def keras_file(self, job_id: str) -> bytes | None:
        """The run's network as a `.keras` file, which a worker makes when it is first asked for; None until then.

        Raises:
            JobError: There is no such run, it has learned nothing yet, or the file could not be made.
        """
        solver = self.solver(job_id)
        if solver is None:
            raise JobError(Sentence("this run has no network yet; it has one after its first epoch"))
        return self.keras_file_of(solver)

    def keras_file_of(self, solver: Solver) -> bytes | None:
        """Any solver's network as a `.keras` file; None while a worker makes it.

        Raises:
            JobError: The file could not be made. Asking again tries again.
        """
        weights = hashlib.sha256(b"".join(weight.tobytes() for weight in solver.weights.values()))
        key = f"{solver.experiment.digest}-{weights.hexdigest()[:16]}"
        with self._lock:
            if key not in self._keras_files:
                self._keras_files[key] = None
                while len(self._keras_files) > MOST_KERAS_FILES:
                    self._keras_files.popitem(last=False)
                self._commands.put(partial(self._ask_for_keras_file, key, solver))
            made = self._keras_files[key]
            if isinstance(made, str):
                del self._keras_files[key]
                raise JobError(made)
            return made

    def close(self) -> None:
        """End the engine and all runs with it; where there is a store, they are paused in it."""
        self._commands.put(None)
        self._thread.join(timeout=30)
        if self._keeper is not None:
            self._keeper.close()

    # What these share.

    def _find(self, job_id: str) -> _Job:
        """The run, from the store where it is not in memory; do not call this with the lock held."""
        with self._lock:
            if (job := self._jobs.get(job_id)) is not None:
                return job
        known = self._keeper.find(job_id) if self._keeper else None
        if known is None:
            raise JobError(Sentence("this run is not on the server any more; press Train to run its experiment again"))
        job = self._revived(known)
        if job.elsewhere:
            return job
        with self._lock:
            job = self._jobs.setdefault(job_id, job)
            self._forget_oldest(but=job_id)
            return job

    def _revived(self, known: StoredRun) -> _Job:
        """A run as the store has it; what cannot be read is told in its message."""
        assert self._store is not None
        job = _Job(known.record.id, known.record.experiment, known.record.status, known.record.created)
        job.elsewhere, job.message = known.active, known.message
        if job.elsewhere:
            job.message = Sentence("Another process of this server trains this run")
        try:
            whole = self._store.run(job.id) or known
            job.report = whole.report
            history: tuple[EpochEvent, ...] = ()
            if job.status in ("done", "stopped", "failed"):
                job.solver = self._solver_on_disk(job.id)
            if job.solver is not None:
                history = job.solver.history
            elif (checkpoint := self._store.checkpoint(job.id)) is not None:
                job.checkpoint, history = checkpoint, checkpoint.history
            elif known.record.epochs:
                job.message = Sentence("What this run has learned is lost; train it again to learn it anew")
            job.events = list(history)
            if job.events and whole.examples and job.epochs == whole.record.epochs:
                job.events[-1] = dataclasses.replace(job.events[-1], examples=whole.examples)
        except StoreError as error:
            _log.warning("run %s: %s", job.id, error)
            job.message = Sentence("What this run has learned is lost: {why}", why=error.sentence)
        return job

    def _solver_on_disk(self, job_id: str) -> Solver | None:
        """The solver's file; None where it cannot be read either, for the checkpoint knows as much."""
        assert self._store is not None
        try:
            return self._store.solver(job_id)
        except StoreError as error:
            _log.warning("run %s: %s", job_id, error)
            return None

    def _done(self, experiment: Experiment) -> str:
        """The id of the newest run of an equal experiment that is done and can answer, or an empty text."""
        for record in self.runs():
            if record.status == "done" and record.experiment == experiment:
                try:
                    if self.solver(record.id) is not None:
                        return record.id
                except JobError:  # forgotten this moment
                    continue
        return ""

    def _enqueue(self, job: _Job) -> None:
        if len(self._waiting) >= MOST_QUEUED:
            raise JobError(Sentence("{n} runs are waiting already; please try again in a few minutes", n=MOST_QUEUED))
        job.status, job.ending, job.message, job.moving = "queued", "", "", False
        self._waiting.append(job.id)
        self._changed(job)
        self._commands.put(self._dispatch)

    def _withdraw(self, job: _Job, status: str) -> None:
        """Take a run out of the queue."""
        self._waiting.remove(job.id)
        job.status, job.message, job.until = "paused", "", None
        if status == "stopped":
            self._stop_here(job)
        self._changed(job)

    def _end_after_epoch(self, job: _Job, ending: str) -> None:
        job.ending = ending
        self._commands.put(partial(self._signal_end, job, ending))

    def _stop_here(self, job: _Job) -> None:
        """End a run that no worker has; what it has learned is evaluated in this process, in NumPy."""
        job.status, job.message = "stopped", ""
        if job.checkpoint is not None:
            threading.Thread(
                target=self._evaluate, args=(job, job.checkpoint), name="adder-report", daemon=True
            ).start()
        self._changed(job)

    def _evaluate(self, job: _Job, checkpoint: Checkpoint) -> None:
        report = evaluate(checkpoint.solver())
        with self._lock:
            if job.status == "stopped" and job.checkpoint is checkpoint:
                job.report = report
                self._changed(job)

    def _changed(self, job: _Job, *, soon: bool = True) -> None:
        job.record = None
        self._jobs.setdefault(job.id, job)
        if self._keeper is not None:
            self._keeper.keep(job.id, soon=soon)

    def _record(self, job: _Job) -> RunRecord:
        if job.record is None:
            job.record = RunRecord.of(job.id, job.experiment, job.status, job.created, job.events, job.report)
        return job.record

    def _take(self, job_id: str) -> Kept | None:
        """A run as it stands, for the keeper."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return None
            examples = job.events[-1].examples if job.events else ()
            run = StoredRun(self._record(job), job.message, job.report, examples)
            over = job.checkpoint is not None and job.status in ("done", "stopped", "failed")
            return run, self.solver(job_id) if over else None, job.checkpoint

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
        while not self._open_engine():
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
                self._close_engine()
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

    def _open_engine(self) -> bool:
        self._trouble = Sentence("The training engine is starting")
        try:
            address = self._scheduler or self._start_process()
            from distributed import Client

            from adder.worker import WarmUp

            self._client = Client(address, timeout=30, set_as_default=False)
            if self._warm_up:
                self._client.register_plugin(WarmUp())
            self._client.subscribe_topic(self._topic, self._hear)
        except (OSError, TimeoutError, JobError) as error:
            _log.exception("the training engine did not start")
            why = error.sentence if isinstance(error, JobError) else str(error)
            self._trouble = Sentence("The training engine did not start ({why}); trying again", why=why)
            self._close_engine()
            return False
        self._trouble = ""
        return True

    def _start_process(self) -> str:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "adder.engine", "--workers", str(self._workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        if not address:
            raise JobError(Sentence("its process ended with status {status}", status=self._process.wait()))
        return address

    def _close_engine(self) -> None:
        if self._client is not None:
            self._client.close(timeout=5)
            self._client = None
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
            self._process = None

    def _tick(self) -> None:
        """Between commands: notice a lost engine, bring checkpoints home, use workers that came up."""
        if self._client is None or self._client.status != "running":
            self._reopen()
            return
        self._bring_checkpoints_home(self._client)
        if self._waiting:
            self._dispatch()

    def _bring_checkpoints_home(self, client: Client) -> None:
        from adder import worker

        with self._lock:
            behind = [
                job
                for job in self._jobs.values()
                if job.status == "running" and job.events and job.events[-1].epoch > _epoch(job.checkpoint)
            ]
        for job in behind:
            content = worker.saved_checkpoint(job.id, job.attempt, client).get(timeout=10)
            checkpoint = Checkpoint.from_bytes(content) if content else None
            with self._lock:
                if checkpoint is not None and job.status == "running":
                    self._keep_checkpoint(job, checkpoint)
                    self._changed(job, soon=False)

    def _suspend(self) -> None:
        """The service ends: pause all runs, and bring home what the running ones have learned."""
        with self._lock:
            self._waiting.clear()
            active = [job for job in self._jobs.values() if job.active]
            running = [job for job in active if job.status == "running"]
        if self._client is not None and self._client.status == "running":
            try:
                self._pause_and_wait(running, self._client)
            except Exception:  # noqa: BLE001  the engine may be going down as well; what came home before is kept
                _log.exception("the last checkpoints did not come home")
        with self._lock:
            for job in active:
                if job.active or job.status == "paused":
                    job.status, job.future, job.ending = "paused", None, ""
                    job.message = interruption(_epoch(job.checkpoint))
                    self._changed(job)

    def _pause_and_wait(self, running: list[_Job], client: Client) -> None:
        for job in running:
            self._signal_end(job, "paused")
        until = time.monotonic() + SUSPEND_SECONDS
        while any(job.future is not None and not job.future.done() for job in running) and time.monotonic() < until:
            time.sleep(0.02)
        for job in running:
            if job.future is not None and job.future.done():
                self._end(job, job.attempt, job.future)
        self._bring_checkpoints_home(client)  # of those whose epochs take longer

    def _reopen(self) -> None:
        with self._lock:
            for job in reversed(self._jobs.values()):
                if job.status == "running":
                    job.status, job.future = "queued", None
                    job.message = Sentence("The training engine was lost; this run goes on from its last checkpoint")
                    self._waiting.appendleft(job.id)
        self._close_engine()
        if not self._open_engine():
            time.sleep(_TICK_SECONDS)
            return
        self._dispatch()

    def _dispatch(self) -> None:
        """Hand waiting runs to free workers, first come first served."""
        assert self._client is not None
        slots = sum(self._client.nthreads().values())
        while True:
            with self._lock:
                running = sum(job.status == "running" for job in self._jobs.values())
                if not self._waiting or running >= slots:
                    return
                job = self._jobs[self._waiting.popleft()]
                job.status, job.moving = "running", False
                job.message = job.message or Sentence("Waiting for its worker")
                job.attempt += 1
                self._changed(job)
            try:
                self._hand_out(job, self._client)
            except Exception:
                with self._lock:
                    job.status = "queued"
                    self._waiting.appendleft(job.id)
                raise

    def _hand_out(self, job: _Job, client: Client) -> None:
        from adder import worker

        if job.checkpoint is None and self._store is not None:
            try:
                job.checkpoint = self._store.checkpoint(job.id)
            except StoreError as error:  # an equal run from the start ends with equal weights
                _log.warning("run %s begins anew: %s", job.id, error)
        worker.saved_checkpoint(job.id, job.attempt, client).set(job.checkpoint.to_bytes() if job.checkpoint else b"")
        for ending in worker.ENDINGS:
            signal = worker.end_signal(job.id, ending, client)
            signal.set() if job.ending == ending else signal.clear()
        job.future = client.submit(
            worker.train_job,
            job.id,
            job.attempt,
            self._topic,
            job.experiment.to_json(),
            _epoch(job.checkpoint),
            job.until,
            key=f"train-{job.id}-{job.attempt}",
            pure=False,
        )
        job.future.add_done_callback(partial(self._when_over, job, job.attempt))

    def _when_over(self, job: _Job, attempt: int, future: Future) -> None:
        self._commands.put(partial(self._end, job, attempt, future))

    def _signal_end(self, job: _Job, ending: str) -> None:
        from adder import worker

        assert self._client is not None
        worker.end_signal(job.id, ending, self._client).set()

    def _ask_for_keras_file(self, key: str, solver: Solver) -> None:
        """Have a worker make it, an idle one where there is one; a thread waits for it that nobody waits for."""
        assert self._client is not None
        threading.Thread(
            target=self._make_keras_file, args=(self._client, key, solver.to_bytes()), name="adder-keras", daemon=True
        ).start()

    def _make_keras_file(self, client: Client, key: str, content: bytes) -> None:
        from adder import worker

        made: bytes | str
        for attempt in range(1, KERAS_ATTEMPTS + 1):
            try:
                busy = {address: len(keys) for address, keys in client.processing().items()}
                if not busy:
                    raise TimeoutError("no worker is there")
                chosen = min(busy, key=lambda address: busy[address])
                made = client.run(worker.keras_file, content, workers=[chosen])[chosen]
                break
            except Exception as error:  # noqa: BLE001  whatever a worker can raise, the person is told
                _log.exception("making a .keras file failed")
                made = Sentence("the .keras file could not be made ({why})", why=str(error))
                if attempt < KERAS_ATTEMPTS:
                    time.sleep(attempt)
        with self._lock:
            if key in self._keras_files:
                self._keras_files[key] = made

    def _hear(self, message: tuple[float, dict[str, Any]]) -> None:
        """Take in what a worker says; runs on the client's own thread."""
        said = message[1]
        with self._lock:
            job = self._jobs.get(said["job"])
            if job is None or job.status == "queued" or said["attempt"] != job.attempt:
                return
            if job.status == "running":
                job.moving = "epoch" in said
                if not job.ending:
                    job.message = Sentence.from_dict(said["message"]) if said["message"] else ""
            if "epoch" in said:
                event = EpochEvent.from_dict(said["epoch"])
                # A run that goes on from a checkpoint may pass epochs that were already heard of.
                before = [each for each in job.events if each.epoch < event.epoch]
                if before:
                    before[-1] = dataclasses.replace(before[-1], examples=())
                job.events = [*before, event]
                self._changed(job, soon=False)

    def _end(self, job: _Job, attempt: int, future: Future) -> None:
        """Bring a finished run home."""
        from adder import worker

        if job.attempt != attempt or job.status != "running":
            return  # an attempt that was given up
        if self._client is None or self._client.status != "running" or future.cancelled():
            return  # its engine was lost; `_reopen` queues the run again
        try:
            result = future.result(timeout=60)
        except Exception as error:  # noqa: BLE001  whatever a worker can raise, the run is over and the person is told
            _log.exception("run %s failed", job.id)
            why = error.sentence if isinstance(error, AdderError) else str(error)
            message = Sentence("The run failed: {why}", why=why)
            result = {"status": "failed", "message": message, "checkpoint": b"", "report": None}
        checkpoint = Checkpoint.from_bytes(result["checkpoint"]) if result["checkpoint"] else None
        with self._lock:
            stop = result["status"] == "paused" and job.ending == "stopped"  # asked for while it paused by itself
            job.status, job.message, job.future = result["status"], result["message"], None
            job.ending, job.until, job.moving = "", None, False
            if checkpoint is not None:
                self._keep_checkpoint(job, checkpoint)
            job.report = None if result["report"] is None else Report.from_dict(result["report"])
            if stop:
                self._stop_here(job)
            self._changed(job)
        worker.saved_checkpoint(job.id, attempt, self._client).delete()
        self._dispatch()

    def _keep_checkpoint(self, job: _Job, checkpoint: Checkpoint) -> None:
        job.checkpoint, job.solver = checkpoint, None
        known = {event.epoch for event in job.events}
        missed = [event for event in job.checkpoint.history if event.epoch not in known]
        if missed:  # an event may be on its way still; the checkpoint holds it too
            job.events = sorted([*job.events, *missed], key=lambda event: event.epoch)


def _epoch(checkpoint: Checkpoint | None) -> int:
    return checkpoint.epoch if checkpoint else 0


def _refuse_elsewhere(job: _Job) -> None:
    if job.elsewhere:
        raise JobError(Sentence("another process of this server trains this run; only there can it be changed"))
