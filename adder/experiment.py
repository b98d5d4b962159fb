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
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adder import checks
from adder.encoding import ENCODINGS, Encoding, TextEncoding
from adder.errors import ExperimentError, shorten
from adder.networks import NETWORKS, Network, Seq2Seq
from adder.task import Task

MOST_EPOCHS = 1_000
MOST_SAMPLES = 100_000
MOST_SAMPLES_A_RUN = 10_000_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained: Adam on freshly drawn questions.

    Attributes:
        epochs: How many epochs.
        samples: Questions drawn anew for each epoch.
        batch_size: Questions a step; it must divide `samples`.
        learning_rate: Adam's.
        final_learning_rate: Where a cosine takes the learning rate by the last epoch; None holds it constant.
        clip_norm: The largest norm of the gradient of all weights together; None leaves gradients alone.
        target: Stop once this share of the check questions is answered wholly right; None runs all epochs.
    """

    epochs: int = 30
    samples: int = 1_000
    batch_size: int = 10
    learning_rate: float = 0.001
    final_learning_rate: float | None = None
    clip_norm: float | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        def settle(name: str, value: float) -> None:
            object.__setattr__(self, name, value)

        settle("epochs", checks.whole_number("training.epochs", self.epochs, 1, MOST_EPOCHS))
        settle("samples", checks.whole_number("training.samples", self.samples, 1, MOST_SAMPLES))
        settle("batch_size", checks.whole_number("training.batch_size", self.batch_size, 1, self.samples))
        if self.samples % self.batch_size:
            raise ExperimentError(
                "training.batch_size", f"a divisor of training.samples ({self.samples:,})", self.batch_size
            )
        if self.epochs * self.samples > MOST_SAMPLES_A_RUN:
            raise ExperimentError(
                "training.epochs",
                f"at most {MOST_SAMPLES_A_RUN // self.samples:,} with {self.samples:,} samples an epoch",
                self.epochs,
            )
        settle("learning_rate", checks.number("training.learning_rate", self.learning_rate, 1e-7, 10))
        if self.final_learning_rate is not None:
            rate = checks.number("training.final_learning_rate", self.final_learning_rate, 0, 10)
            settle("final_learning_rate", rate)
        if self.clip_norm is not None:
            settle("clip_norm", checks.number("training.clip_norm", self.clip_norm, 1e-6, 1e6))
        if self.target is not None:
            settle("target", checks.number("training.target", self.target, 0, 1))

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

    task: Task = field(default_factory=Task)
    encoding: Encoding = field(default_factory=TextEncoding)
    network: Network = field(default_factory=Seq2Seq)
    training: Training = field(default_factory=Training)
    seed: int = 1

    def __post_init__(self) -> None:
        for name, kinds in _PARTS.items():
            if not isinstance(getattr(self, name), kinds):
                wanted = " or ".join(kind.__name__ for kind in kinds)
                raise ExperimentError(name, wanted, getattr(self, name))
        object.__setattr__(self, "seed", checks.whole_number("seed", self.seed, 0, LARGEST_SEED))
        if self.encoding.name != self.network.encoding:
            raise ExperimentError(
                "encoding.name", f"{self.network.encoding}, which {self.network.name} reads", self.encoding.name
            )

    @property
    def weights(self) -> int:
        """How many weights the network has."""
        shapes = self.network.weight_shapes(self.task, self.encoding).values()
        return sum(_product(shape) for shape in shapes)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this experiment; equal experiments have equal digests."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, nested as the fields are; encodings and networks carry their registered name."""
        values = dataclasses.asdict(self)
        for part in ("encoding", "network"):
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
        network or encoding starts from that one's defaults.

        Raises:
            ExperimentError: An unknown name, or a value that cannot work.

        >>> Experiment().replaced({"network.name": "mapping-lstm", "encoding.name": "scaled"}).network
        MappingLSTM(units=(10,))
        """
        parts: dict[str, Any] = {name: getattr(self, name) for name in (*_PARTS, "seed")}
        for part, registry in (("encoding", ENCODINGS), ("network", NETWORKS)):
            name = settings.get(f"{part}.name", parts[part].name)
            checks.choice(f"{part}.name", name, list(registry))
            if name != parts[part].name:
                parts[part] = registry[name]()
        changes: dict[str, dict[str, Any]] = {}
        for key, value in settings.items():
            part, _, name = key.partition(".")
            if key == "seed":
                parts["seed"] = _read(key, value, int)
            elif part in ("encoding", "network") and name == "name":
                continue
            else:
                kinds = _field_types(type(parts[part])) if part in _PARTS else {}
                if name not in kinds:
                    raise ExperimentError("a setting", "one of " + ", ".join(_setting_names(parts)), shorten(key, 60))
                changes.setdefault(part, {})[name] = _read(key, value, kinds[name])
        for part, values in changes.items():
            parts[part] = dataclasses.replace(parts[part], **values)
        return Experiment(**parts)


_PARTS: dict[str, tuple[type, ...]] = {
    "task": (Task,),
    "encoding": tuple(ENCODINGS.values()),
    "network": tuple(NETWORKS.values()),
    "training": (Training,),
}


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExperimentError(name, "an object with named fields", value)
    return value


def _setting_names(parts: Mapping[str, Any]) -> list[str]:
    names = [f"{part}.{name}" for part in _PARTS for name in _field_types(type(parts[part]))]
    return ["encoding.name", "network.name", *names, "seed"]


def _field_types(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {setting.name: hints[setting.name] for setting in dataclasses.fields(kind)}


def _read(name: str, value: object, kind: Any) -> Any:
    """`value` as `kind`, where it is text that spells one; whatever else is wrong is the field's own check to find."""
    optional = isinstance(kind, types.UnionType)
    if optional:
        kind = typing.get_args(kind)[0]
    if not isinstance(value, str):
        return tuple(value) if kind == tuple[int, ...] and isinstance(value, list) else value
    text = value.strip()
    if optional and text.lower() in ("", "none", "null"):
        return None
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind == tuple[int, ...]:
            return tuple(int(size) for size in text.strip("()[]").split(",") if size.strip())
        return kind(text)
    except (ValueError, KeyError, OverflowError) as error:
        raise ExperimentError(name, _KIND_WORDS[kind], value) from error


_KIND_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple[int, ...]: "whole numbers with commas between, such as 6,6",
}
