"""The training engine as a service reaches it: one of its own that it starts, or a cluster's scheduler, by one code.

It may be lost at any time; `open` finds or starts it again. All of this is for the service's own thread alone, but for
`trouble`, which anyone may read. What is trained in the engine, and when, is for `adder.runs.service` to say.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from adder.base import validation
from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.runs.engine_process import EmbeddedEngine
from adder.runs.server_load import WorkerLoad
from adder.runs.worker_shares import Demands

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger(__name__)

MOST_WORKERS = 64


class Connection:
    """What a service knows of its engine.

    Args:
        hear: Is called with what workers say, on a thread of its own.
        workers: How many worker processes an engine of its own has; by default `ADDER_WORKERS`, or one a core.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks; by default unless `ADDER_WARM_UP` is
            `off`.
        background: Whether its runs give way to those that people wait for.

    Attributes:
        trouble: Why it cannot train just now, in a sentence, or an empty text.
        process: The engine's process where it is the service's own, else None.

    Raises:
        ExperimentError: `ADDER_WORKERS` is not a whole number from 1 to 64.
    """

    def __init__(
        self,
        hear: Callable[[tuple[float, dict[str, Any]]], None],
        *,
        workers: int | None,
        scheduler: str | None,
        warm_up: bool | None,
        background: bool,
    ) -> None:
        self._hear = hear
        self._scheduler = scheduler or os.environ.get("ADDER_SCHEDULER") or None
        cores = min(os.cpu_count() or 1, MOST_WORKERS)
        self._workers = validation.setting("ADDER_WORKERS", workers, 1, MOST_WORKERS) or cores
        self._warm_up = os.environ.get("ADDER_WARM_UP") != "off" if warm_up is None else warm_up
        self._background = background
        self._demands = Demands(background=background)
        self._client: Client | None = None
        self._engine: EmbeddedEngine | None = None
        self._later: list[Callable[[Client], None]] = []
        self.trouble = ""

    @property
    def client(self) -> Client | None:
        """The engine's client while there is one to be had."""
        return self._client if self._client is not None and self._client.status == "running" else None

    @property
    def process(self) -> int | None:
        """The number of the engine's process where it is the service's own."""
        return None if self._engine is None else self._engine.process.pid

    def open(self) -> bool:
        """Start the engine, or find it, and say whether it is there; `trouble` says why it is not."""
        self.trouble = Sentence("The training engine is starting")
        try:
            address = self._scheduler or self._start()
            from distributed import Client

            from adder.runs import worker

            self._client = Client(address, timeout=30, set_as_default=False)
            self._client.register_plugin(worker.Recycling())
            if self._warm_up:
                self._client.register_plugin(worker.WarmUp())
            self._client.subscribe_topic(worker.TOPIC, self._hear)
        except (OSError, TimeoutError, TypeError, RunError) as error:  # the third where TLS has no certificate
            _log.exception("the training engine did not start")
            why = error.sentence if isinstance(error, RunError) else str(error)
            self.trouble = Sentence("The training engine did not start ({why}); trying again", why=why)
            self.close()
            return False
        self.trouble = ""
        while self._later:
            self._later.pop(0)(self._client)
        return True

    def _start(self) -> str:
        self._engine = EmbeddedEngine(self._workers, background=self._background)
        return self._engine.address

    def close(self) -> None:
        """Let go of the engine, and end it where it is the service's own."""
        if self._client is not None:
            self._client.close(timeout=5)
            self._client = None
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def use(self, act: Callable[[Client], None]) -> None:
        """Do something that needs the engine: now, or as soon as it is there."""
        if (client := self.client) is None:
            self._later.append(act)
        else:
            act(client)

    def slots(self, client: Client, demand: int) -> int:
        """How many workers this service may use: all of its own engine's, or its share of a cluster's.

        Args:
            client: The engine's.
            demand: How many it could use.
        """
        workers = sum(client.nthreads().values())
        return self._demands.share(client, workers, demand) if self._scheduler else workers

    def idle(self, client: Client, slots: int) -> int:
        """How many workers have nothing to do; other services may use a cluster's."""
        return sum(not keys for keys in client.processing().values()) if self._scheduler else slots

    def leave(self, client: Client) -> None:
        """Tell the other services of a cluster that this one asks for nothing any more."""
        if self._scheduler:
            self._demands.leave(client)


def worker_loads(client: Client) -> tuple[WorkerLoad, ...]:
    """What each worker of an engine does."""
    busy = client.processing()
    return tuple(
        WorkerLoad(each["metrics"].get("memory", 0), each["memory_limit"] or None, bool(busy.get(address)))
        for address, each in client.scheduler_info(n_workers=-1)["workers"].items()
    )
