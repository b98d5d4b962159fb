from __future__ import annotations

import pytest

from adder import PRESETS, ExperimentError, Solver, evaluate, preset, shipped_solver
from adder.assets import ASSETS, solver_path

EACH_PRESET = pytest.mark.parametrize("name", PRESETS)


@EACH_PRESET
def test_a_presets_shipped_solver_was_trained_as_the_preset_says(name: str) -> None:
    assert shipped_solver(name).experiment == preset(name)


@EACH_PRESET
def test_a_shipped_solver_has_the_history_of_its_run(name: str) -> None:
    history, training = shipped_solver(name).history, preset(name).training
    assert [event.epoch for event in history] == list(range(1, training.epochs + 1))
    assert history[-1].samples == training.epochs * training.samples


@EACH_PRESET
def test_a_shipped_report_is_what_evaluate_finds(name: str) -> None:
    solver = shipped_solver(name)
    assert solver.report is not None
    assert evaluate(solver) == solver.report


@EACH_PRESET
def test_a_shipped_solver_is_a_small_file_that_saves_as_itself(name: str) -> None:
    content = solver_path(name).read_bytes()
    assert len(content) < 2_000_000
    assert Solver.from_bytes(Solver.from_bytes(content).to_bytes()).solve("3+10") == shipped_solver(name).solve("3+10")


def test_no_other_solvers_ship() -> None:
    assert {path.stem for path in (ASSETS / "solvers").iterdir()} == set(PRESETS)


def test_shipped_solvers_reach_their_figures() -> None:
    reports = {name: shipped_solver(name).report for name in PRESETS}
    textbook, fast, linear, lstm = (
        reports[name] for name in ("seq2seq", "seq2seq-fast", "mapping-mlp", "mapping-lstm")
    )
    assert textbook is not None
    assert fast is not None
    assert linear is not None
    assert lstm is not None
    assert textbook.character_accuracy >= 0.994
    assert fast.split == "held_out"
    assert fast.exact_match > 0.99
    assert linear.rmse is not None
    assert linear.rmse < 0.005
    assert lstm.rmse is not None
    assert lstm.rmse < 1


def test_a_shipped_solver_is_read_once() -> None:
    assert shipped_solver("seq2seq") is shipped_solver("seq2seq")


@pytest.mark.parametrize("name", ["nonsense", "", "../solvers/seq2seq"])
def test_an_unknown_shipped_solver_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="preset must be one of seq2seq, "):
        shipped_solver(name)
