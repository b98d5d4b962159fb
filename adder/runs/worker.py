"""What runs in a worker process: one training at a time, and the warm-up that lets the first one start at once.

The engine calls everything here, in processes that import TensorFlow; `adder.runs.dask_engine` only names these
functions. The scheduler holds two things of a run, so that they outlive a worker: its signals and its checkpoint.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from distributed import Client, Event, Variable, Worker, WorkerPlugin, get_client, get_worker

from adder.base import logs
from adder.base.errors import TrainingError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.networks.arrays import Weights
from adder.presets import PRESETS
from adder.runs.status import Status
from adder.solvers.cost import answers_in_a_moment, compiles_long
from adder.solvers.evaluation import REPORT_QUESTIONS, final_report
from adder.solvers.snapshots import packed, snapshot_bytes, spacing
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent, Trainer, compile_program

_log = logging.getLogger(__name__)

KEY_PREFIX = "train-"  # The keys of trainings begin with it.
TOPIC = "adder-runs"  # Workers tell of all runs there, to every server of the cluster.
SECONDS_BETWEEN_CHECKPOINTS = 1.0
CHECKPOINT_PAUSE_FACTOR = 20  # The pause after saving a checkpoint is this many times as long as saving it took.
HEARING_SECONDS = 5.0  # The scheduler answers at once if a signal comes within this time; then it is asked again.
SECONDS_BETWEEN_NEWS = 0.1  # Shorter epochs are told together.
MOST_SNAPSHOT_BYTES_A_SECOND = 20_000_000
SECONDS_BETWEEN_PARTS = 1.0
END_SECONDS = 0.5  # An epoch that is asked to end goes on if it is over within this time.
REPORT_SECONDS = 0.2  # Whoever presses Stop does not wait for a list of a report that takes longer.
ENDINGS = (Status.STOPPED, Status.PAUSED)
RECYCLED_BYTES = 2_000_000_000  # TensorFlow and a dozen compiled networks take less.
RECYCLED_SHARE = 0.8  # A worker is replaced before its nanny ends it at its limit, whatever it does.

_no_run = threading.Event()  # It is clear while a run is trained, so that the warm-up gives way.
_no_run.set()


def saved_checkpoint(run_id: str, attempt: int, client: Client) -> Variable:
    """Where the latest checkpoint of an attempt is kept, as bytes; empty before the first.

    Each attempt has its own, because the scheduler may delete an earlier one's only after the next has begun.
    """
    return Variable(f"adder-checkpoint-{run_id}-{attempt}", client=client)


def latest_checkpoint(run_id: str, attempt: int, client: Client, *, timeout: float = 10) -> Checkpoint | None:
    """The latest checkpoint of an attempt, or None before the first.

    Raises:
        TimeoutError: Nothing was ever put there, or the scheduler does not answer.
    """
    content = saved_checkpoint(run_id, attempt, client).get(timeout=timeout)
    return Checkpoint.from_bytes(content) if content else None


def ask_to_end(run_id: str, attempt: int, ending: Status, client: Client) -> None:
    """Ask a run to become one of `ENDINGS`."""
    for each in dict.fromkeys((ending, Status.PAUSED)):
        _signal(run_id, attempt, each, client).set()


async def ending(run_id: str, attempt: int, client: Client, over: threading.Event) -> Status | None:
    """What a run is asked to become, one of `ENDINGS`, as soon as somebody asks; None if it was over before."""
    pause, stop = (_signal(run_id, attempt, each, client) for each in (Status.PAUSED, Status.STOPPED))
    while not await pause.wait(HEARING_SECONDS):
        if over.is_set():
            return None
    return Status.STOPPED if await stop.is_set() else Status.PAUSED


def _signal(run_id: str, attempt: int, ending: Status, client: Client) -> Event:
    return Event(f"adder-{ending}-{run_id}-{attempt}", client=client)


def forget(run_id: str, attempt: int, client: Client) -> None:
    """Delete what the scheduler keeps of an attempt that is over."""
    saved_checkpoint(run_id, attempt, client).delete()
    for ending in ENDINGS:
        _signal(run_id, attempt, ending, client).clear()


class Watch:
    """What a worker does several times a second while it trains: it keeps checkpoints and minds the signals.

    It also sends home the epochs that are over, with their weights. If epochs are short, it sends several at once, and
    leaves out weights that a run will not keep, unless they are the newest.

    Args:
        trainer: The training.
        save: Keeps a checkpoint while training goes on; how many seconds it took is known once it is kept.
        asks: Tells what the run is asked to become, one of `ENDINGS`, or None; it must not wait for anything.
        tell: Called with the `epochs` that are over, each with its figures and weights, or with the `part` of a long
            epoch that is over.

    Attributes:
        asked: What the run was asked to become.
    """

    def __init__(
        self,
        trainer: Trainer,
        save: Callable[[Checkpoint], Future[float]],
        asks: Callable[[], Status | None],
        tell: Callable[..., None],
    ) -> None:
        self.asked: Status | None = None
        self._trainer, self._save, self._asks, self._tell = trainer, save, asks, tell
        self._steps = trainer.steps
        self._saving: Future[float] | None = None
        self._saved_at = self._tell_at = self._send_at = 0.0
        self._spacing = spacing(trainer.experiment)
        self._pause = max(SECONDS_BETWEEN_NEWS, snapshot_bytes(trainer.experiment) / MOST_SNAPSHOT_BYTES_A_SECOND)
        self._unsent: list[tuple[int, EpochEvent | None, Weights]] = []

    def begin(self) -> None:
        """Send home the weights before any training."""
        if not self._trainer.steps:
            self._unsent.append((0, None, self._trainer.solver().weights))
            self.send()

    def note(self, event: EpochEvent) -> None:
        """Take in an epoch that is over, and do what is due."""
        assert event.solver is not None
        self._unsent.append((event.epoch, event, event.solver.weights))
        self.look()

    def send(self) -> None:
        """Send home the epochs that were not sent yet."""
        if not self._unsent:
            return
        newest = self._unsent[-1][0]
        epochs = [
            (epoch, event and event.to_dict(), weights if epoch % self._spacing == 0 or epoch == newest else None)
            for epoch, event, weights in self._unsent
        ]
        self._tell(epochs=epochs)
        self._unsent, self._send_at = [], time.monotonic() + self._pause

    def look(self) -> bool:
        """Do what is due, and say whether to end within the epoch; an epoch that is nearly over may end first."""
        now = time.monotonic()
        if self.asked is None:
            self.asked, self._asked_at = self._asks(), now
        if self.asked is None and self._trainer.steps > self._steps and now >= self._next_save():
            self._steps, self._saved_at = self._trainer.steps, now
            self.send()
            self._saving = self._save(self._trainer.checkpoint())
        if now >= self._send_at:
            self.send()
        if (part := self._trainer.part) and now >= self._tell_at:
            self._tell_at = now + SECONDS_BETWEEN_PARTS
            self._tell(part=part)
        waits = self._trainer.seconds_left <= END_SECONDS and now < self._asked_at + END_SECONDS
        return self.asked is not None and not waits

    def end(self) -> None:
        """Send home what was not sent yet, and wait until the last checkpoint is kept."""
        self.send()
        if self._saving is not None:
            self._saving.result()

    def _next_save(self) -> float:
        """When the next checkpoint is due; never while one is still being saved."""
        if self._saving is None:
            return 0.0
        if not self._saving.done():
            return math.inf
        return self._saved_at + max(SECONDS_BETWEEN_CHECKPOINTS, CHECKPOINT_PAUSE_FACTOR * self._saving.result())


def train(run_id: str, attempt: int, experiment_json: str, from_steps: int, until: int | None) -> dict[str, Any]:
    """Train one experiment, or go on with it from its last checkpoint.

    Args:
        run_id: Names the run.
        attempt: Counts how often the run was handed to a worker; every message carries it.
        experiment_json: The experiment.
        from_steps: The steps of the checkpoint that came with the run. If the latest one has more, a worker was lost.
        until: The epoch to pause after, or None.

    Returns:
        `status`, `message`, the last `checkpoint` as bytes, and the `report` as plain values, or None if it would
        take long after a stop.
    """
    worker, client = get_worker(), get_client()
    loop = worker.loop.asyncio_loop

    def tell(message: Sentence | None, **said: Any) -> None:
        described = message.to_dict() if message else None
        worker.loop.add_callback(_send, worker, {"run": run_id, "attempt": attempt, "message": described, **said})

    async def keep(checkpoint: Checkpoint) -> float:
        began = time.monotonic()
        await saved_checkpoint(run_id, attempt, client).set(checkpoint.to_bytes())
        tell(news, saved=checkpoint.steps)
        return time.monotonic() - began

    checkpoint = latest_checkpoint(run_id, attempt, client, timeout=30)
    news: Sentence | None = None
    if checkpoint is not None and checkpoint.steps > from_steps:
        news = Sentence("A worker was lost; the run went on from epoch {epoch} on another", epoch=checkpoint.epoch)
        tell(Sentence("A worker was lost; another gets ready to go on from epoch {epoch}", epoch=checkpoint.epoch))
        _log.warning("a run goes on whose worker was lost", extra={"run": run_id, "epoch": checkpoint.epoch})
    else:
        tell(Sentence("It gets ready to practise, about 15 s"))
    trainer = Trainer(Experiment.from_json(experiment_json), checkpoint)
    over = threading.Event()
    asked = asyncio.run_coroutine_threadsafe(ending(run_id, attempt, client, over), loop)
    watch = Watch(
        trainer,
        lambda checkpoint: asyncio.run_coroutine_threadsafe(keep(checkpoint), loop),
        lambda: asked.result() if asked.done() else None,
        partial(tell, news),
    )
    status = Status.DONE
    _no_run.clear()
    try:
        watch.begin()
        for event in trainer.run(watch.look):
            watch.note(event)
            if watch.asked or (until is not None and event.epoch >= until):
                break
        if not trainer.finished:  # After the last epoch a run is done, whatever was asked.
            status = watch.asked or Status.PAUSED
    except TrainingError as error:
        status, news = Status.FAILED, Sentence("{why}", why=error.sentence)
        if trainer.epoch:
            news = Sentence("{why}. The weights of epoch {epoch} are kept", why=error.sentence, epoch=trainer.epoch)
    finally:
        _no_run.set()
        over.set()
    watch.end()
    return {
        "status": status,
        "message": news or "",
        "checkpoint": trainer.checkpoint().to_bytes(),
        "report": final_report(trainer.solver()).to_dict() if _reports(trainer.experiment, status) else None,
    }


def _reports(experiment: Experiment, status: Status) -> bool:
    """Whether the worker evaluates what a run has learned; the service does it if somebody would wait for that."""
    quick = answers_in_a_moment(experiment, REPORT_QUESTIONS, REPORT_SECONDS) == REPORT_QUESTIONS
    return status is Status.DONE or (status is Status.STOPPED and quick)


def _send(worker: Worker, said: dict[str, Any]) -> None:
    """Send home what a run tells; called on the thread that speaks with the scheduler, while training goes on."""
    if "epochs" in said:
        said["epochs"] = [
            (epoch, figures, packed(weights).tobytes() if weights else b"")
            for epoch, figures, weights in said["epochs"]
        ]
    worker.log_event(TOPIC, said)


async def keras_file(solver: bytes) -> bytes:
    """A solver's network as a `.keras` file, made while the worker may train something else."""
    return await asyncio.to_thread(_keras_file, solver)


