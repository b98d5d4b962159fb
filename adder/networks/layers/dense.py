"""Layers that treat each step on its own: dense layers, activations and dropout; and those that only rearrange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adder.base.messages import Sentence, counted
from adder.networks.arrays import Array, Trace, Weights, sigmoid, softmax
from adder.networks.layers.layer import KerasLayer, Layer, Listing, Shape, WeightShapes, Words


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _linear(x: Array) -> Array:
    return x


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": _linear,
    "relu": _relu,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "tanh": np.tanh,
}
"""Each name that Keras knows, with the same function in NumPy."""


@dataclass(frozen=True, slots=True)
class Dense(Layer):
    """`activation(inputs @ kernel + bias)` at each step: a Glorot-uniform kernel, a zero bias."""

    name: str
    units: int
    activation: str
    of: str

    @property
    def shown(self) -> bool:
        return self.activation != "softmax"  # Looking inside shows the chances of characters anyway.

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (of.wide(self.units),)

    def weights(self, of: Shape) -> WeightShapes:
        return dense_weights(self.name, of.width, self.units)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return ACTIVATIONS[self.activation](dense(weights, self.name, of))

    def keras(self, build: Any, of: Any) -> Any:
        return build.dense(self.units, self.name, self.activation)(of)

    def source(self, listing: Listing, of: str) -> None:
        activation = "" if self.activation == "linear" else f', "{self.activation}"'
        listing.assign(self.name, f'keras.layers.Dense({self.units}{activation}, name="{self.name}")({of})')

    def words(self, of: Shape) -> Words:
        if self.activation == "softmax":
            return Words("output", counted("Softmax over {n} symbol", "Softmax over {n} symbols", n=self.units))
        if self.units == 1:
            return Words("output", Sentence("One linear unit: the scaled sum"))
        if self.activation == "linear":
            return Words("layer", counted("Dense, {n} unit, linear", "Dense, {n} units, linear", n=self.units))
        said = counted("Dense, {n} unit, {name}", "Dense, {n} units, {name}", n=self.units, name=self.activation)
        return Words("layer", said)


@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """In training some values are zeroed at random, at the experiment's rate, and the others scaled up."""

    hands_on: ClassVar[bool] = True

    name: str
    of: str

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of

    def keras(self, build: Any, of: Any) -> Any:
        return build.dropout(of)

    def source(self, listing: Listing, of: str) -> None:
        if listing.dropout:
            listing.assign(self.name, f"keras.layers.Dropout(DROPOUT)({of})")
        else:
            listing.call(self.name, of)


@dataclass(frozen=True, slots=True)
class Repeat(KerasLayer):
    """One vector at every step of the answer: what the encoder hands over is all that the decoder gets to read."""

    repeats: ClassVar[bool] = True

    name: str
    steps: int
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (Shape("written", self.steps, of.width),)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of

    @property
    def made(self) -> tuple[str, tuple[Any, ...]]:
        return "RepeatVector", (self.steps,)

    def words(self, of: Shape) -> Words:
        return Words(
            "bridge", counted("RepeatVector: the same {n} time", "RepeatVector: the same {n} times", n=self.steps)
        )


@dataclass(frozen=True, slots=True)
class StateBridge(Layer):
    """The last state of one layer, handed over as the first state of another."""

    hands_on: ClassVar[bool] = True

    name: str
    of: str

    def compute(self, weights: Weights, trace: Trace | None, of: tuple[Array, ...]) -> tuple[Array, ...]:
        return of

    def keras(self, build: Any, of: Any) -> Any:
        return of

    def source(self, listing: Listing, of: str) -> None:
        listing.call(self.name, of)

    def words(self, of: Shape) -> Words:
        return Words("bridge", Sentence("Its last state starts the decoder"))


@dataclass(frozen=True, slots=True)
class Flatten(KerasLayer):
    """The vectors of all steps as a single one."""

    name: str
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (Shape("whole", 1, of.steps * of.width),)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return np.asarray(of).reshape(len(of), -1)

    @property
    def made(self) -> tuple[str, tuple[Any, ...]]:
        return "Flatten", ()


@dataclass(frozen=True, slots=True)
class Unfold(KerasLayer):
    """A single vector as one a step of the answer."""

    name: str
    steps: int
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (Shape("written", self.steps, of.width // self.steps),)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of.reshape(len(of), self.steps, -1)

    @property
    def made(self) -> tuple[str, tuple[Any, ...]]:
        return "Reshape", ((self.steps, -1),)


@dataclass(frozen=True, slots=True)
class Number(KerasLayer):
    """A vector of one number as that number: the answer of a network that gives numbers."""

    name: str
    of: str

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of[:, 0]

    @property
    def made(self) -> tuple[str, tuple[Any, ...]]:
        return "Reshape", ((),)


def dense_weights(name: str, width: int, units: int) -> WeightShapes:
    """Name and shape of the weights of a dense layer."""
    return {f"{name}/kernel": (width, units), f"{name}/bias": (units,)}


def dense(weights: Weights, name: str, x: Array) -> Array:
    """The linear layer of that name: `(…, inputs)` to `(…, units)`."""
    return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
