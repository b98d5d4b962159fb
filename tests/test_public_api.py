from __future__ import annotations

import re

import pytest

import adder

NAMES = {
    "NETWORKS", "PRESETS", "AdderError", "Answer", "Character", "Checkpoint", "EpochEvent", "Example", "Experiment",
    "ExperimentError", "JobError", "MappingLSTM", "MappingMLP", "QuestionError", "QuestionFileError", "Report",
    "ScaledEncoding", "Seq2Seq", "Solver", "SolverFileError", "Tally", "Task", "TextEncoding", "Trainer", "Training",
    "TrainingError", "evaluate", "from_query", "preset", "shipped_solver", "to_query",
}  # fmt: skip


def test_the_public_names_are_exactly_these() -> None:
    assert set(adder.__all__) == NAMES
    assert len(adder.__all__) == len(NAMES)


def test_the_public_names_are_sorted_constants_then_classes_then_functions() -> None:
    def rank(name: str) -> int:
        return 0 if name.isupper() else 1 if name[0].isupper() else 2

    assert adder.__all__ == sorted(adder.__all__, key=lambda name: (rank(name), name))


@pytest.mark.parametrize("name", adder.__all__)
def test_a_public_name_can_be_imported_and_explains_itself(name: str) -> None:
    thing = getattr(adder, name)
    assert isinstance(thing, dict) or thing.__doc__


@pytest.mark.parametrize("name", [name for name in adder.__all__ if name.endswith("Error")])
def test_every_error_is_an_adder_error(name: str) -> None:
    assert issubclass(getattr(adder, name), adder.AdderError)


def test_star_import_brings_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from adder import *", namespace)
    assert set(namespace) - {"__builtins__"} == NAMES


def test_the_version_is_a_plain_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", adder.__version__)
