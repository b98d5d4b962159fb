"""Evaluations, which ask a network many questions: one at a time on this server, so that answers come first.

Everybody who asks for the same evaluation shares it, and it ends as soon as nobody waits for it any more.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import streamlit as st

from adder.base.errors import QuestionError
from adder.solvers.evaluation import looking_up
from adder.solvers.solver import Solver
from adder.ui.language import say

MOST_SECONDS = 20.0  # Every evaluation is planned to take a fraction of it.
MOST_KEPT = 8
_POLL_SECONDS = 0.2

Found = TypeVar("Found")


def found(solver: Solver, what: Hashable, work: Callable[[], Found]) -> Found:
    """The result of an evaluation; the page says meanwhile that the network is being asked.

    Args:
        solver: The solver that is asked.
        what: Names the evaluation; equal names share a result.
        work: Makes the evaluation, through `adder.solvers.evaluation`.

    Raises:
        QuestionError: It took too long.
    """
    slot = st.empty()

    def look() -> None:
        slot.caption(say("The network is being asked …"))  # This ends the script if its page is gone.

    try:
        return _line().wait((_name(solver), what), work, look)
    finally:
        slot.empty()


@st.cache_resource(show_spinner=False)
def _line() -> EvaluationLine:
    return EvaluationLine()


def _name(solver: Solver) -> bytes:
    """A name that is equal for solvers with equal experiments and weights, wherever they were loaded."""
    name = hashlib.blake2b(solver.experiment.to_json().encode())
    for weight in solver.weights.values():
        name.update(weight.tobytes())
    return name.digest()


class EvaluationLine:
    """Evaluations by key: those that wait, the one that is being made, and the latest results."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="adder-evaluation")
        self._evaluations: OrderedDict[Hashable, _Evaluation] = OrderedDict()

    def wait(self, key: Hashable, work: Callable[[], Found], look: Callable[[], None]) -> Found:
        """The result of some work, made for this call or for another one with an equal key.

        Args:
            key: Names the work.
            work: Makes the result on the line's own thread, if there is none yet.
            look: Called several times a second while the caller waits; an error that it raises ends the waiting.
        """
        with self._lock:
            evaluation = self._evaluations.pop(key, None) or _Evaluation(self._worker, work)
            self._evaluations[key] = evaluation
            evaluation.waiting += 1
            for oldest in list(self._evaluations)[:-MOST_KEPT]:
                if not self._evaluations[oldest].waiting:
                    del self._evaluations[oldest]
        future = evaluation.future
        try:
            while not wait([future], _POLL_SECONDS).done:
                look()
            result: Found = future.result()
        finally:
            with self._lock:
                evaluation.waiting -= 1
                if not evaluation.waiting and (not future.done() or future.cancelled() or future.exception()):
                    evaluation.end()
                    self._evaluations.pop(key, None)
        return result


class _Evaluation:
    """One evaluation, and how many wait for it."""

    def __init__(self, worker: ThreadPoolExecutor, work: Callable[[], Any]) -> None:
        self.waiting = 0
        self._ended = False
        self._work = work
        self.future: Future[Any] = worker.submit(self._made)

    def end(self) -> None:
        """End the evaluation, because nobody waits for it any more."""
        self._ended = True
        self.future.cancel()

    def _made(self) -> Any:
        until = time.monotonic() + MOST_SECONDS

        def look() -> None:
            if self._ended:
                raise _NobodyWaitsError
            if time.monotonic() > until:
                raise QuestionError("this network takes too long to answer so many questions")

        with looking_up(look):
            return self._work()


class _NobodyWaitsError(Exception):
    """An evaluation ends because nobody waits for it any more."""
