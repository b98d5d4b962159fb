"""Reading heads: where they stand, when their choices are hard, and that length is nothing to them."""

from __future__ import annotations

import numpy as np
import pytest

from adder import Trainer, evaluate, look_inside, preset, shipped_solver
from adder.training.trainer import draw

NAMES = pytest.mark.parametrize("name", ["pen-and-paper", "pen-and-paper-binary", "pen-and-paper-terms"])


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


@pytest.mark.parametrize(
    "question",
    [
        "0+0", "0+0+0", "10+10+10", "007+5+5", "9" * 100 + "+1+1", "1+" + "9" * 500 + "+1", "3+" + "7" * 400 + "+88",
        "+".join(["9" * 500] * 3), "4" * 500 + "+" + "5" * 499 + "6",
    ],
)  # fmt: skip
def test_three_heads_add_two_or_three_long_numbers(question: str) -> None:
    assert shipped_solver("pen-and-paper-terms").solve(question).correct


@pytest.mark.parametrize(("question", "begins"), [("12+345+6", [8, 6, 2]), ("12+345", [6, 2, 0])])
def test_heads_that_start_one_left_of_another_tell_signs_apart(question: str, begins: list[int]) -> None:
    inside = look_inside(shipped_solver("pen-and-paper-terms"), question)
    (places,) = inside.heads.values()
    assert places.argmax(axis=-1)[:, 0].tolist() == begins  # The last head has nothing to read where two numbers are.


@pytest.mark.usefixtures("uncompiled")
def test_choices_are_soft_at_first_and_hard_from_their_share_of_the_run_on() -> None:
    experiment = preset("pen-and-paper").replaced(
        {"training.epochs": 4, "training.samples": 64, "network.hardens": 0.5, "network.units": 3}
    )
    hard = [float(event.solver.weights["heads/hard"]) for event in Trainer(experiment).run() if event.solver]
    assert hard == [0, 0, 1, 1]
