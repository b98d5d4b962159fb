"""The Keras layers that our networks are built from, each with its own seeds and initialised as Keras does.

The recurrent layers have the same weights and compute the same numbers as Keras's own; only the way they run
differs. Their steps are unrolled, the inputs of all steps are projected in one product, and the gradient of the
LSTM's recurrent kernel is one product over all steps instead of one per step. For questions of a few characters this
saves a quarter of an epoch's time. The time to compile grows with the number of unrolled steps, so longer sequences
run in a loop. Importing this module imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adder.networks.backend import keras, tf
from adder.networks.layers.cells import CELLS, MOST_UNROLLED

_saved = keras.saving.register_keras_serializable("adder")  # A `.keras` file can then hold such layers.


def seeds(seed: int) -> Iterator[int]:
    """An endless stream of seeds for one network's initialisers.

    >>> stream = seeds(1)
    >>> next(stream) == next(seeds(1)), next(stream) == next(seeds(1))
    (True, False)
    """
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(2**31))


class Build:
    """What layers build their Keras faces with: Keras itself, and layers that start from one stream of seeds.

    Attributes:
        layers: `keras.layers`.
        ops: `keras.ops`.
    """

    layers = keras.layers
    ops = keras.ops

    def __init__(self, seed: int, dropout: float) -> None:
        self._seeds, self._dropout = seeds(seed), dropout

    def dense(
        self, units: int, name: str, activation: str | None = None, *, use_bias: bool = True
    ) -> keras.layers.Dense:
        """Keras's `Dense`: Glorot-uniform kernel, zero bias."""
        kernel = keras.initializers.GlorotUniform(next(self._seeds))
        return keras.layers.Dense(units, activation, use_bias=use_bias, kernel_initializer=kernel, name=name)

    def embedding(self, symbols: int, size: int, name: str) -> keras.layers.Embedding:
        """Keras's `Embedding`: uniform vectors."""
        start = keras.initializers.RandomUniform(seed=next(self._seeds))
        return keras.layers.Embedding(symbols, size, start, name=name)

    def recurrent(self, cell: str, units: int, name: str, *, go_backwards: bool = False) -> Recurrent:
        """A recurrent layer."""
        return Recurrent(cell, units, (next(self._seeds), next(self._seeds)), go_backwards=go_backwards, name=name)

    def free(self, name: str, shapes: dict[str, tuple[int, ...]]) -> Free:
        """Weights to compute with, by name: the layer gives them whatever it is called with."""
        return Free(shapes, next(self._seeds), name)

    def norm(self, name: str) -> keras.layers.LayerNormalization:
        """Layer normalisation."""
        return keras.layers.LayerNormalization(epsilon=1e-3, name=name)

    def dropout(self, x: Any) -> Any:
        """The values, some of them zeroed in training if the experiment has dropout."""
        return Dropout(self._dropout, next(self._seeds))(x) if self._dropout else x

    def shares(self, scores: Any) -> Any:
        """Softmax over the last axis. Keras's own warns if that axis has length 1, where the result is always 1."""
        return keras.ops.softmax(scores) if scores.shape[-1] > 1 else scores * 0 + 1

    def hidden(self, scores: Any, mask: Any) -> Any:
        """Attention scores, `(n, steps)` or `(n, written, steps)`, too low to count where the mask is False."""
        if mask is None:
            return scores
        return keras.ops.where(mask if len(scores.shape) == 2 else mask[:, None], scores, -1e9)


@_saved
class Dropout(keras.layers.Layer):
    """Dropout that draws from the run's seed and the step's number, so that a run can continue from any checkpoint.

    The epoch program sets `seed_and_step` to a function that returns the two.
    """

    def __init__(self, rate: float, seed: int, **named: Any) -> None:
        super().__init__(**named)
        self._rate, self._seed = rate, seed
        self.seed_and_step: Callable[[], tuple[Any, Any]] = lambda: (0, 0)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Inputs of any shape, a share of them zeroed in training and the others scaled up."""
        if not training:
            return inputs
        run, step = (tf.cast(tf.convert_to_tensor(each), tf.int32) for each in self.seed_and_step())
        seed = tf.stack([run * 7_919 + self._seed, step])
        kept = tf.random.stateless_uniform(tf.shape(inputs), seed) >= self._rate
        return tf.where(kept, inputs / (1 - self._rate), tf.zeros_like(inputs))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What a saved model makes the layer from."""
        return {**super().get_config(), "rate": self._rate, "seed": self._seed}


