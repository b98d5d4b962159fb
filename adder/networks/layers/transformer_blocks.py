"""The blocks of a Transformer (Vaswani et al. 2017): positions, self-attention, cross-attention, feed-forward layers.

Layers are normalised before each part (pre-LN, Xiong et al. 2020), and positions are learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence
from adder.networks.arrays import Array, Trace, Weights, attend
from adder.networks.layers.dense import dense, dense_weights
from adder.networks.layers.layer import Layer, Listing, Shape, WeightShapes, Words


@dataclass(frozen=True, slots=True)
class Position(Layer):
    """A learned vector is added at each step, since attention itself knows no order."""

    name: str
    of: str

    def weights(self, of: Shape) -> WeightShapes:
        return {f"{self.name}/embeddings": (of.steps, of.width)}

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of + weights[f"{self.name}/embeddings"]

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, of: Array) -> tuple[Array, Any]:
        return of + weights[f"{self.name}/embeddings"][at], memory

    def keras(self, build: Any, of: Any) -> Any:
        return build.position(self.name)(of)

    def source(self, listing: Listing, of: str) -> None:
        listing.define('''
            class Position(keras.layers.Layer):
                """Adds a learned vector to each step, for attention itself knows no order."""

                def build(self, shape):
                    """One vector a step."""
                    self.embeddings = self.add_weight(shape[1:], "random_uniform", name="embeddings")

                def call(self, inputs):
                    """The same shape as it came."""
                    return inputs + self.embeddings
        ''')
        listing.assign(self.name, f'Position(name="{self.name}")({of})')


@dataclass(frozen=True, slots=True)
class Norm(Layer):
    """Layer normalisation at each step (Ba et al. 2016)."""

    name: str
    of: str

    def weights(self, of: Shape) -> WeightShapes:
        return _norm_weights(self.name, of.width)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return layer_norm(weights, self.name, of)

    def keras(self, build: Any, of: Any) -> Any:
        return _keras_norm(self.name, of, build)

    def source(self, listing: Listing, of: str) -> None:
        listing.define(_NORMED)
        listing.assign(self.name, f'normed("{self.name}", {of})')


@dataclass(frozen=True, slots=True)
class EncoderBlock(Layer):
    """Each step looks at all steps with several heads, then goes through two dense layers; both are added to it."""

    inputs: ClassVar[tuple[str, ...]] = ("of", "mask")

    name: str
    heads: int
    feedforward: int
    of: str
    mask: str | None = None

    @property
    def shown(self) -> bool:
        return True

    def weights(self, of: Shape, mask: Any = None) -> WeightShapes:
        attention = _attention_weights(f"{self.name}_self", of.width)
        return attention | _feedforward_weights(self.name, of.width, self.feedforward)

    def compute(self, weights: Weights, trace: Trace | None, of: Array, mask: NDArray[np.bool_] | None = None) -> Array:
        name = f"{self.name}_self"
        normed = layer_norm(weights, f"{name}_norm", of)
        hidden = None if mask is None else mask[:, None, None]
        keys, values = _keys(weights, name, normed, self.heads)
        of = of + _attention(weights, name, normed, keys, values, hidden)[0]
        return of + _feedforward(weights, self.name, of)

    def keras(self, build: Any, of: Any, mask: Any = None) -> Any:
        hidden = None if mask is None else mask[:, None, None]
        of = of + _keras_attention(f"{self.name}_self", of, None, hidden, self.heads, build)
        return of + _keras_feedforward(self.name, of, self.feedforward, build)

    def source(self, listing: Listing, of: str, mask: str | None = None) -> None:
        _define_parts(listing)
        listing.define('''
            def encoder_block(name, x, heads, units, mask=None):
                """Each step looks at all steps, then goes through two dense layers."""
                y = normed(f"{name}_self_norm", x)
                x += attention(f"{name}_self", y, y, heads, mask)
                return x + feedforward(name, x, units)
        ''')
        given = f", {mask}[:, None, None]" if mask else ""
        listing.assign(self.name, f'encoder_block("{self.name}", {of}, {self.heads}, {self.feedforward}{given})')

    def words(self, of: Shape, mask: Any = None) -> Words:
        return Words(
            "encoder", Sentence("Encoder block: {heads} heads, {units} units", heads=self.heads, units=of.width)
        )


@dataclass(frozen=True, slots=True)
class DecoderBlock(Layer):
    """Each step looks at those before it, then at all that was read, then goes through two dense layers.

    Attributes:
        of: The steps of the answer.
        memory: The steps that were read.
        mask: False at steps that are never looked at.
    """

    inputs: ClassVar[tuple[str, ...]] = ("of", "memory", "mask")
    outputs: ClassVar[tuple[str, ...]] = ("", ".attention")

    name: str
    heads: int
    feedforward: int
    of: str
    memory: str
    mask: str | None = None

    @property
    def shown(self) -> bool:
        return True

    def shapes(self, of: Shape, memory: Shape, mask: Any = None) -> tuple[Shape, ...]:
        return of, of.wide(memory.steps)

    def weights(self, of: Shape, memory: Shape, mask: Any = None) -> WeightShapes:
        own, cross = (_attention_weights(f"{self.name}_{part}", of.width) for part in ("self", "cross"))
        return own | cross | _feedforward_weights(self.name, of.width, self.feedforward)

    def compute(self, weights: Weights, trace: Trace | None, **inputs: Any) -> Any:
        raise NotImplementedError  # It goes step by step.

    def begin(self, weights: Weights, rows: int, memory: Array, mask: Any = None) -> Any:
        keys, values = _keys(weights, f"{self.name}_cross", memory, self.heads)
        nothing = np.empty((rows, self.heads, 0, keys.shape[3]), np.float32)
        return (keys, values, None if mask is None else mask[:, None, None]), (nothing, nothing)

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, of: Array) -> Any:
        (keys, values, mask), (own_keys, own_values) = memory
        name, of = self.name, of[:, None]
        normed = layer_norm(weights, f"{name}_self_norm", of)
        new = _keys(weights, f"{name}_self", normed, self.heads)
        own_keys, own_values = np.concatenate([own_keys, new[0]], axis=2), np.concatenate([own_values, new[1]], axis=2)
        of = of + _attention(weights, f"{name}_self", normed, own_keys, own_values, None)[0]
        normed = layer_norm(weights, f"{name}_cross_norm", of)
        found, looked = _attention(weights, f"{name}_cross", normed, keys, values, mask)
        of = of + found
        of = of + _feedforward(weights, name, of)
        if trace is not None:
            trace.heads.setdefault(name, []).append(looked[:, :, 0])
        return (of[:, 0], looked.mean(axis=1)[:, 0]), ((keys, values, mask), (own_keys, own_values))

    def keras(self, build: Any, of: Any, memory: Any, mask: Any = None) -> Any:
        hidden = None if mask is None else mask[:, None, None]
        past = np.tril(np.ones((of.shape[1], of.shape[1]), bool))[None, None]
        of = of + _keras_attention(f"{self.name}_self", of, None, past, self.heads, build)
        of = of + _keras_attention(f"{self.name}_cross", of, memory, hidden, self.heads, build)
        return of + _keras_feedforward(self.name, of, self.feedforward, build), None

    def source(self, listing: Listing, of: str, memory: str, mask: str | None = None) -> None:
        _define_parts(listing)
        listing.define('''
            def decoder_block(name, x, read, heads, units, mask=None):
                """Each step looks at those before it, then at what was read, then goes through two dense layers."""
                past = ops.tril(ops.ones((1, 1, x.shape[1], x.shape[1]), bool))
                y = normed(f"{name}_self_norm", x)
                x += attention(f"{name}_self", y, y, heads, past)
                x += attention(f"{name}_cross", normed(f"{name}_cross_norm", x), read, heads, mask)
                return x + feedforward(name, x, units)
        ''')
        given = f", {mask}[:, None, None]" if mask else ""
        parts = f'"{self.name}", {of}, {memory}, {self.heads}, {self.feedforward}{given}'
        listing.assign(self.name, f"decoder_block({parts})")

    def words(self, of: Shape, memory: Shape, mask: Any = None) -> Words:
        return Words(
            "decoder", Sentence("Decoder block: {heads} heads, {units} units", heads=self.heads, units=of.width)
        )


def layer_norm(weights: Weights, name: str, x: Array) -> Array:
    """Layer normalisation over the last axis, with Keras's epsilon."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(1e-3)) * weights[f"{name}/gamma"] + weights[f"{name}/beta"]


