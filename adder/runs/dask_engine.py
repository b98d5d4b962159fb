"""The training engine with Dask: one that it starts on this machine, or the scheduler of a cluster.

Importing this module imports Dask. Nothing else holds a client, a future, a variable or an event. What travels to a
worker is the text of an experiment and the bytes of a checkpoint; nothing that a visitor sends becomes code.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from distributed import Client, Future, KilledWorker
from distributed.security import Security

from adder.base.errors import AdderError
from adder.base.messages import Sentence
from adder.base.server_settings import server_settings
from adder.experiment import Experiment
from adder.runs import worker
from adder.runs.dask_internals import delete_metadata, keep_no_events, restart_nanny, security_of
from adder.runs.engine import Attempt, Engine, News, Outcome, WorkersLostError
from adder.runs.engine_process import EmbeddedEngine
from adder.runs.server_load import WorkerLoad
from adder.runs.status import Status
from adder.runs.worker_shares import Demands
from adder.solvers.results import Report
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent

_log = logging.getLogger(__name__)

_DEMANDS_KEY = "adder-demands"
CONNECT_SECONDS = 30
_SECONDS_BETWEEN_LOOKS = 0.2


class DaskEngine(Engine):
    """Dask's scheduler and workers, as one service uses them.

    Args:
        workers: How many worker processes an embedded engine has.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks; by default unless `ADDER_WARM_UP` is
            `off`.
        background: Whether its runs give way to those that people wait for.
        embedded: An embedded engine that is on its way up, to be used first.

    Attributes:
        client: Dask's client while the engine is open.
    """

    def __init__(
        self,
        *,
        workers: int,
        scheduler: str | None = None,
        warm_up: bool | None = None,
        background: bool = False,
        embedded: EmbeddedEngine | None = None,
    ) -> None:
        settings = server_settings()
        self._scheduler = scheduler or settings.scheduler
        self._workers = workers
        self._warm_up = settings.warm_up if warm_up is None else warm_up
        self._background = background
        self._server_name = secrets.token_hex(8)
        self._beat = 0
        self._demands = Demands()
        self._embedded = embedded
        self._futures: dict[Attempt, Future] = {}
        self._steps_saved: dict[Attempt, int] = {}
        self._steps_fetched: dict[Attempt, int] = {}  # A checkpoint may be large, so it is fetched once.
        self._trouble: str = Sentence("The training engine is starting")
        self._on_epoch: Callable[[News], None] = lambda news: None
        self._on_end: Callable[[Attempt], None] = lambda attempt: None
        self.client: Client | None = None

    @property
    def trouble(self) -> str:
        return self._trouble

    @property
    def process(self) -> int | None:
        """The id of the embedded engine's process; None for a cluster."""
        return None if self._embedded is None else self._embedded.process.pid

    def listen(self, on_epoch: Callable[[News], None], on_end: Callable[[Attempt], None]) -> None:
        self._on_epoch, self._on_end = on_epoch, on_end

    def open(self) -> bool:
        self._trouble = Sentence("The training engine is starting")
        try:
            address, security = (self._scheduler, None) if self._scheduler else self._start()
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, security=security)
            self.client = client
            client.register_plugin(worker.Recycling())
            if self._warm_up:
                client.register_plugin(worker.WarmUp())
            client.run_on_scheduler(keep_no_events, worker.TOPIC)  # Snapshots would take a lot of its memory.
            client.subscribe_topic(worker.TOPIC, self._hear)
        except Exception as error:  # noqa: BLE001  Dask raises what it likes for an odd address or certificate
            _log.exception("the training engine did not start")
            why = error.sentence if isinstance(error, AdderError) else str(error)
            self.close()
            self._trouble = Sentence("The training engine did not start ({why}); trying again", why=why)
            return False
        self._trouble = ""
        return True

    def is_open(self) -> bool:
        return self.client is not None and self.client.status == "running"

    def close(self) -> None:
        self._futures.clear()
        client, self.client = self.client, None
        embedded, self._embedded = self._embedded, None
        try:
            if client is not None:
                client.close(timeout=1)
        except TimeoutError:
            _log.warning("the training engine is busy, so the connection to it was given up")
        except Exception:  # noqa: BLE001  Dask raises what it likes where its scheduler is lost; another is started
            _log.exception("the connection to the training engine could not be closed in order")
        finally:
            if embedded is not None:
                embedded.close()

    def slots(self, demand: int) -> int:
        """How many workers this service may use: all of an embedded engine's, or its share of a cluster's."""
        workers = sum(self._running.nthreads().values())
        if not self._scheduler:
            return workers
        self._beat += 1
        self._running.set_metadata([_DEMANDS_KEY, self._server_name], [self._beat, self._background, demand])
        return self._demands.share(self._server_name, self._running.get_metadata([_DEMANDS_KEY]), workers)

    def idle(self) -> int:
        """How many workers other services leave idle; an embedded engine has no other service."""
        if not self._scheduler:
            return self._workers
        return sum(not keys for keys in self._running.processing().values())

    def submit(
        self, attempt: Attempt, experiment: Experiment, checkpoint: Checkpoint | None, until: int | None
    ) -> None:
        content = checkpoint.to_bytes() if checkpoint else b""
        worker.saved_checkpoint(attempt.run_id, attempt.number, self._running).set(content)
        future = self._running.submit(
            worker.train,
            attempt.run_id,
            attempt.number,
            experiment.to_json(),
            checkpoint.steps if checkpoint else 0,
            until,
            key=f"{worker.KEY_PREFIX}{attempt.number}-{attempt.run_id}",  # Dask groups keys by what precedes a number.
            pure=False,
            priority=-1 if self._background else 0,
        )
        self._futures[attempt] = future
        future.add_done_callback(lambda _: self._on_end(attempt))

    def signal(self, attempt: Attempt, ending: Status) -> None:
        worker.ask_to_end(attempt.run_id, attempt.number, ending, self._running)

    def restart_worker(self, attempt: Attempt) -> None:
        future = self._futures.pop(attempt, None)
        if future is None:
            return
        address = next((at for at, keys in self._running.processing().items() if future.key in keys), None)
        future.cancel()
        if address is not None:
            self._running.run(restart_nanny, workers=[address], nanny=True, wait=False)
        self._steps_saved.pop(attempt, None)
        self._steps_fetched.pop(attempt, None)
        worker.forget(attempt.run_id, attempt.number, self._running)

    def checkpoint(self, attempt: Attempt) -> Checkpoint | None:
        saved = self._steps_saved.get(attempt, 0)
        if saved <= self._steps_fetched.get(attempt, 0):
            return None
        checkpoint = worker.latest_checkpoint(attempt.run_id, attempt.number, self._running)
        self._steps_fetched[attempt] = max(saved, checkpoint.steps if checkpoint else 0)
        return checkpoint

    def outcome(self, attempt: Attempt) -> Outcome | None:
        future = self._futures.get(attempt)
        if future is None or not self.is_open() or not future.done() or future.cancelled():
            return None
        try:
            return _outcome(future.result(timeout=60))
        except KilledWorker as error:
            raise WorkersLostError(
                "its workers were lost again and again before it got any further; often there is too little memory"
            ) from error
        except Exception as error:  # noqa: BLE001  whatever a worker can raise, the run is over and the person is told
            _log.exception("run %s failed", attempt.run_id)
            return Outcome.failed(error)

    def forget(self, attempt: Attempt) -> None:
        self._steps_saved.pop(attempt, None)
        self._steps_fetched.pop(attempt, None)
        if self._futures.pop(attempt, None) is not None:
            worker.forget(attempt.run_id, attempt.number, self._running)

    def worker_loads(self) -> tuple[WorkerLoad, ...]:
        busy = self._running.processing()
        return tuple(
            WorkerLoad(each["metrics"].get("memory", 0), each["memory_limit"] or None, bool(busy.get(address)))
            for address, each in self._running.scheduler_info(n_workers=-1)["workers"].items()
        )

    def keras_file(self, solver: bytes) -> bytes:
        """A solver's network as a `.keras` file, made by an idle worker if there is one, while the caller waits."""
        while not self.is_open():
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        client = self._running
        busy = {address: len(keys) for address, keys in client.processing().items()}
        if not busy:
            raise TimeoutError("no worker is there")
        chosen = min(busy, key=lambda address: busy[address])
        made: bytes = client.run(worker.keras_file, solver, workers=[chosen])[chosen]
        return made

    def leave(self) -> None:
        if self._scheduler:
            self._running.run_on_scheduler(partial(delete_metadata, _DEMANDS_KEY, self._server_name))

    @property
    def _running(self) -> Client:
        if self.client is None:
            raise ConnectionError("the training engine is not there")
        return self.client

    def _start(self) -> tuple[str, Security]:
        """Start the embedded engine, and say where it is and how to speak with it."""
        if self._embedded is None:
            self._embedded = EmbeddedEngine(self._workers, background=self._background)
        return self._embedded.address, security_of(self._embedded.certificate)

    def _hear(self, message: tuple[float, dict[str, Any]]) -> None:
        """Take in what a worker tells; runs on the client's own thread."""
        told = message[1]
        text = Sentence.from_dict(told["message"]) if told["message"] else ""
        attempt, saved = Attempt(told["run"], told["attempt"]), told.get("saved", 0)
        if saved and attempt in self._futures:
            self._steps_saved[attempt] = saved
        for epoch, figures, row in told.get("epochs", ()):
            event = EpochEvent.from_dict(figures) if figures else None
            self._on_epoch(
                News(attempt, text, event, snapshot=(epoch, np.frombuffer(row, np.float16)) if row else None)
            )
        if "epochs" not in told:
            self._on_epoch(News(attempt, text, None, saved=bool(saved), part=told.get("part")))


def _outcome(result: dict[str, Any]) -> Outcome:
    return Outcome(
        Status(result["status"]),
        result["message"],
        Checkpoint.from_bytes(result["checkpoint"]) if result["checkpoint"] else None,
        None if result["report"] is None else Report.from_dict(result["report"]),
    )
