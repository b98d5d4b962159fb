"""Recurrent layers: what is read at each step changes a state, and the state is what they give.

Recurrent   a layer of cells that reads in one direction or both, or writes step by step
stack       several of them on top of one another
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.networks.arrays import Array, LayerTrace, State, Trace, Weights
from adder.networks.layers.cells import (
    cell_cost,
    cell_source,
    cell_step,
    cell_weights,
    cell_words,
    input_bias,
    zero_state,
)
from adder.networks.layers.dense import Dropout
from adder.networks.layers.layer import Cost, Layer, Listing, Names, Shape, WeightShapes, Words

Written = tuple[State, Array]


@dataclass(frozen=True, slots=True)
class Recurrent(Layer):
    """A recurrent layer: a Glorot-uniform kernel, an orthogonal recurrent kernel, a bias of 0, or 1 for forget gates.

    It gives the state after each step, the last of them, and all arrays of the last state, which may start another
    layer. Where it reads both ways, both states stand side by side; the weights of the way back are
    `NAME_backward/…`. At the steps of the answer it goes forward, step by step.

    Attributes:
        of: What it reads at each step, one or several. What stays the same at all steps of the answer comes first.
        mask: False at steps that leave the state as it was.
        start: The state to begin with; zeros by default.
        role: `"encoder"`, `"decoder"` or `"layer"`.
    """

    inputs: ClassVar[tuple[str, ...]] = ("of", "mask", "start")
    outputs: ClassVar[tuple[str, ...]] = ("", ".last", ".state")

    name: str
    cell: str
    units: int
    of: Names
    mask: str | None = None
    start: str | None = None
    bidirectional: bool = False
    role: str = "layer"

    @property
    def shown(self) -> bool:
        return False  # It leaves its own trace, with gates.

    @property
    def width(self) -> int:
        """Numbers a step gives."""
        return self.units * (1 + self.bidirectional)

    @property
    def _directions(self) -> dict[str, bool]:
        """The names of its directions, and whether each goes backwards."""
        return {self.name: False} | ({f"{self.name}_backward": True} if self.bidirectional else {})

    def shapes(self, of: Any, mask: Any = None, start: Any = None) -> tuple[Shape, ...]:
        whole = Shape("whole", 1, self.width)
        return _each(of)[0].wide(self.width), whole, whole

    def weights(self, of: Any, mask: Any = None, start: Any = None) -> WeightShapes:
        features = sum(each.width for each in _each(of))
        shapes: WeightShapes = {}
        for name in self._directions:
            shapes |= cell_weights(name, self.cell, features, self.units)
        return shapes

    def cost(self, of: Any, mask: Any = None, start: Any = None) -> Cost:
        products, ways = Layer.cost(self, of=of).products, len(self._directions)
        return cell_cost(self.cell, products, self.units, ways * _each(of)[0].steps)

    def compute(
        self, weights: Weights, trace: Trace | None, of: Any, mask: Any = None, start: Any = None
    ) -> tuple[Array, Array, State]:
        found = []
        for name, backwards in self._directions.items():
            seen = None if trace is None else trace.layer(name, "read", backwards=backwards)
            x = np.concatenate(of, axis=-1) if len(_each(of)) > 1 else _each(of)[0]
            projected = x @ weights[f"{name}/kernel"] + input_bias(self.cell, weights, name)
            state = start or zero_state(self.cell, len(projected), self.units)
            found.append(scan(cell_step(self.cell, weights, name, seen), projected, state, mask, backwards, seen))
        if not self.bidirectional:
            ((states, state),) = found
        else:
            states = np.concatenate([states for states, _ in found], axis=2)
            state = tuple(map(partial(np.concatenate, axis=1), zip(*[state for _, state in found], strict=True)))
        return states, state[0], state

    def begin(self, weights: Weights, rows: int, of: Any = None, mask: Any = None, start: Any = None) -> Written:
        return begin_writing(weights, self.name, self.cell, rows, _each(of), start)

    def step(
        self, weights: Weights, memory: Written, at: int, trace: Trace | None, of: Any = None
    ) -> tuple[tuple[Array, Array, State], Written]:
        memory = write_step(weights, self.name, self.cell, memory, _each(of), trace)
        state = memory[0]
        return (state[0], state[0], state), memory

    def keras(self, build: Any, of: Any, mask: Any = None, start: Any = None) -> Any:
        x = build.layers.Concatenate()(list(of)) if isinstance(of, tuple) and len(of) > 1 else _each(of)[0]
        found = [
            build.recurrent(self.cell, self.units, name, go_backwards=backwards)(x, initial_state=start, read=mask)
            for name, backwards in self._directions.items()
        ]
        both = [build.layers.Concatenate()(list(each)) for each in zip(*found, strict=True)] if found[1:] else found[0]
        return both[0], both[1], list(both[1:])

    def source(self, listing: Listing, of: Any, mask: Any = None, start: Any = None) -> None:
        x = joined_source(of)
        given = "".join(f", {name}={each}" for name, each in (("mask", mask), ("initial_state", start)) if each)
        layer = cell_source(listing, self.cell)
        sequences, last, state = map(listing.reads, self.output_names)
        variable = f"{self.name}_state"
        if self.bidirectional:
            listing.define(_BOTH_WAYS)
            call = f'both_ways({layer}, {self.units}, "{self.name}", {x}{given})'
            listing.lines.append(f"{self.name if sequences else '_'}, {variable if last or state else '_'} = {call}")
        elif last or state:
            if not sequences and not state:
                listing.assign(self.name, f'{layer}({self.units}, name="{self.name}")({x}{given})', _ALL_THAT_CROSSES)
                listing.call(f"{self.name}.last", self.name)
                return
            listing.lines += [
                f'layer = {layer}({self.units}, return_sequences=True, return_state=True, name="{self.name}")',
                f"{self.name if sequences else '_'}, *{variable} = layer({x}{given})",
            ]
        else:
            listing.assign(self.name, f'{layer}({self.units}, return_sequences=True, name="{self.name}")({x}{given})')
        for output, expression in zip(self.output_names, (self.name, f"{variable}[0]", variable), strict=True):
            listing.call(output, expression)

    def words(self, of: Any, mask: Any = None, start: Any = None) -> Words:
        return Words(self.role, cell_words(self.cell, self.units, self.role, both_ways=self.bidirectional))


_ALL_THAT_CROSSES = "Its last state is all that is handed on."
_BOTH_WAYS = '''
    def both_ways(layer, units, name, x, **given):
        """The state after each step, and the last one: read from both ends, and put side by side."""
        wanted = {"return_sequences": True, "return_state": True}
        forward, *last = layer(units, name=name, **wanted)(x, **given)
        backward, *first = layer(units, name=f"{name}_backward", go_backwards=True, **wanted)(x, **given)
        states = ops.concatenate([forward, ops.flip(backward, axis=1)], axis=-1)
        return states, [ops.concatenate(each, axis=-1) for each in zip(last, first, strict=True)]
'''


def stack(
    name: str,
    cell: str,
    units: int,
    layers: int,
    of: str,
    mask: str | None = None,
    *,
    bidirectional: bool = False,
    role: str = "layer",
) -> list[Layer]:
    """Recurrent layers on top of one another, `NAME`, `NAME_2` and so on, with dropout between them."""
    found: list[Layer] = []
    for layer in range(1, layers + 1):
        if layer > 1:
            found.append(Dropout(f"{found[-1].name}_dropout", of=found[-1].name))
            of = found[-1].name
        numbered = name if layer == 1 else f"{name}_{layer}"
        found.append(Recurrent(numbered, cell, units, of, mask, bidirectional=bidirectional, role=role))
    return found


def scan(
    step: Callable[[Array, State], State],
    projected: Array,
    initial: State,
    mask: NDArray[np.bool_] | None = None,
    backwards: bool = False,
    trace: LayerTrace | None = None,
) -> tuple[Array, State]:
    """Run a recurrent layer over its steps.

    Args:
        step: Computes the new state from a step's projected input and the state.
        projected: Shape `(n, steps, …)`.
        initial: The state before the first step.
        mask: False where a step is padding, which leaves the state as it was: shape `(n, steps)`.
        backwards: Whether to read from the last step to the first.
        trace: Where to leave the states, if they are wanted.

    Returns:
        The state after each step, `(n, steps, units)`, in the order of the steps, and the last state.

    >>> zeros = np.zeros((1, 2), np.float32)
    >>> def step(x, state):
    ...     return np.tanh(x + state[0]), state[1]
    >>> scan(step, np.zeros((1, 3, 2), np.float32), (zeros, zeros))[0].shape
    (1, 3, 2)
    """
    rows, steps = projected.shape[:2]
    states = np.empty((rows, steps, initial[0].shape[1]), np.float32)
    state = initial
    for at in reversed(range(steps)) if backwards else range(steps):
        new = step(projected[:, at], state)
        if mask is not None:
            kept = mask[:, at, None]
            new = tuple(np.where(kept, after, before) for after, before in zip(new, state, strict=True))
        state = new
        states[:, at] = state[0]
        if trace is not None:
            trace.states.append(state)
    return states, state


def begin_writing(
    weights: Weights, name: str, cell: str, rows: int, of: tuple[Any, ...], start: State | None
) -> Written:
    """The state before the first step of the answer, and what inputs that stay the same add to each step.

    Raises:
        ValueError: These inputs do not come first.
    """
    kernel = weights[f"{name}/kernel"]
    constant = input_bias(cell, weights, name)
    same = [each for each in of if each is not None]
    if any(each is None for each in of[: len(same)]):
        raise ValueError(f"what {name} reads must begin with what stays the same at all steps of the answer")
    width = 0
    for each in same:
        constant = constant + each @ kernel[width : width + each.shape[1]]
        width += each.shape[1]
    units = weights[f"{name}/recurrent_kernel"].shape[0]
    return start or zero_state(cell, rows, units), constant if same else np.tile(constant, (rows, 1))


def write_step(
    weights: Weights, name: str, cell: str, memory: Written, of: tuple[Any, ...], trace: Trace | None
) -> Written:
    """The state after one more step of the answer, which reads what is new among its inputs."""
    (state, projected), kernel = memory, weights[f"{name}/kernel"]
    end = len(kernel)
    for each in reversed(of):
        if each is None:
            break
        projected = projected + each @ kernel[end - each.shape[1] : end]
        end -= each.shape[1]
    seen = None if trace is None else trace.layer(name, "written")
    state = cell_step(cell, weights, name, seen)(projected, state)
    if seen is not None:
        seen.states.append(state)
    return state, memory[1]


def joined_source(of: Any) -> str:
    """An expression for several variables side by side."""
    several = _each(of)
    return f"ops.concatenate([{', '.join(several)}], axis=-1)" if len(several) > 1 else several[0]


def _each(of: Any) -> tuple[Any, ...]:
    return of if isinstance(of, tuple) else (of,)
