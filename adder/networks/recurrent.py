"""Recurrent cells and stacks of them: weights, Keras layers and NumPy twins, for every network that reads in order.

CELLS               the registry of cells: LSTM, GRU and the plain recurrent layer
CELL, LAYERS, …     settings that such networks share
Stack               one or more recurrent layers, each reading in one direction or both
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import marked
from adder.base.settings import Choice, Switch, Whole
from adder.networks.base import Shapes, Weights
from adder.networks.numpy_layers import (
    Array,
    Gates,
    LayerTrace,
    State,
    Step,
    Trace,
    dense,
    gru_step,
    lstm_step,
    scan,
    simple_rnn_step,
)

MOST_LAYERS = 4
MOST_UNITS = 512

Projection = Callable[[Array, Array], Array]  # from a first layer's kernel and bias to its projected inputs


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of recurrent layer.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        gates: Columns of its kernel for each unit.
        states: Arrays of its state.
        step: Its NumPy twin.
    """

    name: str
    label: str
    gates: int
    states: int
    step: Callable[..., State]


CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        Cell("lstm", marked("LSTM"), 4, 2, lstm_step),
        Cell("gru", marked("GRU"), 3, 1, gru_step),
        Cell("simple", marked("Plain recurrent"), 1, 1, simple_rnn_step),
    )
}

CELL = Choice(
    marked("Cell"),
    marked("What remembers: an LSTM has a memory behind gates, a GRU has two gates, a plain layer has none."),
    CELLS,
)
LAYERS = Whole(marked("Layers"), marked("Layers on top of one another."), 1, MOST_LAYERS)
BIDIRECTIONAL = Switch(
    marked("Reads both ways"), marked("Whether a second set of layers reads the question from its end.")
)


def cell_shapes(cell: str, layer: str, inputs: int, units: int) -> Shapes:
    """Name and shape of the three weights of a recurrent layer, as Keras orders them."""
    columns = CELLS[cell].gates * units
    return {
        f"{layer}/kernel": (inputs, columns),
        f"{layer}/recurrent_kernel": (units, columns),
        f"{layer}/bias": (2, columns) if cell == "gru" else (columns,),  # a GRU's second bias is its recurrent one
    }


def input_bias(cell: str, weights: Weights, layer: str) -> Array:
    """The bias that belongs to the projected input."""
    bias = weights[f"{layer}/bias"]
    return bias[0] if cell == "gru" else bias


def cell_step(cell: str, weights: Weights, layer: str, trace: LayerTrace | None = None) -> Step:
    """The step of one layer: from projected input and state to the new state; its gates are left in `trace`."""
    given = [weights[f"{layer}/recurrent_kernel"]]
    if cell == "gru":
        given.append(weights[f"{layer}/bias"][1])
    step = CELLS[cell].step
    if trace is None:
        return lambda projected, state: step(projected, state, *given)

    def traced(projected: Array, state: State) -> State:
        gates: Gates = {}
        trace.gates.append(gates)
        return step(projected, state, *given, gates=gates)

    return traced


def zero_state(cell: str, n: int, units: int) -> State:
    """The state before anything was read."""
    return (np.zeros((n, units), np.float32),) * CELLS[cell].states


@dataclass(frozen=True, slots=True)
class Stack:
    """Recurrent layers on top of one another.

    Attributes:
        name: The first layer's name; the others are `NAME_2` and so on, those that read backwards `NAME_backward`.
        cell: A name in `CELLS`.
        units: Units of each layer in each direction.
        layers: How many layers.
        bidirectional: Whether each layer also reads from the end; both states are then put side by side.
    """

    name: str
    cell: str
    units: int
    layers: int
    bidirectional: bool

    @property
    def width(self) -> int:
        """Numbers a step gives."""
        return self.units * len(self._directions)

    @property
    def _directions(self) -> tuple[str, ...]:
        return ("", "_backward") if self.bidirectional else ("",)

    def _names(self, layer: int) -> list[str]:
        return [f"{self.name}{f'_{layer}' * (layer > 1)}{direction}" for direction in self._directions]

    def shapes(self, features: int) -> Shapes:
        """Name and shape of every weight."""
        shapes: Shapes = {}
        for layer in range(1, self.layers + 1):
            for name in self._names(layer):
                shapes |= cell_shapes(self.cell, name, features if layer == 1 else self.width, self.units)
        return shapes

    def keras(self, x: Any, mask: Any, seeds: Iterator[int], dropout: float) -> tuple[Any, list[Any]]:
        """Keras: inputs `(n, steps, features)` to the states `(n, steps, width)` and the last layer's last state."""
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        last: list[Any] = []
        for layer in range(1, self.layers + 1):
            x = keras_layers.dropout(dropout, seeds)(x) if layer > 1 and dropout else x
            outputs = []
            for name, direction in zip(self._names(layer), self._directions, strict=True):
                backwards = bool(direction)
                run = keras_layers.recurrent(self.cell, self.units, name, seeds, go_backwards=backwards)
                outputs.append(run(x, mask=mask))
            sequences = [output[0] for output in outputs]
            x = keras.layers.Concatenate()(sequences) if self.bidirectional else sequences[0]
            states = list(zip(*[output[1:] for output in outputs], strict=True))
            last = [keras.layers.Concatenate()(list(each)) if self.bidirectional else each[0] for each in states]
        return x, last

    def forward(
        self, weights: Weights, project: Projection, mask: NDArray[np.bool_] | None, trace: Trace | None = None
    ) -> tuple[Array, State]:
        """NumPy: the states `(n, steps, width)` and the last layer's last state.

        Args:
            weights: Every weight by name.
            project: Gives the first layer's projected inputs.
            mask: False at padding, which leaves states as they were.
            trace: Where to leave what each layer did.
        """
        x = np.empty(0, np.float32)
        last: State = ()
        for layer in range(1, self.layers + 1):
            outputs = []
            for name, direction in zip(self._names(layer), self._directions, strict=True):
                kernel, bias = weights[f"{name}/kernel"], input_bias(self.cell, weights, name)
                inputs = project(kernel, bias) if layer == 1 else dense(x, kernel, bias)
                start = zero_state(self.cell, len(inputs), self.units)
                seen = None if trace is None else trace.layer(name, "read", backwards=bool(direction))
                step = cell_step(self.cell, weights, name, seen)
                outputs.append(scan(step, inputs, start, mask, backwards=bool(direction), trace=seen))
            x = np.concatenate([states for states, _ in outputs], axis=2)
            last = tuple(map(partial(np.concatenate, axis=1), zip(*[state for _, state in outputs], strict=True)))
        return x, last
