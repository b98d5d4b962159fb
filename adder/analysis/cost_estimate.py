"""Estimates: how long a run takes, how much of its task it sees, how many questions are answered in a moment.

The time of a run is scaled from the nearest preset's, which was measured on the machine that trained its solver; so it
is a hint, not a promise.
"""

from __future__ import annotations

import math

from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.query import nearest_preset

MOMENT_OPERATIONS = 40_000_000_000  # about two seconds' work of one core


def expected_seconds(experiment: Experiment) -> float:
    """How long a run may take once its program is compiled, in seconds.

    A sample costs about as many operations as there are weights, at each step; smaller batches cost more a sample.

    >>> from adder import preset
    >>> 0 < expected_seconds(preset("seq2seq")) < expected_seconds(preset("calculator"))
    True
    """
    near = PRESETS[nearest_preset(experiment)]
    training, measured = experiment.training, near.experiment.training
    samples = training.epochs * training.samples / measured.samples
    operations = _operations(experiment) / _operations(near.experiment)
    steps_a_sample = training.steps / training.samples * measured.samples / measured.steps
    return near.seconds_an_epoch * samples * operations * math.sqrt(steps_a_sample)  # small batches cost more


def expected_share_seen(experiment: Experiment) -> float:
    """The share of all distinct questions that a run will probably train on, if all are equally likely to be drawn.

    Of `n` questions that may be drawn, each is missed by all `samples` draws with the probability `exp(-samples / n)`.

    >>> from adder import preset
    >>> expected_share_seen(preset("seq2seq"))
    1.0
    """
    task, training = experiment.task, experiment.training
    distinct = task.distinct_questions
    trained = distinct - task.held_out_questions if task.held_out else distinct
    samples = training.epochs * training.samples
    return -math.expm1(-samples / trained) * (trained / distinct)


def answers_in_a_moment(experiment: Experiment, most: int) -> int:
    """How many questions a network of this experiment answers while a person waits, `most` at most.

    Only the largest networks on the longest questions answer fewer than a page asks.

    >>> from adder import preset
    >>> answers_in_a_moment(preset("two-digits"), 2_000)
    2000
    """
    return max(1, min(most, int(MOMENT_OPERATIONS // _operations(experiment))))


def _operations(experiment: Experiment) -> float:
    task, encoding = experiment.task, experiment.encoding
    return experiment.weights * (encoding.question_length(task) + encoding.answer_length(task))
