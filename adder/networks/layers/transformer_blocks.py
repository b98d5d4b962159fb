"""The blocks of a Transformer (Vaswani et al. 2017): positions, self-attention, cross-attention, feed-forward layers.

Layers are normalised before each part (pre-LN, Xiong et al. 2020), and positions are learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adder.base.messages import Sentence, counted
from adder.networks import arrays
from adder.networks.arrays import HIDDEN, Array, Trace, Weights, softmax
from adder.networks.layers.dense import ACTIVATIONS, dense, dense_weights
from adder.networks.layers.layer import Cost, Layer, Listing, Shape, WeightShapes, Words


@dataclass(frozen=True, slots=True)
class Position(Layer):
    """A learned vector is added at each step, since attention itself knows no order."""

    name: str
    of: str

    def weights(self, of: Shape) -> WeightShapes:
        return {f"{self.name}/embeddings": (of.steps, of.width)}

    def cost(self, of: Shape) -> Cost:
        return Cost(0, of.steps * of.width)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of + weights[f"{self.name}/embeddings"]

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, **new: Array) -> tuple[Array, Any]:
        return (memory | new)["of"] + weights[f"{self.name}/embeddings"][at], memory

    def keras(self, build: Any, of: Any) -> Any:
        return of + build.free(self.name, {"embeddings": of.shape[1:]})(of)[0]

    def source(self, listing: Listing, of: str) -> None:
        listing.define('''
            class Position(keras.layers.Layer):
                """Adds a learned vector to each step, for attention itself knows no order."""

                def build(self, shape):
                    """One vector a step."""
                    start = keras.initializers.RandomNormal(stddev=0.1)
                    self.embeddings = self.add_weight(shape[1:], start, name="embeddings")

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
        return build.norm(self.name)(of)

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

    def cost(self, of: Shape, mask: Any = None) -> Cost:
        return _block_cost(Layer.cost(self, of=of).products, self, of, of)

    def _computed(self, parts: Any, of: Any, mask: Any) -> Any:
        """The block in NumPy or in Keras, whichever the parts are of."""
        of = _self_attention(parts, f"{self.name}_self", of, self.heads, None if mask is None else mask[:, None, None])
        return _feedforward(parts, self.name, of, self.feedforward)

    def compute(self, weights: Weights, trace: Trace | None, of: Array, mask: Any = None) -> Array:
        return self._computed(_Numpy(weights), of, mask)

    def keras(self, build: Any, of: Any, mask: Any = None) -> Any:
        return self._computed(build, of, mask)

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
        return Words("encoder", Sentence("Encoder block: {size}", size=_size(self.heads, of.width)))


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

    def cost(self, of: Shape, memory: Shape, mask: Any = None) -> Cost:
        products = Layer.cost(self, of=of, memory=memory).products + 2 * memory.steps * of.width**2
        return _block_cost(products, self, of, of, memory)

    def compute(self, weights: Weights, trace: Trace | None, **inputs: Any) -> Any:
        raise NotImplementedError  # It goes step by step.

    def begin(self, weights: Weights, rows: int, memory: Array, of: Any = None, mask: Any = None) -> Any:
        keys, values = _keys(_Numpy(weights), f"{self.name}_cross", memory, self.heads)
        nothing = np.empty((rows, self.heads, 0, keys.shape[3]), np.float32)
        return (keys, values, None if mask is None else mask[:, None, None]), (nothing, nothing), of

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, of: Any = None) -> Any:
        read, (own_keys, own_values), same = memory
        parts, name, of = _Numpy(weights), f"{self.name}_self", (same if of is None else of)[:, None]
        normed = parts.norm(f"{name}_norm")(of)
        new_keys, new_values = _keys(parts, name, normed, self.heads)
        own = np.concatenate([own_keys, new_keys], axis=2), np.concatenate([own_values, new_values], axis=2)
        of = of + _attention(parts, name, normed, *own, None)[0]
        of, looked = self._after_own(parts, of, *read)
        if trace is not None:
            trace.heads.setdefault(self.name, []).append(looked[:, :, 0])
        return (of[:, 0], looked.mean(axis=1)[:, 0]), (read, own, same)

    def _after_own(self, parts: Any, of: Any, keys: Any, values: Any, mask: Any) -> tuple[Any, Any]:
        """The rest of the block, once each step has looked at those before it; and where it looked in the question."""
        name = f"{self.name}_cross"
        found, looked = _attention(parts, name, parts.norm(f"{name}_norm")(of), keys, values, mask)
        return _feedforward(parts, self.name, of + found, self.feedforward), looked

    def keras(self, build: Any, of: Any, memory: Any, mask: Any = None) -> Any:
        past = np.tril(np.ones((of.shape[1], of.shape[1]), bool))[None, None]
        of = _self_attention(build, f"{self.name}_self", of, self.heads, past)
        keys, values = _keys(build, f"{self.name}_cross", memory, self.heads)
        return self._after_own(build, of, keys, values, None if mask is None else mask[:, None, None])

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
        return Words("decoder", Sentence("Decoder block: {size}", size=_size(self.heads, of.width)))


def _size(heads: int, units: int) -> Sentence:
    return Sentence(
        "{heads}, {units}",
        heads=counted("{n} head", "{n} heads", n=heads),
        units=counted("{n} unit", "{n} units", n=units),
    )


def _block_cost(products: float, block: EncoderBlock | DecoderBlock, of: Shape, *seen: Shape) -> Cost:
    """The work of a block whose steps look at each of these: every head scores every pair of steps."""
    numbers = of.steps * 2 * block.feedforward
    for each in seen:
        pairs = of.steps * each.steps
        products += 2 * pairs * of.width
        numbers += 4 * block.heads * pairs + 8 * (of.steps + each.steps) * of.width
    return Cost(products, numbers)


def layer_norm(weights: Weights, name: str, x: Array) -> Array:
    """Layer normalisation over the last axis, with Keras's epsilon."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(1e-3)) * weights[f"{name}/gamma"] + weights[f"{name}/beta"]


