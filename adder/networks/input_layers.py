"""How a network takes in each character that it reads: as a one-hot vector, as one number, or as a learned vector.

The encoding says which of them. This module alone knows what each means, in Keras and in NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Switch
from adder.encodings import Encoding
from adder.networks.base import Shapes, Weights
from adder.networks.numpy_layers import Array, dense
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras

MASKING = Switch(marked("Skip padding"), marked("Masking: whether padding leaves the network's state as it was."))


def features(task: AnyTask, encoding: Encoding) -> int:
    """Numbers that reach the network at each step."""
    sizes = {"one-hot": len(task.alphabet), "integer": 1, "embedding": encoding.embedding_size}
    return encoding.channels(task) * sizes[encoding.input]


def shapes(task: AnyTask, encoding: Encoding) -> Shapes:
    """The weights that turn characters into vectors: those of the embedding, where there is one."""
    if encoding.input == "embedding":
        return {"embedding/embeddings": (len(task.alphabet), encoding.embedding_size)}
    return {}


def refusal(encoding: Encoding, masking: bool) -> Sentence | None:
    """Why a network with masking cannot read this encoding, or None."""
    if masking and encoding.fill != "space":
        return Sentence("network.masking skips padding, which cannot be told from digits with encoding.fill=zero")
    return None


def layer(task: AnyTask, encoding: Encoding, inputs: Any, seeds: Iterator[int]) -> Any:
    """Keras: symbols `(n, steps[, channels])` to `(n, steps, features)`."""
    from adder.networks.backend import keras

    symbols = len(task.alphabet)
    if encoding.input == "one-hot":
        vectors = keras.ops.one_hot(inputs, symbols)
    elif encoding.input == "integer":
        vectors = keras.ops.expand_dims(keras.ops.cast(inputs, "float32") / (symbols - 1), -1)
    else:
        start = keras.initializers.RandomUniform(seed=next(seeds))
        vectors = keras.layers.Embedding(symbols, encoding.embedding_size, start, name="embedding")(inputs)
    return keras.ops.reshape(vectors, (-1, encoding.question_length(task), features(task, encoding)))


def keras_input(task: AnyTask, encoding: Encoding) -> keras.KerasTensor:
    """Keras: the symbols of questions, `(n, steps)` or `(n, steps, channels)`."""
    from adder.networks.backend import keras

    steps, channels = encoding.question_length(task), encoding.channels(task)
    return keras.Input((steps, channels) if encoding.name == "columns" else (steps,), dtype="int32")


def keras_mask(task: AnyTask, inputs: Any) -> Any:
    """Keras: True where a step is more than padding, `(n, steps)`."""
    from adder.networks.backend import keras

    read = keras.ops.not_equal(inputs, task.blank)
    return keras.ops.any(read, axis=-1) if len(inputs.shape) == 3 else read


def mask(task: AnyTask, inputs: NDArray[Any]) -> NDArray[np.bool_]:
    """NumPy: True where a step is more than padding, `(n, steps)`."""
    read: NDArray[np.bool_] = inputs != task.blank
    return np.any(read, axis=-1) if inputs.ndim == 3 else read


def vectors(task: AnyTask, encoding: Encoding, weights: Weights, inputs: NDArray[Any]) -> Array:
    """NumPy: symbols to `(n, steps, features)`."""
    if encoding.input == "one-hot":
        read = np.eye(len(task.alphabet), dtype=np.float32)[inputs]
    elif encoding.input == "integer":
        read = (inputs.astype(np.float32) / np.float32(len(task.alphabet) - 1))[..., None]
    else:
        read = weights["embedding/embeddings"][inputs]
    return read.reshape(*inputs.shape[:2], -1)


def projected(
    task: AnyTask, encoding: Encoding, weights: Weights, inputs: NDArray[Any], kernel: Array, bias: Array
) -> Array:
    """NumPy: symbols to `vectors @ kernel + bias`; of one-hot vectors as the row look-up that it is."""
    if encoding.input != "one-hot":
        return dense(vectors(task, encoding, weights, inputs), kernel, bias)
    columns = inputs[..., None] if inputs.ndim == 2 else inputs
    total = kernel[columns[..., 0]] + bias
    for channel in range(1, columns.shape[-1]):
        total += kernel[columns[..., channel] + channel * len(task.alphabet)]
    return total
