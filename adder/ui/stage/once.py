"""Keeps what is costly to make: each value is made once, however many visitors ask for it at the same moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

Made = TypeVar("Made")


class Once:
    """Values by key; those that were asked for longest ago are dropped.

    Args:
        most: How many are kept.

    >>> once = Once(2)
    >>> [once.get("a", lambda: 1), once.get("a", lambda: 2)]
    [1, 1]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The value of a key, made now unless it is there or somebody else is making it."""
        with self._lock:
            future = self._futures.get(key)
            if mine := future is None:
                future = self._futures[key] = Future()
            self._futures.move_to_end(key)
            while len(self._futures) > self._most:
                self._futures.popitem(last=False)
        if mine:
            try:
                future.set_result(make())
            finally:
                if not future.done():  # Whoever waits is told, and the next one tries again.
                    self._forget(key, future)
        made: Made = future.result()
        return made

    def _forget(self, key: Hashable, future: Future[Any]) -> None:
        with self._lock:
            if self._futures.get(key) is future:
                del self._futures[key]
        future.cancel()
