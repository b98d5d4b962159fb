"""Attention of a recurrent decoder: before each character it looks back at all that was read.

DotAttention      looks after each of the decoder's steps (Luong et al. 2015)
AdditiveDecoder   looks before each step, and the step reads what was found (Bahdanau et al. 2014)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence
from adder.networks.arrays import Array, Trace, Weights, attend
from adder.networks.layers.cells import CELLS, cell_cost, cell_source, cell_weights, cell_words
from adder.networks.layers.dense import dense, dense_weights
from adder.networks.layers.layer import Cost, Layer, Listing, Shape, WeightShapes, Words
from adder.networks.layers.recurrent import begin_writing, joined_source, write_step


@dataclass(frozen=True, slots=True)
class DotAttention(Layer):
    """What a decoder's state finds in the states that were read, and the two together in a dense layer with tanh.

    Attributes:
        of: The decoder's states.
        memory: The states that were read, as wide as the decoder's.
        mask: False at steps that are never looked at.
    """

    inputs: ClassVar[tuple[str, ...]] = ("of", "memory", "mask")
    outputs: ClassVar[tuple[str, ...]] = ("", ".attention")

    name: str
    of: str
    memory: str
    mask: str | None = None

    def shapes(self, of: Shape, memory: Shape, mask: Any = None) -> tuple[Shape, ...]:
        return of, of.wide(memory.steps)

    def weights(self, of: Shape, memory: Shape, mask: Any = None) -> WeightShapes:
        return dense_weights(self.name, of.width + memory.width, of.width)

    def cost(self, of: Shape, memory: Shape, mask: Any = None) -> Cost:
        looked = of.steps * memory.steps
        own = Layer.cost(self, of=of, memory=memory)
        return Cost(own.products + 2 * looked * memory.width, own.numbers + 3 * looked)

    def compute(
        self, weights: Weights, trace: Trace | None, of: Array, memory: Array, mask: NDArray[np.bool_] | None = None
    ) -> tuple[Array, Array]:
        context, looked = attend(np.einsum("nd,nqd->nq", of, memory), memory, mask)
        return np.tanh(dense(weights, self.name, np.concatenate([of, context], axis=1))), looked

    def keras(self, build: Any, of: Any, memory: Any, mask: Any = None) -> Any:
        scores = build.hidden(build.ops.einsum("nad,nqd->naq", of, memory), mask)
        looked = build.shares(scores)
        joined = build.layers.Concatenate()([of, build.ops.einsum("naq,nqd->nad", looked, memory)])
        return build.dense(of.shape[2], self.name, "tanh")(joined), looked

    def source(self, listing: Listing, of: str, memory: str, mask: str | None = None) -> None:
        listing.assign("scores", f'ops.einsum("nad,nqd->naq", {of}, {memory})', "They say where each character looks.")
        if mask:
            listing.lines.append(f"scores = ops.where({mask}[:, None], scores, -1e9)")
        listing.assign("looked", f'ops.einsum("naq,nqd->nad", ops.softmax(scores), {memory})')
        listing.assign("joined", f"ops.concatenate([{of}, looked], axis=-1)")
        dense = f'keras.layers.Dense({of}.shape[2], "tanh", name="{self.name}")'
        listing.assign(self.name, f"{dense}(joined)")

    def words(self, of: Shape, memory: Shape, mask: Any = None) -> Words:
        return Words("attention", Sentence("Attention, after each step"))


@dataclass(frozen=True, slots=True)
class AdditiveDecoder(Layer):
    """A recurrent decoder that looks back before each step, and reads what it finds beside its other inputs.

    Attributes:
        of: What else it reads at each step; inputs that stay the same at all steps come first.
        memory: The states that were read.
        mask: False at steps that are never looked at.
        start: The state to begin with; zeros by default.
    """

    inputs: ClassVar[tuple[str, ...]] = ("of", "memory", "mask", "start")
    outputs: ClassVar[tuple[str, ...]] = ("", ".attention")
    writes: ClassVar[bool] = True

    name: str
    cell: str
    units: int
    steps: int
    of: tuple[str, ...]
    memory: str
    mask: str | None = None
    start: str | None = None

    def shapes(self, of: tuple[Shape, ...], memory: Shape, mask: Any = None, start: Any = None) -> tuple[Shape, ...]:
        return Shape("written", self.steps, self.units), Shape("written", self.steps, memory.steps)

    def weights(self, of: tuple[Shape, ...], memory: Shape, mask: Any = None, start: Any = None) -> WeightShapes:
        features = sum(each.width for each in (*of, memory))
        return cell_weights(self.name, self.cell, features, self.units) | {
            "attention_query/kernel": (self.units, self.units),
            **dense_weights("attention_key", memory.width, self.units),
            "attention_score/kernel": (self.units, 1),
        }

    def cost(self, of: tuple[Shape, ...], memory: Shape, mask: Any = None, start: Any = None) -> Cost:
        products = Layer.cost(self, of=of, memory=memory).products
        own = cell_cost(self.cell, products, self.units, self.steps)
        looked = self.steps * memory.steps  # Each step compares all that was read with every unit's state.
        return Cost(
            own.products + looked * (self.units + memory.width), own.numbers + looked * (2 * self.units + 3), own.rounds
        )

    def compute(self, weights: Weights, trace: Trace | None, **inputs: Any) -> Any:
        raise NotImplementedError  # It goes step by step.

    def begin(
        self, weights: Weights, rows: int, memory: Array, of: Any = (), mask: Any = None, start: Any = None
    ) -> Any:
        keys = dense(weights, "attention_key", memory)
        return begin_writing(weights, self.name, self.cell, rows, (*of, None), start), (memory, keys, mask)

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, of: Any = ()) -> Any:
        decoder, (read, keys, mask) = memory
        query = (decoder[0][0] @ weights["attention_query/kernel"])[:, None]
        scores = (np.tanh(keys + query) @ weights["attention_score/kernel"])[:, :, 0]
        context, looked = attend(scores, read, mask)
        decoder = write_step(weights, self.name, self.cell, decoder, (*of, context), trace)
        return (decoder[0][0], looked), (decoder, (read, keys, mask))

    def keras(
        self,
        build: Any,
        of: tuple[Any, ...],
        memory: Any,
        mask: Any = None,
        start: Any = None,
    ) -> Any:
        decoder = build.recurrent(self.cell, self.units, self.name)
        ask = build.dense(self.units, "attention_query", use_bias=False)
        keys = build.dense(self.units, "attention_key")(memory)
        rate = build.dense(1, "attention_score", use_bias=False)
        state = start or [build.ops.zeros_like(keys[:, 0])] * CELLS[self.cell].states
        states, attention = [], []
        for step in range(self.steps):
            scores = rate(build.ops.tanh(keys + ask(state[0])[:, None]))[:, :, 0]
            looked = build.shares(build.hidden(scores, mask))
            parts = [each[:, step] for each in of] + [build.ops.einsum("nq,nqd->nd", looked, memory)]
            x = build.ops.concatenate(parts, axis=-1) if of else parts[0]
            _, *state = decoder(x[:, None], initial_state=state)
            states.append(state[0])
            attention.append(looked)
        return build.ops.stack(states, axis=1), build.ops.stack(attention, axis=1)

    def source(
        self, listing: Listing, of: tuple[str, ...], memory: str, mask: str | None = None, start: str | None = None
    ) -> None:
        units, states = self.units, CELLS[self.cell].states
        zero = "[ops.zeros_like(keys[:, 0])]" + f" * {states}" * (states > 1)
        context = f'ops.einsum("nq,nqd->nd", ops.softmax(scores), {memory})'
        x = joined_source((*(f"{each}[:, step]" for each in of), "context"))
        cell = cell_source(listing, self.cell, single=True)
        listing.lines += [
            f'{self.name} = {cell}({units}, name="{self.name}")',
            f'ask = keras.layers.Dense({units}, use_bias=False, name="attention_query")',
            f'keys = keras.layers.Dense({units}, name="attention_key")({memory})',
            'rate = keras.layers.Dense(1, use_bias=False, name="attention_score")',
            f"state = {start or zero}",
            "outputs = []",
            "# It looks back at the question before each character.",
            f"for {'step' if of else '_'} in range(ANSWER_STEPS):",
            "    scores = rate(ops.tanh(keys + ops.expand_dims(ask(state[0]), 1)))[:, :, 0]",
            *([f"    scores = ops.where({mask}, scores, -1e9)"] if mask else []),
            f"    context = {context}",
            f"    output, state = {self.name}({x}, state)",
            "    outputs.append(output)",
        ]
        listing.assign(f"{self.name}_states", "ops.stack(outputs, axis=1)")
        listing.call(self.name, f"{self.name}_states")

    def words(self, of: Any, memory: Any, mask: Any = None, start: Any = None) -> Words:
        layer = cell_words(self.cell, self.units, "decoder")
        return Words("decoder", Sentence("{layer}, attention before each step", layer=layer))
