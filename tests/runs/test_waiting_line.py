from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from adder.runs.run import Run
from adder.runs.status import Status
from adder.runs.waiting_line import expected_waits, waiting_line, whose_turn_is_over
from tests.experiments import TINY_LINEAR
from tests.runs.fake_engine import checkpoint_after

ASKERS = st.sampled_from(["ann", "bob", "cleo"])
LONG = TINY_LINEAR.replaced({"training.epochs": 100})


def queued(askers: list[str]) -> list[Run]:
    return [Run.new(LONG, asker=asker, arrival=arrival) for arrival, asker in enumerate(askers)]


def training(asker: str = "", since: float = 0.0) -> Run:
    """A run that takes a second an epoch."""
    run = Run.new(LONG, asker=asker, moving_since=since)
    run.become(Status.RUNNING)
    run.keep(checkpoint_after(LONG, 3))
    run.update(moving=True)
    return run


@given(st.lists(ASKERS, max_size=30))
def test_everybodys_first_run_comes_before_anybodys_second(askers: list[str]) -> None:
    runs = queued(askers)
    order = waiting_line(runs)
    assert {run.id for run in order} == {run.id for run in runs}
    rounds: Counter[str] = Counter()
    seen = []
    for run in order:
        seen.append(rounds[run.asker])
        rounds[run.asker] += 1
    assert seen == sorted(seen)


@given(st.lists(ASKERS, max_size=30))
def test_one_askers_runs_keep_their_order(askers: list[str]) -> None:
    order = waiting_line([*queued(askers), training("ann")])
    for asker in ("ann", "bob", "cleo"):
        arrivals = [run.arrival for run in order if run.asker == asker]
        assert arrivals == sorted(arrivals)


def test_an_asker_whose_run_is_trained_already_waits_behind_the_others() -> None:
    assert [run.asker for run in waiting_line([*queued(["ann", "bob"]), training("ann")])] == ["bob", "ann"]


def test_two_anonymous_askers_are_never_the_same_person() -> None:
    runs = [*queued(["", "", "ann"]), training(), training()]
    assert [run.arrival for run in waiting_line(runs)] == [0, 1, 2]


def test_waits_add_up_over_workers() -> None:
    line = queued(["", "", ""])
    for run, seconds in zip(line, (5.0, 1.0, 1.0), strict=True):
        run.expected = seconds
    runs = [*line, training(since=2), training(since=3)]  # whose turns end in 2 and in 3 seconds
    assert expected_waits(runs, line, slots=2, speed=1.0, now=10.0) == [2, 3, 4]
    assert expected_waits(line, line, slots=0, speed=1.0, now=10.0) == [None] * 3


def test_the_longest_turn_is_over_first_where_others_wait() -> None:
    first, second = training(since=1), training(since=2)
    runs = [second, first, *queued(["ann"])]
    assert whose_turn_is_over(runs, 2, 1.0, now=10, background=False) == []
    assert whose_turn_is_over(runs, 2, 1.0, now=20, background=False) == [first]
    assert whose_turn_is_over(runs[:2], 2, 1.0, now=20, background=False) == []
    assert whose_turn_is_over(runs[:2], 1, 1.0, now=20, background=False) == [first], "another server wants it"
    assert whose_turn_is_over(runs, 0, 1.0, now=20, background=False) == [], "their workers are being replaced"
    assert whose_turn_is_over(runs, 1, 1.0, now=3, background=True) == [first], "a sweep waits for no turn"
    first.asked = Status.QUEUED
    assert whose_turn_is_over(runs, 2, 1.0, now=20, background=False) == [], "one gives its worker away already"


def test_a_run_that_is_nearly_over_or_not_moving_keeps_its_worker() -> None:
    nearly, ready = training(), training()
    nearly.until = 4
    ready.view = dataclasses.replace(ready.view, moving=False)
    assert whose_turn_is_over([nearly, ready, *queued(["ann"])], 2, 1.0, now=99, background=False) == []
