from __future__ import annotations

import dataclasses
import json
import pickle

import pytest

from adder import Answer, Character, EpochEvent, Example, ExperimentError, Report, Tally
from adder.results import HISTORY_COLUMNS
from tests.experiments import TINY_TEXT, random_solver

EVENT = EpochEvent(1, 2.5, 0.125, 2.25, 0.25, 0.5, None, 0.5, 1_000, (Example("3+10", "13", "15"),))
REPORT = Report(10, "given", 0.5, 0.75, None, 0.1, 0.05, 0.3, (Tally(1, 10, 5),), (Tally(3, 10, 5),), ())


def test_an_event_survives_json_without_its_solver() -> None:
    with_solver = dataclasses.replace(EVENT, solver=random_solver(TINY_TEXT))
    again = EpochEvent.from_dict(json.loads(json.dumps(with_solver.to_dict())))
    assert again == EVENT == with_solver
    assert again.solver is None


def test_a_report_survives_json() -> None:
    assert Report.from_dict(json.loads(json.dumps(REPORT.to_dict()))) == REPORT


def test_the_history_keeps_every_figure() -> None:
    assert HISTORY_COLUMNS == (
        "epoch",
        "loss",
        "accuracy",
        "check_loss",
        "check_accuracy",
        "exact_match",
        "held_out_exact_match",
        "seconds",
        "samples",
    )


def test_confidence_is_the_product_over_the_characters() -> None:
    answer = Answer("3+10", "13", 13, "13", True, (Character("1", 0.5), Character("3", 0.25)))
    assert answer.confidence == 0.125


def test_an_example_is_correct_when_every_character_is() -> None:
    assert Example("3+10", "13", "13").correct
    assert not Example("1+1", " 2", "2 ").correct


def test_a_tallys_share_is_of_what_was_asked() -> None:
    assert Tally(1, 8, 2).share == 0.25


@pytest.mark.parametrize("value", [EVENT, REPORT, Tally(1, 2, 3), ExperimentError("seed", "a whole number", "x")])
def test_results_and_errors_cross_processes(value: object) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert (again == value) or str(again) == str(value)
