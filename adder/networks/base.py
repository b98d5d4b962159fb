"""The base class of all networks, and the settings that several of them have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Switch, Whole
from adder.encodings import INPUTS, Encoding
from adder.networks.layers import CELLS, Layer, Padding, Question
from adder.networks.layers import LAYERS as KINDS
from adder.tasks import AnyTask

MOST_LAYERS = 4
MOST_UNITS = 512

CELL = Choice(
    marked("Cell"),
    marked(
        "The cell is what remembers. An LSTM has a memory behind gates, a GRU has two gates, and a plain "
        "recurrent cell has none."
    ),
    CELLS,
)
LAYERS = Whole(marked("Layers"), marked("This many layers stand on top of one another."), 1, MOST_LAYERS)
BIDIRECTIONAL = Switch(marked("Reads both ways"), marked("A second set of layers reads the question from its end."))
MASKING = Switch(marked("Skip padding"), marked("Padding leaves the network's state as it was (masking)."))


class Network(ABC):
    """A network's settings, and with them its layers.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        blurb: What it is, in a sentence for menus.
        any_length: Whether it reads longer questions than it was trained on.
    """

    __slots__ = ()

    name: ClassVar[str]
    label: ClassVar[str]
    blurb: ClassVar[str]
    any_length: ClassVar[bool] = False

    @classmethod
    def reads(cls, encoding: type[Encoding]) -> bool:
        """Whether it reads that encoding: by default, each that writes characters."""
        return encoding.writes_characters

    @property
    def masking(self) -> bool:
        """Whether it skips padding."""
        return False

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        if self.masking and encoding.fill != "space":
            return Sentence("network.masking skips padding, which cannot be told from digits with encoding.fill=zero")
        return None

    @abstractmethod
    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        """Its layers in the order of their work, from the question to the answer."""


def question(task: AnyTask, encoding: Encoding, *, masking: bool = False) -> Iterator[Layer]:
    """The layers that take in a question: its symbols `inputs`, their vectors `question`, and the mask `mask`."""
    symbols, channels = len(task.alphabet), encoding.channels(task) if encoding.in_columns else None
    marks = 2 if encoding.marks else 0
    yield Question("inputs", encoding.question_length(task), channels)
    goes_in = INPUTS[encoding.input]
    vectors: Any = KINDS[goes_in.layer]
    size = {"size": encoding.embedding_size} if goes_in.sized else {}
    yield vectors("question", symbols, of="inputs", channels=channels, marks=marks, **size)
    if masking:
        yield Padding("mask", task.blank, of="inputs")
