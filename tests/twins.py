"""An experiment's network in Keras beside its NumPy twin, with the same weights and the same questions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder import Experiment
from adder.networks.arrays import Array
from adder.solvers.answering import teacher_forced
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


def keras_model(experiment: Experiment, weights: dict[str, Array], model: Any = None) -> Any:
    """The Keras model, a new one by default, with these weights."""
    model = model or build(experiment)
    for name, variable in _variables(model, experiment).items():
        variable.assign(weights[name])
    return model


def weights_in(experiment: Experiment, model: Any) -> dict[str, Array]:
    """The weights that a Keras model has now."""
    return {name: np.asarray(variable) for name, variable in _variables(model, experiment).items()}


def keras_inputs(experiment: Experiment, inputs: NDArray[Any], answers: NDArray[Any]) -> list[NDArray[Any]]:
    """What the Keras model reads: the questions, and with feedback the true characters moved on by one."""
    if not experiment.feedback:
        return [inputs]
    start = np.full((len(answers), 1), experiment.task.blank, np.int32)
    return [inputs, np.concatenate([start, answers[:, :-1]], axis=1)]


def difference(
    experiment: Experiment, weights: dict[str, Array], model: Any = None, n: int = 6, seed: int = 0
) -> float:
    """The largest difference between Keras and NumPy, told the true characters where there is feedback.

    Args:
        model: The experiment's Keras model, which takes these weights; by default a new one is built.
    """
    inputs, answers = encoded(experiment, n)
    model = keras_model(experiment, weights, model)
    theirs = np.asarray(model(keras_inputs(experiment, inputs, answers)))
    ours = teacher_forced(experiment, weights, inputs, answers).values
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    return float(np.abs(ours - theirs).max())
