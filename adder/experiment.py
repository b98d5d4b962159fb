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

import csv
import dataclasses
import difflib
import hashlib
import io
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from adder.base import validation
from adder.base.errors import CombinationError, ExperimentError
from adder.base.messages import Sentence, either
from adder.encodings import ENCODINGS, Encoding, TextEncoding
from adder.networks import NETWORKS, Network, Seq2Seq
from adder.networks.numpy_layers import Array, Decoder, Independent, Outputs, Trace, forced, greedy, overflowing
from adder.tasks import TASKS, AnyTask
from adder.tasks.arithmetic import DRAWS, Task
from adder.tasks.pairs import Rule

OPTIMIZERS: dict[str, tuple[str, ...]] = {  # each with the moments it keeps of every weight, as Keras names them
    "adam": ("momentum", "velocity"),
    "rmsprop": ("velocity",),
    "sgd": ("momentum",),
}
SCHEDULES = ("cosine", "linear", "exponential")
CURRICULA = ("none", "naive", "mixed", "combined")
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
        optimizer: `"adam"`, `"rmsprop"`, or `"sgd"` with a momentum of 0.9.
        learning_rate: The optimizer's, in the first epoch.
        final_learning_rate: Where the schedule takes it by the last epoch; None holds it constant.
        schedule: The way there: half a `"cosine"`, `"linear"`, or `"exponential"`, the same factor every epoch.
        clip_norm: The largest norm of the gradient of all weights together; None leaves gradients alone.
        dropout: The share of a layer's outputs that is dropped at random in training, 0 to 0.9, between layers only
            (Zaremba et al. 2014).
        padding_weight: How much the padding of answers counts in the loss, 0 to 1; 0 masks it.
        scheduled_sampling: The share of characters that a decoder with feedback reads as it would write them, not as
            they should be (Bengio et al. 2015): 0 is teacher forcing.
        draw: How training draws questions, one of `adder.tasks.arithmetic.DRAWS`; None for as the task does.
        curriculum: The order of difficulty (Zaremba & Sutskever 2014): `"none"` draws as the task does; `"naive"`
            raises the level step by step over the first half of the run; `"mixed"` draws each question's level at
            random; `"combined"` does the one for half of the questions and the other for half.
        target: Stop once this share of the check questions is answered wholly right; None runs all epochs.
        keep_best: Whether the solver has the weights of the best epoch on the check questions, not of the last.
    """

    epochs: int = 30
    samples: int = 1_000
    batch_size: int = 10
    optimizer: str = "adam"
    learning_rate: float = 0.001
    final_learning_rate: float | None = None
    schedule: str = "cosine"
    clip_norm: float | None = None
    dropout: float = 0.0
    padding_weight: float = 1.0
    scheduled_sampling: float = 0.0
    draw: str | None = None
    curriculum: str = "none"
    target: float | None = None
    keep_best: bool = False

    def __post_init__(self) -> None:
        def settle(name: str, value: float) -> None:
            object.__setattr__(self, name, value)

        settle("epochs", validation.whole_number("training.epochs", self.epochs, 1, MOST_EPOCHS))
        settle("samples", validation.whole_number("training.samples", self.samples, 1, MOST_SAMPLES))
        settle("batch_size", validation.whole_number("training.batch_size", self.batch_size, 1, self.samples))
        if self.samples % self.batch_size:
            raise ExperimentError(
                "training.batch_size",
                Sentence("a divisor of training.samples ({samples:,})", samples=self.samples),
                self.batch_size,
            )
        if self.epochs * self.samples > MOST_SAMPLES_A_RUN:
            raise ExperimentError(
                "training.epochs",
                Sentence(
                    "at most {most:,} with {samples:,} samples an epoch",
                    most=MOST_SAMPLES_A_RUN // self.samples,
                    samples=self.samples,
                ),
                self.epochs,
            )
        for name, choices in (("optimizer", tuple(OPTIMIZERS)), ("schedule", SCHEDULES), ("curriculum", CURRICULA)):
            validation.choice(f"training.{name}", getattr(self, name), choices)
        for name, low, high in (
            ("learning_rate", 1e-7, 10),
            ("final_learning_rate", 1e-9 if self.schedule == "exponential" else 0, 10),
            ("clip_norm", 1e-6, 1e6),
            ("dropout", 0, 0.9),
            ("padding_weight", 0, 1),
            ("scheduled_sampling", 0, 1),
            ("target", 0, 1),
        ):
            if getattr(self, name) is not None or name not in ("final_learning_rate", "clip_norm", "target"):
                settle(name, validation.number(f"training.{name}", getattr(self, name), low, high))
        if self.draw is not None:
            validation.choice("training.draw", self.draw, DRAWS)
        validation.switch("training.keep_best", self.keep_best)

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return self.samples // self.batch_size


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything that decides a run.

    Raises:
        ExperimentError: Parts that do not fit together, such as a sequence network on scaled numbers.
    """

    task: AnyTask = field(default_factory=Task)
    encoding: Encoding = field(default_factory=TextEncoding)
    network: Network = field(default_factory=Seq2Seq)
    training: Training = field(default_factory=Training)
    seed: int = 1

    def __post_init__(self) -> None:
        for name, kinds in _PARTS.items():
            if not isinstance(getattr(self, name), kinds):
                raise ExperimentError(name, either([kind.__name__ for kind in kinds]), getattr(self, name))
        object.__setattr__(self, "seed", validation.whole_number("seed", self.seed, 0, LARGEST_SEED))
        if self.encoding.name not in self.network.encodings:
            raise ExperimentError(
                "encoding.name",
                Sentence(
                    "{encodings}, which {network} reads",
                    encodings=either(self.network.encodings),
                    network=self.network.name,
                ),
                self.encoding.name,
            )
        why = self._refusal()
        if why:
            raise CombinationError(why)

    def _refusal(self) -> Sentence | None:
        """Why these parts do not go together, or None."""
        network: Any = self.network  # it reads this encoding
        why: Sentence | None = self.encoding.refusal(self.task) or network.refusal(self.task, self.encoding)
        if why:
            return why
        steps = self.encoding.question_length(self.task) + self.encoding.answer_length(self.task)
        if steps > MOST_STEPS:
            return Sentence(
                "question and answer may take {most} steps together; here they take {steps:,}",
                most=MOST_STEPS,
                steps=steps,
            )
        training = self.training
        if training.scheduled_sampling and not self.network.feedback:
            return Sentence(
                "training.scheduled_sampling is for a decoder that reads what it wrote; this network has none"
            )
        if training.curriculum != "none" and self.task.levels == 1:
            return Sentence("training.curriculum needs easier and harder questions, and in this task all are alike")
        if training.draw is not None and not isinstance(self.task, Task):
            return Sentence("training.draw is for arithmetic; a list of your own is drawn from as it is")
        if training.draw == "carries" and isinstance(self.task, Task) and not self.task.adds_two:
            return Sentence("training.draw=carries is for sums of exactly 2 numbers")
        if training.padding_weight != 1 and not self.encoding.writes_characters:
            return Sentence("training.padding_weight is for answers in characters; this network gives a number")
        return None

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight of the network."""
        network: Any = self.network
        shapes: dict[str, tuple[int, ...]] = network.weight_shapes(self.task, self.encoding)
        return shapes

    @property
    def weights(self) -> int:
        """How many weights the network has."""
        return sum(map(math.prod, self.weight_shapes.values()))

    @property
    def any_length(self) -> bool:
        """Whether the network, once trained, reads longer questions than it was trained on."""
        return self.network.any_length and self.encoding.any_length

    def forward(self, weights: dict[str, Array], inputs: NDArray[Any], trace: Trace | None = None) -> Outputs:
        """What the network gives in NumPy; one that reads what it wrote reads its own likeliest characters.

        Its layers leave what they did in `trace`, where one is given.
        """
        network: Any = self.network
        outputs: Outputs
        with overflowing():
            if network.stepwise:
                decoder = self.decoder(weights, inputs, trace)
                outputs = greedy(decoder, len(inputs), self._answer_length, self.task.blank)
            else:
                outputs = network.forward(self.task, self.encoding, weights, inputs, trace)
        return outputs.finite()

    def forced(self, weights: dict[str, Array], inputs: NDArray[Any], answers: NDArray[Any]) -> Outputs:
        """The same where a network that reads what it wrote is told the true characters, as in training."""
        if not self.network.feedback:
            return self.forward(weights, inputs)
        with overflowing():
            return forced(self.decoder(weights, inputs), answers, self.task.blank).finite()

    def decoder(self, weights: dict[str, Array], inputs: NDArray[Any], trace: Trace | None = None) -> Decoder:
        """What writes the answer, one character after another, in NumPy."""
        if not self.network.stepwise:
            return Independent(self.forward(weights, inputs, trace).values)
        network: Any = self.network
        decoder: Decoder = network.decoder(self.task, self.encoding, weights, inputs, trace)
        return decoder

    @property
    def _answer_length(self) -> int:
        return self.encoding.answer_length(self.task)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this experiment; equal experiments have equal digests."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, nested as the fields are; tasks, encodings and networks carry their registered name."""
        values = dataclasses.asdict(self)
        for part in _REGISTRIES:
            values[part] = {"name": getattr(self, part).name, **values[part]}
        return values

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
        return json.dumps(self.to_dict(), sort_keys=True)

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
        parts: dict[str, Any] = {name: getattr(self, name) for name in (*_PARTS, "seed")}
        for part, registry in _REGISTRIES.items():
            name = settings.get(f"{part}.name", parts[part].name)
            validation.choice(f"{part}.name", name, list(registry))
            if name != parts[part].name:
                parts[part] = registry[name]()
        changes: dict[str, dict[str, Any]] = {}
        for key, value in settings.items():
            part, _, name = key.partition(".")
            if key == "seed":
                parts["seed"] = _read(key, value, int)
            elif part in _REGISTRIES and name == "name":
                continue
            else:
                kinds = _field_types(type(parts[part])) if part in _PARTS else {}
                if name not in kinds:
                    raise ExperimentError(Sentence("a setting"), _expected_setting(parts, key), key)
                changes.setdefault(part, {})[name] = _read(key, value, kinds[name])
        for part, values in changes.items():
            parts[part] = dataclasses.replace(parts[part], **values)
        return Experiment(**parts)


