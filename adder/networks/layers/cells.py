"""Recurrent cells: how one step changes a state. A cell's step is written once, for NumPy, for Keras and for scripts.

CELLS                               the registry of cells: LSTM, GRU and the plain recurrent layer
cell_weights, cell_step, …          what layers of such cells need: weights, steps, words, source
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adder.base.messages import Sentence, counted, marked
from adder.base.source import plain_source
from adder.networks import arrays
from adder.networks.arrays import Array, LayerTrace, State, Weights
from adder.networks.layers.layer import Cost, Listing, WeightShapes

MOST_UNROLLED = 20  # Longer sequences run in a loop, which compiles a single step.

Stepped = tuple[tuple[Any, ...], dict[str, Any]]


def lstm(ops: Any, x: Any, state: Any, recurrent: Callable[[Any], Any]) -> Stepped:
    """Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)."""
    scores = x + recurrent(state[0])
    units = scores.shape[-1] // 4
    opens = ops.sigmoid(scores)
    input_gate, forget_gate, output_gate = opens[:, :units], opens[:, units : 2 * units], opens[:, 3 * units :]
    candidate = ops.tanh(scores[:, 2 * units : 3 * units])
    memory = forget_gate * state[1] + input_gate * candidate
    gates = {"input": input_gate, "forget": forget_gate, "candidate": candidate, "output": output_gate}
    return (output_gate * ops.tanh(memory), memory), gates


def gru(ops: Any, x: Any, state: Any, recurrent: Callable[[Any], Any]) -> Stepped:
    """A gated recurrent unit (Cho et al. 2014), with Keras's reset after the product."""
    scores = recurrent(state[0])
    units = scores.shape[-1] // 3
    opens = ops.sigmoid(x[:, : 2 * units] + scores[:, : 2 * units])
    update, reset = opens[:, :units], opens[:, units:]
    candidate = ops.tanh(x[:, 2 * units :] + reset * scores[:, 2 * units :])
    gates = {"update": update, "reset": reset, "candidate": candidate}
    return (update * state[0] + (1 - update) * candidate,), gates


def simple(ops: Any, x: Any, state: Any, recurrent: Callable[[Any], Any]) -> Stepped:
    """A plain recurrent layer (Elman 1990), which has no gates."""
    return (ops.tanh(x + recurrent(state[0])),), {}


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of recurrent layer.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        step: Computes the new state and the gates by name from `ops` (`keras.ops` in training,
            `adder.networks.arrays` to answer), a step's projected input `(n, columns * units)`, the state, and its
            product with the recurrent kernel. It calls `ops.sigmoid` and `ops.tanh`, and nothing of this module.
        columns: Columns of its kernels for each unit.
        states: Arrays of its state; the first is what it gives.
        keras: Keras's own layer with the same weights, for the script; `""` if there is none.
        open_columns: Which of its columns starts with a bias of one, as the forget gate does.
        recurrent_bias: Whether the state's product has a bias of its own: then the bias has two rows.
    """

    name: str
    label: str
    step: Callable[[Any, Any, Any, Callable[[Any], Any]], Stepped]
    columns: int
    states: int = 1
    keras: str = ""
    open_columns: tuple[int, ...] = field(default=())
    recurrent_bias: bool = False


CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        Cell("lstm", marked("LSTM"), lstm, columns=4, states=2, keras="LSTM", open_columns=(1,)),
        Cell("gru", marked("GRU"), gru, columns=3, keras="GRU", recurrent_bias=True),
        Cell("simple", marked("Plain recurrent"), simple, columns=1, keras="SimpleRNN"),
    )
}


def cell_weights(layer: str, cell: str, features: int, units: int) -> WeightShapes:
    """Name and shape of the three weights of a recurrent layer, as Keras orders them."""
    columns = CELLS[cell].columns * units
    return {
        f"{layer}/kernel": (features, columns),
        f"{layer}/recurrent_kernel": (units, columns),
        f"{layer}/bias": (2, columns) if CELLS[cell].recurrent_bias else (columns,),
    }


def cell_cost(cell: str, products: float, units: int, steps: int) -> Cost:
    """The work of a recurrent layer: its gates are scored from input and state, added up and squashed."""
    return Cost(products, steps * units * (3 * CELLS[cell].columns + 2 * CELLS[cell].states), steps)


def cell_step(
    cell: str, weights: Weights, layer: str, trace: LayerTrace | None = None
) -> Callable[[Array, State], State]:
    """The new state in NumPy, from a step's projected input and the state; its gates are left in `trace`."""
    step, kernel, bias = CELLS[cell].step, weights[f"{layer}/recurrent_kernel"], weights[f"{layer}/bias"]

    def recurrent(state: Array) -> Array:
        return state @ kernel

    def recurrent_with_bias(state: Array) -> Array:
        return state @ kernel + bias[1]

    product = recurrent_with_bias if CELLS[cell].recurrent_bias else recurrent
    if trace is None:
        return lambda projected, state: step(arrays, projected, state, product)[0]

    def traced(projected: Array, state: State) -> State:
        new, gates = step(arrays, projected, state, product)
        if gates:
            trace.gates.append(gates)
        return new

    return traced


