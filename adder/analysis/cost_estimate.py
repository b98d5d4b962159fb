"""Estimates for a run: how long it takes, whether that is more than is allowed, how much of its task it sees.

The time follows from what the network costs (`adder.solvers.cost`), scaled by what the nearest preset really took.
"""

from __future__ import annotations

import math

from adder.base.messages import Sentence, counted
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.query import nearest_preset
from adder.solvers.cost import epoch_seconds, step_seconds, training_bytes

MOST_STEP_SECONDS = 1.0
_LARGEST_SCALE = 4.0  # What a preset really took corrects an estimate by no more.


def expected_seconds(experiment: Experiment) -> float:
    """How long a run may take once its program is compiled, in seconds.

    >>> from adder import preset
    >>> 0 < expected_seconds(preset("seq2seq")) < expected_seconds(preset("calculator"))
    True
    """
    near = PRESETS[nearest_preset(experiment)]
    scale = near.seconds_an_epoch / epoch_seconds(near.experiment)
    scale = min(max(scale, 1 / _LARGEST_SCALE), _LARGEST_SCALE)
    return scale * sum(epochs * epoch_seconds(stretch) for epochs, stretch in _stretches(experiment))


def _stretches(experiment: Experiment) -> list[tuple[int, Experiment]]:
    """The experiment as it is from each change to the next, with the number of epochs."""
    training = experiment.training
    if not training.changes:
        return [(training.epochs, experiment)]
    sizes = [(len(each), training.at(each.start).batch_size) for each in training.stretches]
    plain = experiment.replaced({"training.changes": ()})
    return [(epochs, plain.replaced({"training.batch_size": size})) for epochs, size in sizes]


def refusal(experiment: Experiment, epochs: int, most_seconds: float, most_bytes: float) -> Sentence | None:
    """Why this many epochs cost too much, with what would fit, or None.

    Args:
        experiment: What would be trained.
        epochs: How many epochs it would be trained for.
        most_seconds: The longest that a run may be expected to take.
        most_bytes: The most memory that training may take on top of what every run takes.

    >>> from adder import preset
    >>> refusal(preset("calculator"), 200, 60, 10**9).template
    'this run would take about {n:,} minutes, and at most {most:,} are allowed here; {fit}'
    """
    total = expected_seconds(experiment)
    experiment = max((each for _, each in _stretches(experiment)), key=training_bytes)
    training, needed, step = experiment.training, training_bytes(experiment), step_seconds(experiment)
    if needed > most_bytes or step > MOST_STEP_SECONDS:
        batch = int(training.batch_size * min(most_bytes / needed, MOST_STEP_SECONDS / step))
        smaller = next((each for each in range(batch, 0, -1) if _fits(experiment, each, most_bytes)), None)
        fit = Sentence("with training.batch_size={n} it fits", n=smaller) if smaller else _SMALLER
        if needed > most_bytes:
            return Sentence(
                "this run would take about {n:,} MB of memory, and at most {most:,} are allowed here; {fit}",
                n=round(needed / 10**6),
                most=round(most_bytes / 10**6),
                fit=fit,
            )
        return Sentence(
            "one step of this run would take about {seconds:.1f} s, in which nothing can stop it; {fit}",
            seconds=step,
            fit=fit,
        )
    each = total / training.epochs
    if epochs * each <= most_seconds:
        return None
    if each <= most_seconds:
        n = int(most_seconds / each)
        fit = counted("{n:,} epoch would fit", "{n:,} epochs would fit", n=n)
    else:
        samples = int(training.samples * most_seconds / each) // training.batch_size * training.batch_size
        fit = Sentence("one epoch with training.samples={n} would fit", n=samples) if samples else _SMALLER
    return counted(
        "this run would take about {n:,} minute, and at most {most:,} are allowed here; {fit}",
        "this run would take about {n:,} minutes, and at most {most:,} are allowed here; {fit}",
        n=max(1, round(epochs * each / 60)),
        most=round(most_seconds / 60),
        fit=fit,
    )


_SMALLER = Sentence("a smaller network or shorter questions would fit")


def _fits(experiment: Experiment, batch_size: int, most_bytes: float) -> bool:
    if experiment.training.samples % batch_size:
        return False
    smaller = experiment.replaced({"training.batch_size": batch_size})
    return training_bytes(smaller) <= most_bytes and step_seconds(smaller) <= MOST_STEP_SECONDS


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
