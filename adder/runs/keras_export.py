"""Networks as `.keras` files, which only a worker can make: asked for at once, there a moment later.

The latest few are kept. Nobody waits: who asks for a file that is not there yet gets None and asks again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.solvers.solver import Solver

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger(__name__)

MOST_FILES = 16
ATTEMPTS = 3


class KerasFiles:
    """The files, by the network that is in them.

    Args:
        ask: Has a thread that may use the engine's client call the function it is given.
    """

    def __init__(self, ask: Callable[[Callable[[Client], None]], None]) -> None:
        self._ask = ask
        self._made: OrderedDict[str, bytes | str | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, solver: Solver) -> bytes | None:
        """A solver's file; None while a worker makes it.

        Raises:
            RunError: It could not be made. Asking again tries again.
        """
        weights = hashlib.sha256(b"".join(weight.tobytes() for weight in solver.weights.values()))
        key = f"{solver.experiment.digest}-{weights.hexdigest()[:16]}"
        with self._lock:
            if key not in self._made:
                self._made[key] = None
                while len(self._made) > MOST_FILES:
                    self._made.popitem(last=False)
                self._ask(lambda client: self._begin(client, key, solver))
            made = self._made[key]
            if isinstance(made, str):
                del self._made[key]
                raise RunError(made)
            return made

    def _begin(self, client: Client, key: str, solver: Solver) -> None:
        arguments = (client, key, solver.to_bytes())
        threading.Thread(target=self._make, args=arguments, name="adder-keras", daemon=True).start()

    def _make(self, client: Client, key: str, content: bytes) -> None:
        """Have a worker make it, an idle one where there is one."""
        from adder.runs import worker

        made: bytes | str
        for attempt in range(1, ATTEMPTS + 1):
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
                if attempt < ATTEMPTS:
                    time.sleep(attempt)
        with self._lock:
            if key in self._made:
                self._made[key] = made
