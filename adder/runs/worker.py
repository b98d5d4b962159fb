"""What runs in a worker process: one training at a time, and the warm-up that lets the first one start at once.

The engine calls everything here, in processes that import TensorFlow; `adder.runs.dask_engine` only names these
functions. The scheduler holds two things of a run, so that they outlive a worker: its signals and its checkpoint.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
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
from adder.solvers.evaluation import final_report
from adder.solvers.snapshots import packed, snapshot_bytes, spacing
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent, Trainer, compile_program

_log = logging.getLogger(__name__)

TRAINING = "train-"  # how the keys of trainings begin
TOPIC = "adder-runs"  # where workers tell of all runs, to every server of the cluster
CHECKPOINT_SECONDS = 0.5  # between two checkpoints
CHECKPOINT_PAUSE = 20  # a large one may take long: so many times as long, at least, lie between two
SIGNAL_SECONDS = 0.1  # between two looks at the signals
SNAPSHOT_SECONDS = 0.1  # between two snapshots that a run will not keep
SNAPSHOT_BYTES = 20_000_000  # of such snapshots, at most, go home in a second
PART_SECONDS = 1.0  # between two times that a worker tells how far a long epoch is
END_SECONDS = 0.5  # for which an epoch goes on that is asked to end, so that short ones end as a whole
ENDINGS = (Status.STOPPED, Status.PAUSED)  # what a run can be asked to become
WARMED_STEPS = 10  # of question and answer together; longer presets take more than seconds to compile
RECYCLED_BYTES = 2_000_000_000  # more than TensorFlow and a dozen compiled networks take

_no_run = threading.Event()  # clear while a run is trained, so that the warm-up gives way to it
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


def end_signal(run_id: str, attempt: int, ending: Status, client: Client) -> Event:
    """The signal that asks a run to become one of `ENDINGS`."""
    return Event(f"adder-{ending}-{run_id}-{attempt}", client=client)


def forget(run_id: str, attempt: int, client: Client) -> None:
    """Delete what the scheduler keeps of an attempt that is over."""
    saved_checkpoint(run_id, attempt, client).delete()
    for ending in ENDINGS:
        end_signal(run_id, attempt, ending, client).clear()


class Watch:
    """What a worker does beside a training, several times a second: it keeps checkpoints and looks at the signals.

    It also sends home what the network is after an epoch. Of short epochs, it leaves out some that a run will not keep.

    Args:
        trainer: What trains.
        saved: Where checkpoints are kept.
        signals: The signal of each ending.
        tell: Tells of an `epoch` that is over, of the `part` of a long one that is, of a `snapshot`, and of the steps
            in a checkpoint that was `saved`.

    Attributes:
        asked: What the run was asked to become.
    """

    def __init__(
        self, trainer: Trainer, saved: Variable, signals: dict[Status, Event], tell: Callable[..., None]
    ) -> None:
        self.asked: Status | None = None
        self._trainer, self._saved, self._signals, self._tell = trainer, saved, signals, tell
        self._steps = trainer.steps
        self._save_at = self._look_at = self._tell_at = self._send_at = 0.0
        self._spacing = spacing(trainer.experiment)
        self._pause = max(SNAPSHOT_SECONDS, snapshot_bytes(trainer.experiment) / SNAPSHOT_BYTES)
        self._snapshot: tuple[int, Weights] | None = None  # the newest, unless it was sent

    def begin(self) -> None:
        """Send home what the network is before any training."""
        if not self._trainer.steps:
            self._snapshot = 0, self._trainer.solver().weights
            self.send()

    def note(self, event: EpochEvent) -> None:
        """Tell of an epoch that is over, and do what is due."""
        assert event.solver is not None
        self._snapshot = event.epoch, event.solver.weights
        if event.epoch % self._spacing == 0 or time.monotonic() >= self._send_at:
            self.send(epoch=event.to_dict())
        else:
            self._tell(epoch=event.to_dict())
        self.look()

    def send(self, **beside: Any) -> None:
        """Send home the newest snapshot, unless that was done."""
        if self._snapshot is None:
            return
        self._tell(snapshot=self._snapshot, **beside)
        self._snapshot, self._send_at = None, time.monotonic() + self._pause

    def look(self) -> bool:
        """Do what is due, and say whether to end within the epoch; one that is nearly over comes first."""
        now = time.monotonic()
        if self._trainer.steps > self._steps and now >= self._save_at:
            self._steps = self._trainer.steps
            self._saved.set(self._trainer.checkpoint().to_bytes())
            self._tell(saved=self._steps)
            took = time.monotonic() - now
            self._save_at = now + max(CHECKPOINT_SECONDS, CHECKPOINT_PAUSE * took)
        if now >= self._send_at:
            self.send()
        if self.asked is None and now >= self._look_at:
            self._look_at = now + SIGNAL_SECONDS
            self.asked = next((ending for ending, signal in self._signals.items() if signal.is_set()), None)
            self._asked_at = now
        if (part := self._trainer.part) and now >= self._tell_at:
            self._tell_at = now + PART_SECONDS
            self._tell(part=part)
        return self.asked is not None and now >= self._asked_at + END_SECONDS


def train(run_id: str, attempt: int, experiment_json: str, from_steps: int, until: int | None) -> dict[str, Any]:
    """Train one experiment, or go on with it from its last checkpoint.

    Args:
        run_id: Names the run.
        attempt: Counts how often the run was handed to a worker; every message carries it.
        experiment_json: The experiment.
        from_steps: The steps of the checkpoint that came with the run. More mean that a worker was lost.
        until: The epoch to pause after, or None.

    Returns:
        `status`, `message`, the last `checkpoint` as bytes, and the `report` as plain values or None.
    """
    worker, client = get_worker(), get_client()

    def tell(message: Sentence | None, **said: Any) -> None:
        described = message.to_dict() if message else None
        worker.loop.add_callback(_send, worker, {"run": run_id, "attempt": attempt, "message": described, **said})

    saved = saved_checkpoint(run_id, attempt, client)
    signals = {ending: end_signal(run_id, attempt, ending, client) for ending in ENDINGS}
    checkpoint = latest_checkpoint(run_id, attempt, client, timeout=30)
    news: Sentence | None = None
    if checkpoint is not None and checkpoint.steps > from_steps:
        news = Sentence("A worker was lost; the run went on from epoch {epoch} on another", epoch=checkpoint.epoch)
        tell(Sentence("A worker was lost; another gets ready to go on from epoch {epoch}", epoch=checkpoint.epoch))
        _log.warning("a run goes on whose worker was lost", extra={"run": run_id, "epoch": checkpoint.epoch})
    else:
        tell(Sentence("Warming up, about 15 s"))
    trainer = Trainer(Experiment.from_json(experiment_json), checkpoint)
    watch = Watch(trainer, saved, signals, partial(tell, news))
    status = Status.DONE
    _no_run.clear()
    try:
        watch.begin()
        for event in trainer.run(watch.look):
            watch.note(event)
            if watch.asked or (until is not None and event.epoch >= until):
                break
        if not trainer.finished:  # after the last epoch a run is done, whatever was asked
            status = watch.asked or Status.PAUSED
    except TrainingError as error:
        status, news = Status.FAILED, Sentence("{why}", why=error.sentence)
        if trainer.epoch:
            news = Sentence("{why}. The weights of epoch {epoch} are kept", why=error.sentence, epoch=trainer.epoch)
    finally:
        _no_run.set()
    watch.send()
    return {
        "status": status,
        "message": news or "",
        "checkpoint": trainer.checkpoint().to_bytes(),
        "report": final_report(trainer.solver()).to_dict() if status in (Status.DONE, Status.STOPPED) else None,
    }


def _send(worker: Worker, said: dict[str, Any]) -> None:
    """Send home what a run tells; called on the thread that speaks with the scheduler, while training goes on."""
    if "snapshot" in said:
        epoch, weights = said["snapshot"]
        said["snapshot"] = epoch, packed(weights).tobytes()
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
        trained = str(key).startswith(TRAINING) and finish in ("released", "forgotten")
        if trained and _resident_bytes() > RECYCLED_BYTES:
            _log.info("a worker has grown large and is replaced", extra={"bytes": _resident_bytes()})
            self._worker.loop.add_callback(self._worker.close_gracefully, restart=True, reason="it has grown large")


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
        task, encoding = preset.experiment.task, preset.experiment.encoding
        if encoding.question_length(task) + encoding.answer_length(task) > WARMED_STEPS:
            continue
        _no_run.wait()
        if ending.is_set():
            return
        try:
            compile_program(preset.experiment)
        except Exception:  # noqa: BLE001  a run of this preset will fail likewise and tell the person
            if not ending.is_set():  # else Keras is being taken down around it
                _log.exception("warming up %s failed", preset.name)