class _Numpy:
    """The parts of a block in NumPy, under the names that they have in `adder.networks.keras_layers.Build`."""

    ops = arrays

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def dense(self, units: int, name: str, activation: str = "linear") -> Callable[[Array], Array]:
        return lambda x: ACTIVATIONS[activation](dense(self._weights, name, x))

    def norm(self, name: str) -> Callable[[Array], Array]:
        return lambda x: layer_norm(self._weights, name, x)

    def dropout(self, x: Array) -> Array:
        return x

    def shares(self, scores: Array) -> Array:
        return softmax(scores)


def _keys(parts: Any, name: str, source: Any, heads: int) -> tuple[Any, Any]:
    """The keys and the values of each head, `(n, heads, steps, width / heads)`."""
    keys, values = (
        _split(parts.ops, parts.dense(source.shape[2], f"{name}_{part}")(source), heads) for part in ("key", "value")
    )
    return keys, values


def _split(ops: Any, x: Any, heads: int) -> Any:
    """Shape `(n, steps, width)` to `(n, heads, steps, width / heads)`."""
    steps, width = x.shape[1:]
    return ops.transpose(ops.reshape(x, (-1, steps, heads, width // heads)), (0, 2, 1, 3))


def _attention(parts: Any, name: str, x: Any, keys: Any, values: Any, mask: Any) -> tuple[Any, Any]:
    """What `x` finds among keys and values, and where it looked: `(n, heads, steps, keys)`."""
    ops, (steps, width), (heads, size) = parts.ops, x.shape[1:], (keys.shape[1], keys.shape[3])
    query = _split(ops, parts.dense(width, f"{name}_query")(x), heads)
    scores = ops.matmul(query, ops.transpose(keys, (0, 1, 3, 2))) / size**0.5
    looked = parts.shares(scores if mask is None else ops.where(mask, scores, HIDDEN))
    found = ops.reshape(ops.transpose(ops.matmul(looked, values), (0, 2, 1, 3)), (-1, steps, width))
    return parts.dropout(parts.dense(width, f"{name}_output")(found)), looked


def _self_attention(parts: Any, name: str, x: Any, heads: int, mask: Any) -> Any:
    """Each step with what it finds among all steps that the mask shows it."""
    normed = parts.norm(f"{name}_norm")(x)
    keys, values = _keys(parts, name, normed, heads)
    return x + _attention(parts, name, normed, keys, values, mask)[0]


def _feedforward(parts: Any, name: str, x: Any, units: int) -> Any:
    """Each step with what two dense layers make of it."""
    between = parts.dense(units, f"{name}_between", "relu")(parts.norm(f"{name}_norm")(x))
    return x + parts.dropout(parts.dense(x.shape[2], f"{name}_after")(between))


def _norm_weights(name: str, width: int) -> WeightShapes:
    return {f"{name}/gamma": (width,), f"{name}/beta": (width,)}


def _attention_weights(name: str, width: int) -> WeightShapes:
    shapes = _norm_weights(f"{name}_norm", width)
    for part in ("key", "value", "query", "output"):
        shapes |= dense_weights(f"{name}_{part}", width, width)
    return shapes


def _feedforward_weights(name: str, width: int, units: int) -> WeightShapes:
    between, after = dense_weights(f"{name}_between", width, units), dense_weights(f"{name}_after", units, width)
    return _norm_weights(f"{name}_norm", width) | between | after


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
