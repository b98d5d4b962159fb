"""Evaluations that all sessions share: one at a time, and none for nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from adder import QuestionError, evaluate
from adder.ui.evaluations import EvaluationLine
from tests.experiments import TINY_TEXT, random_solver


class GoneError(Exception):
    """A page is gone."""


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> EvaluationLine:
    monkeypatch.setattr("adder.ui.evaluations._POLL_SECONDS", 0.002)
    return EvaluationLine()


def stays() -> None:
    """A page that is looked at."""


def asked(ended: threading.Event, begun: threading.Event) -> Callable[[], object]:
    """An evaluation that goes on until it is ended."""

    def work() -> None:
        begun.set()
        try:
            while True:
                evaluate(random_solver(TINY_TEXT), 1)
        finally:
            ended.set()

    return work


def test_equal_questions_share_an_answer(line: EvaluationLine) -> None:
    begun, go_on, made = threading.Event(), threading.Event(), []

    def work() -> int:
        begun.set()
        assert go_on.wait(10)
        made.append(1)
        return 7

    with ThreadPoolExecutor() as pages:
        answers = [pages.submit(line.wait, "key", work, stays) for _ in range(5)]
        assert begun.wait(10)
        go_on.set()
        assert [each.result(10) for each in answers] == [7] * 5
    assert line.wait("key", work, stays) == 7, "it is kept for whoever comes later"
    assert len(made) == 1
    assert line.wait("other", lambda: 8, stays) == 8


def test_an_evaluation_ends_once_nobody_waits_for_it(line: EvaluationLine) -> None:
    ended, begun, leaves = threading.Event(), threading.Event(), threading.Event()

    def page() -> None:
        if leaves.is_set():
            raise GoneError

    with ThreadPoolExecutor() as pages:
        first = pages.submit(line.wait, "key", asked(ended, begun), page)
        assert begun.wait(10)
        behind = pages.submit(line.wait, "behind", lambda: 7, stays)
        assert not behind.done(), "one at a time"
        leaves.set()
        with pytest.raises(GoneError):
            first.result(10)
        assert ended.wait(10)
        assert behind.result(10) == 7
    assert line.wait("key", lambda: 8, stays) == 8, "what nobody waited for is not kept"


def test_an_evaluation_that_takes_too_long_is_told(line: EvaluationLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.ui.evaluations.MOST_SECONDS", 0.0)
    with pytest.raises(QuestionError, match="this network takes too long to answer so many questions"):
        line.wait("key", asked(threading.Event(), threading.Event()), stays)


def test_no_more_results_are_kept_than_may_be(line: EvaluationLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.ui.evaluations.MOST_KEPT", 2)
    made: list[int] = []
    for key in (1, 2, 3, 3, 2, 1):
        line.wait(key, lambda key=key: made.append(key), stays)  # type: ignore[misc]
    assert made == [1, 2, 3, 1]