_REGISTRIES: dict[str, Mapping[str, Any]] = {"task": TASKS, "encoding": ENCODINGS, "network": NETWORKS}
_PARTS: dict[str, tuple[type, ...]] = {
    "task": (Task, Rule),
    "encoding": tuple(ENCODINGS.values()),
    "network": tuple(NETWORKS.values()),
    "training": (Training,),
}


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExperimentError(name, Sentence("an object with named fields"), value)
    return value


_LONGEST_KEY = 100  # that could be a setting misspelt


def _expected_setting(parts: Mapping[str, Any], key: str) -> str:
    names = [f"{part}.{name}" for part in _PARTS for name in _field_types(type(parts[part]))]
    names = [*(f"{part}.name" for part in _REGISTRIES), *names, "seed"]
    near = difflib.get_close_matches(key[:_LONGEST_KEY], names, n=3, cutoff=0.6)
    beside = [name for name in names if name.startswith(f"{key.partition('.')[0]}.")]
    choices = near or beside or [*(f"{part}.…" for part in _PARTS), "seed"]
    return Sentence("one of {choices}", choices=", ".join(choices))


_known_types: dict[type, dict[str, Any]] = {}  # reading annotations takes longer than all else that reading needs


def _field_types(kind: type) -> dict[str, Any]:
    if kind not in _known_types:
        hints = typing.get_type_hints(kind)
        _known_types[kind] = {setting.name: hints[setting.name] for setting in dataclasses.fields(kind)}
    return _known_types[kind]