@_saved
class Recurrent(keras.layers.Layer):
    """A recurrent layer of any cell in `CELLS`, with the weights and the initialisers of Keras's own.

    It is called with inputs `(n, steps, features)`, and gives the state after each step, `(n, steps, units)` in the
    order of the inputs, and after it the arrays of the last state.
    """

    def __init__(
        self, cell: str, units: int, seeds: tuple[int, int] = (0, 0), *, go_backwards: bool = False, **named: Any
    ) -> None:
        super().__init__(**named)
        self._cell, self._units, self._seeds, self._go_backwards = CELLS[cell], units, tuple(seeds), go_backwards

    def get_config(self) -> dict[str, Any]:
        """What a saved model makes the layer from."""
        own = {"cell": self._cell.name, "units": self._units, "seeds": self._seeds, "go_backwards": self._go_backwards}
        return {**super().get_config(), **own}

    def build(self, sequences_shape: tuple[int | None, ...], **others: Any) -> None:
        """Glorot-uniform kernel, orthogonal recurrent kernel, and a bias that is zero but for open gates."""
        columns = self._cell.columns * self._units
        kernel = keras.initializers.GlorotUniform(self._seeds[0])
        recurrent_kernel = keras.initializers.Orthogonal(seed=self._seeds[1])
        self.kernel = self.add_weight((sequences_shape[-1], columns), kernel, name="kernel")
        self.recurrent_kernel = self.add_weight((self._units, columns), recurrent_kernel, name="recurrent_kernel")
        bias = np.zeros((2, columns) if self._cell.recurrent_bias else (columns,), np.float32)
        for column in self._cell.open_columns:
            bias[..., column * self._units : (column + 1) * self._units] = 1
        self.bias = self.add_weight(bias.shape, lambda shape, dtype: tf.constant(bias, dtype), name="bias")

    def compute_output_shape(self, sequences_shape: tuple[int | None, ...], **others: Any) -> tuple[Any, ...]:
        """All states, and each array of the last one."""
        rows, steps, _ = sequences_shape
        return (rows, steps, self._units), *[(rows, self._units)] * self._cell.states

    def call(
        self, sequences: tf.Tensor, initial_state: Any = None, read: Any = None, training: bool = False
    ) -> tuple[tf.Tensor, ...]:
        """Project the inputs of all steps at once, then go step by step; where `read` is False, the state stays.

        Keras would pass on an argument named `mask` by itself.
        """
        steps, features = sequences.shape[1], sequences.shape[2]
        by_step = tf.transpose(sequences, [1, 0, 2])
        kernel, bias = tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.bias)
        input_bias = bias[0] if bias.shape.rank == 2 else bias
        projected = tf.reshape(by_step, [-1, features]) @ kernel + input_bias
        projected = tf.reshape(projected, [steps, -1, kernel.shape[1]])
        kept = None if read is None else tf.transpose(read)[:, :, None]
        if self._go_backwards:
            projected = projected[::-1]
            kept = None if kept is None else kept[::-1]
        states, *last = self.scan(projected, None if initial_state is None else list(initial_state), kept)
        return tf.transpose(states[::-1] if self._go_backwards else states, [1, 0, 2]), *last

    def scan(self, projected: tf.Tensor, initial: list[tf.Tensor] | None, kept: tf.Tensor | None) -> list[tf.Tensor]:
        """The states after each step, `(steps, n, units)`, and the last state.

        An LSTM has a cheaper gradient if it is unrolled and nothing is masked.
        """
        steps, recurrent_kernel = projected.shape[0], tf.convert_to_tensor(self.recurrent_kernel)
        if self._cell.name == "lstm" and kept is None and steps <= MOST_UNROLLED:
            if initial is None:
                states, memory = _scan(projected, recurrent_kernel)
            else:
                states, memory = _scan_from(projected, recurrent_kernel, *initial)
            return [states, states[-1], memory]
        return self.plain_scan(projected, initial, kept)

    def plain_scan(
        self, projected: tf.Tensor, initial: list[tf.Tensor] | None, kept: tf.Tensor | None
    ) -> list[tf.Tensor]:
        """The same by plain differentiable steps."""
        recurrent_kernel, bias = tf.convert_to_tensor(self.recurrent_kernel), tf.convert_to_tensor(self.bias)
        zero = tf.zeros_like(projected[0, :, : self._units])
        state = initial or [zero] * self._cell.states
        steps = projected.shape[0]

        def recurrent(state: tf.Tensor) -> tf.Tensor:
            product = state @ recurrent_kernel
            return product + bias[1] if bias.shape.rank == 2 else product

        def step(at: Any, before: Sequence[tf.Tensor]) -> list[tf.Tensor]:
            new, _ = self._cell.step(keras.ops, projected[at], before, recurrent)
            if kept is None:
                return list(new)
            return [tf.where(kept[at], after, each) for after, each in zip(new, before, strict=True)]

        if steps > MOST_UNROLLED:

            def body(at: tf.Tensor, states: tf.TensorArray, *before: tf.Tensor) -> tuple[Any, ...]:
                new = step(at, before)
                return at + 1, states.write(at, new[0]), *new

            written = tf.TensorArray(zero.dtype, steps, element_shape=zero.shape)
            start = (tf.constant(0), written, *state)
            _, written, *last = tf.while_loop(lambda at, *_: at < steps, body, start, maximum_iterations=steps)
            return [written.stack(), *last]
        states = []
        for at in range(steps):
            state = step(at, state)
            states.append(state[0])
        return [tf.stack(states), *state]


