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

MOST_UNROLLED = 20  # steps; longer sequences run in a loop, which compiles a single step

_saved = keras.saving.register_keras_serializable("adder")  # lets a `.keras` file hold such a layer


def seeds(seed: int) -> Iterator[int]:
    """An endless stream of seeds for one network's initialisers.

    >>> stream = seeds(1)
    >>> next(stream) == next(seeds(1)), next(stream) == next(seeds(1))
    (True, False)
    """
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(2**31))


def dense(
    units: int, name: str, stream: Iterator[int], activation: str | None = None, *, use_bias: bool = True
) -> keras.layers.Dense:
    """Keras's `Dense`: Glorot-uniform kernel, zero bias."""
    kernel = keras.initializers.GlorotUniform(next(stream))
    return keras.layers.Dense(units, activation, use_bias=use_bias, kernel_initializer=kernel, name=name)


def recurrent(
    cell: str, units: int, name: str, stream: Iterator[int], *, go_backwards: bool = False
) -> LSTM | GRU | SimpleRNN:
    """A recurrent layer: Glorot-uniform kernel, orthogonal recurrent kernel, zero bias with a forget bias of one.

    It is called with inputs `(n, steps, features)` and gives the state after each step, `(n, steps, units)` in the
    order of the inputs, and after it the arrays of the last state.
    """
    return _CELLS[cell](
        units,
        return_sequences=True,
        return_state=True,
        go_backwards=go_backwards,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(stream)),
        name=name,
    )


def dropout(rate: float, stream: Iterator[int]) -> Dropout:
    """Dropout whose draws depend on its seed and the training step alone."""
    return Dropout(rate, next(stream))


def shares(scores: Any) -> Any:
    """Softmax over the last axis. Keras's own warns if that axis has length 1, where the result is always 1."""
    return keras.ops.softmax(scores) if scores.shape[-1] > 1 else scores * 0 + 1


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


