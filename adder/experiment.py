"""The whole description of a run: task, encoding, network, training and seed.

An `Experiment` is frozen, checked when built, and plain: equal experiments give equal runs. It has three written
forms: JSON for files, a query string for the address bar, and a digest that names it.

    >>> experiment = Experiment(task=Task(largest=100), seed=3)
    >>> Experiment.from_json(experiment.to_json()) == experiment
    True
    >>> changed = experiment.replaced({"training.epochs": "50", "network.encoder_units": 64})
    >>> changed.training.epochs, changed.network.encoder_units
    (50, 64)
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adder.base import validation
from adder.base.errors import CombinationError, ExperimentError
from adder.base.messages import Sentence, counted, either, marked
from adder.base.settings import (
    Choice,
    Number,
    Setting,
    Switch,
    Whole,
    check_settings,
    setting,
    settings_of,
    settings_table,
)
from adder.base.source import block
from adder.encodings import ENCODINGS, Encoding, TextEncoding
from adder.networks import NETWORKS, Network, Seq2Seq
from adder.networks.description import Description, weight_shapes
from adder.networks.layers import Previous
from adder.tasks import TASKS, AnyTask
from adder.tasks.arithmetic import Task
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
        rate: The learning rate, from the first one, the final one, and how much of the run is done, 0 to 1.
        source: The same in a script: `learning_rate(epoch, epochs)`, whose epochs are counted from 1.
        above_zero: Whether the final rate must not be 0.
    """

    label: str
    rate: Callable[[float, float, float], float]
    source: str
    above_zero: bool = False


