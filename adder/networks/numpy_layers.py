"""The layers of our networks in readable NumPy, forward only: what a trained network computes, without training.

Answering a question needs no TensorFlow: these functions and the saved weights give the same numbers as the Keras
layers of the same name (the tests hold them together to 1e-5). Arrays are float32, the batch is the first axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
State = tuple[Array, ...]
Step = Callable[[Array, State], State]
Gates = dict[str, Array]

_HIDDEN = np.float32(-1e9)  # a score no softmax gives weight to


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

        Trained weights give numbers; those in a file from anybody may be so large that the layers overflow.
        """
        attention = None if self.attention is None else np.nan_to_num(self.attention)
        return Outputs(np.nan_to_num(self.values), attention)


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


class Decoder(Protocol):
    """Writes a batch of answers, one character a step."""

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        """Probabilities `(n, symbols)` and attention `(n, question_length)` after these characters, shape `(n,)`."""
        ...

    def select(self, rows: NDArray[np.integer]) -> None:
        """Go on with these rows of the batch, which may repeat or leave out some."""
        ...


def sigmoid(x: Array) -> Array:
    """The logistic function, written with tanh so that it cannot overflow."""
    return np.float32(0.5) * np.tanh(np.float32(0.5) * x) + np.float32(0.5)


def softmax(x: Array) -> Array:
    """Probabilities over the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def dense(x: Array, kernel: Array, bias: Array) -> Array:
    """A linear layer: `(…, inputs)` to `(…, units)`."""
    return x @ kernel + bias


def lstm_step(projected: Array, state: State, recurrent_kernel: Array, gates: Gates | None = None) -> State:
    """One step of long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    Args:
        projected: The input's share of the gates, `inputs @ kernel + bias`: shape `(n, 4 * units)`, gates in Keras's
            order: input, forget, candidate, output.
        state: The state and the memory, each `(n, units)`.
        recurrent_kernel: The state's share, shape `(units, 4 * units)`.
        gates: Where to store the gates, if they are wanted.

    Returns:
        The new state and memory.
    """
    units = recurrent_kernel.shape[0]
    scores = projected + state[0] @ recurrent_kernel
    opens = sigmoid(scores)
    input_gate, forget_gate, output_gate = opens[:, :units], opens[:, units : 2 * units], opens[:, 3 * units :]
    candidate = np.tanh(scores[:, 2 * units : 3 * units])
    memory = forget_gate * state[1] + input_gate * candidate
    if gates is not None:
        gates.update(input=input_gate, forget=forget_gate, candidate=candidate, output=output_gate)
    return output_gate * np.tanh(memory), memory


def gru_step(
    projected: Array, state: State, recurrent_kernel: Array, recurrent_bias: Array, gates: Gates | None = None
) -> State:
    """One step of a gated recurrent unit (Cho et al. 2014), with Keras's reset after the product.

    Args:
        projected: `inputs @ kernel + bias`: shape `(n, 3 * units)`: update, reset, candidate.
        state: The state, `(n, units)`.
        recurrent_kernel: Shape `(units, 3 * units)`.
        recurrent_bias: Shape `(3 * units,)`.
        gates: Where to store the gates, if they are wanted.
    """
    units = recurrent_kernel.shape[0]
    recurrent = state[0] @ recurrent_kernel + recurrent_bias
    update = sigmoid(projected[:, :units] + recurrent[:, :units])
    reset = sigmoid(projected[:, units : 2 * units] + recurrent[:, units : 2 * units])
    candidate = np.tanh(projected[:, 2 * units :] + reset * recurrent[:, 2 * units :])
    if gates is not None:
        gates.update(update=update, reset=reset, candidate=candidate)
    return (update * state[0] + (1 - update) * candidate,)


def simple_rnn_step(projected: Array, state: State, recurrent_kernel: Array, gates: Gates | None = None) -> State:
    """One step of a plain recurrent layer (Elman 1990): `tanh(projected + state @ recurrent_kernel)`; no gates."""
    return (np.tanh(projected + state[0] @ recurrent_kernel),)


def scan(
    step: Step,
    projected: Array,
    initial: State,
    mask: NDArray[np.bool_] | None = None,
    *,
    backwards: bool = False,
    trace: LayerTrace | None = None,
) -> tuple[Array, State]:
    """Run a recurrent layer over its steps.

    Args:
        step: From a step's projected input and the state to the new state.
        projected: Shape `(n, steps, …)`.
        initial: The state before the first step.
        mask: False where a step is padding, which leaves the state as it was: shape `(n, steps)`.
        backwards: Whether to read from the last step to the first.
        trace: Where to store the states, if they are wanted.

    Returns:
        The state after each step, `(n, steps, units)`, in the order of the steps, and the last state.

    >>> zeros = np.zeros((1, 2), np.float32)
    >>> step = lambda x, state: lstm_step(x, state, np.zeros((2, 8), np.float32))
    >>> scan(step, np.zeros((1, 3, 8), np.float32), (zeros, zeros))[0].shape
    (1, 3, 2)
    """
    n, steps = projected.shape[:2]
    states = np.empty((n, steps, initial[0].shape[1]), np.float32)
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


def attend(scores: Array, values: Array, mask: NDArray[np.bool_] | None) -> tuple[Array, Array]:
    """The mean of `values` weighted by the softmax of `scores`.

    Args:
        scores: Shape `(…, steps)`.
        values: Shape `(…, steps, width)`.
        mask: False at steps that get no weight, shape `(…, steps)`.

    Returns:
        The mean, `(…, width)`, and the weights, `(…, steps)`.
    """
    weights = softmax(scores if mask is None else np.where(mask, scores, _HIDDEN))
    return np.einsum("...s,...sw->...w", weights, values), weights


def layer_norm(x: Array, gamma: Array, beta: Array) -> Array:
    """Layer normalisation over the last axis (Ba et al. 2016), with Keras's epsilon."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(1e-3)) * gamma + beta


