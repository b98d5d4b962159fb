"""Sequence to sequence: an encoder reads the question, a decoder writes the answer.

As the tutorial and the Keras addition example have it, the encoder's last state is the only thing that crosses:
RepeatVector hands it to the decoder once per character of the answer, and one softmax layer, shared by all steps,
turns each decoder state into a character. The knobs lead from there to the networks of the papers: the encoder's
state starts the decoder and the decoder reads what it wrote (Sutskever et al. 2014), and it looks back at the whole
question (attention: additive, Bahdanau et al. 2014; dot, Luong et al. 2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Switch, Whole, check_settings, setting
from adder.encodings import ColumnsEncoding, Encoding, TextEncoding
from adder.networks import input_layers
from adder.networks.base import Network, Shapes, Weights
from adder.networks.numpy_layers import Array, State, Trace, attend, dense, softmax
from adder.networks.recurrent import (
    BIDIRECTIONAL,
    CELL,
    MOST_LAYERS,
    MOST_UNITS,
    Stack,
    cell_shapes,
    cell_step,
    input_bias,
    zero_state,
)
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras

BRIDGES = {"repeat": marked("RepeatVector"), "state": marked("state")}
ATTENTIONS = {"none": marked("none"), "dot": marked("dot"), "additive": marked("additive")}


@dataclass(frozen=True, slots=True)
class Seq2Seq(Network):
    """Encoder, bridge, decoder, softmax at each step.

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
    blurb: ClassVar[str] = marked("Reads the question character by character, then writes the answer the same way.")
    encodings: ClassVar[tuple[str, ...]] = (TextEncoding.name, ColumnsEncoding.name)

    cell: str = setting("lstm", CELL)
    encoder_units: int = setting(
        100, Whole(marked("Encoder units"), marked("Units of each encoder layer, in each direction."), 1, MOST_UNITS)
    )
    encoder_layers: int = setting(
        1, Whole(marked("Encoder layers"), marked("Layers on top of one another."), 1, MOST_LAYERS)
    )
    decoder_units: int = setting(50, Whole(marked("Decoder units"), marked("Units of the decoder."), 1, MOST_UNITS))
    bidirectional: bool = setting(False, BIDIRECTIONAL)
    bridge: str = setting(
        "repeat",
        Choice(
            marked("Bridge"),
            marked("What crosses: the encoder's last output, repeated for each character, or its state as the start."),
            BRIDGES,
        ),
    )
    feedback: bool = setting(
        False,
        Switch(
            marked("Reads what it wrote"),
            marked(
                "Autoregressive: the decoder reads the character before; in training the true one (teacher forcing)."
            ),
        ),
    )
    attention: str = setting(
        "none",
        Choice(
            marked("Attention"),
            marked("Looks back at the whole question: dot after Luong, additive after Bahdanau."),
            ATTENTIONS,
        ),
    )
    masking: bool = setting(False, input_layers.MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        width = self._encoder.width
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
        return input_layers.refusal(encoding, self.masking)

    @property
    def _encoder(self) -> Stack:
        return Stack("encoder", self.cell, self.encoder_units, self.encoder_layers, self.bidirectional)

    def _decoder_features(self, symbols: int) -> int:
        width = self._encoder.width
        return width * (self.bridge == "repeat") + symbols * self.feedback + width * (self.attention == "additive")

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model, initialised as Keras does, from `seed`.

        Inputs are symbols, shape `(n, question_length[, channels])`, and with feedback also the characters before
        each one that is to be written, `(n, answer_length)`; outputs are probabilities, `(n, answer_length, symbols)`.
        """
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        symbols, steps = len(task.alphabet), encoding.answer_length(task)
        inputs = input_layers.keras_input(task, encoding)
        mask = input_layers.keras_mask(task, inputs) if self.masking else None
        question = input_layers.layer(task, encoding, inputs, seeds)
        read, last = self._encoder.keras(question, mask, seeds, dropout)
        code = keras_layers.dropout(dropout, seeds)(last[0]) if dropout else last[0]
        parts = [keras.layers.RepeatVector(steps)(code)] if self.bridge == "repeat" else []
        all_inputs = [inputs]
        if self.feedback:
            previous = keras.Input((steps,), dtype="int32")
            all_inputs.append(previous)
            parts.append(keras.ops.one_hot(previous, symbols))
        joined = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0] if parts else None
        start = last if self.bridge == "state" else None
        decoder = keras_layers.recurrent(self.cell, self.decoder_units, "decoder", seeds)
        if self.attention == "additive":
            states = self._keras_additive(decoder, joined, read, mask, start, steps, seeds)
        else:
            states = decoder(joined, initial_state=start)[0]
        if self.attention == "dot":
            scores = keras.ops.einsum("nad,nqd->naq", states, read)
            looked = keras.ops.einsum("naq,nqd->nad", keras_layers.shares(_hidden(scores, mask)), read)
            attended = keras_layers.dense(self.decoder_units, "attention", seeds, activation="tanh")
            states = attended(keras.layers.Concatenate()([states, looked]))
        states = keras_layers.dropout(dropout, seeds)(states) if dropout else states
        return keras.Model(all_inputs, keras_layers.dense(symbols, "character", seeds, activation="softmax")(states))

    def _keras_additive(
        self, decoder: Any, joined: Any, read: Any, mask: Any, start: Any, steps: int, seeds: Iterator[int]
    ) -> Any:
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        ask = keras_layers.dense(self.decoder_units, "attention_query", seeds, use_bias=False)
        keys = keras_layers.dense(self.decoder_units, "attention_key", seeds)(read)
        rate = keras_layers.dense(1, "attention_score", seeds, use_bias=False)
        state = start or [keras.ops.zeros_like(keys[:, 0])] * (2 if self.cell == "lstm" else 1)
        states = []
        for step in range(steps):
            scores = rate(keras.ops.tanh(keys + ask(state[0])[:, None]))[:, :, 0]
            context = keras.ops.einsum("nq,nqd->nd", keras_layers.shares(_hidden(scores, mask)), read)
            x = context if joined is None else keras.ops.concatenate([joined[:, step], context], axis=-1)
            _, *state = decoder(x[:, None], initial_state=state)
            states.append(state[0])
        return keras.ops.stack(states, axis=1)

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight."""
        symbols, width, units = len(task.alphabet), self._encoder.width, self.decoder_units
        shapes = input_layers.shapes(task, encoding) | self._encoder.shapes(input_layers.features(task, encoding))
        shapes |= cell_shapes(self.cell, "decoder", self._decoder_features(symbols), units)
        if self.attention == "dot":
            shapes |= {"attention/kernel": (units + width, units), "attention/bias": (units,)}
        if self.attention == "additive":
            shapes |= {
                "attention_query/kernel": (units, units),
                "attention_key/kernel": (width, units),
                "attention_key/bias": (units,),
                "attention_score/kernel": (units, 1),
            }
        return shapes | {"character/kernel": (units, symbols), "character/bias": (symbols,)}

    def decoder(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> _Decoder:
        """The same function in NumPy: read the questions, and be ready to write one character after another."""
        mask = input_layers.mask(task, inputs) if self.masking else None

        def project(kernel: Array, bias: Array) -> Array:
            return input_layers.projected(task, encoding, weights, inputs, kernel, bias)

        read, last = self._encoder.forward(weights, project, mask, trace)
        return _Decoder(self, weights, read, last, mask, trace)


class _Decoder:
    """The decoder in NumPy, one step after another."""

    def __init__(
        self,
        network: Seq2Seq,
        weights: Weights,
        read: Array,
        last: State,
        mask: NDArray[np.bool_] | None,
        trace: Trace | None,
    ) -> None:
        self._network, self._weights = network, weights
        self._read, self._mask = read, mask
        self._trace = None if trace is None else trace.layer("decoder", "written")
        self._step = cell_step(network.cell, weights, "decoder", self._trace)
        repeats = network.bridge == "repeat"
        self._state = zero_state(network.cell, len(read), network.decoder_units) if repeats else last
        kernel, width = weights["decoder/kernel"], read.shape[2] * repeats
        symbols = weights["character/bias"].shape[0] * network.feedback
        self._from_previous = kernel[width : width + symbols]
        self._from_context = kernel[width + symbols :]
        self._constant = last[0] @ kernel[:width] if repeats else np.zeros((len(read), 1), np.float32)
        self._constant = self._constant + input_bias(network.cell, weights, "decoder")
        if network.attention == "additive":
            self._keys = dense(read, weights["attention_key/kernel"], weights["attention_key/bias"])

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        weights = self._weights
        projected, looked = self._constant, None
        if self._network.feedback:
            projected = projected + self._from_previous[previous]
        if self._network.attention == "additive":
            query = (self._state[0] @ weights["attention_query/kernel"])[:, None]
            scores = (np.tanh(self._keys + query) @ weights["attention_score/kernel"])[:, :, 0]
            context, looked = attend(scores, self._read, self._mask)
            projected = projected + context @ self._from_context
        self._state = self._step(projected, self._state)
        if self._trace is not None:
            self._trace.states.append(self._state)
        output = self._state[0]
        if self._network.attention == "dot":
            scores = np.einsum("nd,nqd->nq", output, self._read)
            context, looked = attend(scores, self._read, self._mask)
            joined = np.concatenate([output, context], axis=1)
            output = np.tanh(dense(joined, weights["attention/kernel"], weights["attention/bias"]))
        return softmax(dense(output, weights["character/kernel"], weights["character/bias"])), looked

    def select(self, rows: NDArray[np.integer]) -> None:
        self._read, self._constant = self._read[rows], self._constant[rows]
        self._state = tuple(each[rows] for each in self._state)
        self._mask = None if self._mask is None else self._mask[rows]
        if self._network.attention == "additive":
            self._keys = self._keys[rows]


def _hidden(scores: Any, mask: Any) -> Any:
    """Keras: attention scores, so low at padding that it gets no weight."""
    from adder.networks.backend import keras

    if mask is None:
        return scores
    return keras.ops.where(mask if len(scores.shape) == 2 else mask[:, None], scores, -1e9)
