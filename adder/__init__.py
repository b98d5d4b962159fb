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

from adder.analysis.look_inside import Inside, Layer, Principal, look_inside, principal, true_carries
from adder.analysis.memorisation import memorised
from adder.analysis.model_card import model_card
from adder.base.errors import (
    AdderError,
    CombinationError,
    ExperimentError,
    QuestionError,
    QuestionFileError,
    QuizError,
    RunError,
    SolverFileError,
    TrainingError,
)
from adder.encodings import ColumnsEncoding, ScaledEncoding, TextEncoding
from adder.experiment import Experiment
from adder.experiment.training import Training
from adder.networks import NETWORKS, CarryCell, MappingLSTM, MappingMLP, ReadingHeads, Seq2Seq, Tagger, Transformer
from adder.pocket import web_page
from adder.presets import PRESETS, preset
from adder.query import from_query, to_query
from adder.quiz.game import Game, Quiz
from adder.quiz.turn import Turn
from adder.runs.sweeps import sweep
from adder.script import keras_script
from adder.solvers.evaluation import evaluate, evaluate_on
from adder.solvers.results import Answer, Calibration, Candidate, Character, Example, Memory, Report, Tally
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.tasks.arithmetic import Task
from adder.tasks.pairs import Rule
from adder.tasks.questions import Questions
from adder.training.checkpoint import Checkpoint
from adder.training.trainer import EpochEvent, Trainer

__version__ = "0.2.0"

JobError = RunError  # A background run was once called a job.

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
    "ReadingHeads",
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
    "model_card",
    "preset",
    "principal",
    "shipped_solver",
    "sweep",
    "to_query",
    "true_carries",
    "web_page",
]
