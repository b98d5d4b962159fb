"""The NumPy functions that layers compute with, and the trace that they leave for whoever looks inside.

Answering a question needs no TensorFlow: a layer's NumPy face and the saved weights give the same numbers as its Keras
face (the tests hold them together to 1e-5). Arrays are float32, the batch is the first axis. `sigmoid`, `tanh`
and what is only handed on from NumPy have the names of `keras.ops`, so that a formula can be written once for both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
State = tuple[Array, ...]
Gates = dict[str, Array]
Weights = dict[str, Array]

HIDDEN = np.float32(-1e9)  # No softmax gives weight to such a score.

matmul, reshape, tanh, transpose, where = np.matmul, np.reshape, np.tanh, np.transpose, np.where


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a network gives for a batch.

    Attributes:
        values: Probabilities, shape `(n, answer_length, symbols)`, in the order the network writes; or scaled
            numbers, shape `(n,)`.
        attention: How much each written character looked at each step that was read, shape
            `(n, answer_length, question_length)`; None in a network without attention.
    """

    values: Array
    attention: Array | None = None

    def finite(self) -> Outputs:
        """The same outputs, with 0 in place of nan and the largest float in place of infinity.

        Trained weights give numbers; weights in a file from anybody may be so large that the layers overflow.
        """
        arrays = [each for each in (self.values, self.attention) if each is not None]
        if all(np.isfinite(each).all() for each in arrays):
            return self
        return Outputs(*map(np.nan_to_num, arrays))


def overflowing() -> np.errstate:
    """A context in which layers may overflow without a warning; see `Outputs.finite`."""
    return np.errstate(over="ignore", invalid="ignore")


@dataclass(slots=True, eq=False)
class LayerTrace:
    """What one layer did, one entry a step in the order it took them.

    Attributes:
        at: What its steps belong to: `"read"`, the steps of the question, `"written"`, those of the answer, or
            `"whole"`, the question at once.
        backwards: Whether it began with the last step.
        states: The state after each step, each array of it `(n, units)`.
        gates: The gates of each step by name, each `(n, units)`; nothing for layers without gates.
    """

    at: str
    backwards: bool = False
    states: list[State] = field(default_factory=list)
    gates: list[Gates] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Trace:
    """What the layers of a network did while it answered.

    Attributes:
        layers: Each layer by the name that its weights have, in the order in which they began.
        heads: Where each layer of cross attention looked, one entry a character written: `(n, heads, steps)`.
    """

    layers: dict[str, LayerTrace] = field(default_factory=dict)
    heads: dict[str, list[Array]] = field(default_factory=dict)

    def layer(self, name: str, at: str, *, backwards: bool = False) -> LayerTrace:
        """The record of one layer, which is made when it is first asked for."""
        return self.layers.setdefault(name, LayerTrace(at, backwards))

    def activations(self, name: str, steps: Array, at: str) -> None:
        """What a layer without a state gives at all steps at once, `(n, steps, units)`."""
        self.layer(name, at).states += [(steps[:, step],) for step in range(steps.shape[1])]


@dataclass(frozen=True, slots=True, eq=False)
class OneHot:
    """One-hot vectors, kept as the symbols they stand for: their product with a kernel is a look-up of its rows.

    Attributes:
        symbols: Shape `(n, …, channels)`; the vectors of the channels stand side by side.
        count: How many symbols there are.

    >>> kernel = np.arange(6, dtype=np.float32).reshape(3, 2)
    >>> vectors = OneHot(np.array([[2], [0]]), 3)
    >>> np.asarray(vectors).tolist(), (vectors @ kernel).tolist()
    ([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], [[4.0, 5.0], [0.0, 1.0]])
    """

    symbols: NDArray[np.integer]
    count: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the vectors."""
        return (*self.symbols.shape[:-1], self.symbols.shape[-1] * self.count)

    def __matmul__(self, kernel: Array) -> Array:
        total: Array = kernel[self.symbols[..., 0]]
        for channel in range(1, self.symbols.shape[-1]):
            total += kernel[self.symbols[..., channel] + channel * self.count]
        return total

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        vectors = np.eye(self.count, dtype=np.float32)[self.symbols]
        return vectors.reshape(self.shape)

    def __len__(self) -> int:
        return len(self.symbols)

    def __getitem__(self, rows: NDArray[np.integer]) -> OneHot:
        return OneHot(self.symbols[rows], self.count)


def sigmoid(x: Array) -> Array:
    """The logistic function, written with tanh so that it cannot overflow."""
    half = np.float32(0.5)
    value = np.multiply(x, half)
    np.tanh(value, out=value)
    value *= half
    value += half
    return value


def softmax(x: Array) -> Array:
    """Probabilities over the last axis."""
    exponentials = np.exp(x - np.maximum.reduce(x, axis=-1, keepdims=True))
    exponentials /= np.add.reduce(exponentials, axis=-1, keepdims=True)
    return exponentials


def attend(scores: Array, values: Array, mask: NDArray[np.bool_] | None) -> tuple[Array, Array]:
    """The mean of `values` weighted by the softmax of `scores`.

    Args:
        scores: Shape `(…, steps)`.
        values: Shape `(…, steps, width)`.
        mask: False at steps that get no weight, shape `(…, steps)`.

    Returns:
        The mean, `(…, width)`, and the weights, `(…, steps)`.
    """
    weights = softmax(scores if mask is None else np.where(mask, scores, HIDDEN))
    return np.einsum("...s,...sw->...w", weights, values), weights