def greedy(decoder: Decoder, n: int, steps: int, start: int) -> Outputs:
    """Write answers by taking the likeliest character at each step.

    Args:
        decoder: Ready to write `n` answers.
        n: How many.
        steps: Characters an answer.
        start: The symbol that stands before the first.
    """
    return _decoded(decoder, steps, np.full(n, start, np.int64), None)


def forced(decoder: Decoder, answers: NDArray[np.integer], start: int) -> Outputs:
    """Probabilities when each step is told the true character before it (teacher forcing).

    Args:
        decoder: Ready to write.
        answers: True symbols in the order they are written, shape `(n, steps)`.
        start: The symbol that stands before the first.
    """
    return _decoded(decoder, answers.shape[1], np.full(len(answers), start, np.int64), answers)


def _decoded(
    decoder: Decoder, steps: int, previous: NDArray[np.integer], answers: NDArray[np.integer] | None
) -> Outputs:
    probabilities, attention = [], []
    for at in range(steps):
        likely, looked = decoder.step(previous)
        probabilities.append(likely)
        if looked is not None:
            attention.append(looked)
        previous = likely.argmax(axis=-1) if answers is None else answers[:, at]
    return Outputs(np.stack(probabilities, axis=1), np.stack(attention, axis=1) if attention else None)


def beam_search(decoder: Decoder, steps: int, start: int, width: int) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest whole answers to one question, likeliest first, as far as a beam of `width` finds them.

    Args:
        decoder: Ready to write one answer.
        steps: Characters an answer.
        start: The symbol that stands before the first.
        width: How many beginnings are followed at a time.

    Returns:
        Symbols in the order they are written, each with its probability.
    """
    beams: list[tuple[int, ...]] = [()]
    scores = np.zeros(1)
    for _ in range(steps):
        previous = np.array([beam[-1] if beam else start for beam in beams], np.int64)
        likely, _looked = decoder.step(previous)
        total = scores[:, None] + np.log(np.fmax(likely.astype(np.float64), 1e-30))
        best = np.argsort(-total, axis=None, kind="stable")[:width]
        rows, chosen = np.unravel_index(best, total.shape)
        decoder.select(rows)
        beams = [(*beams[row], int(symbol)) for row, symbol in zip(rows, chosen, strict=True)]
        scores = total[rows, chosen]
    return [(beam, float(np.exp(score))) for beam, score in zip(beams, scores, strict=True)]


class Independent:
    """A decoder of probabilities that do not depend on what was written before."""

    def __init__(self, probabilities: Array) -> None:
        self._probabilities = probabilities
        self._at = 0

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        """The next step's probabilities, for as many rows as there are characters before it."""
        self._at += 1
        return np.repeat(self._probabilities[:1, self._at - 1], len(previous), axis=0), None

    def select(self, rows: NDArray[np.integer]) -> None:
        """Nothing to choose: every row is the same."""
