"""The smallest network that adds: a recurrent cell of one unit, shaped like the sum that it must learn.

The shape of the computation is given: count the column, carry, and take away; `adder.networks.layers.carry` has it.
How much and when is learned from examples. The fewer weights are trained, the more is given; with one weight, all that
is left to learn is the base.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import Network
from adder.networks.layers import CarryColumns, Layer, Question
from adder.tasks import AnyTask

_TRAINED = {1: ("w",), 2: ("w", "v"), 3: ("w", "b", "v"), 4: ("p", "w", "b", "v")}
MOST_COLUMNS = 40  # Its steps are unrolled, so that a longer network would take minutes to compile.


@dataclass(frozen=True, slots=True)
class CarryCell(Network):
    """One recurrent unit that counts a column and carries.

    Attributes:
        trained: How many weights are learned: 4 (`p`, `w`, `b`, `v`), 3 (`p` is 1), 2 (also `b` is 0 and the centre
            lies half below a full column, so the place of the decision is given) or 1 (also `v` is `-w`: a full
            column loses as much as it takes to decide, and the one weight learns the base).
    """

    name: ClassVar[str] = "carry"
    label: ClassVar[str] = marked("One-unit carry cell")
    blurb: ClassVar[str] = marked(
        "It is a single recurrent unit, shaped like addition on paper. It learns when to carry."
    )
    any_length: ClassVar[bool] = True

    trained: int = setting(
        4,
        Whole(
            marked("Trained weights"),
            marked("The cell learns this many of its weights. The others are given, as on paper."),
            min(_TRAINED),
            max(_TRAINED),
            offered={number: str(number) for number in _TRAINED},
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    @classmethod
    def reads(cls, encoding: type[Encoding]) -> bool:
        return encoding.in_columns

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        if not task.adds_two or task.base > 10:
            return Sentence(
                "{network} carries at most one, so the task must be sums of exactly 2 numbers in base 2 to 10",
                network=self.name,
            )
        if task.number_width > MOST_COLUMNS:
            return Sentence(
                "{network} is trained on numbers of at most {most} digits, or compiling it would take minutes; it "
                "then adds longer ones as well",
                network=self.name,
                most=MOST_COLUMNS,
            )
        if encoding.input != "integer" or encoding.fill != "zero":
            return Sentence(
                "{network} counts digits, so it needs encoding.input=integer and encoding.fill=zero", network=self.name
            )
        return None

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield Question("inputs", encoding.question_length(task), encoding.channels(task))
        centre = task.base - 1.0 if self.trained > 2 else task.base - 0.5
        yield CarryColumns("carry", task.base, len(task.alphabet), _TRAINED[self.trained], centre, of="inputs")
