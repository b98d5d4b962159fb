"""Reading heads: where they stand, when their choices are hard, and that length is nothing to them."""

from __future__ import annotations

import numpy as np
import pytest

from adder import Trainer, evaluate, look_inside, preset, shipped_solver
from adder.training.trainer import draw

NAMES = pytest.mark.parametrize("name", ["pen-and-paper", "pen-and-paper-binary"])


@NAMES
def test_practice_never_has_longer_numbers_than_the_task(name: str) -> None:
    solver = shipped_solver(name)
    for epoch in (1, 50, 300):
        numbers = draw(solver.experiment, epoch, solver.history).numbers
        assert numbers is not None
        assert numbers.max() <= preset(name).task.span.largest


@NAMES
def test_sums_of_a_hundred_digits_are_right(name: str) -> None:
    assert evaluate(shipped_solver(name), 100, digits=100).exact_match == 1.0


@pytest.mark.parametrize(
    "question",
    [
        "0+0", "007+5", "9" * 100 + "+1", "1+" + "9" * 500, "4" * 500 + "+" + "5" * 499 + "6", "3+" + "7" * 400,
        "7" * 400 + "+300",
    ],
)  # fmt: skip
def test_what_people_try_first_on_long_numbers_is_right(question: str) -> None:
    assert shipped_solver("pen-and-paper").solve(question).correct


def test_each_head_starts_at_the_end_of_a_number_and_walks_to_its_beginning() -> None:
    inside = look_inside(shipped_solver("pen-and-paper"), "120000+34")
    assert "".join(inside.read).rstrip() == "<120000+34>"
    (places,) = inside.heads.values()
    assert np.isin(places, (0, 1)).all()
    assert (places.sum(axis=-1) == 1).all()
    walks = sorted(places.argmax(axis=-1).tolist(), key=lambda walk: walk[0])
    assert walks == [[6, 5, 4, 3, 2, 1, 0], [9, 8, 7, 7, 7, 7, 7]]  # The short number ends at the plus.


@pytest.mark.usefixtures("uncompiled")
def test_choices_are_soft_at_first_and_hard_from_their_share_of_the_run_on() -> None:
    experiment = preset("pen-and-paper").replaced(
        {"training.epochs": 4, "training.samples": 64, "network.hardens": 0.5, "network.units": 3}
    )
    hard = [float(event.solver.weights["heads/hard"]) for event in Trainer(experiment).run() if event.solver]
    assert hard == [0, 0, 1, 1]
