from __future__ import annotations

import dataclasses
import json
import math
import pickle
from typing import Any

import pytest

from adder import (
    AdderError,
    Answer,
    Calibration,
    Candidate,
    Character,
    CombinationError,
    EpochEvent,
    Example,
    ExperimentError,
    Memory,
    QuestionError,
    Report,
    Tally,
)
from adder.solvers.results import EPOCH_COLUMNS
from tests.experiments import TINY_TEXT, random_solver

EVENT = EpochEvent(
    epoch=1,
    loss=2.5,
    accuracy=0.125,
    check_loss=2.25,
    check_accuracy=0.25,
    unpadded_accuracy=0.2,
    exact_match=0.5,
    held_out_exact_match=None,
    seconds=0.5,
    samples=1_000,
    examples=(Example("3+10", "13", "15"),),
)
REPORT = Report(
    questions=10,
    distinct=9,
    split="given",
    exact_match=0.5,
    exact_match_interval=(0.25, 0.75),
    character_accuracy=0.75,
    unpadded_accuracy=0.7,
    rmse=None,
    mean_absolute_error=1.5,
    malformed=0.1,
    guess_exact_match=0.05,
    guess_character_accuracy=0.3,
    by_position=(Tally(1, 10, 5),),
    by_length=(Tally(3, 10, 5),),
    by_carries=(Tally(0, 10, 5),),
    by_terms=(Tally(2, 10, 5),),
    by_operator=(Tally("+", 6, 3), Tally("-", 4, 2)),
    calibration=(Calibration(0.95, 10, 5),),
    trained_exact_match=0.75,
    first_questions=4,
    first_exact_match=0.25,
    first_exact_match_interval=(0.05, 0.7),
)
ANSWER = Answer(
    question="3+10",
    text="13",
    value=13,
    expected="13",
    correct=True,
    characters=(Character("1", 0.5, (0.5, 0.5)), Character("3", 0.25, (0.25, 0.75))),
    steps=("3", "+", "1", "0"),
    attention=((0.25, 0.25, 0.25, 0.25), (1.0, 0.0, 0.0, 0.0)),
)


def test_an_event_survives_json_without_its_solver() -> None:
    with_solver = dataclasses.replace(EVENT, solver=random_solver(TINY_TEXT))
    again = EpochEvent.from_dict(json.loads(json.dumps(with_solver.to_dict())))
    assert again == EVENT == with_solver
    assert again.solver is None


def test_a_report_survives_json() -> None:
    assert Report.from_dict(json.loads(json.dumps(REPORT.to_dict()))) == REPORT


def test_the_least_report_survives_json() -> None:
    least = dataclasses.replace(
        REPORT,
        **{
            field.name: field.default
            for field in dataclasses.fields(Report)
            if field.default is not dataclasses.MISSING
        },
    )
    assert (least.by_operator, least.calibration, least.trained_exact_match) == ((), (), None)
    assert Report.from_dict(json.loads(json.dumps(least.to_dict()))) == least


def test_a_report_from_before_first_questions_is_still_read() -> None:
    before = {name: value for name, value in REPORT.to_dict().items() if not name.startswith("first_")}
    report = Report.from_dict(before)
    assert (report.first_questions, report.first_exact_match, report.first_exact_match_interval) == (0, None, None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"split": "training"}, r"split"),
        ({"questions": True}, r"questions"),
        ({"exact_match": 1.5}, r"exact_match"),
        ({"rmse": math.nan}, r"rmse"),
        ({"trained_exact_match": "all"}, r"trained_exact_match"),
        ({"exact_match_interval": [0.5]}, r"exact_match_interval"),
        ({"first_questions": -1}, r"first_questions"),
        ({"first_exact_match_interval": [0.5, 2]}, r"first_exact_match_interval\[1\]"),
        ({"by_operator": [{"kind": "+"}]}, r"by_operator\[0\]"),
        ({"by_length": [{"kind": "x" * 41, "asked": 1, "right": 1}]}, r"by_length\[0\].kind"),
        ({"by_terms": [{"kind": 2, "asked": 1, "right": 2}]}, "right must be at most asked"),
        ({"calibration": [{"confidence": 2.0, "asked": 1, "right": 1}]}, r"calibration\[0\].confidence"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_what_describes_no_report_is_refused(changes: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        Report.from_dict(REPORT.to_dict() | changes)


def test_the_history_keeps_every_figure() -> None:
    assert EPOCH_COLUMNS == (
        "epoch",
        "loss",
        "accuracy",
        "check_loss",
        "check_accuracy",
        "unpadded_accuracy",
        "exact_match",
        "held_out_exact_match",
        "seconds",
        "samples",
        "by_place",
    )


def test_confidence_is_the_product_over_the_characters() -> None:
    assert ANSWER.confidence == 0.125
    assert dataclasses.replace(ANSWER, characters=()).confidence == 1


def test_an_example_is_correct_when_every_character_is() -> None:
    assert Example("3+10", "13", "13").correct
    assert not Example("1+1", " 2", "2 ").correct


def test_a_tallys_share_is_of_what_was_asked() -> None:
    assert Tally(1, 8, 2).share == 0.25
    assert Calibration(0.9, 8, 2).share == 0.25


@pytest.mark.parametrize(
    "value",
    [EVENT, REPORT, ANSWER, Tally(1, 3, 2), Calibration(0.5, 2, 1), Candidate("13", 0.5), Memory(55, 54, 1.0, None)],
    ids=lambda value: type(value).__name__,
)
def test_results_cross_processes(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    "error",
    [
        ExperimentError("seed", "a whole number", "x"),
        CombinationError("this does not go with that"),
        QuestionError("a question that cannot be asked"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_processes(error: AdderError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
