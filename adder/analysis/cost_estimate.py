"""What things will take: how long a run, how much of its task it will see, how many answers fit into a moment.

The time of a run is scaled from the nearest solver that ships, whose history holds the seconds of each epoch on the
machine that trained it; so it is a hint, not a promise.
"""

from __future__ import annotations

import math
import statistics

from adder.experiment import Experiment
from adder.query import nearest_preset
from adder.solvers.shipped import shipped_solver

MOMENT_OPERATIONS = 40_000_000_000  # about two seconds of one core


def expected_seconds(experiment: Experiment) -> float:
    """How long a run may take once its program is compiled, in seconds.

    A sample costs about as many operations as there are weights, at each step; an epoch has some cost of its own.

    >>> from adder import preset
    >>> 0 < expected_seconds(preset("seq2seq")) < expected_seconds(preset("calculator"))
    True
    """
    near = shipped_solver(nearest_preset(experiment))
    training, measured = experiment.training, near.experiment.training
    seconds = statistics.median(event.seconds for event in near.history)
    ratio = _operations(experiment) / _operations(near.experiment)
    steps = math.sqrt(training.steps / training.samples * measured.samples / measured.steps)  # small batches cost more
    return seconds * training.epochs * training.samples / measured.samples * ratio * steps


def expected_share_seen(experiment: Experiment) -> float:
    """The share of all distinct questions that a run will probably have trained on, were all drawn alike.

    Of `n` questions that may be drawn, `samples` draws miss each with the probability `exp(-samples / n)`.

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
    """How many questions, of so many at most, a network of this experiment answers while a person waits.

    Only the heaviest networks on the longest questions answer fewer than a page would ask.

    >>> from adder import preset
    >>> answers_in_a_moment(preset("two-digits"), 2_000)
    2000
    """
    return max(1, min(most, int(MOMENT_OPERATIONS // _operations(experiment))))


def _operations(experiment: Experiment) -> float:
    task, encoding = experiment.task, experiment.encoding
    return experiment.weights * (encoding.question_length(task) + encoding.answer_length(task))
