from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.runs import worker_shares
from adder.runs.worker_shares import Demands, shares


@given(st.integers(0, 12), st.lists(st.integers(0, 9), max_size=6))
def test_shares_give_all_there_is_and_nobody_too_much(workers: int, demands: list[int]) -> None:
    given = shares(workers, demands)
    assert sum(given) == min(workers, sum(demands))
    for share, demand in zip(given, demands, strict=True):
        assert share <= demand
        if share < demand:  # Then nobody has two more.
            assert max(given) - share <= 1


def test_a_sweep_takes_what_people_leave() -> None:
    told = {"one": (1, False, 2), "sweep": (1, True, 9), "other": (1, False, 1)}
    assert {name: Demands().share(name, told, 4) for name in told} == {"one": 2, "sweep": 1, "other": 1}


def test_a_server_that_is_silent_too_long_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(worker_shares.time, "monotonic", lambda: now[0])
    demands = Demands()
    assert demands.share("own", {"own": (1, False, 4), "other": (7, False, 4)}, 4) == 2
    now[0] += worker_shares.SILENT_SECONDS + 1
    assert demands.share("own", {"own": (2, False, 4), "other": (7, False, 4)}, 4) == 4
    assert demands.share("own", {"own": (3, False, 4), "other": (8, False, 4)}, 4) == 2, "it is back"
