"""Settings, each declared once: its type, limits, label, help and choices, as a field of a frozen dataclass.

    @dataclass(frozen=True, slots=True)
    class Perceptron:
        units: int = setting(128, Whole(marked("Units"), marked("Units of the hidden layer."), 1, 512))

        def __post_init__(self) -> None:
            check_settings(self, "network")

Four readers need nothing else: the check of a value, the reading of text from a command line or an address, the widget
on the page, and the guide.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, NamedTuple

from adder.base import validation
from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, either
from adder.base.thousands import whole_number

_DECLARED, _LATER = "setting", "later"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, whatever its type.

    Attributes:
        label: What the page calls it.
        help: What it does, for the page and the guide.
        optional: Whether it may be None.
        offered: Values that the page offers in a menu, each with its label; empty where a value is typed.
    """

    type_name: ClassVar[str]  # Errors name it where a text cannot be read as this type.

    label: str
    help: str
    _: KW_ONLY
    optional: bool = False
    offered: Mapping[Any, str] = field(default_factory=dict)

    def limits(self) -> str:
        """What a value must be, as errors and the guide say it."""
        raise NotImplementedError

    @property
    def menu(self) -> Mapping[Any, str]:
        """The values to choose from on the page, each with its label; empty where a value is typed."""
        return self.offered

    def check(self, name: str, value: object) -> Any:
        """`value` as a plain value of this type.

        Raises:
            ExperimentError: The setting cannot have this value.
        """
        return None if value is None and self.optional else self._check_value(name, value)

    def read(self, name: str, text: str) -> Any:
        """The value that `text` stands for; its limits are left to `check`.

        Raises:
            ExperimentError: `text` cannot be read as this type.
        """
        stripped = text.strip()
        if self.optional and stripped.lower() in ("", "none", "null"):
            return None
        try:
            return self._parse(stripped)
        except ExperimentError:
            raise
        except (ValueError, KeyError, OverflowError) as error:
            raise ExperimentError(name, self.type_name, text) from error

    def _check_value(self, name: str, value: object) -> Any:
        raise NotImplementedError

    def _parse(self, text: str) -> Any:
        """The value that `text` stands for.

        Raises:
            ValueError, KeyError, OverflowError: `text` cannot be read as this type.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Whole(Setting):
    """A whole number from `low` to `high`."""

    type_name = Sentence("a whole number")

    low: int
    high: int

    def limits(self) -> str:
        return validation.whole_number_limits(self.low, self.high)

    def _check_value(self, name: str, value: object) -> int:
        return validation.whole_number(name, value, self.low, self.high)

    def _parse(self, text: str) -> int:
        return whole_number(text)


@dataclass(frozen=True, slots=True)
class Number(Setting):
    """A number from `low` to `high`.

    Attributes:
        least: The smallest number above 0 that it may be.
        percent: Whether the page shows it in per cent.
    """

    type_name = Sentence("a number")

    low: float
    high: float
    _: KW_ONLY
    least: float = 0.0
    percent: bool = False

    def limits(self) -> str:
        if self.least:
            return Sentence("0 or a number from {low:g} to {high:g}", low=self.least, high=self.high)
        return validation.number_limits(self.low, self.high)

    def _check_value(self, name: str, value: object) -> float:
        number = validation.number(name, value, self.low, self.high)
        if 0 < number < self.least:
            raise ExperimentError(name, Sentence("0 or at least {least}", least=self.least), number)
        return number

    def _parse(self, text: str) -> float:
        if self.high <= 1 and text.endswith("%"):
            return float(text[:-1]) / 100
        return float(text.replace("0,", "0.", 1) if text.startswith("0,") else text)


@dataclass(frozen=True, slots=True)
class Choice(Setting):
    """One of the names in a registry. The registry is read at each use, so a new entry is a choice at once.

    Attributes:
        registry: Each name with its label, or with an entry that has a `label`.
        none: The label of None, where the setting is optional.
    """

    registry: Mapping[str, Any]
    _: KW_ONLY
    none: str = ""

    def limits(self) -> str:
        return validation.choice_limits(list(self.registry))

    @property
    def menu(self) -> Mapping[Any, str]:
        """Every entry of the registry, and None where the setting is optional."""
        labels = {name: entry if isinstance(entry, str) else entry.label for name, entry in self.registry.items()}
        return {None: self.none, **labels} if self.optional else labels

    def _check_value(self, name: str, value: object) -> str:
        return validation.choice(name, value, list(self.registry))

    def _parse(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Switch(Setting):
    """True or False."""

    type_name = Sentence("true or false")

    def limits(self) -> str:
        return self.type_name

    def _check_value(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise ExperimentError(name, self.limits(), value)
        return value

    def _parse(self, text: str) -> bool:
        return {"true": True, "false": False}[text.lower()]


@dataclass(frozen=True, slots=True)
class Sizes(Setting):
    """The sizes of 1 to `most_layers` layers, each of 1 to `most_units` units, as a tuple.

    >>> sizes = Sizes("Layer sizes", "Units of each layer.", 4, 512)
    >>> sizes.read("network.units", "6,6"), sizes.check("network.units", [6, 6])
    ((6, 6), (6, 6))
    """

    type_name = Sentence("whole numbers with commas between, such as 6,6")

    most_layers: int
    most_units: int

    def limits(self) -> str:
        return Sentence("1 to {most} layer sizes, such as 6,6", most=self.most_layers)

    def _check_value(self, name: str, value: object) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= self.most_layers:
            raise ExperimentError(name, self.limits(), value)
        return tuple(validation.whole_number(name, size, 1, self.most_units) for size in value)

    def _parse(self, text: str) -> tuple[int, ...]:
        return tuple(int(size) for size in text.strip("()[]").replace("，", ",").split(",") if size.strip())


class Change(NamedTuple):
    """Another value for a setting, from an epoch on.

    >>> str(Change(10, "learning_rate", 0.001))
    '10:learning_rate=0.001'
    """

    epoch: int
    setting: str
    value: Any

    def __str__(self) -> str:
        return f"{self.epoch}:{self.setting}={written(self.value)}"


@dataclass(frozen=True, slots=True)
class Changes(Setting):
    """At most `most` changes of `settings` at the epochs from 2 to `last`, in the order of their epochs.

    >>> changes = Changes("Changes", "In mid-run.", {"units": Whole("Units", "How many.", 1, 512)}, 100, 30)
    >>> written(changes.check("changes", changes.read("changes", "20:units=50, 10:units=5")))
    '10:units=5,20:units=50'
    """

    type_name = Sentence("changes with commas between, such as 10:learning_rate=0.001,20:batch_size=50")

    settings: Mapping[str, Setting]
    most: int
    last: int

    def limits(self) -> str:
        return Sentence(
            "at most {most} changes of {settings}, such as 10:learning_rate=0.001",
            most=self.most,
            settings=either(list(self.settings)),
        )

    def _check_value(self, name: str, value: object) -> tuple[Change, ...]:
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise ExperimentError(name, self.limits(), value)
        checked = sorted((self._change(name, each) for each in value), key=lambda change: change[:2])
        for one, other in itertools.pairwise(checked):
            if one[:2] == other[:2]:
                raise ExperimentError(name, Sentence("one value for each setting in an epoch"), f"{one},{other}")
        return tuple(checked)

    def _change(self, name: str, value: object) -> Change:
        if not isinstance(value, list | tuple) or len(value) != len(Change._fields):
            raise ExperimentError(name, self.type_name, value)
        epoch, changed, to = value
        validation.choice(f"{name}: setting", changed, list(self.settings))
        validation.whole_number(f"{name}: epoch", epoch, 2, self.last)
        return Change(int(epoch), changed, self.settings[changed].check(f"{name}: {changed}", to))

    def _parse(self, text: str) -> tuple[Change, ...]:
        if text.lower() == "none":
            return ()
        return tuple(map(self._parse_change, filter(None, map(str.strip, text.replace("，", ",").split(",")))))

    def _parse_change(self, text: str) -> Change:
        epoch, _, changed = text.partition(":")
        name, equals, value = changed.partition("=")
        if not equals:
            raise ValueError(text)
        declared = self.settings.get(name.strip())  # `check` refuses an unknown one.
        return Change(whole_number(epoch), name.strip(), declared.read(name.strip(), value) if declared else value)


def setting(default: Any, declared: Setting, *, later: bool = False) -> Any:
    """A dataclass field with its default and its declaration.

    Args:
        default: The value that it has if nobody sets it.
        declared: Its type, limits and words.
        later: Whether experiments were kept before there was this setting; see `later_defaults`.
    """
    return field(default=default, metadata={_DECLARED: declared, _LATER: later})


def later_defaults(owner: object) -> list[str]:
    """The later settings that have their defaults here. They are not written, so that digests stay as they were."""
    fields = [each for each in dataclasses.fields(owner) if each.metadata.get(_LATER)]  # type: ignore[arg-type]
    return [each.name for each in fields if getattr(owner, each.name) == each.default]


def settings_of(owner: type) -> Mapping[str, Setting]:
    """The settings that a dataclass declares, by the names of their fields."""
    return {each.name: each.metadata[_DECLARED] for each in dataclasses.fields(owner) if _DECLARED in each.metadata}


def check_settings(owner: object, part: str | None = None) -> None:
    """Check each setting of a frozen dataclass, and replace its value by a plain one; for `__post_init__`.

    Checks that look at two settings together come after this one, in `__post_init__` itself.

    Args:
        owner: An instance whose settings are fields made by `setting`.
        part: Its name in an experiment, such as `"task"`, for errors.

    Raises:
        ExperimentError: A setting has a value that it cannot have.
    """
    for name, declared in settings_of(type(owner)).items():
        value = declared.check(f"{part}.{name}" if part else name, getattr(owner, name))
        object.__setattr__(owner, name, value)


def written(value: object) -> str:
    """A setting's value as text that `Setting.read` reads back.

    >>> written((6, 6)), written(None), written(True)
    ('6,6', 'none', 'true')
    """
    if isinstance(value, tuple) and value:
        return "\n".join(map(_row, value)) if type(value[0]) is tuple else ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None or value == () else str(value)


def _row(cells: tuple[str, ...]) -> str:
    """A line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def settings_table(owner: object, part: str | None = None) -> list[str]:
    """The lines of a Markdown table: each setting of a dataclass with its limits and its value in `owner`."""
    lines = ["| setting | on the page | what it may be | default | what it does |", "|---|---|---|---|---|"]
    for name, declared in settings_of(type(owner)).items():
        value = written(getattr(owner, name)).replace("\n", " ")
        key = f"{part}.{name}" if part else name
        lines.append(f"| `{key}` | {declared.label} | {_values(declared)} | `{value}` | {declared.help} |")
    return lines


def _values(declared: Setting) -> str:
    """What a setting may be: its choices, with labels that say more than their names; or its limits."""
    if isinstance(declared, Choice):
        labels = {written(value): label for value, label in declared.menu.items()}
        return ", ".join(f"`{name}`" + f" ({label})" * (label.lower() != name) for name, label in labels.items())
    return f"{declared.limits()}, or none" if declared.optional else declared.limits()
