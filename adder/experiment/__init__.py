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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adder.base.errors import CombinationError, ExperimentError, shorten
from adder.base.html import table
from adder.base.messages import Sentence, either, marked
from adder.base.settings import (
    Choice,
    Setting,
    Whole,
    check_settings,
    later_defaults,
    setting,
    settings_of,
    settings_table,
    written,
)
from adder.encodings import ENCODINGS, Encoding, TextEncoding
from adder.experiment.training import Training
from adder.networks import NETWORKS, Network, Seq2Seq
from adder.networks.description import Description, weight_shapes
from adder.networks.layers import Previous
from adder.tasks import TASKS, AnyTask
from adder.tasks.arithmetic import Task

MOST_STEPS = 500
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything that decides a run.

    Attributes:
        task: What is asked.
        encoding: How a question is written down for the network.
        network: What learns.
        training: How it learns.
        seed: Decides the first weights and every question that is drawn.
        layers: The network's layers, in the order of their work; they follow from the rest.

    Raises:
        ExperimentError: Parts that do not fit together, such as a sequence network on scaled numbers.
    """

    task: AnyTask = field(default_factory=Task)
    encoding: Encoding = field(default_factory=TextEncoding)
    network: Network = field(default_factory=Seq2Seq)
    training: Training = field(default_factory=Training)
    seed: int = setting(
        1,
        Whole(
            marked("Seed"),
            marked("The seed decides the first weights and every question that is drawn."),
            0,
            LARGEST_SEED,
        ),
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
        for draw in (training.at(each.start).draw for each in training.stretches):
            if draw is not None and (only_for := self.task.draw_refusal(draw)):
                return Sentence("training.draw={draw} is for {only_for}", draw=draw, only_for=only_for)
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

    def task_of(self, texts: Sequence[str]) -> AnyTask:
        """The task of these questions: with numbers as long as theirs, where the network reads any length.

        Raises:
            QuestionError: A number is longer than any task may have.
        """
        return self.task.widened_for(texts) if self.any_length else self.task

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this experiment; equal experiments have equal digests."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, nested as the fields are; tasks, encodings and networks carry their registered name."""
        values = self._values()
        for part in _PARTS:
            for name in later_defaults(getattr(self, part)):
                del values[part][name]
        return values

    def _values(self) -> dict[str, Any]:
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
        for name, value in self._values().items():
            if isinstance(value, dict):
                flat |= {f"{name}.{key}": inner for key, inner in value.items()}
            else:
                flat[name] = value
        return flat

    def _repr_html_(self) -> str:
        """What it is made of, as notebooks show it, with the settings that differ from their defaults."""
        rows = [(FAMILIES[part].label, getattr(self, part).label, self._own_settings(part)) for part in FAMILIES]
        rows.append(("Weights", f"{self.weights:,}", ""))
        rows.append(("Training", "", self._own_settings("training")))
        rows.append(("Seed", str(self.seed), ""))
        return table(f"Experiment {self.digest}", rows)

    def _own_settings(self, part: str) -> str:
        chosen = getattr(self, part)
        default = type(chosen)()
        values = {name: getattr(chosen, name) for name in settings_of(type(chosen))}
        return ", ".join(
            f"{name}={shorten(written(value))}" for name, value in values.items() if value != getattr(default, name)
        )

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

    def changed(self, epoch: int, values: Mapping[str, Any]) -> Experiment:
        """This experiment with other values for some of `CHANGEABLE` from an epoch on, as `Training.changed` has them.

        Raises:
            ExperimentError: An unknown name, a value that cannot work, or no such epoch.

        >>> Experiment().changed(11, {"batch_size": 50}).changed(1, {"learning_rate": 0.01}).training.changes
        (Change(epoch=11, setting='batch_size', value=50),)
        """
        return dataclasses.replace(self, training=self.training.changed(epoch, values))

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


_LONGEST_KEY_COMPARED = 100


def _expected_setting(names: Iterable[str], key: str) -> Sentence:
    """The settings that `key` may mean."""
    near = difflib.get_close_matches(key[:_LONGEST_KEY_COMPARED], names, n=3, cutoff=0.6)
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

- on the page, under *Settings*, where each setting has a label;
- in an address: `?preset=two-digits&task.largest=999`;
- on the command line: `python -m adder train two-digits --set task.largest=999`;
- in Python: `adder.preset("two-digits").replaced({"task.largest": 999})`.

The settings `task.name`, `encoding.name` and `network.name` choose what is asked, how it is written down, and what
learns. Each choice has settings of its own and starts from their defaults. `none` leaves a setting empty. Shares are
from 0 to 1; the page shows them in per cent. If a value cannot work, adder refuses it and says what it must be.

`python -m adder settings two-digits` lists the settings of a preset with their values. This guide is what
`python -m adder settings` prints.
"""


def _section(part: str, kind: Any) -> str:
    """A heading, the first line of the docstring, and the table of a class's settings."""
    title = f"{kind.label}: `{part}.name={kind.name}`" if part in FAMILIES else "Training"
    about = (kind.__doc__ or "").splitlines()[0]
    return "\n".join([f"## {title}", "", about, "", *settings_table(kind(), part), ""])
