"""What runs in a worker process: one training at a time, and the warming up that lets the first one start at once.

Everything here is called by the engine, in processes that own TensorFlow; the app only names these functions. Two
things of a run live at the scheduler, so that they outlive a worker: the signals to end and the last checkpoint.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any

from distributed import Client, Event, Variable, Worker, WorkerPlugin, get_client, get_worker

from adder.base import logs
from adder.base.errors import TrainingError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.solvers.evaluation import evaluate
from adder.solvers.solver import Solver
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import Trainer, compile_program

_log = logging.getLogger(__name__)

TRAINING = "train-"  # how the keys of trainings begin
TOPIC = "adder-runs"  # where the epochs of all runs are told, to every server of the cluster
CHECKPOINT_SECONDS = 0.5
ENDING_SECONDS = 0.1
ENDINGS = ("stopped", "paused")  # what a run can be asked to be after its present epoch
WARMED_STEPS = (
    10  # of question and answer together: what compiles in seconds; longer ones wait until they are asked for
)

RECYCLED_BYTES = 2_000_000_000  # TensorFlow and a dozen compiled networks take less

_no_run = threading.Event()  # clear while a run is here, so that warming up gives way to it
_no_run.set()


def saved_checkpoint(job_id: str, attempt: int, client: Client) -> Variable:
    """Where a run's last checkpoint is kept, as bytes; empty before the first.

    Each attempt has its own, for a former one's may be deleted at the scheduler only after the next has begun.
    """
    return Variable(f"adder-checkpoint-{job_id}-{attempt}", client=client)


def latest_checkpoint(job_id: str, attempt: int, client: Client, *, timeout: float = 10) -> Checkpoint | None:
    """What an attempt has saved there so far, or None before the first.

    Raises:
        TimeoutError: Nothing was ever put there, or the scheduler does not answer.
    """
    content = saved_checkpoint(job_id, attempt, client).get(timeout=timeout)
    return Checkpoint.from_bytes(content) if content else None


def end_signal(job_id: str, attempt: int, ending: str, client: Client) -> Event:
    """What asks an attempt at a run to be one of `ENDINGS` after its present epoch."""
    return Event(f"adder-{ending}-{job_id}-{attempt}", client=client)


def forget(job_id: str, attempt: int, client: Client) -> None:
    """Delete at the scheduler what an attempt left there that is over."""
    saved_checkpoint(job_id, attempt, client).delete()
    for ending in ENDINGS:
        end_signal(job_id, attempt, ending, client).clear()


def train_job(job_id: str, attempt: int, experiment_json: str, from_epoch: int, until: int | None) -> dict[str, Any]:
    """Train one experiment, or go on with it from its last checkpoint.

    Args:
        job_id: Names the run.
        attempt: Counts the times it was handed out; every message carries it.
        experiment_json: The experiment.
        from_epoch: The epoch the run was handed out at. A checkpoint beyond it means that a worker was lost.
        until: The epoch to pause after, or None.

    Returns:
        `status`, `message`, the last `checkpoint` as bytes, and the `report` as plain values or None.
    """
    worker, client = get_worker(), get_client()

    def tell(message: Sentence | None, **said: Any) -> None:
        described = message.to_dict() if message else None
        worker.log_event(TOPIC, {"job": job_id, "attempt": attempt, "message": described, **said})

    saved = saved_checkpoint(job_id, attempt, client)
    signals = {ending: end_signal(job_id, attempt, ending, client) for ending in ENDINGS}
    checkpoint = latest_checkpoint(job_id, attempt, client, timeout=30)
    news: Sentence | None = None
    if checkpoint is not None and checkpoint.epoch > from_epoch:
        news = Sentence("A worker was lost; the run went on from epoch {epoch} on another", epoch=checkpoint.epoch)
        tell(Sentence("A worker was lost; another gets ready to go on from epoch {epoch}", epoch=checkpoint.epoch))
        _log.warning("a run goes on whose worker was lost", extra={"run": job_id, "epoch": checkpoint.epoch})
    else:
        tell(Sentence("A worker gets ready: it imports TensorFlow and compiles the network"))
    trainer = Trainer(Experiment.from_json(experiment_json), checkpoint)
    status, saved_at, asked_at = "done", 0.0, 0.0
    _no_run.clear()
    try:
        for event in trainer.run():
            tell(news, epoch=event.to_dict())
            now = time.monotonic()
            if now - saved_at >= CHECKPOINT_SECONDS:
                saved_at = now
                saved.set(trainer.checkpoint().to_bytes())
            asked = ""
            if now - asked_at >= ENDING_SECONDS:
                asked_at = now
                asked = next((ending for ending, signal in signals.items() if signal.is_set()), "")
            if until is not None and event.epoch >= until:
                asked = asked or "paused"
            if asked and not trainer.finished:  # after the last epoch a run is done, whatever was asked
                status = asked
                break
    except TrainingError as error:
        status, news = "failed", Sentence("{why}", why=error.sentence)
    finally:
        _no_run.set()
    return {
        "status": status,
        "message": news or "",
        "checkpoint": trainer.checkpoint().to_bytes(),
        "report": evaluate(trainer.solver()).to_dict() if status in ("done", "stopped") else None,
    }


async def keras_file(solver: bytes) -> bytes:
    """A solver's network as a `.keras` file, made beside whatever is being trained here."""
    return await asyncio.to_thread(_keras_file, solver)


def _keras_file(content: bytes) -> bytes:
    from adder.training.epoch_program import keras_file

    solver = Solver.from_bytes(content)
    return keras_file(solver.experiment, solver.weights)


class Recycling(WorkerPlugin):
    """Ends a worker that has grown large, between two runs; its nanny starts another in its place.

    Every network of another shape leaves a compiled program behind, and TensorFlow does not give back all it took.
    """

    name = "adder-recycling"

    def setup(self, worker: Worker) -> None:
        """Called by the engine on every worker."""
        logs.begin()
        self._worker = worker

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Called by the engine when a task changes its state; one is forgotten once its result has come home."""
        trained = str(key).startswith(TRAINING) and finish in ("released", "forgotten")
        if trained and _resident_bytes() > RECYCLED_BYTES:
            _log.info("a worker is replaced that has grown large", extra={"bytes": _resident_bytes()})
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
        except Exception:  # noqa: BLE001  a run of this preset will meet the same trouble, and tell the person
            if not ending.is_set():  # else Keras is being taken down around it
                _log.exception("warming up %s failed", preset.name)
