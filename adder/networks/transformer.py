"""A small Transformer (Vaswani et al. 2017): no recurrence at all, only attention, as the modern contrast.

An encoder reads all characters at once, a decoder writes one after another and looks at what it wrote and at what was
read. Layers are normalised before each part (pre-LN, Xiong et al. 2020), positions are learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import ColumnsEncoding, Encoding, TextEncoding
from adder.networks import input_layers
from adder.networks.base import Network, Shapes, Weights
from adder.networks.numpy_layers import Array, Trace, attend, dense, layer_norm, softmax
from adder.networks.recurrent import LAYERS, MOST_UNITS
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras

MOST_HEADS = 16
MOST_FEEDFORWARD = 2_048


@dataclass(frozen=True, slots=True)
class Transformer(Network):
    """Encoder and decoder of self-attention, cross-attention and feed-forward layers.

    Attributes:
        width: Numbers that stand for each character; the heads divide it among them.
        heads: How many places each layer can look at together.
        layers: Layers of the encoder, and as many of the decoder.
        feedforward: Units between, in each layer.
        masking: Whether padding is never looked at.
    """

    name: ClassVar[str] = "transformer"
    label: ClassVar[str] = marked("Transformer")
    blurb: ClassVar[str] = marked("No recurrence: every character looks at every other, and so learns where to look.")
    encodings: ClassVar[tuple[str, ...]] = (TextEncoding.name, ColumnsEncoding.name)
    feedback: ClassVar[bool] = True

    width: int = setting(
        64,
        Whole(marked("Width"), marked("Numbers that stand for each character; heads share them out."), 1, MOST_UNITS),
    )
    heads: int = setting(4, Whole(marked("Heads"), marked("Attentions side by side."), 1, MOST_HEADS))
    layers: int = setting(2, LAYERS)
    feedforward: int = setting(
        128, Whole(marked("Units between"), marked("Units of the layer after attention."), 1, MOST_FEEDFORWARD)
    )
    masking: bool = setting(False, input_layers.MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")
        if self.width % self.heads:
            raise ExperimentError(
                "network.heads", Sentence("a divisor of network.width ({width})", width=self.width), self.heads
            )

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        return input_layers.refusal(encoding, self.masking)

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model, initialised as Keras does, from `seed`.

        Inputs are symbols, shape `(n, question_length[, channels])`, and the characters before each one that is to be
        written, `(n, answer_length)`; outputs are probabilities, `(n, answer_length, symbols)`.
        """
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        symbols, steps = len(task.alphabet), encoding.answer_length(task)
        inputs = input_layers.keras_input(task, encoding)
        previous = keras.Input((steps,), dtype="int32")
        mask = None
        if self.masking:
            mask = input_layers.keras_mask(task, inputs)[:, None, None]
        past = np.tril(np.ones((steps, steps), bool))[None, None]
        x = keras_layers.dense(self.width, "read", seeds)(input_layers.layer(task, encoding, inputs, seeds))
        x = keras_layers.Position(seed=next(seeds), name="question_position")(x)
        for layer in range(1, self.layers + 1):
            name = f"encoder_{layer}"
            x += self._keras_attention(f"{name}_self", _norm(f"{name}_self_norm")(x), None, mask, seeds, dropout)
            x += self._keras_feedforward(name, x, seeds, dropout)
        read = _norm("encoder_norm")(x)
        y = keras_layers.dense(self.width, "previous", seeds)(keras.ops.one_hot(previous, symbols))
        y = keras_layers.Position(seed=next(seeds), name="answer_position")(y)
        for layer in range(1, self.layers + 1):
            name = f"decoder_{layer}"
            y += self._keras_attention(f"{name}_self", _norm(f"{name}_self_norm")(y), None, past, seeds, dropout)
            y += self._keras_attention(f"{name}_cross", _norm(f"{name}_cross_norm")(y), read, mask, seeds, dropout)
            y += self._keras_feedforward(name, y, seeds, dropout)
        characters = keras_layers.dense(symbols, "character", seeds, activation="softmax")
        return keras.Model([inputs, previous], characters(_norm("decoder_norm")(y)))

    def _keras_attention(self, name: str, x: Any, read: Any, mask: Any, seeds: Iterator[int], dropout: float) -> Any:
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        source = x if read is None else read
        split = {
            part: keras.ops.reshape(
                keras_layers.dense(self.width, f"{name}_{part}", seeds)(of),
                (-1, of.shape[1], self.heads, self.width // self.heads),
            )
            for part, of in (("query", x), ("key", source), ("value", source))
        }
        scores = keras.ops.einsum("nahd,nqhd->nhaq", split["query"], split["key"]) / (self.width / self.heads) ** 0.5
        if mask is not None:
            scores = keras.ops.where(mask, scores, -1e9)
        looked = keras.ops.einsum("nhaq,nqhd->nahd", keras_layers.shares(scores), split["value"])
        joined = keras.ops.reshape(looked, (-1, x.shape[1], self.width))
        out = keras_layers.dense(self.width, f"{name}_output", seeds)(joined)
        return keras_layers.dropout(dropout, seeds)(out) if dropout else out

    def _keras_feedforward(self, name: str, x: Any, seeds: Iterator[int], dropout: float) -> Any:
        from adder.networks import keras_layers

        between = keras_layers.dense(self.feedforward, f"{name}_between", seeds, activation="relu")
        out = keras_layers.dense(self.width, f"{name}_after", seeds)(between(_norm(f"{name}_norm")(x)))
        return keras_layers.dropout(dropout, seeds)(out) if dropout else out

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight."""
        symbols, width = len(task.alphabet), self.width
        shapes = input_layers.shapes(task, encoding) | _dense("read", input_layers.features(task, encoding), width)
        shapes |= {"question_position/embeddings": (encoding.question_length(task), width)}
        for layer in range(1, self.layers + 1):
            shapes |= self._attention_shapes(f"encoder_{layer}_self") | self._feedforward_shapes(f"encoder_{layer}")
        shapes |= _norm_shapes("encoder_norm", width) | _dense("previous", symbols, width)
        shapes |= {"answer_position/embeddings": (encoding.answer_length(task), width)}
        for layer in range(1, self.layers + 1):
            shapes |= self._attention_shapes(f"decoder_{layer}_self") | self._attention_shapes(f"decoder_{layer}_cross")
            shapes |= self._feedforward_shapes(f"decoder_{layer}")
        return shapes | _norm_shapes("decoder_norm", width) | _dense("character", width, symbols)

    def _attention_shapes(self, name: str) -> Shapes:
        shapes = _norm_shapes(f"{name}_norm", self.width)
        for part in ("query", "key", "value", "output"):
            shapes |= _dense(f"{name}_{part}", self.width, self.width)
        return shapes

    def _feedforward_shapes(self, name: str) -> Shapes:
        shapes = _norm_shapes(f"{name}_norm", self.width)
        return (
            shapes
            | _dense(f"{name}_between", self.width, self.feedforward)
            | _dense(f"{name}_after", self.feedforward, self.width)
        )

    def decoder(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> _Decoder:
        """The same function in NumPy: read the questions, and be ready to write one character after another."""
        mask = input_layers.mask(task, inputs)[:, None, None] if self.masking else None
        layers = _Layers(self, weights)
        x = layers.dense("read", input_layers.vectors(task, encoding, weights, inputs))
        x = x + weights["question_position/embeddings"]
        for layer in range(1, self.layers + 1):
            name = f"encoder_{layer}"
            normed = layers.norm(f"{name}_self_norm", x)
            keys, values = layers.keys(f"{name}_self", normed)
            x = x + layers.attention(f"{name}_self", normed, keys, values, mask)[0]
            x = x + layers.feedforward(name, x)
            if trace is not None:
                trace.activations(name, x, "read")
        return _Decoder(self, layers, layers.norm("encoder_norm", x), mask, trace)


class _Layers:
    """The Transformer's parts in NumPy, by the names of their weights."""

    def __init__(self, network: Transformer, weights: Weights) -> None:
        self._network, self.weights = network, weights

    def dense(self, name: str, x: Array) -> Array:
        return dense(x, self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"])

    def norm(self, name: str, x: Array) -> Array:
        return layer_norm(x, self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"])

    def feedforward(self, name: str, x: Array) -> Array:
        between = np.maximum(self.dense(f"{name}_between", self.norm(f"{name}_norm", x)), 0)
        return self.dense(f"{name}_after", between)

    def heads(self, x: Array) -> Array:
        """`(n, steps, width)` to `(n, heads, steps, width / heads)`."""
        n, steps, width = x.shape
        return x.reshape(n, steps, self._network.heads, width // self._network.heads).transpose(0, 2, 1, 3)

    def keys(self, name: str, source: Array) -> tuple[Array, Array]:
        return self.heads(self.dense(f"{name}_key", source)), self.heads(self.dense(f"{name}_value", source))

    def attention(
        self, name: str, x: Array, keys: Array, values: Array, mask: NDArray[np.bool_] | None
    ) -> tuple[Array, Array]:
        """What `x` finds among keys and values, and where it looked: `(n, heads, steps, keys)`."""
        query = self.heads(self.dense(f"{name}_query", x))
        scores = query @ keys.transpose(0, 1, 3, 2) / np.float32((x.shape[2] / self._network.heads) ** 0.5)
        found, looked = attend(
            scores, values[:, :, None], None if mask is None else np.broadcast_to(mask, scores.shape)
        )
        joined = found.transpose(0, 2, 1, 3).reshape(x.shape)
        return self.dense(f"{name}_output", joined), looked


class _Decoder:
    """The decoder in NumPy; it keeps the keys and values of what it has written."""

    def __init__(
        self,
        network: Transformer,
        layers: _Layers,
        read: Array,
        mask: NDArray[np.bool_] | None,
        trace: Trace | None,
    ) -> None:
        self._network, self._layers, self._mask = network, layers, mask
        names = [f"decoder_{layer}" for layer in range(1, network.layers + 1)]
        self._cross = {name: layers.keys(f"{name}_cross", read) for name in names}
        nothing = np.empty((len(read), network.heads, 0, network.width // network.heads), np.float32)
        self._written = dict.fromkeys(names, (nothing, nothing))
        self._at = 0
        self._trace = trace

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        layers, weights = self._layers, self._layers.weights
        y = weights["previous/kernel"][previous] + weights["previous/bias"]
        y = (y + weights["answer_position/embeddings"][self._at])[:, None]
        self._at += 1
        looked = np.empty(0, np.float32)
        for name, (keys, values) in self._cross.items():
            normed = layers.norm(f"{name}_self_norm", y)
            new = layers.keys(f"{name}_self", normed)
            old = self._written[name]
            self._written[name] = (np.concatenate([old[0], new[0]], axis=2), np.concatenate([old[1], new[1]], axis=2))
            y = y + layers.attention(f"{name}_self", normed, *self._written[name], None)[0]
            found, looked = layers.attention(
                f"{name}_cross", layers.norm(f"{name}_cross_norm", y), keys, values, self._mask
            )
            y = y + found
            y = y + layers.feedforward(name, y)
            if self._trace is not None:
                self._trace.activations(name, y, "written")
                self._trace.heads.setdefault(name, []).append(looked[:, :, 0])
        likely = softmax(layers.dense("character", layers.norm("decoder_norm", y)))
        return likely[:, 0], looked.mean(axis=1)[:, 0]

    def select(self, rows: NDArray[np.integer]) -> None:
        self._cross = {name: (keys[rows], values[rows]) for name, (keys, values) in self._cross.items()}
        self._written = {name: (keys[rows], values[rows]) for name, (keys, values) in self._written.items()}
        self._mask = None if self._mask is None else self._mask[rows]


def _norm(name: str) -> Any:
    from adder.networks.backend import keras

    return keras.layers.LayerNormalization(epsilon=1e-3, name=name)


def _dense(name: str, inputs: int, units: int) -> Shapes:
    return {f"{name}/kernel": (inputs, units), f"{name}/bias": (units,)}


def _norm_shapes(name: str, width: int) -> Shapes:
    return {f"{name}/gamma": (width,), f"{name}/beta": (width,)}