Gradient = Callable[..., tuple[tf.Tensor, ...]]


@tf.custom_gradient
def _scan(projected: tf.Tensor, recurrent_kernel: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Gradient]:
    """The LSTM's states from zero states; see `_run`."""
    outputs, gradient = _run(projected, recurrent_kernel, None)
    return outputs, lambda *upstream: gradient(*upstream)[:2]


@tf.custom_gradient
def _scan_from(
    projected: tf.Tensor, recurrent_kernel: tf.Tensor, state: tf.Tensor, memory: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], Gradient]:
    """The LSTM's states from given ones; see `_run`."""
    return _run(projected, recurrent_kernel, (state, memory))


def _run(
    projected: tf.Tensor, recurrent_kernel: tf.Tensor, initial: tuple[tf.Tensor, tf.Tensor] | None
) -> tuple[tuple[tf.Tensor, tf.Tensor], Gradient]:
    """The states after each step, `(steps, n, units)`, and the last memory, with their gradient.

    The first step from zero states needs no product with the recurrent kernel. One activation serves all four gates,
    because `sigmoid(x) = tanh(x / 2) / 2 + 1 / 2`. Fewer operations make each step and the compilation faster.
    """
    steps, units = projected.shape[0], recurrent_kernel.shape[0]
    slope = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), units)  # The candidate's gate is a plain tanh.
    states: list[tf.Tensor] = []
    memories: list[tf.Tensor] = []
    squashed: list[tf.Tensor] = []
    gates: list[list[tf.Tensor]] = []
    for step in range(steps):
        x = projected[step]
        before = (states[-1], memories[-1]) if step else initial
        if before is not None:
            x += before[0] @ recurrent_kernel
        gates.append(tf.split(tf.tanh(x * slope) * slope + (1 - slope), 4, axis=-1))
        i, f, g, o = gates[-1]
        memories.append(i * g if before is None else f * before[1] + i * g)
        squashed.append(tf.tanh(memories[-1]))
        states.append(o * squashed[-1])

    def gradient(d_states: tf.Tensor, d_last_memory: tf.Tensor) -> tuple[tf.Tensor, ...]:
        d_state = d_states[-1]
        d_memory = d_last_memory
        d_projected: list[tf.Tensor] = []
        for step in reversed(range(steps)):
            i, f, g, o = gates[step]
            d_memory += d_state * o * (1 - squashed[step] * squashed[step])
            previous = memories[step - 1] if step else initial[1] if initial is not None else tf.zeros_like(d_state)
            d_gates = [
                d_memory * g * i * (1 - i),
                d_memory * previous * f * (1 - f),
                d_memory * i * (1 - g * g),
                d_state * squashed[step] * o * (1 - o),
            ]
            d_projected.insert(0, tf.concat(d_gates, axis=-1))
            if step or initial is not None:
                d_memory *= f
                d_state = tf.matmul(d_projected[0], recurrent_kernel, transpose_b=True)
                d_state = d_state + d_states[step - 1] if step else d_state
        before = states[:-1] if initial is None else [initial[0], *states[:-1]]
        after = d_projected[1:] if initial is None else d_projected
        if before:
            d_kernel = tf.matmul(tf.concat(before, 0), tf.concat(after, 0), transpose_a=True)
        else:
            d_kernel = tf.zeros_like(recurrent_kernel)
        return tf.stack(d_projected), d_kernel, d_state, d_memory

    return (tf.stack(states), memories[-1]), gradient


@_saved
class Free(keras.layers.Layer):
    """Weights of any shapes, small and random at the start, for a layer that Keras does not have."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], seed: int, name: str, **named: Any) -> None:
        super().__init__(name=name, **named)
        self._shapes, self._seed = {each: tuple(shape) for each, shape in shapes.items()}, seed

    def get_config(self) -> dict[str, Any]:
        """What a saved model makes the layer from."""
        return {**super().get_config(), "shapes": self._shapes, "seed": self._seed}

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make one weight for each name."""
        for place, (name, shape) in enumerate(self._shapes.items()):
            self.add_weight(shape, keras.initializers.RandomNormal(stddev=0.1, seed=self._seed + place), name=name)

    def call(self, inputs: tf.Tensor) -> list[tf.Tensor]:
        """The weights in the order of their names; the inputs are ignored."""
        return [tf.convert_to_tensor(weight) for weight in self.weights]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> list[tuple[int, ...]]:
        """The shapes of the weights."""
        return list(self._shapes.values())
