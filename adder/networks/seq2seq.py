"""Sequence to sequence: an encoder LSTM reads the question, a decoder LSTM writes the answer.

The encoder's last state is the only thing that crosses: RepeatVector hands it to the decoder once per character of
the answer, and one softmax layer, shared by all steps, turns each decoder state into a character. It is the
bottleneck network of Sutskever et al. 2014 in the simplified form of the tutorial and of the Keras addition example;
there is no attention here and the decoder does not see what it wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder import checks
from adder.encoding import ALPHABET, Encoding, TextEncoding
from adder.forward import Array, dense, lookup, lstm, softmax
from adder.networks.mapping import MOST_UNITS, Shapes, Weights, lstm_shapes
from adder.task import Task

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Seq2Seq:
    """Encoder LSTM, RepeatVector, decoder LSTM, softmax at each step.

    Attributes:
        encoder_units: Units of the encoder.
        decoder_units: Units of the decoder.
        bidirectional: Whether a second encoder of the same size reads the question from right to left.
    """

    name: ClassVar[str] = "seq2seq"
    label: ClassVar[str] = "Encoder-decoder LSTM"
    blurb: ClassVar[str] = "Reads the question character by character, then writes the answer the same way."
    encoding: ClassVar[str] = TextEncoding.name

    encoder_units: int = 100
    decoder_units: int = 50
    bidirectional: bool = False

    def __post_init__(self) -> None:
        for name in ("encoder_units", "decoder_units"):
            units = checks.whole_number(f"network.{name}", getattr(self, name), 1, MOST_UNITS)
            object.__setattr__(self, name, units)
        checks.switch("network.bidirectional", self.bidirectional)

    def build(self, task: Task, encoding: Encoding, seed: int) -> keras.Model:
        """The Keras model, initialised as Keras does, from `seed`.

        Inputs are symbols, shape `(n, question_length)`; outputs are probabilities, shape
        `(n, answer_length, symbols)`.
        """
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = keras.Input((encoding.question_length(task),), dtype="int32")
        question = keras.ops.one_hot(inputs, len(ALPHABET))
        code = keras_layers.lstm(self.encoder_units, "encoder", seeds)(question)
        if self.bidirectional:
            backward = keras_layers.lstm(self.encoder_units, "encoder_backward", seeds, go_backwards=True)
            code = keras.layers.Concatenate()([code, backward(question)])
        repeated = keras.layers.RepeatVector(encoding.answer_length(task))(code)
        states = keras_layers.lstm(self.decoder_units, "decoder", seeds, return_sequences=True)(repeated)
        characters = keras_layers.dense(len(ALPHABET), "character", seeds, activation="softmax")
        return keras.Model(inputs, characters(states))

    def weight_shapes(self, task: Task, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""
        shapes = lstm_shapes("encoder", len(ALPHABET), self.encoder_units)
        if self.bidirectional:
            shapes |= lstm_shapes("encoder_backward", len(ALPHABET), self.encoder_units)
        code = self.encoder_units * (2 if self.bidirectional else 1)
        shapes |= lstm_shapes("decoder", code, self.decoder_units)
        return shapes | {
            "character/kernel": (self.decoder_units, len(ALPHABET)),
            "character/bias": (len(ALPHABET),),
        }

    def forward(self, task: Task, encoding: Encoding, weights: Weights, inputs: NDArray[Any]) -> Array:
        """The same function in NumPy: symbols `(n, question_length)` to `(n, answer_length, symbols)`."""
        code = self._encode(weights, "encoder", inputs)
        if self.bidirectional:
            code = np.concatenate([code, self._encode(weights, "encoder_backward", inputs[:, ::-1])], axis=1)
        projected = dense(code, weights["decoder/kernel"], weights["decoder/bias"])
        repeated = np.repeat(projected[:, None], encoding.answer_length(task), axis=1)
        states = lstm(repeated, weights["decoder/recurrent_kernel"])
        return softmax(dense(states, weights["character/kernel"], weights["character/bias"]))

    def _encode(self, weights: Weights, layer: str, symbols: NDArray[Any]) -> Array:
        projected = lookup(symbols, weights[f"{layer}/kernel"], weights[f"{layer}/bias"])
        return lstm(projected, weights[f"{layer}/recurrent_kernel"])[:, -1]
