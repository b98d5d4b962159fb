"""The tagger: a network that writes one character for each one that it reads, without RepeatVector.

The recurrent layers give their state at every step and a softmax turns each into a character, so there is no
bottleneck, and no decoder. The price is that question and answer must have one length, and that whatever the answer
needs must have been read by the time it is written, for which two directions help. On aligned columns it always has
been, and such a network may read numbers of any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import BIDIRECTIONAL, CELL, LAYERS, MASKING, MOST_UNITS, Network, question
from adder.networks.layers import Dense, Dropout, Layer, stack
from adder.tasks import AnyTask


@dataclass(frozen=True, slots=True)
class Tagger(Network):
    """Recurrent layers and a softmax at each step.

    Attributes:
        cell: The recurrent cell.
        units: Units of each layer, in each direction.
        layers: Layers on top of one another.
        bidirectional: Whether each layer also reads from right to left.
        masking: Whether padding is skipped, so that the state before it is written in its place.
    """

    name: ClassVar[str] = "tagger"
    label: ClassVar[str] = marked("One output a step")
    blurb: ClassVar[str] = marked("It writes one character for each one it reads. It has no bottleneck and no decoder.")
    any_length: ClassVar[bool] = True

    cell: str = setting("lstm", CELL)
    units: int = setting(
        64, Whole(marked("Units"), marked("Each layer has this many units in each direction."), 1, MOST_UNITS)
    )
    layers: int = setting(1, LAYERS)
    bidirectional: bool = setting(False, BIDIRECTIONAL)
    masking: bool = setting(False, MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        if encoding.question_length(task) != encoding.answer_length(task):
            return Sentence(
                "{network} writes one character for each one it reads, so question and answer must have one length; "
                "set encoding.full_length=true",
                network=self.name,
            )
        return Network.refusal(self, task, encoding)

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield from question(task, encoding, masking=self.masking)
        mask = "mask" if self.masking else None
        layers = stack("tagger", self.cell, self.units, self.layers, "question", mask, bidirectional=self.bidirectional)
        yield from layers
        yield Dropout("states", of=layers[-1].name)
        yield Dense("character", len(task.alphabet), "softmax", of="states")
