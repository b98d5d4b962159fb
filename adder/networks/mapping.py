"""The beginner's mistake: networks that map scaled numbers to a scaled sum.

They learn, and the linear one learns exactly, but nothing here is a sequence: shuffle the inputs and the answer is
the same. The settings are those of the tutorial that this project grew from.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from adder import checks
from adder.encoding import Encoding, ScaledEncoding
from adder.forward import Array, dense, lstm
from adder.task import Task

if TYPE_CHECKING:
    import keras

MOST_LAYERS = 4
MOST_UNITS = 512

Weights = dict[str, Array]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class MappingMLP:
    """Dense layers without activations, so the whole network is one linear function of its inputs.

    Attributes:
        units: Units of each hidden layer; one more unit gives the sum.
    """

    name: ClassVar[str] = "mapping-mlp"
    label: ClassVar[str] = "Linear MLP on numbers"
    blurb: ClassVar[str] = "A linear function of two scaled numbers. Addition is linear, so it becomes exact."
    encoding: ClassVar[str] = ScaledEncoding.name

    units: tuple[int, ...] = (4, 2)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", checks.layer_sizes("network.units", self.units, MOST_LAYERS, MOST_UNITS))

    def build(self, task: Task, encoding: Encoding, seed: int) -> keras.Model:
        """The Keras model: inputs `(n, terms)`, outputs `(n,)`, initialised as Keras does, from `seed`."""
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = keras.Input((encoding.question_length(task),))
        x = inputs
        for layer, units in enumerate(self.units, start=1):
            x = keras_layers.dense(units, f"dense_{layer}", seeds)(x)
        x = keras_layers.dense(1, "sum", seeds)(x)
        return keras.Model(inputs, keras.layers.Reshape(())(x))

    def weight_shapes(self, task: Task, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""
        sizes = [encoding.question_length(task), *self.units, 1]
        shapes: Shapes = {}
        for layer, (inputs, units) in zip(self._layers, pairwise(sizes), strict=True):
            shapes |= {f"{layer}/kernel": (inputs, units), f"{layer}/bias": (units,)}
        return shapes

    def forward(self, task: Task, encoding: Encoding, weights: Weights, inputs: NDArray[Any]) -> Array:
        """The same function in NumPy: inputs `(n, terms)` to outputs `(n,)`."""
        x = inputs
        for layer in self._layers:
            x = dense(x, weights[f"{layer}/kernel"], weights[f"{layer}/bias"])
        return x[:, 0]

    @property
    def _layers(self) -> list[str]:
        return [f"dense_{layer}" for layer in range(1, len(self.units) + 1)] + ["sum"]


@dataclass(frozen=True, slots=True)
class MappingLSTM:
    """LSTM layers that read the scaled numbers one at a time, and one linear unit for the sum.

    Attributes:
        units: Units of each LSTM layer.
    """

    name: ClassVar[str] = "mapping-lstm"
    label: ClassVar[str] = "LSTM on numbers"
    blurb: ClassVar[str] = "A recurrent network that reads two scaled numbers as if they were a sequence."
    encoding: ClassVar[str] = ScaledEncoding.name

    units: tuple[int, ...] = (10,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", checks.layer_sizes("network.units", self.units, MOST_LAYERS, MOST_UNITS))

    def build(self, task: Task, encoding: Encoding, seed: int) -> keras.Model:
        """The Keras model: inputs `(n, terms)`, outputs `(n,)`, initialised as Keras does, from `seed`."""
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = keras.Input((encoding.question_length(task),))
        x = keras.layers.Reshape((-1, 1))(inputs)  # one number a step, one feature
        for layer, units in enumerate(self.units, start=1):
            is_last = layer == len(self.units)
            x = keras_layers.lstm(units, f"lstm_{layer}", seeds, return_sequences=not is_last)(x)
        x = keras_layers.dense(1, "sum", seeds)(x)
        return keras.Model(inputs, keras.layers.Reshape(())(x))

    def weight_shapes(self, task: Task, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""
        shapes: Shapes = {}
        for layer, (inputs, units) in enumerate(pairwise([1, *self.units]), start=1):
            shapes |= lstm_shapes(f"lstm_{layer}", inputs, units)
        return shapes | {"sum/kernel": (self.units[-1], 1), "sum/bias": (1,)}

    def forward(self, task: Task, encoding: Encoding, weights: Weights, inputs: NDArray[Any]) -> Array:
        """The same function in NumPy: inputs `(n, terms)` to outputs `(n,)`."""
        x = inputs[:, :, None]
        for layer in range(1, len(self.units) + 1):
            projected = dense(x, weights[f"lstm_{layer}/kernel"], weights[f"lstm_{layer}/bias"])
            x = lstm(projected, weights[f"lstm_{layer}/recurrent_kernel"])
        return dense(x[:, -1], weights["sum/kernel"], weights["sum/bias"])[:, 0]


def lstm_shapes(layer: str, inputs: int, units: int) -> Shapes:
    """Name and shape of the three weights of an LSTM layer, as Keras orders them."""
    return {
        f"{layer}/kernel": (inputs, 4 * units),
        f"{layer}/recurrent_kernel": (units, 4 * units),
        f"{layer}/bias": (4 * units,),
    }
