"""The unit that follows the carry is found on some sums and holds on others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

import adder
from adder.analysis.carry_probe import carried_on, carry_probe
from adder.analysis.look_inside import look_inside, true_carries
from adder.analysis.picture import picture
from adder.base.errors import ExperimentError
from adder.encodings import Encoding
from adder.networks.base import question
from adder.networks.layers import Dense, Flatten, Layer, Unfold
from adder.tasks import AnyTask
from tests.experiments import TINY_FAST, random_solver


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


@pytest.mark.parametrize("task", [adder.Task(smallest=0, largest=4), adder.Task(smallest=10, largest=12)])
def test_where_nothing_is_ever_carried_no_unit_follows_the_carry(task: adder.Task) -> None:
    solver = random_solver(adder.Experiment(task, adder.ColumnsEncoding(), adder.Tagger(units=3)))
    assert carry_probe(solver) is None
    assert picture(solver, task.example).lamp == ()


@pytest.mark.parametrize("name", ["seq2seq", "plus-minus"])
def test_a_network_whose_states_belong_to_no_columns_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="adds and writes the last digit first"):
        carry_probe(adder.shipped_solver(name))


@dataclass(frozen=True, slots=True)
class AllAtOnce(adder.Seq2Seq):
    """A network as somebody may contribute one: its only layer to be seen gives one state for the whole question."""

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        steps, symbols = encoding.answer_length(task), len(task.alphabet)
        yield from question(task, encoding)
        yield Flatten("seen", of="question")
        yield Dense("places", steps * symbols, "linear", of="seen")
        yield Unfold("steps", steps, of="places")
        yield Dense("character", symbols, "softmax", of="steps")


def test_a_network_without_a_state_for_each_character_is_refused_and_drawn() -> None:
    solver = random_solver(dataclasses.replace(TINY_FAST, network=AllAtOnce()))
    with pytest.raises(ExperimentError, match="with a state for each column"):
        carry_probe(solver)
    assert picture(solver, "57+68").lamp == ()
