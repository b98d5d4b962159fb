"""Networks as `.keras` files, which only a worker can make.

The latest few are kept. Nobody waits for one: a file that is not there yet is None, and the page asks again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.solvers.solver import Solver

_log = logging.getLogger(__name__)

MOST_FILES = 16
MOST_BYTES = 50_000_000  # The latest file is kept even if it alone is larger.
ATTEMPTS = 3


class KerasFiles:
    """The files, by the network that is in them.

    Args:
        make: Has a worker turn a solver's bytes into a file, while the caller waits.
    """

    def __init__(self, make: Callable[[bytes], bytes]) -> None:
        self._make = make
        self._files: OrderedDict[str, bytes | str | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, solver: Solver) -> bytes | None:
        """A solver's file; None while a worker makes it.

        Raises:
            RunError: It could not be made. Asking again tries again.
        """
        key = _key(solver)
        with self._lock:
            if key not in self._files:
                self._files[key] = None
                while len(self._files) > MOST_FILES:
                    self._files.popitem(last=False)
                threading.Thread(target=self._fill, args=(key, solver), name="adder-keras", daemon=True).start()
            made = self._files[key]
            if isinstance(made, str):
                del self._files[key]
                raise RunError(made)
            return made

    def ready(self, solver: Solver) -> bool:
        """Whether a solver's file was made, or could not be made, so that `get` has something to say."""
        with self._lock:
            return self._files.get(_key(solver)) is not None

    def _fill(self, key: str, solver: Solver) -> None:
        made: bytes | str
        for attempt in range(1, ATTEMPTS + 1):
            try:
                made = self._make(solver.to_bytes())
                break
            except Exception as error:  # noqa: BLE001  whatever a worker can raise, the person is told
                _log.exception("making a .keras file failed")
                made = Sentence("the .keras file could not be made ({why})", why=str(error))
                if attempt < ATTEMPTS:
                    time.sleep(attempt)
        with self._lock:
            if key in self._files:
                self._files[key] = made
                for other in list(self._files):
                    sizes = [len(file) for file in self._files.values() if isinstance(file, bytes)]
                    if sum(sizes) > MOST_BYTES and other != key and isinstance(self._files[other], bytes):
                        del self._files[other]


def _key(solver: Solver) -> str:
    weights = hashlib.sha256(b"".join(weight.tobytes() for weight in solver.weights.values()))
    return f"{solver.experiment.digest}-{weights.hexdigest()[:16]}"
