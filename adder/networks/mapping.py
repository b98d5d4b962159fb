"""The beginner's mistake: networks that map scaled numbers to a scaled sum.

They learn, and the linear one learns exactly, but nothing here is a sequence: shuffle the inputs and the answer is
the same. The settings are those of the tutorial that this project grew from.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from adder.base.messages import marked
from adder.base.settings import Sizes, check_settings, setting
from adder.encodings import Encoding, ScaledEncoding
from adder.networks.base import Network, Shapes, Weights
from adder.networks.numpy_layers import Outputs, Trace, dense, scan
from adder.networks.recurrent import MOST_LAYERS, MOST_UNITS, cell_shapes, cell_step, zero_state
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class MappingMLP(Network):
    """Dense layers without activations, so the whole network is one linear function of its inputs.

    Attributes:
        units: Units of each hidden layer; one more unit gives the sum.
    """

    name: ClassVar[str] = "mapping-mlp"
    label: ClassVar[str] = marked("Linear MLP on numbers")
    blurb: ClassVar[str] = marked("A linear function of two scaled numbers. Addition is linear, so it becomes exact.")
    encodings: ClassVar[tuple[str, ...]] = (ScaledEncoding.name,)

    units: tuple[int, ...] = setting(
        (4, 2),
        Sizes(marked("Layer sizes"), marked("Units of each hidden layer, as in 4,2."), MOST_LAYERS, MOST_UNITS),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model: inputs `(n, terms)`, outputs `(n,)`, initialised as Keras does, from `seed`."""
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = keras.Input((encoding.question_length(task),))
        x = inputs
        for layer, units in enumerate(self.units, start=1):
            x = keras_layers.dense(units, f"dense_{layer}", seeds)(x)
            x = keras_layers.dropout(dropout, seeds)(x) if dropout else x
        x = keras_layers.dense(1, "sum", seeds)(x)
        return keras.Model([inputs], keras.layers.Reshape(())(x))

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""
        sizes = [encoding.question_length(task), *self.units, 1]
        shapes: Shapes = {}
        for layer, (inputs, units) in zip(self._layers, pairwise(sizes), strict=True):
            shapes |= {f"{layer}/kernel": (inputs, units), f"{layer}/bias": (units,)}
        return shapes

    def forward(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Outputs:
        """The same function in NumPy: inputs `(n, terms)` to outputs `(n,)`."""
        x = inputs
        for layer in self._layers:
            x = dense(x, weights[f"{layer}/kernel"], weights[f"{layer}/bias"])
            if trace is not None:
                trace.activations(layer, x[:, None], "whole")
        return Outputs(x[:, 0])

    @property
    def _layers(self) -> list[str]:
        return [f"dense_{layer}" for layer in range(1, len(self.units) + 1)] + ["sum"]


@dataclass(frozen=True, slots=True)
class MappingLSTM(Network):
    """LSTM layers that read the scaled numbers one at a time, and one linear unit for the sum.

    Attributes:
        units: Units of each LSTM layer.
    """

    name: ClassVar[str] = "mapping-lstm"
    label: ClassVar[str] = marked("LSTM on numbers")
    blurb: ClassVar[str] = marked("A recurrent network that reads two scaled numbers as if they were a sequence.")
    encodings: ClassVar[tuple[str, ...]] = (ScaledEncoding.name,)

    units: tuple[int, ...] = setting(
        (10,), Sizes(marked("Layer sizes"), marked("Units of each LSTM layer, as in 6,6."), MOST_LAYERS, MOST_UNITS)
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model: inputs `(n, terms)`, outputs `(n,)`, initialised as Keras does, from `seed`."""
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = keras.Input((encoding.question_length(task),))
        x = keras.layers.Reshape((-1, 1))(inputs)  # one number a step, one feature
        for layer, units in enumerate(self.units, start=1):
            states, last, _ = keras_layers.recurrent("lstm", units, f"lstm_{layer}", seeds)(x)
            x = last if layer == len(self.units) else states
            x = keras_layers.dropout(dropout, seeds)(x) if dropout else x
        x = keras_layers.dense(1, "sum", seeds)(x)
        return keras.Model([inputs], keras.layers.Reshape(())(x))

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""
        shapes: Shapes = {}
        for layer, (inputs, units) in enumerate(pairwise([1, *self.units]), start=1):
            shapes |= cell_shapes("lstm", f"lstm_{layer}", inputs, units)
        return shapes | {"sum/kernel": (self.units[-1], 1), "sum/bias": (1,)}

    def forward(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Outputs:
        """The same function in NumPy: inputs `(n, terms)` to outputs `(n,)`."""
        x = inputs[:, :, None]
        for layer in range(1, len(self.units) + 1):
            projected = dense(x, weights[f"lstm_{layer}/kernel"], weights[f"lstm_{layer}/bias"])
            seen = None if trace is None else trace.layer(f"lstm_{layer}", "read")
            step = cell_step("lstm", weights, f"lstm_{layer}", seen)
            x, _ = scan(step, projected, zero_state("lstm", len(x), self.units[layer - 1]), trace=seen)
        total = dense(x[:, -1], weights["sum/kernel"], weights["sum/bias"])
        if trace is not None:
            trace.activations("sum", total[:, None], "whole")
        return Outputs(total[:, 0])