SCHEDULES: dict[str, Schedule] = {
    "cosine": Schedule(  # that of SGDR (Loshchilov & Hutter 2016), without restarts
        marked("cosine"),
        lambda first, final, done: first + (final - first) * ((1 - math.cos(math.pi * done)) / 2),
        block('''
            def learning_rate(epoch, epochs):
                """Half a cosine from the first learning rate down to the final one."""
                progress = (1 - math.cos(math.pi * (epoch - 1) / max(epochs - 1, 1))) / 2
                return LEARNING_RATE + (FINAL_LEARNING_RATE - LEARNING_RATE) * progress
        '''),
    ),
    "linear": Schedule(
        marked("a straight line"),
        lambda first, final, done: first + (final - first) * done,
        block('''
            def learning_rate(epoch, epochs):
                """A straight line from the first learning rate to the final one."""
                return LEARNING_RATE + (FINAL_LEARNING_RATE - LEARNING_RATE) * (epoch - 1) / max(epochs - 1, 1)
        '''),
    ),
    "exponential": Schedule(
        marked("equal factors"),
        lambda first, final, done: first * (final / first) ** done,
        block('''
            def learning_rate(epoch, epochs):
                """From the first learning rate to the final one by the same factor every epoch."""
                return LEARNING_RATE * (FINAL_LEARNING_RATE / LEARNING_RATE) ** ((epoch - 1) / max(epochs - 1, 1))
        '''),
        above_zero=True,
    ),
}
MOST_STEPS = 500
MOST_EPOCHS = 1_000
MOST_SAMPLES = 100_000
MOST_SAMPLES_A_RUN = 10_000_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained, on freshly drawn questions.

    Attributes:
        epochs: How many epochs.
        samples: Questions drawn anew for each epoch.
        batch_size: Questions a step; it must divide `samples`.
        optimizer: A name in `OPTIMIZERS`.
        learning_rate: The optimizer's, in the first epoch.
        final_learning_rate: Where the schedule takes it by the last epoch; None holds it constant.
        schedule: The way there, a name in `SCHEDULES`.
        clip_norm: The largest norm of the gradient of all weights together; None leaves gradients alone.
        dropout: The share of a layer's outputs that is dropped at random in training, between layers only (Zaremba et
            al. 2014).
        padding_weight: How much the padding of answers counts in the loss; 0 masks it.
        scheduled_sampling: The share of characters that a decoder with feedback reads as it would write them, not as
            they should be (Bengio et al. 2015): 0 is teacher forcing.
        draw: How training draws questions, a name in `adder.tasks.draws.DRAWS`; None for as the task does.
        curriculum: The order of difficulty, a name in `adder.tasks.curricula.CURRICULA`.
        target: Stop once this share of the check questions is answered wholly right; None runs all epochs.
        keep_best: Whether the solver has the weights of the best epoch on the check questions, not of the last.
    """

    epochs: int = setting(
        30, Whole(marked("Epochs"), marked("How many times fresh questions are drawn."), 1, MOST_EPOCHS)
    )
    samples: int = setting(
        1_000,
        Whole(marked("Questions an epoch"), marked("How many questions are drawn for each epoch."), 1, MOST_SAMPLES),
    )
    batch_size: int = setting(
        10, Whole(marked("Batch size"), marked("Questions between two changes of the weights."), 1, MOST_SAMPLES)
    )
    optimizer: str = setting(
        "adam", Choice(marked("Optimizer"), marked("How a gradient becomes a change of the weights."), OPTIMIZERS)
    )
    learning_rate: float = setting(
        0.001, Number(marked("Learning rate"), marked("How far each change goes."), 1e-7, 10)
    )
    final_learning_rate: float | None = setting(
        None,
        Number(
            marked("Final learning rate"),
            marked("Where the learning rate ends; empty for constant."),
            0,
            10,
            optional=True,
        ),
    )
    schedule: str = setting(
        "cosine",
        Choice(
            marked("On its way by"), marked("How the learning rate goes from the first to the final one."), SCHEDULES
        ),
    )
    clip_norm: float | None = setting(
        None,
        Number(
            marked("Gradient clipping"),
            marked("Longer gradients are cut to this length; empty for never."),
            1e-6,
            1e6,
            optional=True,
        ),
    )
    dropout: float = setting(
        0.0, Number(marked("Dropout (%)"), marked("The share of values silenced at random."), 0, 0.9, percent=True)
    )
    padding_weight: float = setting(
        1.0,
        Number(
            marked("Weight of padding (%)"),
            marked("How much a padded place of the answer counts in the loss; 0 ignores padding."),
            0,
            1,
            percent=True,
        ),
    )
    scheduled_sampling: float = setting(
        0.0,
        Number(
            marked("Scheduled sampling (%)"),
            marked("The share of steps at which the decoder reads its own character in training, not the true one."),
            0,
            1,
            percent=True,
        ),
    )
    draw: str | None = setting(
        None,
        Choice(
            marked("Training draws"),
            marked("Where training should draw its questions otherwise than the task does."),
            DRAWS,
            optional=True,
            none=marked("as the task does"),
        ),
    )
    curriculum: str = setting(
        "none",
        Choice(
            marked("Curriculum"),
            marked(
                "Easier questions first: naive lets numbers grow, mixed takes any, combined takes both; with earned, "
                "numbers grow whenever nearly all was right."
            ),
            CURRICULA,
        ),
    )
    target: float | None = setting(
        None,
        Number(
            marked("Stop at exact match"),
            marked("End the run once this share of the check questions is answered wholly right."),
            0,
            1,
            optional=True,
            offered={None: marked("never"), 0.9: "90 %", 0.99: "99 %", 0.999: "99.9 %", 1.0: "100 %"},
        ),
    )
    keep_best: bool = setting(
        False,
        Switch(
            marked("Keep the best epoch"),
            marked("Whether the weights of the best epoch are kept, where a late one may be a dip."),
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "training")
        validation.whole_number("training.batch_size", self.batch_size, 1, self.samples)
        if self.samples % self.batch_size:
            raise ExperimentError(
                "training.batch_size",
                Sentence("a divisor of training.samples ({samples:,})", samples=self.samples),
                self.batch_size,
            )
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

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return self.samples // self.batch_size


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything that decides a run.

    Attributes:
        layers: The network's layers, in the order of their work; they follow from the rest.

    Raises:
        ExperimentError: Parts that do not fit together, such as a sequence network on scaled numbers.
    """

    task: AnyTask = field(default_factory=Task)
    encoding: Encoding = field(default_factory=TextEncoding)
    network: Network = field(default_factory=Seq2Seq)
    training: Training = field(default_factory=Training)
    seed: int = setting(
        1, Whole(marked("Seed"), marked("Decides the first weights and every question drawn."), 0, LARGEST_SEED)
    )
    layers: Description = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for part in _PARTS:
            kinds = tuple(FAMILIES[part].registry.values()) if part in FAMILIES else (Training,)
            if not isinstance(getattr(self, part), kinds):
                raise ExperimentError(part, either([kind.__name__ for kind in kinds]), getattr(self, part))
        check_settings(self)
        if not self.network.reads(type(self.encoding)):
            raise ExperimentError(
                "encoding.name",
                Sentence(
                    "{encodings}, which {network} reads",
                    encodings=either([name for name, kind in ENCODINGS.items() if self.network.reads(kind)]),
                    network=self.network.name,
                ),
                self.encoding.name,
            )
        if why := self._refusal():
            raise CombinationError(why)
        object.__setattr__(self, "layers", Description(self.network.describe(self.task, self.encoding)))
        if why := self._refusal_to_train():
            raise CombinationError(why)

    def _refusal(self) -> Sentence | None:
        """Why task, encoding and network do not go together, or None."""
        why = self.encoding.refusal(self.task) or self.network.refusal(self.task, self.encoding)
        if why:
            return why
        steps = self.encoding.question_length(self.task) + self.encoding.answer_length(self.task)
        if steps > MOST_STEPS:
            return Sentence(
                "question and answer may take {most} steps together; here they take {steps:,}",
                most=MOST_STEPS,
                steps=steps,
            )
        return None

    def _refusal_to_train(self) -> Sentence | None:
        """Why they cannot be trained like that, or None."""
        training = self.training
        if training.scheduled_sampling and not self.feedback:
            return Sentence(
                "training.scheduled_sampling is for a decoder that reads what it wrote; this network has none"
            )
        if training.curriculum != "none" and self.task.levels == 1:
            return Sentence("training.curriculum needs easier and harder questions, and in this task all are alike")
        only_for = None if training.draw is None else self.task.draw_refusal(training.draw)
        if only_for:
            return Sentence("training.draw={draw} is for {only_for}", draw=training.draw, only_for=only_for)
        if training.padding_weight != 1 and not self.encoding.writes_characters:
            return Sentence("training.padding_weight is for answers in characters; this network gives a number")
        return None

    @property
    def feedback(self) -> bool:
        """Whether the network reads the character that it wrote last; in training, the true one (teacher forcing)."""
        return any(isinstance(layer, Previous) for layer in self.layers)

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight of the network."""
        return weight_shapes(self.layers)

    @property
    def weights(self) -> int:
        """How many weights the network has."""
        return sum(map(math.prod, self.weight_shapes.values()))

    @property
    def any_length(self) -> bool:
        """Whether the network, once trained, reads longer questions than it was trained on."""
        numbers_of_any_length = bool(self.task.operators) and not set(self.task.operators) - set("+-")
        return self.network.any_length and self.encoding.any_length and numbers_of_any_length

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this experiment; equal experiments have equal digests."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, nested as the fields are; tasks, encodings and networks carry their registered name."""
        parts = {part: dataclasses.asdict(getattr(self, part)) for part in _PARTS}
        for part in FAMILIES:
            parts[part] = {"name": getattr(self, part).name, **parts[part]}
        return {**parts, "seed": self.seed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Experiment:
        """The experiment that `to_dict` described; fields left out keep their defaults.

        Raises:
            ExperimentError: An unknown field, or a value that cannot work.
        """
        flat: dict[str, Any] = {}
        for name, value in _mapping("experiment", values).items():
            if name in _PARTS:
                flat |= {f"{name}.{key}": inner for key, inner in _mapping(name, value).items()}
            else:
                flat[name] = value
        return cls().replaced(flat)

    def to_json(self) -> str:
        """The experiment as JSON, the same text for equal experiments."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The experiment that `to_json` wrote."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ExperimentError("experiment", "JSON", text) from error
        return cls.from_dict(values)

    def flat(self) -> dict[str, Any]:
        """Every setting under its dotted name, as in `task.largest`."""
        flat: dict[str, Any] = {}
        for name, value in self.to_dict().items():
            if isinstance(value, dict):
                flat |= {f"{name}.{key}": inner for key, inner in value.items()}
            else:
                flat[name] = value
        return flat

    def replaced(self, settings: Mapping[str, Any]) -> Experiment:
        """This experiment with some settings changed, each under its dotted name.

        Text is read as the field's type, so settings may come from a command line or an address bar. Naming another
        task, encoding or network starts from that one's defaults.

        Raises:
            ExperimentError: An unknown name, or a value that cannot work.

        >>> Experiment().replaced({"network.name": "mapping-lstm", "encoding.name": "scaled"}).network
        MappingLSTM(units=(10,))
        """
        parts: dict[str, Any] = {name: getattr(self, name) for name in _PARTS}
        for part, family in FAMILIES.items():
            name = family.check(f"{part}.name", settings.get(f"{part}.name", parts[part].name))
            if name != parts[part].name:
                parts[part] = family.registry[name]()
        declared = _declared(parts)
        changes: dict[str, dict[str, Any]] = {}
        seed: Any = self.seed
        for key, value in settings.items():
            if key not in declared:
                raise ExperimentError(Sentence("a setting"), _expected_setting(declared, key), key)
            part, _, name = key.partition(".")
            if name == "name":
                continue
            read = declared[key].read(key, value) if isinstance(value, str) else value
            if key == "seed":
                seed = read
            else:
                changes.setdefault(part, {})[name] = read
        for part, values in changes.items():
            parts[part] = dataclasses.replace(parts[part], **values)
        return Experiment(**parts, seed=seed)

    @property
    def settings(self) -> dict[str, Setting]:
        """How each setting of this experiment is declared, under its dotted name, in the order of `flat`."""
        return _declared({name: getattr(self, name) for name in _PARTS})


FAMILIES: dict[str, Choice] = {
    "task": Choice(marked("Task"), marked("What is asked."), TASKS),
    "encoding": Choice(marked("Questions go in as"), marked("How a question is written down."), ENCODINGS),
    "network": Choice(marked("Network"), marked("What learns."), NETWORKS),
}
"""The settings `task.name`, `encoding.name` and `network.name`, each of which chooses a class with its own settings."""

_PARTS = (*FAMILIES, "training")


def _declared(parts: Mapping[str, object]) -> dict[str, Setting]:
    """Every setting of these parts under its dotted name, and the seed."""
    declared: dict[str, Setting] = {}
    for part, chosen in parts.items():
        if part in FAMILIES:
            declared[f"{part}.name"] = FAMILIES[part]
        declared |= {f"{part}.{name}": each for name, each in settings_of(type(chosen)).items()}
    return declared | dict(settings_of(Experiment))


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExperimentError(name, Sentence("an object with named fields"), value)
    return value


_LONGEST_KEY = 100  # characters of an unknown name that are compared with those of settings


def _expected_setting(names: Iterable[str], key: str) -> Sentence:
    """The settings that `key` may mean."""
    near = difflib.get_close_matches(key[:_LONGEST_KEY], names, n=3, cutoff=0.6)
    beside = [name for name in names if name.startswith(f"{key.partition('.')[0]}.")]
    choices = near or beside or [*(f"{part}.…" for part in _PARTS), "seed"]
    return Sentence("one of {choices}", choices=", ".join(choices))


def settings_guide() -> str:
    """The guide `assets/guides/settings.md`: how settings are set, and a table of those of each class."""
    kinds = [(part, family.registry[name]) for part, family in FAMILIES.items() for name in family.registry]
    sections = [_section(part, kind) for part, kind in [*kinds, ("training", Training)]]
    seed = ["## Seed", "", *settings_table(Experiment())]
    return "\n".join([_GUIDE, *sections, *seed, ""])


_GUIDE = """# Settings

A setting has one name, such as `task.largest`, wherever you set it:

- on the page, behind More, where each has a label of its own;
- in an address: `?preset=two-digits&task.largest=999`;
- on the command line: `python -m adder train two-digits --set task.largest=999`;
- in Python: `adder.preset("two-digits").replaced({"task.largest": 999})`.

The settings `task.name`, `encoding.name` and `network.name` choose what is asked, how it is written down, and what
learns. Each choice has settings of its own, and starts from their defaults. `none` leaves a setting empty. Shares are
from 0 to 1; the page shows them in per cent. What cannot work is refused with what it must be.

`python -m adder settings two-digits` lists the settings of a preset with their values. This guide is what
`python -m adder settings` prints.
"""


def _section(part: str, kind: Any) -> str:
    """A heading, the first line of the docstring, and the table of a class's settings."""
    title = f"{kind.label}: `{part}.name={kind.name}`" if part in FAMILIES else "Training"
    about = (kind.__doc__ or "").splitlines()[0]
    return "\n".join([f"## {title}", "", about, "", *settings_table(kind(), part), ""])
