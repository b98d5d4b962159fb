"""Runs an experiment's network in NumPy on encoded questions. Nothing here loads TensorFlow."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from adder.experiment import Experiment
from adder.networks import description
from adder.networks.arrays import Outputs, Trace, Weights, overflowing
from adder.networks.decoding import Decoder, forced


def forward(
    experiment: Experiment,
    weights: Weights,
    inputs: NDArray[Any],
    trace: Trace | None = None,
    *,
    steps: int | None = None,
) -> Outputs:
    """What the network gives for a batch. If it reads what it wrote, it reads its own likeliest characters.

    Args:
        experiment: The experiment whose network answers.
        weights: Every weight by name.
        inputs: Encoded questions, as `experiment.encoding.encode_questions` gives them.
        trace: Where each layer leaves what it did, if somebody wants to look.
        steps: How many characters an answer has; by default as many as the longest of the experiment's own task has.
    """
    task = experiment.task
    steps = experiment.encoding.answer_length(task) if steps is None else steps
    with overflowing():
        return description.forward(experiment.layers, weights, inputs, steps, task.blank, trace).finite()


def teacher_forced(experiment: Experiment, weights: Weights, inputs: NDArray[Any], answers: NDArray[Any]) -> Outputs:
    """What the network gives with teacher forcing: if it reads what it wrote, it is told these characters instead.

    Args:
        experiment: The experiment whose network answers.
        weights: Every weight by name.
        inputs: Encoded questions.
        answers: Encoded answers, shape `(n, answer_length)`.
    """
    if not experiment.feedback:
        return forward(experiment, weights, inputs, steps=answers.shape[1] if answers.ndim == 2 else None)
    with overflowing():
        return forced(decoder_of(experiment, weights, inputs), answers, experiment.task.blank).finite()


def decoder_of(experiment: Experiment, weights: Weights, inputs: NDArray[Any]) -> Decoder:
    """What writes the answers to these questions, one character after another."""
    return description.decoder(experiment.layers, weights, inputs)