def _norm_weights(name: str, width: int) -> WeightShapes:
    return {f"{name}/gamma": (width,), f"{name}/beta": (width,)}


def _attention_weights(name: str, width: int) -> WeightShapes:
    shapes = _norm_weights(f"{name}_norm", width)
    for part in ("query", "key", "value", "output"):
        shapes |= dense_weights(f"{name}_{part}", width, width)
    return shapes


def _feedforward_weights(name: str, width: int, units: int) -> WeightShapes:
    between, after = dense_weights(f"{name}_between", width, units), dense_weights(f"{name}_after", units, width)
    return _norm_weights(f"{name}_norm", width) | between | after


def _split(x: Array, heads: int) -> Array:
    """Shape `(n, steps, width)` to `(n, heads, steps, width / heads)`."""
    rows, steps, width = x.shape
    return x.reshape(rows, steps, heads, width // heads).transpose(0, 2, 1, 3)


def _keys(weights: Weights, name: str, source: Array, heads: int) -> tuple[Array, Array]:
    """The keys and the values of each head."""
    keys, values = (_split(dense(weights, f"{name}_{part}", source), heads) for part in ("key", "value"))
    return keys, values


def _attention(
    weights: Weights, name: str, x: Array, keys: Array, values: Array, mask: NDArray[np.bool_] | None
) -> tuple[Array, Array]:
    """What `x` finds among keys and values, and where it looked: `(n, heads, steps, keys)`."""
    query = _split(dense(weights, f"{name}_query", x), keys.shape[1])
    scores = query @ keys.transpose(0, 1, 3, 2) / np.float32(keys.shape[3] ** 0.5)
    found, looked = attend(scores, values[:, :, None], None if mask is None else np.broadcast_to(mask, scores.shape))
    return dense(weights, f"{name}_output", found.transpose(0, 2, 1, 3).reshape(x.shape)), looked


def _feedforward(weights: Weights, name: str, x: Array) -> Array:
    between = np.maximum(dense(weights, f"{name}_between", layer_norm(weights, f"{name}_norm", x)), 0)
    return dense(weights, f"{name}_after", between)


def _keras_norm(name: str, x: Any, build: Any) -> Any:
    return build.layers.LayerNormalization(epsilon=1e-3, name=name)(x)


def _keras_attention(name: str, x: Any, read: Any, mask: Any, heads: int, build: Any) -> Any:
    steps, width = x.shape[1:]
    x = _keras_norm(f"{name}_norm", x, build)
    source = x if read is None else read
    query, key, value = (
        build.ops.reshape(build.dense(width, f"{name}_{part}")(of), (-1, of.shape[1], heads, width // heads))
        for part, of in (("query", x), ("key", source), ("value", source))
    )
    scores = build.ops.einsum("nahd,nqhd->nhaq", query, key) / (width / heads) ** 0.5
    if mask is not None:
        scores = build.ops.where(mask, scores, -1e9)
    looked = build.ops.einsum("nhaq,nqhd->nahd", build.shares(scores), value)
    out = build.dense(width, f"{name}_output")(build.ops.reshape(looked, (-1, steps, width)))
    return build.dropout(out)


def _keras_feedforward(name: str, x: Any, units: int, build: Any) -> Any:
    between = build.dense(units, f"{name}_between", "relu")
    out = build.dense(x.shape[2], f"{name}_after")(between(_keras_norm(f"{name}_norm", x, build)))
    return build.dropout(out)


_NORMED = '''
    def normed(name, x):
        """A layer's inputs, centred and scaled."""
        return keras.layers.LayerNormalization(epsilon=1e-3, name=name)(x)
'''


def _define_parts(listing: Listing) -> None:
    """The functions that both blocks call."""
    dropped, end = ("keras.layers.Dropout(DROPOUT)(", ")") if listing.dropout else ("", "")
    listing.define(_NORMED)
    listing.define(f'''
        def attention(name, x, source, heads, mask=None):
            """What each step of x finds in the source, looking with several heads."""
            width, size = x.shape[2], x.shape[2] // heads

            def split(part, of):
                dense = keras.layers.Dense(width, name=f"{{name}}_{{part}}")
                return ops.reshape(dense(of), (-1, of.shape[1], heads, size))

            query, key, value = split("query", x), split("key", source), split("value", source)
            scores = ops.einsum("nahd,nqhd->nhaq", query, key) / size**0.5
            if mask is not None:
                scores = ops.where(mask, scores, -1e9)
            looked = ops.einsum("nhaq,nqhd->nahd", ops.softmax(scores), value)
            joined = ops.reshape(looked, (-1, x.shape[1], width))
            return {dropped}keras.layers.Dense(width, name=f"{{name}}_output")(joined){end}
    ''')
    listing.define(f'''
        def feedforward(name, x, units):
            """Two dense layers, the same at each step."""
            between = keras.layers.Dense(units, "relu", name=f"{{name}}_between")(normed(f"{{name}}_norm", x))
            return {dropped}keras.layers.Dense(x.shape[2], name=f"{{name}}_after")(between){end}
    ''')
