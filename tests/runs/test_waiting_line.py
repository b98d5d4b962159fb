from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from adder.runs.run import Run
from adder.runs.status import Status
from adder.runs.visitors import NOBODY, Visitor
from adder.runs.waiting_line import expected_waits, turn_began, waiting_line, whose_turn_is_over
from tests.experiments import TINY_LINEAR
from tests.runs.fake_engine import checkpoint_after
from tests.runs.support import ANN, BOB, CLEO

ASKERS = st.sampled_from([ANN, BOB, CLEO])
LONG = TINY_LINEAR.replaced({"training.epochs": 100})


def queued(askers: list[Visitor]) -> list[Run]:
    return [Run.new(LONG, asker=asker, arrival=arrival) for arrival, asker in enumerate(askers)]


def training(asker: Visitor = NOBODY, since: float = 0.0) -> Run:
    """A run that takes a second an epoch."""
    run = Run.new(LONG, asker=asker, moving_since=since)
    run.become(Status.RUNNING)
    run.keep(checkpoint_after(LONG, 3))
    run.update(moving=True)
    return run


@given(st.lists(ASKERS, max_size=30))
def test_everybodys_first_run_comes_before_anybodys_second(askers: list[Visitor]) -> None:
    runs = queued(askers)
    order = waiting_line(runs)
    assert {run.id for run in order} == {run.id for run in runs}
    rounds: Counter[Visitor] = Counter()
    seen = []
    for run in order:
        seen.append(rounds[run.asker])
        rounds[run.asker] += 1
    assert seen == sorted(seen)


@given(st.lists(ASKERS, max_size=30))
def test_one_askers_runs_keep_their_order(askers: list[Visitor]) -> None:
    order = waiting_line([*queued(askers), training(ANN)])
    for asker in (ANN, BOB, CLEO):
        arrivals = [run.arrival for run in order if run.asker == asker]
        assert arrivals == sorted(arrivals)


def test_an_asker_whose_run_is_trained_already_waits_behind_the_others() -> None:
    assert [run.asker for run in waiting_line([*queued([ANN, BOB]), training(ANN)])] == [BOB, ANN]


def test_getting_ready_is_a_part_of_a_turn_but_never_all_of_it() -> None:
    slow, quick = training(ANN), training(BOB)
    slow.handed_at = quick.handed_at = 100.0
    slow.moving_since, quick.moving_since = turn_began(slow, 130.0), turn_began(quick, 100.5)
    runs = [slow, quick, *queued([CLEO])]
    assert whose_turn_is_over(runs, 2, 1.0, 109.9, background=False) == []
    assert whose_turn_is_over(runs, 2, 1.0, 110.1, background=False) == [quick]
    assert whose_turn_is_over([slow, *queued([CLEO])], 1, 1.0, 132.9, background=False) == []
    assert whose_turn_is_over([slow, *queued([CLEO])], 1, 1.0, 133.1, background=False) == [slow]


def test_two_anonymous_askers_are_never_the_same_person() -> None:
    runs = [*queued([NOBODY, NOBODY, ANN]), training(), training()]
    assert [run.arrival for run in waiting_line(runs)] == [0, 1, 2]


def test_waits_add_up_over_workers() -> None:
    line = queued([NOBODY] * 3)
    for run, seconds in zip(line, (5.0, 1.0, 1.0), strict=True):
        run.expected = seconds
    runs = [*line, training(since=2), training(since=3)]  # Their turns end in 2 and in 3 seconds.
    assert expected_waits(runs, line, slots=2, speed=1.0, now=10.0) == [2, 3, 4]
    assert expected_waits(line, line, slots=0, speed=1.0, now=10.0) == [None] * 3


def test_the_longest_turn_is_over_first_where_others_wait() -> None:
    first, second = training(since=1), training(since=2)
    runs = [second, first, *queued([ANN])]
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
    assert whose_turn_is_over([nearly, ready, *queued([ANN])], 2, 1.0, now=99, background=False) == []


def unwatched(run: Run) -> Run:
    run.watched, run.watched_at = False, -10.0
    return run


@given(st.lists(st.tuples(ASKERS, st.booleans()), max_size=30))
def test_runs_that_somebody_watches_come_first(asked: list[tuple[Visitor, bool]]) -> None:
    runs = queued([asker for asker, _ in asked])
    for run, (_, watched) in zip(runs, asked, strict=True):
        run.watched = watched
    order = [run.watched for run in waiting_line(runs)]
    assert order == sorted(order, reverse=True)


def test_addresses_take_turns_among_peoples_first_runs() -> None:
    crowd = [Visitor(f"tab {n}", f"browser {n}", "203.0.113.7") for n in range(5)]
    lone = Visitor("tab", "browser", "203.0.113.8")
    assert waiting_line(queued([*crowd, lone]))[1].asker == lone
    runs = [training(crowd[0]), *queued([*crowd[1:], lone])]
    assert waiting_line(runs)[0].asker == lone
    without_cookie = [Visitor(f"tab {n}", "", "203.0.113.7") for n in range(5)]
    ordered = waiting_line(queued([*without_cookie, ANN, BOB]))
    assert [run.asker for run in ordered][1:3] == [ANN, BOB], "all tabs without a cookie take one turn"


def test_a_run_that_nobody_watches_gives_its_worker_away_at_once_to_one_that_somebody_does() -> None:
    for watched, now, expected in ((True, 3, 1), (False, 3, 0), (False, 20, 1)):
        lonely, waiting = unwatched(training(since=2)), queued([ANN])
        waiting[0].watched = watched
        over = whose_turn_is_over([lonely, *waiting], 1, 1.0, now=now, background=False)
        assert over == [lonely][:expected]
    reloading = training(since=2)
    reloading.watched, reloading.watched_at = False, 2.0
    assert whose_turn_is_over([reloading, *queued([ANN])], 1, 1.0, now=3, background=False) == []


def test_a_run_that_somebody_watches_keeps_its_worker_from_those_that_nobody_does() -> None:
    kept, others = training(since=1), [unwatched(run) for run in queued([ANN, BOB, CLEO])]
    assert whose_turn_is_over([kept, *others], 1, 1.0, now=99, background=False) == []
    lonely = unwatched(training(since=90))
    assert whose_turn_is_over([kept, lonely, *queued([ANN])], 2, 1.0, now=99, background=False) == [lonely]
    assert whose_turn_is_over([kept, lonely, *queued([ANN, BOB])], 2, 1.0, now=99, background=False) == [lonely, kept]


def test_a_wait_counts_what_workers_take_to_get_ready_and_what_is_over_of_an_epoch() -> None:
    ready = Run.new(LONG, handed_at=96.0, expected=100.0)
    ready.become(Status.RUNNING)
    first, second = queued([ANN, BOB])
    first.expected = 100.0
    assert expected_waits([ready], [first, second], 1, 10.0, 100.0, ready=20.0) == [26.0, 56.0]
    nearly = training(since=98.0)
    nearly.until = 4
    nearly.update(part=0.75)
    assert expected_waits([nearly], [first], 1, 1.0, 100.0) == [0.25]
