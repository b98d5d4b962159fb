"""The beginner's mistake: networks that map scaled numbers to a scaled sum.

They learn, and the linear one learns exactly, but nothing here is a sequence: shuffle the inputs and the answer is
the same. The settings are those of the tutorial that this project grew from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.messages import marked
from adder.base.settings import Sizes, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import MOST_LAYERS, MOST_UNITS, Network
from adder.networks.layers import Dense, Dropout, Layer, Number, Numbers, OneByOne, Recurrent
from adder.tasks import AnyTask


@dataclass(frozen=True, slots=True)
class MappingMLP(Network):
    """Dense layers without activations, so the whole network is one linear function of its inputs.

    Attributes:
        units: Units of each hidden layer; one more unit gives the sum.
    """

    name: ClassVar[str] = "mapping-mlp"
    label: ClassVar[str] = marked("Linear MLP on numbers")
    blurb: ClassVar[str] = marked(
        "It is a linear function of two scaled numbers. Addition is linear, so it becomes exact."
    )

    units: tuple[int, ...] = setting(
        (4, 2),
        Sizes(
            marked("Layer sizes"),
            marked("Each hidden layer has this many units: 4,2 stands for two layers."),
            MOST_LAYERS,
            MOST_UNITS,
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    @classmethod
    def reads(cls, encoding: type[Encoding]) -> bool:
        return not encoding.writes_characters

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield Numbers("numbers", encoding.question_length(task))
        x = "numbers"
        for layer, units in enumerate(self.units, start=1):
            yield Dense(f"dense_{layer}", units, "linear", of=x)
            yield Dropout(f"dropped_{layer}", of=f"dense_{layer}")
            x = f"dropped_{layer}"
        yield Dense("sum", 1, "linear", of=x)
        yield Number("number", of="sum")


@dataclass(frozen=True, slots=True)
class MappingLSTM(Network):
    """LSTM layers that read the scaled numbers one at a time, and one linear unit for the sum.

    Attributes:
        units: Units of each LSTM layer.
    """

    name: ClassVar[str] = "mapping-lstm"
    label: ClassVar[str] = marked("LSTM on numbers")
    blurb: ClassVar[str] = marked("It is a recurrent network that reads two scaled numbers as if they were a sequence.")

    units: tuple[int, ...] = setting(
        (10,),
        Sizes(
            marked("Layer sizes"),
            marked("Each LSTM layer has this many units: 6,6 stands for two layers."),
            MOST_LAYERS,
            MOST_UNITS,
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    @classmethod
    def reads(cls, encoding: type[Encoding]) -> bool:
        return not encoding.writes_characters

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield Numbers("numbers", encoding.question_length(task))
        yield OneByOne("steps", of="numbers")
        x = "steps"
        for layer, units in enumerate(self.units, start=1):
            yield Recurrent(f"lstm_{layer}", "lstm", units, of=x)
            top = f"lstm_{layer}.last" if layer == len(self.units) else f"lstm_{layer}"
            yield Dropout(f"dropped_{layer}", of=top)
            x = f"dropped_{layer}"
        yield Dense("sum", 1, "linear", of=x)
        yield Number("number", of="sum")