class _Projected:
    """The base of the recurrent layers: it projects the inputs of all steps at once, then goes step by step."""

    def call(
        self,
        sequences: tf.Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> tuple[tf.Tensor, ...]:
        """Shape `(n, steps, features)` to `(n, steps, units)` and the last state."""
        steps, features = sequences.shape[1], sequences.shape[2]
        by_step = tf.transpose(sequences, [1, 0, 2])
        kernel, bias = self.cell.kernel, tf.convert_to_tensor(self.cell.bias)  # type: ignore[attr-defined]
        input_bias = bias[0] if bias.shape.rank == 2 else bias
        projected = tf.reshape(by_step, [-1, features]) @ kernel + input_bias
        projected = tf.reshape(projected, [steps, -1, kernel.shape[1]])
        kept = None if mask is None else tf.transpose(mask)[:, :, None]
        backwards = self.go_backwards  # type: ignore[attr-defined]
        if backwards:
            projected = projected[::-1]
            kept = None if kept is None else kept[::-1]
        initial = initial_state if initial_state is None or isinstance(initial_state, list | tuple) else [initial_state]
        states, *last = self.scan(projected, None if initial is None else list(initial), kept)
        return tf.transpose(states[::-1] if backwards else states, [1, 0, 2]), *last

    def scan(self, projected: tf.Tensor, initial: list[tf.Tensor] | None, kept: tf.Tensor | None) -> list[tf.Tensor]:
        """The states after each step, `(steps, n, units)`, and the last state, by plain differentiable steps."""
        units = self.units  # type: ignore[attr-defined]
        zero = tf.zeros_like(projected[0, :, :units])
        state = initial or [zero] * len(self.state_size)  # type: ignore[attr-defined]
        steps = projected.shape[0]

        def step(at: Any, before: Sequence[tf.Tensor]) -> list[tf.Tensor]:
            new = self.one_step(projected[at], list(before))
            if kept is None:
                return new
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

    def one_step(self, x: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        """From a step's projected input and the state to the new state."""
        raise NotImplementedError


@_saved
class SimpleRNN(_Projected, keras.layers.SimpleRNN):
    """Keras's SimpleRNN."""

    def one_step(self, x: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        """From a step's projected input and the state to the new state."""
        return [tf.tanh(x + state[0] @ self.cell.recurrent_kernel)]


@_saved
class GRU(_Projected, keras.layers.GRU):
    """Keras's GRU, with its reset after the product."""

    def one_step(self, x: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        """From a step's projected input and the state to the new state."""
        bias = tf.convert_to_tensor(self.cell.bias)
        recurrent_gates = tf.split(state[0] @ self.cell.recurrent_kernel + bias[1], 3, axis=-1)
        x_update, x_reset, x_candidate = tf.split(x, 3, axis=-1)
        update, reset = tf.sigmoid(x_update + recurrent_gates[0]), tf.sigmoid(x_reset + recurrent_gates[1])
        candidate = tf.tanh(x_candidate + reset * recurrent_gates[2])
        return [update * state[0] + (1 - update) * candidate]


@_saved
class LSTM(_Projected, keras.layers.LSTM):
    """Keras's LSTM, with a cheaper gradient if it is unrolled and nothing is masked."""

    def scan(self, projected: tf.Tensor, initial: list[tf.Tensor] | None, kept: tf.Tensor | None) -> list[tf.Tensor]:
        """The states after each step, `(steps, n, units)`, and the last state."""
        if kept is not None or projected.shape[0] > MOST_UNROLLED:
            return super().scan(projected, initial, kept)
        recurrent_kernel = tf.convert_to_tensor(self.cell.recurrent_kernel)
        if initial is None:
            states, memory = _scan(projected, recurrent_kernel)
        else:
            states, memory = _scan_from(projected, recurrent_kernel, *initial)
        return [states, states[-1], memory]

    def one_step(self, x: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        """From a step's projected input and the state to the new state."""
        i, f, g, o = tf.split(x + state[0] @ self.cell.recurrent_kernel, 4, axis=-1)
        memory = tf.sigmoid(f) * state[1] + tf.sigmoid(i) * tf.tanh(g)
        return [tf.sigmoid(o) * tf.tanh(memory), memory]


_CELLS: dict[str, type[LSTM] | type[GRU] | type[SimpleRNN]] = {"lstm": LSTM, "gru": GRU, "simple": SimpleRNN}

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
    slope = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), units)  # the candidate's gate is a plain tanh
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
class Position(keras.layers.Layer):
    """Adds a learned vector to each step."""

    def __init__(self, seed: int, name: str, **named: Any) -> None:
        super().__init__(name=name, **named)
        self._seed = seed
        self._start = keras.initializers.RandomUniform(seed=seed)

    def get_config(self) -> dict[str, Any]:
        """What a saved model makes the layer from."""
        return {**super().get_config(), "seed": self._seed}

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """One vector a step."""
        self.embeddings = self.add_weight(input_shape[1:], self._start, name="embeddings")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Shape `(n, steps, width)` to the same."""
        return inputs + self.embeddings


@_saved
class Scalars(keras.layers.Layer):
    """Weights that are single numbers, small and random at the start, for a network written out by hand."""

    def __init__(self, names: tuple[str, ...], seed: int, name: str, **named: Any) -> None:
        super().__init__(name=name, **named)
        self._names, self._seed = names, seed

    def get_config(self) -> dict[str, Any]:
        """What a saved model makes the layer from."""
        return {**super().get_config(), "names": list(self._names), "seed": self._seed}

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """One number a name."""
        for place, name in enumerate(self._names):
            start = keras.initializers.RandomNormal(stddev=0.1, seed=self._seed + place)
            self.add_weight((), start, name=name)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The numbers in the order of their names; the inputs are ignored."""
        return tf.stack([tf.convert_to_tensor(weight) for weight in self.weights])

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int]:
        """One number a name."""
        return (len(self._names),)
