"""How small can a network be that adds? A recurrent cell of one unit, shaped like the sum it must learn.

At each column it adds up the two digits and what was carried, decides by one sigmoid whether the column is full, and
writes what is left. The decision is its state, which the next column reads as the carry:

    u = digits - centre + p * carry         what this column holds
    carry = sigmoid(w * u + b)              is it full?
    y = u + centre + v * carry              what is written: the digit nearest to y is the likeliest

A digit's score is the square of its distance from y, times a fixed sharpness that makes one that is hit nearly sure.

The shape of the computation is given: count the column, carry, and take away. How much and when is learned from
examples. The fewer weights are trained, the more is given; with one weight, all that is left to learn is the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import ColumnsEncoding, Encoding
from adder.networks.base import Network, Shapes, Weights
from adder.networks.numpy_layers import Array, Outputs, Trace, sigmoid, softmax
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras

_TRAINED = {1: ("w",), 2: ("w", "v"), 3: ("w", "b", "v"), 4: ("p", "w", "b", "v")}
MOST_COLUMNS = 40  # Its steps are unrolled, so that a longer network would take minutes to compile.
SHARPNESS = 10.0  # A digit that y hits exactly gets a probability of 0.9999.
_NEVER = np.float32(-1e9)  # the score of every symbol that is not a digit


@dataclass(frozen=True, slots=True)
class CarryCell(Network):
    """One recurrent unit that counts a column and carries.

    Attributes:
        trained: How many weights are learned: 4 (`p`, `w`, `b`, `v`), 3 (`p` is 1), 2 (also `b` is 0 and the centre
            lies half below a full column, so the place of the decision is given) or 1 (also `v` is `-w`: a full
            column loses as much as it takes to decide, and the one weight learns the base).
    """

    name: ClassVar[str] = "carry"
    label: ClassVar[str] = marked("One-unit carry cell")
    blurb: ClassVar[str] = marked("A single recurrent unit shaped like addition on paper; it learns when to carry.")
    encodings: ClassVar[tuple[str, ...]] = (ColumnsEncoding.name,)
    any_length: ClassVar[bool] = True

    trained: int = setting(
        4,
        Whole(
            marked("Trained weights"),
            marked("How many of the cell's weights are learned; the others are given, as on paper."),
            min(_TRAINED),
            max(_TRAINED),
            offered={number: str(number) for number in _TRAINED},
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        if not task.adds_two or task.base > 10:
            return Sentence(
                "{network} carries at most one, so the task must be sums of exactly 2 numbers in base 2 to 10",
                network=self.name,
            )
        if task.number_width > MOST_COLUMNS:
            return Sentence(
                "{network} is trained on numbers of at most {most} digits, or compiling it would take minutes; it "
                "then adds longer ones as well",
                network=self.name,
                most=MOST_COLUMNS,
            )
        if encoding.input != "integer" or encoding.fill != "zero":
            return Sentence(
                "{network} counts digits, so it needs encoding.input=integer and encoding.fill=zero", network=self.name
            )
        return None

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model, with small random weights from `seed`; dropout does not apply to it.

        Inputs are symbols, shape `(n, steps, 2)`; outputs are probabilities, `(n, steps, symbols)`.
        """
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        inputs = keras.Input((encoding.question_length(task), 2), dtype="int32")
        columns = keras.ops.sum(keras.ops.cast(inputs, "float32"), axis=-1)
        layer = keras_layers.Scalars(_TRAINED[self.trained], next(keras_layers.seeds(seed)), name="carry")
        weights = dict(zip(_TRAINED[self.trained], keras.ops.unstack(layer(columns)), strict=True))
        p, w, b, v, centre = self._parts(weights, task.base)
        carry: Any = 0.0
        written = []
        for step in range(columns.shape[1]):
            u = columns[:, step] - centre + p * carry
            carry = keras.ops.sigmoid(w * u + b)
            written.append(u + centre + v * carry)
        away = keras.ops.expand_dims(keras.ops.stack(written, axis=1), -1) - np.arange(task.base, dtype=np.float32)
        others = [[0, 0], [0, 0], [0, len(task.alphabet) - task.base]]
        # The softmax comes last, for there the loss finds the scores themselves, whose logarithm cannot underflow.
        scores = keras.ops.pad(-SHARPNESS * keras.ops.square(away), others, constant_values=_NEVER)
        return keras.Model([inputs], keras.ops.softmax(scores))

    def _parts(self, weights: dict[str, Any], base: int) -> tuple[Any, Any, Any, Any, float]:
        """The weights `p`, `w`, `b`, `v`, with what is given in place of those that are not trained, and the centre."""
        w = weights["w"]
        centre = base - 1.0 if self.trained > 2 else base - 0.5
        return weights.get("p", 1.0), w, weights.get("b", 0.0), weights.get("v", -w), centre

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight."""
        return {f"carry/{name}": () for name in _TRAINED[self.trained]}

    def forward(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Outputs:
        """The same function in NumPy, for numbers of any length."""
        named = {name: weights[f"carry/{name}"] for name in _TRAINED[self.trained]}
        p, w, b, v, centre = self._parts(named, task.base)
        columns = inputs.sum(axis=-1).astype(np.float32)
        carry: Array = np.zeros(len(inputs), np.float32)
        written = np.empty(columns.shape, np.float32)
        for step in range(columns.shape[1]):
            u = columns[:, step] - np.float32(centre) + p * carry
            carry = sigmoid(np.asarray(w * u + b, np.float32))
            written[:, step] = u + np.float32(centre) + v * carry
            if trace is not None:
                trace.layer("carry", "read").states.append((carry[:, None],))
        scores = np.full((*columns.shape, len(task.alphabet)), _NEVER)
        away = written[:, :, None] - np.arange(task.base, dtype=np.float32)
        scores[:, :, : task.base] = -np.float32(SHARPNESS) * np.square(away)
        return Outputs(softmax(scores))
