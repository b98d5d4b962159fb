"""A small Transformer (Vaswani et al. 2017): no recurrence at all, only attention, as the modern contrast.

An encoder reads all characters at once, a decoder writes one after another and looks at what it wrote and at what was
read. Layers are normalised before each part (pre-LN, Xiong et al. 2020), positions are learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import LAYERS, MASKING, MOST_UNITS, Network, question
from adder.networks.layers import (
    DecoderBlock,
    Dense,
    EncoderBlock,
    Layer,
    Norm,
    OneHotVectors,
    Position,
    Previous,
)
from adder.tasks import AnyTask

MOST_HEADS = 16
MOST_FEEDFORWARD = 2_048


@dataclass(frozen=True, slots=True)
class Transformer(Network):
    """An encoder and a decoder of self-attention, cross-attention and feed-forward layers.

    Attributes:
        width: Numbers that stand for each character; the heads divide it among them.
        heads: How many places each layer can look at at the same time.
        layers: Layers of the encoder, and as many of the decoder.
        feedforward: Units of the dense layer inside each layer.
        masking: Whether padding is never looked at.
    """

    name: ClassVar[str] = "transformer"
    label: ClassVar[str] = marked("Transformer")
    blurb: ClassVar[str] = marked(
        "It has no recurrence: every character looks at every other one, and learns where to look."
    )
    feedback: ClassVar[bool] = True

    width: int = setting(
        64,
        Whole(
            marked("Width"),
            marked("This many numbers stand for each character. The heads divide them among themselves."),
            1,
            MOST_UNITS,
        ),
    )
    heads: int = setting(4, Whole(marked("Heads"), marked("This many attentions work side by side."), 1, MOST_HEADS))
    layers: int = setting(2, LAYERS)
    feedforward: int = setting(
        128,
        Whole(marked("Units between"), marked("The layer after attention has this many units."), 1, MOST_FEEDFORWARD),
    )
    masking: bool = setting(False, MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")
        if self.width % self.heads:
            raise ExperimentError(
                "network.heads", Sentence("a divisor of network.width ({width})", width=self.width), self.heads
            )

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        symbols, mask = len(task.alphabet), "mask" if self.masking else None
        yield from question(task, encoding, masking=self.masking)
        yield Dense("read", self.width, "linear", of="question")
        yield Position("question_position", of="read")
        x = "question_position"
        for layer in range(1, self.layers + 1):
            yield EncoderBlock(f"encoder_{layer}", self.heads, self.feedforward, x, mask)
            x = f"encoder_{layer}"
        yield Norm("encoder_norm", of=x)
        yield Previous("written", encoding.answer_length(task))
        yield OneHotVectors("written_vectors", symbols, of="written")
        yield Dense("previous", self.width, "linear", of="written_vectors")
        yield Position("answer_position", of="previous")
        x = "answer_position"
        for layer in range(1, self.layers + 1):
            yield DecoderBlock(f"decoder_{layer}", self.heads, self.feedforward, x, "encoder_norm", mask)
            x = f"decoder_{layer}"
        yield Norm("decoder_norm", of=x)
        yield Dense("character", symbols, "softmax", of="decoder_norm")