def _keras_file(content: bytes) -> bytes:
    from adder.training.epoch_program import keras_file

    solver = Solver.from_bytes(content)
    return keras_file(solver.experiment, solver.weights)


class Recycling(WorkerPlugin):
    """Ends a worker that has grown large, between two runs; its nanny starts another in its place.

    Every network of a new shape leaves a compiled program behind, and TensorFlow does not free all of its memory.
    """

    name = "adder-recycling"

    def setup(self, worker: Worker) -> None:
        """Called by the engine on every worker."""
        logs.begin()
        self._worker = worker

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Called by the engine when a task changes its state; it is forgotten once its result has been fetched."""
        trained = str(key).startswith(KEY_PREFIX) and finish in ("released", "forgotten")
        if trained and _resident_bytes() > self._most():
            _log.info("a worker has grown large and is replaced", extra={"bytes": _resident_bytes()})
            self._worker.loop.add_callback(self._worker.close_gracefully, restart=True, reason="it has grown large")

    def _most(self) -> float:
        limit = self._worker.memory_manager.memory_limit
        return min(RECYCLED_BYTES, RECYCLED_SHARE * limit) if limit else RECYCLED_BYTES


def _resident_bytes() -> int:
    import psutil

    resident: int = psutil.Process().memory_info().rss
    return resident


class WarmUp(WorkerPlugin):
    """Imports TensorFlow and compiles the shorter presets as soon as a worker starts, between trainings."""

    name = "adder-warm-up"

    def setup(self, worker: Worker) -> None:
        """Called by the engine on every worker, also on one that replaces a lost one."""
        self._ending = threading.Event()
        threading.Thread(target=_warm_up, args=(self._ending,), name="adder-warm-up", daemon=True).start()

    def teardown(self, worker: Worker) -> None:
        """Called by the engine when the worker ends."""
        self._ending.set()


def _warm_up(ending: threading.Event) -> None:
    for preset in PRESETS.values():
        if compiles_long(preset.experiment):
            continue
        _no_run.wait()
        if ending.is_set():
            return
        try:
            compile_program(preset.experiment)
        except Exception:  # noqa: BLE001  a run of this preset will fail likewise and tell the person
            if not ending.is_set():  # Otherwise Keras is being taken down around it.
                _log.exception("warming up %s failed", preset.name)
