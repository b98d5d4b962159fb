"""The opponent overtakes the class about where the teacher wants it to, also where both are other than expected."""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.experiment import Experiment
from adder.presets import preset
from adder.rooms.pace import LEAST_EPOCHS_A_BREAK, Pace
from adder.solvers.results import Epoch
from adder.solvers.shipped import shipped_solver


def learned(pace: Pace, training: Experiment, epochs: int, speed: float) -> list[Epoch]:
    """The epochs of a run that learns so many times as fast as the one of the history."""
    history = pace.history
    found = []
    for epoch in range(1, epochs + 1):
        samples = epoch * training.training.samples
        place = bisect_left([each.samples for each in history], samples * speed)
        share = history[min(place, len(history) - 1)].exact_match if place else 0.0
        found.append(replace(history[0], epoch=epoch, samples=samples, exact_match=share))
    return found


def crossed(pace: Pace, training: Experiment, speed: float, own: float) -> int:
    """The round in which a simulated network is better than a class for the first time, or one more than there are."""
    all_epochs, epochs = learned(pace, training, training.training.epochs, speed), 1
    for number in range(1, pace.rounds + 1):
        if number > 1:
            epochs += pace.epochs(number, training, all_epochs[:epochs], [own] * (number - 1))
        if all_epochs[epochs - 1].exact_match >= own:
            return number
    return pace.rounds + 1


@pytest.mark.parametrize("name", ["two-digits", "seq2seq", "plus-minus"])
@pytest.mark.parametrize("crossing", [0.34, 0.67, 1])
def test_the_crossing_falls_where_it_shall(name: str, crossing: float) -> None:
    missed = []
    for rounds in (5, 10, 30):
        pace = Pace(shipped_solver(name).history, rounds, crossing)
        training = pace.experiment(preset(name))
        for speed, own in itertools.product((0.75, 1.0, 1.4), (0.6, 0.75, 0.9)):
            missed.append(abs(crossed(pace, training, speed, own) - pace.crossing_round))
            assert missed[-1] <= max(2, 0.2 * rounds), (rounds, speed, own)
    assert statistics.median(missed) <= 1


@given(rounds=st.integers(5, 30), crossing=st.sampled_from([0.34, 0.67, 1]))
def test_shorter_epochs_are_the_same_training(rounds: int, crossing: float) -> None:
    like = preset("two-digits")
    pace = Pace(shipped_solver("two-digits").history, rounds, crossing)
    training = pace.experiment(like).training
    assert training.epochs * training.samples == like.training.epochs * like.training.samples
    assert (
        pace.experiment(like).replaced(
            {"training.epochs": like.training.epochs, "training.samples": like.training.samples}
        )
        == like
    )
    at_first = pace.epochs(2, pace.experiment(like), learned(pace, pace.experiment(like), 1, 1.0), [0.8])
    assert at_first >= min(LEAST_EPOCHS_A_BREAK - 1, training.samples // training.batch_size)


def test_a_run_that_is_over_trains_no_further() -> None:
    like = preset("two-digits")
    pace = Pace(shipped_solver("two-digits").history, 5, 1)
    done = learned(pace, like, like.training.epochs, 1.0)
    assert pace.epochs(5, like, done, [1.0] * 4) == 0
    assert pace.epochs(5, like, done[:-1], [1.0] * 4) == 1
