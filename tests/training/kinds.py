"""Small experiments, one of each kind of training, and what the tests of training do with them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adder import Experiment, Rule, Seq2Seq, Trainer
from adder.experiment.training import OPTIMIZERS
from tests.experiments import TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT


def with_training(experiment: Experiment, **settings: Any) -> Experiment:
    return dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, **settings))


# Steps are unrolled, so that the fewer a question takes, the sooner it is compiled.
TEXT = TINY_TEXT.replaced({"task.largest": 9})
# The simplest cell compiles in half the time of an LSTM.
SIMPLE = dataclasses.replace(TEXT, network=Seq2Seq(cell="simple", encoder_units=6, decoder_units=6))
READING_BACK = SIMPLE.replaced({"network.feedback": True})
# An answer of one digit has two blanks before it: padding, and the one that says where it begins.
PADDED = SIMPLE.replaced({"encoding.full_length": True, "training.padding_weight": 0.25})
EXPERIMENTS = {
    "text": TEXT,
    "fast": TINY_FAST.replaced({"network.cell": "simple"}),
    "lstm, clipped": with_training(TINY_SCALED, clip_norm=0.05),
    "mlp": TINY_LINEAR,
    "sgd, padding counts less": with_training(PADDED, optimizer="sgd"),
    "rmsprop, dropout": with_training(SIMPLE, optimizer="rmsprop", dropout=0.3),
    "scheduled sampling": with_training(READING_BACK, scheduled_sampling=0.5),
}
_USED = {each.training.optimizer for each in EXPERIMENTS.values()}
EXPERIMENTS |= {name: with_training(SIMPLE, optimizer=name) for name in OPTIMIZERS if name not in _USED}
# XLA draws other numbers than TensorFlow does without it, so that what is drawn can be compared with itself alone.
DRAWING = ("rmsprop, dropout", "scheduled sampling")
SPACED = dataclasses.replace(
    with_training(SIMPLE, padding_weight=0.25).replaced({"encoding.answer_order": "reversed"}),
    task=Rule((("1", "one"), ("2", "a b"), ("3", "a  bc d"), ("4", "d"))),
)
# Zeros also stand between a minus and its number, as in -007.
ZEROS = PADDED.replaced({"encoding.fill": "zero", "task.largest": 12, "task.operators": "-"})
READING_ITSELF = PADDED.replaced(
    {"network.feedback": True, "training.scheduled_sampling": 1, "training.padding_weight": 0}
)
DISTINCT = ("text", "fast", "lstm, clipped", "mlp")
KINDS = pytest.mark.parametrize("experiment", [EXPERIMENTS[name] for name in DISTINCT], ids=DISTINCT)
ALL_KINDS = pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)


def trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment)
    for _ in trainer.run():
        pass
    return trainer


def same(first: dict[str, NDArray[np.float32]], second: dict[str, NDArray[np.float32]]) -> bool:
    return list(first) == list(second) and all(np.array_equal(first[name], second[name]) for name in first)
