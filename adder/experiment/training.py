"""How a network is trained: the settings of training, the optimizers, the schedules, and what holds in each epoch.

Learning rate, batch size and what is drawn may change in mid-run. `Training.at` tells what holds in an epoch, to
whoever trains, estimates or writes a script; nobody else looks at changes or at the schedule.

    >>> training = Training(changes=((11, "batch_size", 50), (21, "learning_rate", 0.01)))
    >>> [(now.learning_rate, now.batch_size) for now in map(training.at, (10, 11, 21))]
    [(0.001, 10), (0.001, 50), (0.01, 50)]
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adder.base import validation
from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, counted, marked
from adder.base.settings import Change, Changes, Choice, Number, Setting, Switch, Whole, check_settings, setting
from adder.base.source import block
from adder.tasks.curricula import CURRICULA
from adder.tasks.draws import DRAWS


@dataclass(frozen=True, slots=True)
class Optimizer:
    """How a gradient becomes a change of the weights.

    Attributes:
        label: What it is called, on the page and in `keras.optimizers`.
        moments: What it keeps of every weight, as Keras names it.
        options: What it is built with beside the learning rate.
    """

    label: str
    moments: tuple[str, ...]
    options: Mapping[str, float] = field(default_factory=dict)


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer("Adam", ("momentum", "velocity")),
    "rmsprop": Optimizer("RMSprop", ("velocity",)),
    "sgd": Optimizer("SGD", ("momentum",), {"momentum": 0.9}),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate goes from its first value to its final one.

    Attributes:
        label: Its name in menus.
        rate: Computes the learning rate from the first one, the final one, and how much of the run is done, 0 to 1.
        source: The same in a script: `learning_rate(first, epoch, epochs)`, whose epochs are counted from 1.
        above_zero: Whether the final rate must not be 0.
    """

    label: str
    rate: Callable[[float, float, float], float]
    source: str
    above_zero: bool = False


def _between(first: float, final: float, share: float) -> float:
    """The rate that is this share of the way from the first one to the final one, which it reaches exactly."""
    return first * (1 - share) + final * share


SCHEDULES: dict[str, Schedule] = {
    "cosine": Schedule(  # SGDR (Loshchilov & Hutter 2016) has this curve, with restarts.
        marked("cosine"),
        lambda first, final, done: _between(first, final, (1 - math.cos(math.pi * done)) / 2),
        block('''
            def learning_rate(first, epoch, epochs):
                """Half a cosine from the first learning rate down to the final one."""
                progress = (1 - math.cos(math.pi * (epoch - 1) / max(epochs - 1, 1))) / 2
                return first * (1 - progress) + FINAL_LEARNING_RATE * progress
        '''),
    ),
    "linear": Schedule(
        marked("a straight line"),
        _between,
        block('''
            def learning_rate(first, epoch, epochs):
                """A straight line from the first learning rate to the final one."""
                progress = (epoch - 1) / max(epochs - 1, 1)
                return first * (1 - progress) + FINAL_LEARNING_RATE * progress
        '''),
    ),
    "exponential": Schedule(
        marked("equal factors"),
        lambda first, final, done: first * (final / first) ** done,
        block('''
            def learning_rate(first, epoch, epochs):
                """From the first learning rate to the final one by the same factor every epoch."""
                return first * (FINAL_LEARNING_RATE / first) ** ((epoch - 1) / max(epochs - 1, 1))
        '''),
        above_zero=True,
    ),
}
MOST_EPOCHS = 1_000
MOST_SAMPLES = 100_000
MOST_SAMPLES_A_RUN = 10_000_000
MOST_CHANGES = 100

CHANGEABLE: dict[str, Setting] = {
    "learning_rate": Number(
        marked("Learning rate"), marked("The larger it is, the further each change of the weights goes."), 1e-7, 10
    ),
    "batch_size": Whole(marked("Batch size"), marked("The weights change after this many questions."), 1, MOST_SAMPLES),
    "draw": Choice(
        marked("Training draws"),
        marked("Training may draw its questions in another way than the task does."),
        DRAWS,
        optional=True,
        none=marked("as the task does"),
    ),
}
"""The settings of training that may change in mid-run. No draw changes which questions there are, how they are written
or which are held out, so the network, its check questions and what its figures mean stay the same."""


