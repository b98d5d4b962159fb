"""One recurrent unit, shaped like addition on paper.

At each column it adds up the two digits and what was carried, decides by one sigmoid whether the column is full, and
writes what is left. The decision is its state, which the next column reads as the carry:

    u = digits - centre + p * carry         what this column holds
    carry = sigmoid(w * u + b)              is it full?
    y = u + centre + v * carry              what is written: the digit nearest to y is the likeliest

A digit's score falls with the square of its distance from y, times a fixed sharpness, so a digit at y is nearly sure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence
from adder.networks.arrays import HIDDEN, Array, Trace, Weights, sigmoid, softmax
from adder.networks.layers.layer import Layer, Listing, Shape, WeightShapes, Words

SHARPNESS = 10.0  # A digit that y hits exactly gets a probability of 0.9999.


@dataclass(frozen=True, slots=True)
class CarryColumns(Layer):
    """The unit, from columns of digits to the chances of each symbol.

    Attributes:
        base: What the numbers are written in.
        symbols: How many symbols there are, of which the digits are the first.
        trained: The names of the weights that are learned. The others are given: `p` is 1, `b` is 0, `v` is `-w`.
        centre: A number near which a column becomes full.
        of: The digits of each column, `(n, steps, 2)`.
    """

    name: str
    base: int
    symbols: int
    trained: tuple[str, ...]
    centre: float
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (of.wide(self.symbols),)

    def weights(self, of: Shape) -> WeightShapes:
        return {f"{self.name}/{weight}": () for weight in self.trained}

    def _numbers(self, weights: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """The weights `p`, `w`, `b` and `v`, with what is given in place of those that are not trained."""
        w = weights["w"]
        return weights.get("p", 1.0), w, weights.get("b", 0.0), weights.get("v", -w)

    def compute(self, weights: Weights, trace: Trace | None, of: NDArray[np.integer]) -> Array:
        p, w, b, v = self._numbers({name: weights[f"{self.name}/{name}"] for name in self.trained})
        columns = of.sum(axis=-1).astype(np.float32)
        carry: Array = np.zeros(len(of), np.float32)
        written = np.empty(columns.shape, np.float32)
        for step in range(columns.shape[1]):
            u = columns[:, step] - np.float32(self.centre) + p * carry
            carry = sigmoid(np.asarray(w * u + b, np.float32))
            written[:, step] = u + np.float32(self.centre) + v * carry
            if trace is not None:
                trace.layer(self.name, "read").states.append((carry[:, None],))
        scores = np.full((*columns.shape, self.symbols), HIDDEN)
        away = written[:, :, None] - np.arange(self.base, dtype=np.float32)
        scores[:, :, : self.base] = -np.float32(SHARPNESS) * np.square(away)
        return softmax(scores)

    def keras(self, build: Any, of: Any) -> Any:
        columns = build.ops.sum(build.ops.cast(of, "float32"), axis=-1)
        numbers = build.free(self.name, dict.fromkeys(self.trained, ()))(columns)
        p, w, b, v = self._numbers(dict(zip(self.trained, numbers, strict=True)))
        carry: Any = 0.0
        written = []
        for step in range(columns.shape[1]):
            u = columns[:, step] - self.centre + p * carry
            carry = build.ops.sigmoid(w * u + b)
            written.append(u + self.centre + v * carry)
        digits = np.arange(self.base, dtype=np.float32)
        away = build.ops.expand_dims(build.ops.stack(written, axis=1), -1) - digits
        others = [[0, 0], [0, 0], [0, self.symbols - self.base]]
        # The softmax comes last, where the loss finds the scores themselves, whose logarithm cannot underflow.
        scores = build.ops.pad(-SHARPNESS * build.ops.square(away), others, constant_values=HIDDEN)
        return build.ops.softmax(scores)

    def source(self, listing: Listing, of: str) -> None:
        listing.define(f'''
            class Carry(keras.layers.Layer):
                """One recurrent unit, shaped like addition on paper: it counts a column, carries, and takes away."""

                def build(self, shape):
                    """Small random numbers to start with; the other weights are given."""
                    start = keras.initializers.RandomNormal(stddev=0.1)
                    trained = {json.dumps(self.trained)}
                    self.scalars = {{name: self.add_weight((), start, name=name) for name in trained}}

                def call(self, columns):
                    """Sums of columns to a score for each digit."""
                    w = self.scalars["w"]
                    p, b, v = (self.scalars.get(name, given) for name, given in (("p", 1.0), ("b", 0.0), ("v", -w)))
                    carry, written = 0.0, []
                    for step in range(QUESTION_STEPS):
                        column = columns[:, step] - {self.centre} + p * carry  # It adds the digits and the carry.
                        carry = ops.sigmoid(w * column + b)  # It is near 1 if the column is full.
                        written.append(column + {self.centre} + v * carry)  # Only the digit is left.
                    # The digit nearest to it is the likeliest.
                    away = ops.expand_dims(ops.stack(written, axis=1), -1) - ops.arange(BASE, dtype="float32")
                    return -{SHARPNESS} * ops.square(away)
        ''')
        listing.assign("scores", f'Carry(name="{self.name}")(ops.sum(ops.cast({of}, "float32"), axis=-1))')
        comment = "Symbols that are no digits are never written."
        listing.assign("others", "[[0, 0], [0, 0], [0, SYMBOLS - BASE]]", comment)
        listing.assign(self.name, "ops.softmax(ops.pad(scores, others, constant_values=-1e9))")

    def words(self, of: Shape) -> Words:
        return Words("layer", Sentence("One-unit carry cell"))
