"""Background runs that every session shares: submit an experiment, look at it, stop it, go on with it.

Training happens in worker processes of a Dask cluster: by default one that this module starts on this machine (see
`adder.engine`), or the one whose scheduler `ADDER_SCHEDULER` names, by the same code. TensorFlow is imported only
there. Epochs come home as the engine's own events, checkpoints as its variables, and weights and history are brought
home as soon as a run ends. What travels to a worker is the text of an experiment; nothing a visitor sends becomes
code.

    service = JobService()
    job = service.submit(adder.preset("seq2seq"))
    service.view(job).status         # "queued", "running", then "done", "stopped" or "failed"
    service.close()

One thread of the service speaks with the engine; everything else only takes a lock, so a page never waits for it.
"""

from __future__ import annotations

import dataclasses
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
from functools import partial
from typing import TYPE_CHECKING, Any

from adder import checks
from adder.checkpoint import Checkpoint
from adder.errors import ExperimentError, JobError
from adder.experiment import Experiment
from adder.results import EpochEvent, Report
from adder.solver import Solver

if TYPE_CHECKING:
    from distributed import Client, Future

_log = logging.getLogger(__name__)

STATUSES = ("queued", "running", "done", "stopped", "failed")
MOST_QUEUED = 100
MOST_KEPT = 300  # finished runs kept in memory; the oldest go first
MOST_WORKERS = 64
WATCHING_SECONDS = 10
_TICK_SECONDS = 0.5
_STARTING = "The training engine is starting"


