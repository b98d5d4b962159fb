from __future__ import annotations

import numpy as np
import pytest

import adder
from adder.analysis.error_map import CELLS_A_SIDE, MOST_ASKED, cells_of, error_map
from tests.experiments import random_solver


def test_a_small_world_is_asked_whole() -> None:
    found = error_map(adder.shipped_solver("seq2seq"))
    assert found.whole
    assert found.starts.tolist() == found.ends.tolist() == list(range(1, 11))
    assert found.asked == 1
    assert found.right.mean() == adder.shipped_solver("seq2seq").report.exact_match  # type: ignore[union-attr]


def test_each_cell_counts_the_answers_of_its_own_pair() -> None:
    solver = adder.shipped_solver("seq2seq-100")
    found = error_map(solver)
    for first, second in ((1, 1), (40, 7), (7, 40), (100, 100)):
        answer = solver.solve(f"{first}+{second}")
        assert found.right[first - 1, second - 1] == answer.correct


def test_of_a_large_world_numbers_share_cells_and_each_is_asked_equally_many_questions() -> None:
    found = error_map(adder.shipped_solver("three-digits"))
    assert not found.whole
    assert found.asked == MOST_ASKED // CELLS_A_SIDE**2
    assert found.right.shape == (CELLS_A_SIDE, CELLS_A_SIDE)
    assert (found.ends[:-1] + 1 == found.starts[1:]).all()
    assert found.ends[-1] == adder.preset("three-digits").task.largest
    assert np.nanmin(found.right) > 0.5


def test_minus_is_mapped_too() -> None:
    solver = random_solver(adder.Experiment(task=adder.Task(smallest=0, largest=5, operators="-")))
    found = error_map(solver)
    assert found.whole
    assert found.right.size == 36


def test_operators_take_turns_in_the_cells() -> None:
    task = adder.Task(smallest=0, largest=99, operators="+-")
    cells = cells_of(task, 400, side=20)
    assert cells is not None
    texts = task.texts(cells.questions)
    assert [sum(sign in text for text in texts) for sign in "+-"] == [200, 200]
    numbers = np.asarray(cells.questions.numbers)
    rows, columns = np.divmod(np.arange(400), 20)
    assert (numbers[:, 0] // 5 == rows).all()
    assert (numbers[:, 1] // 5 == columns).all()


@pytest.mark.parametrize("name", list(adder.PRESETS))
def test_every_cell_of_every_task_is_asked(name: str) -> None:
    task = adder.preset(name).task
    if (cells := cells_of(task, 400, side=20)) is not None:
        assert len(cells.questions) == cells.side**2 * cells.each <= 400


@pytest.mark.parametrize("name", ["terms", "squares", "calculator"])
def test_a_task_that_has_no_plane_is_refused(name: str) -> None:
    with pytest.raises(adder.ExperimentError, match="two numbers"):
        error_map(adder.shipped_solver(name))


def test_a_map_of_few_questions_is_a_sample() -> None:
    found = error_map(adder.shipped_solver("seq2seq"), most=99)
    assert found.right.shape == (9, 9)
    assert not found.whole
