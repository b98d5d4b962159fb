"""The layers of our networks, forwards, as readable NumPy: what a trained network computes, and nothing about training.

Answering a question needs no TensorFlow: these functions and the saved weights give the same numbers as the Keras
layers of the same name (the tests hold them together to 1e-5). Arrays are float32, the batch is the first axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


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


def lookup(symbols: NDArray[np.integer], kernel: Array, bias: Array) -> Array:
    """`dense` of one-hot vectors, as the row look-up that it is: `(…)` integers to `(…, units)`."""
    return kernel[symbols] + bias


def lstm(projected: Array, recurrent_kernel: Array) -> Array:
    """Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    Args:
        projected: The input's share of the gates, `inputs @ kernel + bias`: shape `(n, steps, 4 * units)`, gates in
            Keras's order: input, forget, candidate, output.
        recurrent_kernel: The state's share, shape `(units, 4 * units)`.

    Returns:
        The state after each step, shape `(n, steps, units)`. Both states start at zero.

    >>> lstm(np.zeros((1, 3, 8), np.float32), np.zeros((2, 8), np.float32)).shape
    (1, 3, 2)
    """
    n, steps, _ = projected.shape
    units = recurrent_kernel.shape[0]
    state = np.zeros((n, units), np.float32)
    memory = np.zeros((n, units), np.float32)
    states = np.empty((n, steps, units), np.float32)
    for step in range(steps):
        gates = projected[:, step] + state @ recurrent_kernel
        opens = sigmoid(gates)
        input_gate, forget_gate = opens[:, :units], opens[:, units : 2 * units]
        output_gate = opens[:, 3 * units :]
        candidate = np.tanh(gates[:, 2 * units : 3 * units])
        memory = forget_gate * memory + input_gate * candidate
        state = output_gate * np.tanh(memory)
        states[:, step] = state
    return states
