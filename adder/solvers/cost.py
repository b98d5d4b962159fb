"""The cost of a network, from its layers: the time and memory of training, and how many questions take a moment.

The rates were measured on two cores of a small machine, so a time is a hint, not a promise.
"""

from __future__ import annotations

from adder.experiment import Experiment
from adder.experiment.training import OPTIMIZERS
from adder.networks.description import Description
from adder.networks.layers import AdditiveDecoder
from adder.networks.layers.cells import MOST_UNROLLED
from adder.tasks import AnyTask

_PRODUCT, _NUMBER, _ROUND = 2e-11, 1e-9, 5e-6  # These are seconds. Training makes three passes.
_EPOCH, _STEP, _WEIGHT, _CHARACTER = 5e-4, 1.5e-5, 2e-10, 1e-7
_ANSWER_PRODUCT, _ANSWER_NUMBER, _ANSWER_ROUND = 5e-11, 3e-9, 1e-5  # NumPy answers in these; a round serves a batch.
_STEP_BY_STEP_FACTOR = 3.5  # It applies where each step of a recurrent layer has products of its own.
MOMENT_SECONDS = 1.0  # A report asks three lists, so it takes three of them.
BATCH_BYTES = 64_000_000
BATCH_SECONDS = 0.25
MOST_AT_ONCE = 2_000
MOST_QUICK_STEPS = 10
CHECK_QUESTIONS = 400
CHECK_SECONDS = 1.0


def step_seconds(experiment: Experiment) -> float:
    """How long one step of training takes, which nothing can interrupt."""
    task, encoding, training = experiment.task, experiment.encoding, experiment.training
    cost = experiment.layers.cost
    longest = max(encoding.question_length(task), encoding.answer_length(task))
    unrolled = longest <= MOST_UNROLLED and not any(isinstance(layer, AdditiveDecoder) for layer in experiment.layers)
    sample = 3 * cost.products * _PRODUCT + cost.numbers * _NUMBER
    if cost.rounds and not unrolled:
        sample *= _STEP_BY_STEP_FACTOR
    return training.batch_size * sample + cost.rounds * _ROUND + experiment.weights * _WEIGHT + _STEP


def epoch_seconds(experiment: Experiment) -> float:
    """How long an epoch takes: its questions are drawn, its steps are trained, and it is checked."""
    task, encoding, training = experiment.task, experiment.encoding, experiment.training
    characters = encoding.question_length(task) + encoding.answer_length(task)
    trained = training.steps * step_seconds(experiment) + training.samples * characters * _CHARACTER
    return _EPOCH + trained + questions_to_check(experiment) * _check_seconds(experiment)


def questions_to_check(experiment: Experiment) -> int:
    """How many questions a run is checked on after every epoch.

    They are 400, or fewer where those would take longer than a second and longer than half of the epoch's training.
    """
    seconds = max(CHECK_SECONDS, experiment.training.steps * step_seconds(experiment) / 2)
    return max(1, min(CHECK_QUESTIONS, int(seconds / _check_seconds(experiment))))


def _check_seconds(experiment: Experiment) -> float:
    """How long a question takes to check; a network that reads what it wrote needs one more pass for its loss."""
    return (1 + experiment.feedback) * _answer_seconds(experiment.layers)


def compiles_long(experiment: Experiment) -> bool:
    """Whether an experiment has questions and answers so long that compiling it takes more than seconds."""
    task, encoding = experiment.task, experiment.encoding
    return encoding.question_length(task) + encoding.answer_length(task) > MOST_QUICK_STEPS


def training_bytes(experiment: Experiment) -> float:
    """What training keeps in memory on top of what every run does: weights, a batch's numbers, an epoch's questions."""
    task, encoding, training = experiment.task, experiment.encoding, experiment.training
    characters = encoding.question_length(task) + encoding.answer_length(task)
    kept = 4 + 2 * len(OPTIMIZERS[training.optimizer].moments)
    numbers = 0.75 * training.batch_size * experiment.layers.cost.numbers
    return 4 * (kept * experiment.weights + numbers + 4 * training.samples * characters)


def answers_in_a_moment(experiment: Experiment, most: int, seconds: float = MOMENT_SECONDS) -> int:
    """How many questions a network of this experiment answers while a person waits, `most` at most.

    Only the largest networks on the longest questions answer fewer than a page asks.

    >>> from adder import preset
    >>> answers_in_a_moment(preset("two-digits"), 2_000)
    2000
    """
    return max(1, min(most, int(seconds / _answer_seconds(experiment.layers))))


def questions_at_once(experiment: Experiment, task: AnyTask) -> int:
    """How many questions of a task are answered in one batch, so that its memory and its time are bounded."""
    layers = experiment.layers
    if task is not experiment.task:  # It may have longer questions.
        layers = Description(experiment.network.describe(task, experiment.encoding))
    return max(1, int(min(_at_once(layers), BATCH_SECONDS / _answer_seconds(layers))))


def _at_once(layers: Description) -> float:
    """How many questions the memory of a batch has room for."""
    return min(MOST_AT_ONCE, max(1.0, BATCH_BYTES / (4 * layers.cost_to_answer[1])))


def _answer_seconds(layers: Description) -> float:
    """How long a question in such a batch takes to answer."""
    cost, _ = layers.cost_to_answer
    alone = cost.products * _ANSWER_PRODUCT + cost.numbers * _ANSWER_NUMBER
    return alone + cost.rounds * _ANSWER_ROUND / _at_once(layers)
