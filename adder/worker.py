"""What runs in a worker process: one training at a time, and the warming up that lets the first one start at once.

Everything here is called by the engine, in processes that own TensorFlow; the app only names these functions. Two
things of a run live at the scheduler, so that they outlive a worker: the signal to stop and the last checkpoint.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from distributed import Client, Event, Variable, Worker, WorkerPlugin, get_client, get_worker

from adder.checkpoint import Checkpoint
from adder.errors import TrainingError
from adder.evaluation import evaluate
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.training import Trainer, compile_program

_log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5
STOP_SECONDS = 0.1
WARMED_STEPS = (
    10  # of question and answer together: what compiles in seconds; longer ones wait until they are asked for
)

_no_run = threading.Event()  # clear while a run is here, so that warming up gives way to it
_no_run.set()


def saved_checkpoint(job_id: str, attempt: int, client: Client) -> Variable:
    """Where a run's last checkpoint is kept, as bytes; empty before the first.

    Each attempt has its own, for a former one's may be deleted at the scheduler only after the next has begun.
    """
    return Variable(f"adder-checkpoint-{job_id}-{attempt}", client=client)


def stop_signal(job_id: str, client: Client) -> Event:
    """What asks a run to end after its present epoch."""
    return Event(f"adder-stop-{job_id}", client=client)


def train_job(job_id: str, attempt: int, topic: str, experiment_json: str, from_epoch: int) -> dict[str, Any]:
    """Train one experiment, or go on with it from its last checkpoint.

    Args:
        job_id: Names the run.
        attempt: Counts the times it was handed out; every message carries it.
        topic: Where to tell of epochs.
        experiment_json: The experiment.
        from_epoch: The epoch the run was handed out at. A checkpoint beyond it means that a worker was lost.

    Returns:
        `status`, `message`, the last `checkpoint` as bytes, and the `report` as plain values or None.
    """
    worker, client = get_worker(), get_client()

    def say(**said: Any) -> None:
        worker.log_event(topic, {"job": job_id, "attempt": attempt, **said})

    saved, stop = saved_checkpoint(job_id, attempt, client), stop_signal(job_id, client)
    content = saved.get(timeout=30)
    checkpoint = Checkpoint.from_bytes(content) if content else None
    news = ""
    if checkpoint is not None and checkpoint.epoch > from_epoch:
        news = f"A worker was lost; the run went on from epoch {checkpoint.epoch} on another"
        say(message=f"A worker was lost; another gets ready to go on from epoch {checkpoint.epoch}")
    else:
        say(message="A worker gets ready: it imports TensorFlow and compiles the network")
    trainer = Trainer(Experiment.from_json(experiment_json), checkpoint)
    status, saved_at, asked_at = "done", 0.0, 0.0
    _no_run.clear()
    try:
        for event in trainer.run():
            say(epoch=event.to_dict(), message=news)
            now = time.monotonic()
            if now - saved_at >= CHECKPOINT_SECONDS:
                saved_at = now
                saved.set(trainer.checkpoint().to_bytes())
            if now - asked_at >= STOP_SECONDS:
                asked_at = now
                if stop.is_set():
                    status = "stopped"
                    break
    except TrainingError as error:
        status, news = "failed", str(error)
    finally:
        _no_run.set()
    if trainer.checkpoint().epoch == trainer.experiment.training.epochs and status == "stopped":
        status = "done"  # the last epoch was over before the signal was seen
    return {
        "status": status,
        "message": news,
        "checkpoint": trainer.checkpoint().to_bytes(),
        "report": evaluate(trainer.solver()).to_dict() if status == "done" else None,
    }


class WarmUp(WorkerPlugin):
    """Imports TensorFlow and compiles the shorter presets as soon as a worker starts, between trainings."""

    name = "adder-warm-up"

    def setup(self, worker: Worker) -> None:
        """Called by the engine on every worker, also on one that replaces a lost one."""
        threading.Thread(target=_warm_up, name="adder-warm-up", daemon=True).start()


def _warm_up() -> None:
    for preset in PRESETS.values():
        task, encoding = preset.experiment.task, preset.experiment.encoding
        if encoding.question_length(task) + encoding.answer_length(task) > WARMED_STEPS:
            continue
        _no_run.wait()
        try:
            compile_program(preset.experiment)
        except Exception:  # noqa: BLE001  a run of this preset will meet the same trouble, and tell the person
            _log.exception("warming up %s failed", preset.name)
