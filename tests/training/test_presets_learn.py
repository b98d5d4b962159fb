"""Whole runs of presets, to the figure that each is known for."""

from __future__ import annotations

from itertools import islice

import pytest

from adder import Trainer, evaluate, preset
from tests.training.kinds import trained


def solved(name: str, seed: int) -> Trainer:
    return trained(preset(name).replaced({"seed": seed}))


@pytest.mark.slow
def test_the_textbook_network_gets_994_characters_in_a_thousand_right() -> None:
    assert evaluate(solved("seq2seq", 1).solver()).character_accuracy >= 0.994


@pytest.mark.slow
@pytest.mark.parametrize("name", ["binary", "smallest"])
def test_a_recipe_learns_to_add_numbers_it_never_saw(name: str) -> None:
    report = evaluate(solved(name, 1).solver())
    assert report.split == "held_out"
    assert report.exact_match > 0.99


@pytest.mark.slow
def test_the_linear_network_becomes_exact() -> None:
    report = evaluate(solved("mapping-mlp", 1).solver())
    assert report.rmse is not None
    assert report.rmse < 0.005


@pytest.mark.slow
def test_the_lstm_on_numbers_comes_within_about_one() -> None:
    errors = (evaluate(solved("mapping-lstm", seed).solver()).rmse for seed in range(1, 4))
    near = (error for error in errors if error is not None and error <= 0.6)
    assert len(list(islice(near, 2))) == 2, "the median of three"