def _read(name: str, value: object, kind: Any) -> Any:
    """`value` as `kind`, where it is text that spells one; whatever else is wrong is the field's own check to find."""
    optional = isinstance(kind, types.UnionType)
    if optional:
        kind = typing.get_args(kind)[0]
    if not isinstance(value, str):
        if kind == _PAIRS and isinstance(value, list):
            return tuple(tuple(pair) if isinstance(pair, list) else pair for pair in value)
        return tuple(value) if kind == tuple[int, ...] and isinstance(value, list) else value
    text = value.strip()
    if optional and text.lower() in ("", "none", "null"):
        return None
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind == tuple[int, ...]:
            return tuple(int(size) for size in text.strip("()[]").split(",") if size.strip())
        if kind == _PAIRS:
            return tuple(tuple(row) for row in csv.reader(io.StringIO(text)) if row)
        return kind(text)
    except (ValueError, KeyError, OverflowError, csv.Error) as error:
        raise ExperimentError(name, _KIND_WORDS[kind], value) from error


_PAIRS = tuple[tuple[str, str], ...]
_KIND_WORDS: dict[Any, str] = {
    int: Sentence("a whole number"),
    float: Sentence("a number"),
    bool: Sentence("true or false"),
    tuple[int, ...]: Sentence("whole numbers with commas between, such as 6,6"),
    _PAIRS: Sentence("a question and its answer a line, with a comma between"),
}


def written(value: object) -> str:
    """A setting's value as text that `replaced` reads back.

    >>> written((6, 6)), written(None), written(True)
    ('6,6', 'none', 'true')
    """
    if isinstance(value, tuple):
        return "\n".join(map(_row, value)) if value and isinstance(value[0], tuple) else ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _row(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
