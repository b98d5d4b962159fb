from __future__ import annotations

import numpy as np
import pytest

from adder import Solver, memorised, preset, shipped_solver
from adder.analysis.cost_estimate import expected_seconds, expected_share_seen, refusal
from adder.solvers.cost import training_bytes


@pytest.mark.parametrize("name", ["two-digits", "seq2seq-100", "seq2seq"])
def test_the_expected_share_seen_is_near_what_a_run_did_see(name: str) -> None:
    memory = memorised(shipped_solver(name), n=10)
    assert abs(expected_share_seen(preset(name)) - memory.seen / memory.distinct_questions) < 0.05


def test_of_a_huge_world_next_to_nothing_is_seen() -> None:
    assert 0 < expected_share_seen(preset("smallest")) < 1e-12


@pytest.mark.parametrize("name", ["two-digits", "five-digits", "mapping-lstm"])
def test_a_presets_time_is_about_what_its_solver_took(name: str) -> None:
    took = sum(event.seconds for event in shipped_solver(name).history)
    assert np.isclose(expected_seconds(preset(name)), took, rtol=0.6)


def test_twice_the_epochs_take_twice_as_long() -> None:
    once = expected_seconds(preset("two-digits"))
    assert np.isclose(expected_seconds(preset("two-digits").replaced({"training.epochs": 48})), 2 * once)


def test_the_epochs_after_a_change_cost_what_their_batches_cost() -> None:
    plain = preset("two-digits")
    large = plain.replaced({"training.batch_size": plain.training.samples})
    half = plain.training.epochs // 2
    changed = plain.changed(half + 1, {"batch_size": plain.training.samples})
    assert plain.training.epochs == 2 * half
    assert np.isclose(2 * expected_seconds(changed), expected_seconds(plain) + expected_seconds(large))
    most_bytes = (training_bytes(plain) + training_bytes(large)) / 2
    assert refusal(plain, half, 3_600, most_bytes) is None
    assert "MB of memory" in str(refusal(changed, half, 3_600, most_bytes))


def test_no_estimate_opens_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "load", None)
    monkeypatch.delattr(Solver, "_read")
    shipped_solver.cache_clear()
    assert expected_seconds(preset("calculator")) > 100
