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
from adder.encoding import ScaledEncoding, TextEncoding
from adder.errors import (
    AdderError,
    ExperimentError,
    JobError,
    QuestionError,
    QuestionFileError,
    SolverFileError,
    TrainingError,
)
from adder.evaluation import evaluate
from adder.experiment import Experiment, Training
from adder.networks import NETWORKS, MappingLSTM, MappingMLP, Seq2Seq
from adder.presets import PRESETS, from_query, preset, to_query
from adder.results import Answer, Character, EpochEvent, Example, Report, Tally
from adder.solver import Solver
from adder.task import Task
from adder.training import Trainer

__version__ = "0.1.0"

__all__ = [
    "NETWORKS",
    "PRESETS",
    "AdderError",
    "Answer",
    "Character",
    "Checkpoint",
    "EpochEvent",
    "Example",
    "Experiment",
    "ExperimentError",
    "JobError",
    "MappingLSTM",
    "MappingMLP",
    "QuestionError",
    "QuestionFileError",
    "Report",
    "ScaledEncoding",
    "Seq2Seq",
    "Solver",
    "SolverFileError",
    "Tally",
    "Task",
    "TextEncoding",
    "Trainer",
    "Training",
    "TrainingError",
    "evaluate",
    "from_query",
    "preset",
    "shipped_solver",
    "to_query",
]
