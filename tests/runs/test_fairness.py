from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from adder.runs.fairness import Waiting, shares, turns, waits

ASKERS = st.sampled_from(["ann", "bob", "cleo"])


def queue(askers: list[str]) -> list[Waiting]:
    return [Waiting(f"{asker}{arrival}", asker, arrival) for arrival, asker in enumerate(askers)]


@given(st.lists(ASKERS, max_size=30))
def test_everybodys_first_run_comes_before_anybodys_second(askers: list[str]) -> None:
    order = turns(queue(askers), {})
    assert sorted(order) == sorted(each.id for each in queue(askers))
    rounds: Counter[str] = Counter()
    seen = []
    for run in order:
        asker = run.rstrip("0123456789")
        seen.append(rounds[asker])
        rounds[asker] += 1
    assert seen == sorted(seen)


@given(st.lists(ASKERS, max_size=30))
def test_one_askers_runs_keep_their_order(askers: list[str]) -> None:
    order = turns(queue(askers), {"ann": 3})
    for asker in ("ann", "bob", "cleo"):
        own = [each.id for each in queue(askers) if each.asker == asker]
        assert [run for run in order if run in own] == own


def test_who_trains_already_waits_behind_who_does_not() -> None:
    assert turns(queue(["ann", "bob"]), {"ann": 1}) == ["bob1", "ann0"]


def test_askers_without_a_name_are_not_one_another() -> None:
    assert turns(queue(["", "", "ann"]), {"": 5}) == ["0", "1", "ann2"]


def test_waits_add_up_over_workers() -> None:
    assert waits([5, 1, 1], [2, 3]) == [2, 3, 4]
    assert waits([5], []) == []


@given(st.integers(0, 12), st.lists(st.integers(0, 9), max_size=6))
def test_shares_give_all_there_is_and_nobody_too_much(workers: int, demands: list[int]) -> None:
    given = shares(workers, demands)
    assert sum(given) == min(workers, sum(demands))
    for share, demand in zip(given, demands, strict=True):
        assert share <= demand
        if share < demand:  # then nobody has more than one more
            assert max(given) - share <= 1
