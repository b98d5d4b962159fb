"""What the table of statuses says, beyond the single transitions that the service makes."""

from __future__ import annotations

from adder.runs.status import NEXT, Status


def before(status: Status) -> set[Status]:
    return {was for was, then in NEXT.items() if status in then}


def test_a_run_that_is_done_stays_done() -> None:
    assert NEXT[Status.DONE] == set()


def test_a_run_begins_only_from_the_queue_and_is_done_or_fails_only_in_training() -> None:
    assert before(Status.RUNNING) == {Status.QUEUED}
    assert before(Status.DONE) == before(Status.FAILED) == {Status.RUNNING}
    assert before(Status.LOADING) == set()


def test_a_run_that_is_over_can_only_queue_again() -> None:
    assert {each for status in Status if status.over for each in NEXT[status]} == {Status.QUEUED}
