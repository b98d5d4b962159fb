"""Sequence to sequence: an encoder reads the question, a decoder writes the answer.

As the tutorial and the Keras addition example have it, the encoder's last state is the only thing that crosses:
RepeatVector hands it to the decoder once per character of the answer, and one softmax layer, shared by all steps,
turns each decoder state into a character. The settings lead from there to the networks of the papers: the encoder's
state starts the decoder and the decoder reads what it wrote (Sutskever et al. 2014), and it looks back at the whole
question (attention: additive, Bahdanau et al. 2014; dot, Luong et al. 2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Switch, Whole, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import BIDIRECTIONAL, CELL, MASKING, MOST_LAYERS, MOST_UNITS, Network, question
from adder.networks.layers import (
    AdditiveDecoder,
    Dense,
    DotAttention,
    Dropout,
    Layer,
    OneHotVectors,
    Previous,
    Recurrent,
    Repeat,
    StateBridge,
    stack,
)
from adder.tasks import AnyTask

BRIDGES = {"repeat": marked("RepeatVector"), "state": marked("state")}
ATTENTIONS = {"none": marked("none"), "dot": marked("dot"), "additive": marked("additive")}


@dataclass(frozen=True, slots=True)
class Seq2Seq(Network):
    """An encoder, a bridge, and a decoder with a softmax at each step.

    Attributes:
        cell: The recurrent cell of encoder and decoder.
        encoder_units: Units of each encoder layer, in each direction.
        encoder_layers: Encoder layers on top of one another.
        decoder_units: Units of the decoder.
        bidirectional: Whether the encoder also reads the question from right to left.
        bridge: `"repeat"` hands the encoder's last output to the decoder at every step; `"state"` starts the decoder
            from the encoder's last state, which must be of its size.
        feedback: Whether the decoder reads the character it wrote last; in training, the true one.
        attention: `"dot"` looks back after each decoder step, `"additive"` before it.
        masking: Whether the encoder skips padding.
    """

    name: ClassVar[str] = "seq2seq"
    label: ClassVar[str] = marked("Encoder-decoder")
    blurb: ClassVar[str] = marked(
        "It reads the question character by character, and then writes the answer the same way."
    )

    cell: str = setting("lstm", CELL)
    encoder_units: int = setting(
        100,
        Whole(
            marked("Encoder units"), marked("Each encoder layer has this many units in each direction."), 1, MOST_UNITS
        ),
    )
    encoder_layers: int = setting(
        1, Whole(marked("Encoder layers"), marked("This many layers stand on top of one another."), 1, MOST_LAYERS)
    )
    decoder_units: int = setting(
        50, Whole(marked("Decoder units"), marked("The decoder has this many units."), 1, MOST_UNITS)
    )
    bidirectional: bool = setting(False, BIDIRECTIONAL)
    bridge: str = setting(
        "repeat",
        Choice(
            marked("Bridge"),
            marked(
                "The bridge hands over what the encoder knows: its last output, repeated for each character of "
                "the answer, or its state, from which the decoder starts."
            ),
            BRIDGES,
        ),
    )
    feedback: bool = setting(
        False,
        Switch(
            marked("Reads what it wrote"),
            marked(
                "The decoder reads the character that it wrote before (autoregressive). In training it reads the "
                "true one (teacher forcing)."
            ),
        ),
    )
    attention: str = setting(
        "none",
        Choice(
            marked("Attention"),
            marked(
                "The decoder looks back at the whole question while it writes. The form “dot” is by Luong, and "
                "“additive” by Bahdanau."
            ),
            ATTENTIONS,
        ),
    )
    masking: bool = setting(False, MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        width = self._width
        if self.bridge == "state" and self.decoder_units != width:
            return Sentence(
                "network.bridge=state starts the decoder from the encoder's state of {width}, so "
                "network.decoder_units must be {width}",
                width=width,
            )
        if self.bridge == "state" and not self.feedback and self.attention != "additive":
            return Sentence(
                "network.bridge=state gives the decoder nothing to read at each step; it needs network.feedback=true "
                "or network.attention=additive"
            )
        if self.attention == "dot" and self.decoder_units != width:
            return Sentence(
                "network.attention=dot multiplies decoder and encoder states, so network.decoder_units must be "
                "{width}, as the encoder's",
                width=width,
            )
        return Network.refusal(self, task, encoding)

    @property
    def _width(self) -> int:
        """Numbers in a state of the encoder."""
        return self.encoder_units * (1 + self.bidirectional)

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        steps, symbols = encoding.answer_length(task), len(task.alphabet)
        mask = "mask" if self.masking else None
        yield from question(task, encoding, masking=self.masking)
        encoder = stack(
            "encoder", self.cell, self.encoder_units, self.encoder_layers, "question", mask,
            bidirectional=self.bidirectional, role="encoder",
        )  # fmt: skip
        yield from encoder
        read = encoder[-1].name
        given: tuple[str, ...] = ()
        if self.bridge == "repeat":
            yield Dropout("code", of=f"{read}.last")
            yield Repeat("steps", steps, of="code")
            given = ("steps",)
        if self.feedback:
            yield Previous("written", steps)
            yield OneHotVectors("previous", symbols, of="written")
            given = (*given, "previous")
        start = None
        if self.bridge == "state":
            start = "state"
            yield StateBridge(start, of=f"{read}.state")
        decoder = "decoder"
        if self.attention == "additive":
            yield AdditiveDecoder(decoder, self.cell, self.decoder_units, steps, given, read, mask, start)
        else:
            yield Recurrent(decoder, self.cell, self.decoder_units, given, start=start, role="decoder")
        if self.attention == "dot":
            yield DotAttention("attention", decoder, read, mask)
            decoder = "attention"
        yield Dropout("states", of=decoder)
        yield Dense("character", symbols, "softmax", of="states")