def zero_state(cell: str, rows: int, units: int) -> State:
    """The state before anything was read."""
    return (np.zeros((rows, units), np.float32),) * CELLS[cell].states


def input_bias(cell: str, weights: Weights, layer: str) -> Array:
    """The bias that belongs to the projected input."""
    bias = weights[f"{layer}/bias"]
    return bias[0] if CELLS[cell].recurrent_bias else bias


def cell_words(cell: str, units: int, role: str, *, both_ways: bool = False) -> Sentence:
    """What a recurrent layer is."""
    label = Sentence.of(CELLS[cell].label)
    if both_ways:
        layer = counted("{cell}, {n} unit each way", "{cell}, {n} units each way", n=units, cell=label)
    else:
        layer = counted("{cell}, {n} unit", "{cell}, {n} units", n=units, cell=label)
    if role == "encoder":
        return Sentence("Encoder: {layer}", layer=layer)
    return Sentence("Decoder: {layer}", layer=layer) if role == "decoder" else layer


def cell_source(listing: Listing, name: str, *, single: bool = False) -> str:
    """The expression that makes a recurrent layer of that cell, or its single step; a class for what Keras lacks."""
    cell = CELLS[name]
    if cell.keras:
        return f"keras.layers.{cell.keras}" + "Cell" * single
    listing.define(plain_source(cell.step))
    kind = "".join(word.title() for word in name.split("-")) + "Cell"
    opened = [int(column in cell.open_columns) for column in range(cell.columns)]
    start, size, projection, product = '"zeros"', "columns", "self.bias", "ops.matmul(h, self.recurrent_kernel)"
    if any(opened):
        start = f"lambda shape, dtype: ops.broadcast_to(ops.repeat(ops.array({opened}, dtype), self.units), shape)"
    if cell.recurrent_bias:
        size, projection, product = "2, columns", "self.bias[0]", f"{product} + self.bias[1]"
    listing.define(f'''
        class {kind}(keras.layers.Layer):
            """One step of a recurrent layer."""

            def __init__(self, units, name=None):
                super().__init__(name=name)
                self.units = units
                self.state_size = [units] * {cell.states}

            def build(self, shape):
                """Kernels for the input and for the state, and a bias."""
                columns = {cell.columns} * self.units
                self.kernel = self.add_weight((shape[-1], columns), "glorot_uniform", name="kernel")
                self.recurrent_kernel = self.add_weight((self.units, columns), "orthogonal", name="recurrent_kernel")
                self.bias = self.add_weight(({size},), {start}, name="bias")

            def call(self, x, states):
                """The new state, as output and as the cell's states."""
                projected = ops.matmul(x, self.kernel) + {projection}
                new, _ = {cell.step.__name__}(ops, projected, states, lambda h: {product})
                return new[0], list(new)
    ''')
    if single:
        return kind
    listing.define(f'''
        def {name.replace("-", "_")}_layer(units, **settings):
            """A recurrent layer of such cells."""
            return keras.layers.RNN({kind}(units), **settings)
    ''')
    return f"{name.replace('-', '_')}_layer"