@dataclass(frozen=True, slots=True)
class Now:
    """What holds in one epoch of a run.

    Attributes:
        learning_rate: The optimizer's learning rate.
        batch_size: How many questions a step takes.
        draw: How questions are drawn; None draws them as the task does.
        steps: How many steps the epoch has.
    """

    learning_rate: float
    batch_size: int
    draw: str | None
    steps: int


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained, on freshly drawn questions.

    Attributes:
        epochs: How many epochs.
        samples: Questions drawn anew for each epoch.
        batch_size: How many questions a step takes; it must divide `samples`.
        optimizer: A name in `OPTIMIZERS`.
        learning_rate: The optimizer's, in the first epoch.
        final_learning_rate: Where the schedule takes it by the last epoch; None holds it constant.
        schedule: The way there, a name in `SCHEDULES`.
        clip_norm: The largest norm of the gradient of all weights together; None leaves gradients alone.
        dropout: The share of a layer's outputs that is dropped at random in training, between layers only (Zaremba et
            al. 2014).
        padding_weight: How much the padding of answers counts in the loss; 0 masks it. What stands right before an
            answer counts in full.
        scheduled_sampling: The share of characters that a decoder with feedback reads as it would write them, not as
            they should be (Bengio et al. 2015): 0 is teacher forcing.
        draw: How training draws questions, a name in `adder.tasks.draws.DRAWS`; None draws as the task does.
        curriculum: The order of difficulty, a name in `adder.tasks.curricula.CURRICULA`.
        target: Stop once this share of the check questions is answered right in every character; None runs all epochs.
        keep_best: Whether the solver has the weights of the best epoch on the check questions, not of the last.
        changes: Other values of `CHANGEABLE` from an epoch on; see `at`.
    """

    epochs: int = setting(
        30, Whole(marked("Epochs"), marked("Fresh questions are drawn this many times."), 1, MOST_EPOCHS)
    )
    samples: int = setting(
        1_000,
        Whole(marked("Questions an epoch"), marked("This many questions are drawn for each epoch."), 1, MOST_SAMPLES),
    )
    batch_size: int = setting(10, CHANGEABLE["batch_size"])
    optimizer: str = setting(
        "adam",
        Choice(marked("Optimizer"), marked("The optimizer turns a gradient into a change of the weights."), OPTIMIZERS),
    )
    learning_rate: float = setting(0.001, CHANGEABLE["learning_rate"])
    final_learning_rate: float | None = setting(
        None,
        Number(
            marked("Final learning rate"),
            marked(
                "The learning rate reaches this value in the last epoch. If this is empty, the learning rate "
                "stays the same."
            ),
            0,
            10,
            optional=True,
        ),
    )
    schedule: str = setting(
        "cosine",
        Choice(
            marked("Learning-rate curve"),
            marked("The learning rate follows this curve from its first value to its final one."),
            SCHEDULES,
        ),
    )
    clip_norm: float | None = setting(
        None,
        Number(
            marked("Gradient clipping"),
            marked("A longer gradient is cut to this length. If this is empty, no gradient is cut."),
            1e-6,
            1e6,
            optional=True,
        ),
    )
    dropout: float = setting(
        0.0,
        Number(
            marked("Dropout (%)"),
            marked("In training, this share of the values is set to zero at random."),
            0,
            0.9,
            percent=True,
        ),
    )
    padding_weight: float = setting(
        1.0,
        Number(
            marked("Weight of padding (%)"),
            marked(
                "A padded place of the answer counts this much in the loss. What stands right before the answer "
                "counts in full, since it says where the answer begins. At 0, the network is told nothing of the "
                "places further out."
            ),
            0,
            1,
            percent=True,
        ),
    )
    scheduled_sampling: float = setting(
        0.0,
        Number(
            marked("Scheduled sampling (%)"),
            marked(
                "In training, the decoder reads its own character at this share of the steps, and the true one at "
                "the others."
            ),
            0,
            1,
            percent=True,
        ),
    )
    draw: str | None = setting(None, CHANGEABLE["draw"])
    curriculum: str = setting(
        "none",
        Choice(
            marked("Curriculum"),
            marked(
                "Easier questions come first. With naive, numbers grow; mixed takes any; combined takes both. "
                "With earned, numbers grow whenever nearly all answers were right."
            ),
            CURRICULA,
        ),
    )
    target: float | None = setting(
        None,
        Number(
            marked("Stop at exact match"),
            marked("The run ends once this share of the check questions is answered right in every character."),
            0,
            1,
            optional=True,
            offered={None: marked("never"), 0.9: "90%", 0.99: "99%", 0.999: "99.9%", 1.0: "100%"},
        ),
    )
    keep_best: bool = setting(
        False,
        Switch(
            marked("Keep the best epoch"),
            marked("The weights of the best epoch are kept, since the last one may be worse."),
        ),
    )
    changes: tuple[Change, ...] = setting(
        (),
        Changes(
            marked("Changes in mid-run"),
            marked(
                "Some settings may change from an epoch on. Write the number of the epoch, a colon, the setting, "
                "an equals sign and the value."
            ),
            CHANGEABLE,
            MOST_CHANGES,
            MOST_EPOCHS,
        ),
        later=True,
    )

    def __post_init__(self) -> None:
        check_settings(self, "training")
        self._check_batch("training.batch_size", self.batch_size)
        if self.epochs * self.samples > MOST_SAMPLES_A_RUN:
            raise ExperimentError(
                "training.epochs",
                counted(
                    "at most {most:,} with {n:,} sample an epoch",
                    "at most {most:,} with {n:,} samples an epoch",
                    n=self.samples,
                    most=MOST_SAMPLES_A_RUN // self.samples,
                ),
                self.epochs,
            )
        if SCHEDULES[self.schedule].above_zero and self.final_learning_rate is not None:
            validation.number("training.final_learning_rate", self.final_learning_rate, 1e-9, 10)
        for change in self.changes:
            if change.epoch > self.epochs:
                last = Sentence("at epochs up to training.epochs ({epochs:,})", epochs=self.epochs)
                raise ExperimentError("training.changes", last, str(change))
            if change.setting == "batch_size":
                self._check_batch("training.changes: batch_size", change.value)

    def _check_batch(self, name: str, size: int) -> None:
        validation.whole_number(name, size, 1, self.samples)
        if self.samples % size:
            divisor = Sentence("a divisor of training.samples ({samples:,})", samples=self.samples)
            raise ExperimentError(name, divisor, size)

    @property
    def steps(self) -> int:
        """Steps of the first epoch, and of every one until the batch size changes."""
        return self.samples // self.batch_size

    def at(self, epoch: int) -> Now:
        """What holds in an epoch, counted from 1. A changed learning rate goes on from there to the final one."""
        values = {name: getattr(self, name) for name in CHANGEABLE}
        since = 1
        for change in self.changes:
            if change.epoch <= epoch:
                values[change.setting] = change.value
                since = change.epoch if change.setting == "learning_rate" else since
        if self.final_learning_rate is not None and since < self.epochs:
            done = (epoch - since) / (self.epochs - since)
            rate = SCHEDULES[self.schedule].rate
            values["learning_rate"] = rate(values["learning_rate"], self.final_learning_rate, done)
        return Now(**values, steps=self.samples // values["batch_size"])

    @property
    def stretches(self) -> tuple[range, ...]:
        """The epochs from each change to the next; all of them where nothing changes."""
        starts = sorted({1, *(change.epoch for change in self.changes)})
        return tuple(itertools.starmap(range, itertools.pairwise([*starts, self.epochs + 1])))

    def steps_before(self, epoch: int) -> int:
        """Steps of all epochs before one."""
        return sum(self.at(each.start).steps * len(range(each.start, min(each.stop, epoch))) for each in self.stretches)

    def changed(self, epoch: int, values: Mapping[str, Any]) -> Training:
        """This training with other values for some of `CHANGEABLE` from an epoch on.

        The epochs before stay as they are. Later changes of these settings are dropped.

        Raises:
            ExperimentError: An unknown name, a value that cannot work, or no such epoch.
        """
        kept = tuple(each for each in self.changes if each.setting not in values or each.epoch < epoch)
        before = dataclasses.replace(self, changes=kept)
        if epoch == 1 and values.keys() <= CHANGEABLE.keys():
            return dataclasses.replace(before, **values)
        held = dataclasses.asdict(before.at(epoch))
        new = [Change(epoch, name, value) for name, value in values.items() if name not in held or held[name] != value]
        return dataclasses.replace(before, changes=(*kept, *new))
