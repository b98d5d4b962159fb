"""An experiment's network in Keras beside its NumPy twin, with the same weights and the same questions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder import Experiment
from adder.networks.numpy_layers import Array
from adder.tasks.questions import Questions
from adder.training.epoch_program import _variables, build

Batch = tuple[NDArray[Any], NDArray[Any]]


def drawn(experiment: Experiment, n: int = 6, seed: int = 0) -> Questions:
    """Questions of an experiment's task, from either side of its split."""
    return experiment.task.sample(n, np.random.default_rng(seed), split="any")


def encoded(experiment: Experiment, n: int = 6, seed: int = 0) -> Batch:
    """Encoded questions and encoded answers."""
    questions = drawn(experiment, n, seed)
    return (
        experiment.encoding.encode_questions(experiment.task, questions),
        experiment.encoding.encode_answers(experiment.task, questions),
    )


def keras_model(experiment: Experiment, weights: dict[str, Array]) -> Any:
    """The Keras model with these weights."""
    model = build(experiment)
    for name, variable in _variables(model, experiment).items():
        variable.assign(weights[name])
    return model


def keras_inputs(experiment: Experiment, inputs: NDArray[Any], answers: NDArray[Any]) -> list[NDArray[Any]]:
    """What the Keras model reads: the questions, and with feedback the true characters moved on by one."""
    if not experiment.network.feedback:
        return [inputs]
    start = np.full((len(answers), 1), experiment.task.blank, np.int32)
    return [inputs, np.concatenate([start, answers[:, :-1]], axis=1)]


def difference(experiment: Experiment, weights: dict[str, Array], n: int = 6, seed: int = 0) -> float:
    """How far Keras and NumPy are apart at most, told the true characters where there is feedback."""
    inputs, answers = encoded(experiment, n, seed)
    theirs = np.asarray(keras_model(experiment, weights)(keras_inputs(experiment, inputs, answers)))
    ours = experiment.forced(weights, inputs, answers).values
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    return float(np.abs(ours - theirs).max())
