"""adder: watch a neural network learn arithmetic.

    import adder

    experiment = adder.preset("seq2seq")
    for event in adder.Trainer(experiment).run():
        print(event.epoch, event.loss, event.accuracy)
    event.solver.solve("3+10").text      # '13'

Importing it loads neither TensorFlow nor Streamlit. The project's name remembers its ancestor, the `adder` example
of Andrej Karpathy's minGPT.
"""

from __future__ import annotations

from adder.assets import shipped_solver
from adder.checkpoint import Checkpoint
from adder.encoding import ColumnsEncoding, ScaledEncoding, TextEncoding
from adder.errors import (
    AdderError,
    CombinationError,
    ExperimentError,
    JobError,
    QuestionError,
    QuestionFileError,
    QuizError,
    SolverFileError,
    TrainingError,
)
from adder.evaluation import evaluate, evaluate_on
from adder.experiment import Experiment, Training
from adder.inside import Inside, Layer, Principal, look_inside, principal, true_carries
from adder.memory import memorised
from adder.networks import NETWORKS, CarryCell, MappingLSTM, MappingMLP, Seq2Seq, Tagger, Transformer
from adder.presets import PRESETS, from_query, preset, to_query
from adder.questions import Questions
from adder.quiz import Game, Quiz, Turn
from adder.results import Answer, Calibration, Candidate, Character, EpochEvent, Example, Memory, Report, Tally
from adder.rule import Rule
from adder.script import keras_script
from adder.solver import Solver
from adder.sweeping import sweep
from adder.task import Task
from adder.training import Trainer

__version__ = "0.1.0"

__all__ = [
    "NETWORKS",
    "PRESETS",
    "AdderError",
    "Answer",
    "Calibration",
    "Candidate",
    "CarryCell",
    "Character",
    "Checkpoint",
    "ColumnsEncoding",
    "CombinationError",
    "EpochEvent",
    "Example",
    "Experiment",
    "ExperimentError",
    "Game",
    "Inside",
    "JobError",
    "Layer",
    "MappingLSTM",
    "MappingMLP",
    "Memory",
    "Principal",
    "QuestionError",
    "QuestionFileError",
    "Questions",
    "Quiz",
    "QuizError",
    "Report",
    "Rule",
    "ScaledEncoding",
    "Seq2Seq",
    "Solver",
    "SolverFileError",
    "Tagger",
    "Tally",
    "Task",
    "TextEncoding",
    "Trainer",
    "Training",
    "TrainingError",
    "Transformer",
    "Turn",
    "evaluate",
    "evaluate_on",
    "from_query",
    "keras_script",
    "look_inside",
    "memorised",
    "preset",
    "principal",
    "shipped_solver",
    "sweep",
    "to_query",
    "true_carries",
]
