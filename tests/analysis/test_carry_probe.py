"""The unit that follows the carry is found on some sums and holds on others."""

from __future__ import annotations

import numpy as np
import pytest

import adder
from adder.analysis.carry_probe import carried_on, carry_probe
from adder.analysis.look_inside import look_inside, true_carries
from adder.base.errors import ExperimentError


@pytest.mark.parametrize("name", ["binary", "smallest"])
def test_a_unit_always_says_what_is_carried_where_a_guess_does_not(name: str) -> None:
    probe = carry_probe(adder.shipped_solver(name))
    assert probe.agreement == 1.0
    assert probe.guess < 0.7


def test_a_network_with_units_to_spare_shares_the_carry_out_among_them() -> None:
    probe = carry_probe(adder.shipped_solver("columns"))
    assert probe.guess <= probe.agreement < 1.0


def test_what_it_says_is_right_column_by_column() -> None:
    solver = adder.shipped_solver("binary")
    probe = carry_probe(solver)
    inside = look_inside(solver, "1011+1101")
    said = probe.says(inside.layer(probe.layer).states)
    assert said.tolist() == [bool(carry) for carry in carried_on(inside)]
    assert carried_on(inside)[:4] == true_carries("1011+1101", base=2)
    assert len(carried_on(inside)) == len(inside.written)


def test_an_untrained_network_has_no_such_unit() -> None:
    trained = adder.shipped_solver("binary")
    rng = np.random.default_rng(1)
    weights = {name: rng.normal(0, 0.01, weight.shape).astype(np.float32) for name, weight in trained.weights.items()}
    assert carry_probe(adder.Solver(trained.experiment, weights)).agreement < 0.95


@pytest.mark.parametrize("name", ["seq2seq", "plus-minus"])
def test_a_network_whose_states_belong_to_no_columns_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="adds and writes the last digit first"):
        carry_probe(adder.shipped_solver(name))