@dataclass(frozen=True, slots=True)
class JobView:
    """What anyone may see of a run.

    Attributes:
        id: Names the run, in addresses too.
        experiment: What is being trained.
        status: `"queued"`, `"running"`, `"done"`, `"stopped"` or `"failed"`.
        place: The place in the queue, 1 being next; 0 when not queued.
        events: The epochs so far; only the last one keeps its examples.
        message: What a person should know now, such as why it failed; may be empty.
        moving: Whether epochs are coming; false while a worker still gets ready.
        report: The evaluation made when the run was done, or None.
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
        return self.status in ("queued", "running")


@dataclass(slots=True)
class _Job:
    id: str
    experiment: Experiment
    status: str = "queued"
    events: list[EpochEvent] = field(default_factory=list)
    message: str = ""
    stopping: bool = False
    moving: bool = False
    watchers: dict[str, float] = field(default_factory=dict)
    attempt: int = 0
    checkpoint: Checkpoint | None = None
    report: Report | None = None
    future: Future | None = None

    @property
    def active(self) -> bool:
        """Whether the run is waiting or running."""
        return self.status in ("queued", "running")


class JobService:
    """All runs of one app process, and the engine that trains them.

    Args:
        workers: How many worker processes the embedded engine has; by default `ADDER_WORKERS`, or one a core.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks for them.

    Raises:
        ExperimentError: `ADDER_WORKERS` is not a whole number from 1 to 64.
    """

    def __init__(self, *, workers: int | None = None, scheduler: str | None = None, warm_up: bool = True) -> None:
        self._scheduler = scheduler or os.environ.get("ADDER_SCHEDULER") or None
        wanted = _default_workers() if workers is None else workers
        self._workers = checks.whole_number("ADDER_WORKERS", wanted, 1, MOST_WORKERS)
        self._warm_up = warm_up
        self._topic = f"adder-{secrets.token_hex(8)}"
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._lock = threading.RLock()
        self._commands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._client: Client | None = None
        self._process: subprocess.Popen[str] | None = None
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="adder-jobs", daemon=True)
        self._thread.start()

    # What a page calls; none of these waits for the engine.

    def submit(self, experiment: Experiment) -> str:
        """Ask for a run and return its id at once; an equal experiment that is waiting or running is shared.

        Raises:
            JobError: Too many runs are waiting.
        """
        with self._lock:
            for job in self._jobs.values():
                if job.status in ("queued", "running") and not job.stopping and job.experiment == experiment:
                    return job.id
            job = _Job(secrets.token_urlsafe(9), experiment)
            self._enqueue(job)
            self._jobs[job.id] = job
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
        with self._lock:
            job = self._find(job_id)
            if watcher:
                job.watchers[watcher] = time.monotonic()
            waiting = job.status == "queued"
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

    def stop(self, job_id: str) -> None:
        """End a run after its present epoch; what it has learned is kept.

        Raises:
            JobError: There is no such run.
        """
        with self._lock:
            job = self._find(job_id)
            if job.status == "queued":
                self._waiting.remove(job.id)
                job.status, job.message = "stopped", ""
            elif job.status == "running" and not job.stopping:
                job.stopping = True
                job.message = "Stopping after this epoch" if job.moving else "Stopping as soon as its worker is ready"
                self._commands.put(partial(self._signal_stop, job))

    def leave(self, job_id: str, watcher: str) -> bool:
        """Watch a run no longer, which stops it where nobody else has looked at it in the last seconds.

        Returns:
            Whether it stops.

        Raises:
            JobError: There is no such run.
        """
        with self._lock:
            job = self._find(job_id)
            job.watchers.pop(watcher, None)
            now = time.monotonic()
            if any(now - looked < WATCHING_SECONDS for looked in job.watchers.values()):
                return False
            self.stop(job_id)
            return True

    def resume(self, job_id: str, *, epochs: int | None = None) -> None:
        """Go on with a run that was stopped or failed, from its last epoch, or with any that is over for longer.

        Args:
            job_id: The run.
            epochs: How many epochs it is to have in all; None for those it was to have anyway.

        Raises:
            ExperimentError: The epochs cannot be so many.
            JobError: There is no such run, or it has no epochs left.
        """
        with self._lock:
            job = self._find(job_id)
            if epochs is not None and not job.active and epochs > job.experiment.training.epochs:
                job.experiment = job.experiment.replaced({"training.epochs": epochs, "training.target": None})
            elif job.status not in ("stopped", "failed"):
                raise JobError(f"only a run that was stopped can go on; this one is {job.status}")
            job.report = None
            self._enqueue(job)

    def solver(self, job_id: str) -> Solver | None:
        """The run's network as of its latest checkpoint, or None before the first.

        Raises:
            JobError: There is no such run.
        """
        with self._lock:
            job = self._find(job_id)
            if job.checkpoint is None:
                return None
            return dataclasses.replace(job.checkpoint.solver(), report=job.report)

    def close(self) -> None:
        """End the engine and all runs with it."""
        self._commands.put(None)
        self._thread.join(timeout=30)

    def _find(self, job_id: str) -> _Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise JobError("this run is not on the server any more; press Train to run its experiment again")
        return job

    def _enqueue(self, job: _Job) -> None:
        if len(self._waiting) >= MOST_QUEUED:
            raise JobError(f"{MOST_QUEUED} runs are waiting already; please try again in a few minutes")
        job.status, job.stopping, job.message = "queued", False, ""
        self._waiting.append(job.id)
        self._commands.put(self._dispatch)

    def _forget_oldest(self) -> None:
        finished = [job.id for job in self._jobs.values() if job.status not in ("queued", "running")]
        for job_id in finished[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[job_id]

    # What the service's own thread does.

    def _work(self) -> None:
        while not self._open_engine():
            if self._wait_for_close(seconds=5):
                return
        while True:
            try:
                command = self._commands.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                command = self._tick
            if command is None:
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
        self._trouble = _STARTING
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
            self._trouble = f"The training engine did not start ({error}); trying again"
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
            raise JobError(f"its process ended with status {self._process.wait()}")
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
        from adder import worker

        if self._client is None or self._client.status != "running":
            self._reopen()
            return
        with self._lock:
            behind = [
                job
                for job in self._jobs.values()
                if job.status == "running" and job.events and job.events[-1].epoch > _epoch(job.checkpoint)
            ]
        for job in behind:
            content = worker.saved_checkpoint(job.id, job.attempt, self._client).get(timeout=10)
            with self._lock:
                if content and job.status == "running":
                    self._keep_checkpoint(job, content)
        if self._waiting:
            self._dispatch()

    def _reopen(self) -> None:
        with self._lock:
            for job in reversed(self._jobs.values()):
                if job.status == "running":
                    job.status, job.future = "queued", None
                    job.message = "The training engine was lost; this run goes on from its last checkpoint"
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
                job.message = job.message or "Waiting for its worker"
                job.attempt += 1
            try:
                self._hand_out(job, self._client)
            except Exception:
                with self._lock:
                    job.status = "queued"
                    self._waiting.appendleft(job.id)
                raise

    def _hand_out(self, job: _Job, client: Client) -> None:
        from adder import worker

        worker.saved_checkpoint(job.id, job.attempt, client).set(job.checkpoint.to_bytes() if job.checkpoint else b"")
        stop = worker.stop_signal(job.id, client)
        stop.set() if job.stopping else stop.clear()
        job.future = client.submit(
            worker.train_job,
            job.id,
            job.attempt,
            self._topic,
            job.experiment.to_json(),
            _epoch(job.checkpoint),
            key=f"train-{job.id}-{job.attempt}",
            pure=False,
        )
        job.future.add_done_callback(partial(self._when_over, job, job.attempt))

    def _when_over(self, job: _Job, attempt: int, future: Future) -> None:
        self._commands.put(partial(self._end, job, attempt, future))

    def _signal_stop(self, job: _Job) -> None:
        from adder import worker

        assert self._client is not None
        worker.stop_signal(job.id, self._client).set()

    def _hear(self, message: tuple[float, dict[str, Any]]) -> None:
        """Take in what a worker says; runs on the client's own thread."""
        said = message[1]
        with self._lock:
            job = self._jobs.get(said["job"])
            if job is None or job.status == "queued" or said["attempt"] != job.attempt:
                return
            if job.status == "running":
                job.moving = "epoch" in said
                job.message = job.message if job.stopping else said["message"]
            if "epoch" in said:
                event = EpochEvent.from_dict(said["epoch"])
                # A run that goes on from a checkpoint may pass epochs that were already heard of.
                before = [each for each in job.events if each.epoch < event.epoch]
                if before:
                    before[-1] = dataclasses.replace(before[-1], examples=())
                job.events = [*before, event]

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
            result = {"status": "failed", "message": f"The run failed: {error}", "checkpoint": b"", "report": None}
        with self._lock:
            job.status, job.message, job.future = result["status"], result["message"], None
            if result["checkpoint"]:
                self._keep_checkpoint(job, result["checkpoint"])
            job.report = None if result["report"] is None else Report.from_dict(result["report"])
        worker.saved_checkpoint(job.id, attempt, self._client).delete()
        self._dispatch()

    def _keep_checkpoint(self, job: _Job, content: bytes) -> None:
        job.checkpoint = Checkpoint.from_bytes(content)
        known = {event.epoch for event in job.events}
        missed = [event for event in job.checkpoint.history if event.epoch not in known]
        if missed:  # an event may be on its way still; the checkpoint holds it too
            job.events = sorted([*job.events, *missed], key=lambda event: event.epoch)


def _epoch(checkpoint: Checkpoint | None) -> int:
    return checkpoint.epoch if checkpoint else 0


def _default_workers() -> int:
    given = os.environ.get("ADDER_WORKERS", "").strip()
    if not given:
        return min(os.cpu_count() or 1, MOST_WORKERS)
    if not given.isdecimal() or len(given) > 9:
        raise ExperimentError("ADDER_WORKERS", f"a whole number from 1 to {MOST_WORKERS}", given)
    return int(given)
