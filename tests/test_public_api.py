from __future__ import annotations

import inspect
import re

import pytest

import adder
from adder.networks import Network

NAMES = {
    "NETWORKS", "PRESETS", "AdderError", "Answer", "Calibration", "Candidate", "CarryCell", "Character", "Checkpoint",
    "ColumnsEncoding", "CombinationError", "EpochEvent", "Example", "Experiment", "ExperimentError", "Game", "Inside",
    "JobError", "Layer", "MappingLSTM", "MappingMLP", "Memory", "Principal", "QuestionError", "QuestionFileError",
    "Questions", "Quiz", "QuizError", "ReadingHeads", "Report", "Rule", "ScaledEncoding", "Seq2Seq", "Solver",
    "SolverFileError", "Tagger", "Tally", "Task", "TextEncoding", "Trainer", "Training", "TrainingError",
    "Transformer", "Turn",
    "evaluate", "evaluate_on", "from_query", "keras_script", "look_inside", "memorised", "model_card", "preset",
    "principal", "shipped_solver", "sweep", "to_query", "true_carries", "web_page",
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


def test_the_registry_names_every_network_that_is_public() -> None:
    assert {kind for kind in vars(adder).values() if inspect.isclass(kind) and issubclass(kind, Network)} <= set(
        adder.NETWORKS.values()
    )
    assert all(kind.name == name for name, kind in adder.NETWORKS.items())


def test_settings_that_do_not_go_together_are_an_experiments_error() -> None:
    assert issubclass(adder.CombinationError, adder.ExperimentError)
