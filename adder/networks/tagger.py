"""One character out for each one in: the tutorial's "why RepeatVector?" answered by doing without it.

The recurrent layers give their state at every step and a softmax turns each into a character, so there is no
bottleneck, and no decoder. The price is that question and answer must have one length, and that whatever the answer
needs must have been read by the time it is written: two directions help. On aligned columns that is always so, and
such a network may read numbers of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Whole, check_settings, setting
from adder.encodings import ColumnsEncoding, Encoding, TextEncoding
from adder.networks import input_layers
from adder.networks.base import Network, Shapes, Weights
from adder.networks.numpy_layers import Array, Outputs, Trace, dense, softmax
from adder.networks.recurrent import BIDIRECTIONAL, CELL, LAYERS, MOST_UNITS, Stack
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Tagger(Network):
    """Recurrent layers and a softmax at each step.

    Attributes:
        cell: The recurrent cell.
        units: Units of each layer, in each direction.
        layers: Layers on top of one another.
        bidirectional: Whether each layer also reads from right to left.
        masking: Whether padding is skipped, so that the state before it is what is written there.
    """

    name: ClassVar[str] = "tagger"
    label: ClassVar[str] = marked("One output a step")
    blurb: ClassVar[str] = marked("Writes one character for each one it reads: no bottleneck, no decoder.")
    encodings: ClassVar[tuple[str, ...]] = (TextEncoding.name, ColumnsEncoding.name)
    any_length: ClassVar[bool] = True

    cell: str = setting("lstm", CELL)
    units: int = setting(64, Whole(marked("Units"), marked("Units of each layer, in each direction."), 1, MOST_UNITS))
    layers: int = setting(1, LAYERS)
    bidirectional: bool = setting(False, BIDIRECTIONAL)
    masking: bool = setting(False, input_layers.MASKING)

    def __post_init__(self) -> None:
        check_settings(self, "network")

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        if encoding.question_length(task) != encoding.answer_length(task):
            return Sentence(
                "{network} writes one character for each one it reads, so question and answer must have one length; "
                "set encoding.full_length=true",
                network=self.name,
            )
        return input_layers.refusal(encoding, self.masking)

    @property
    def _stack(self) -> Stack:
        return Stack("tagger", self.cell, self.units, self.layers, self.bidirectional)

    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model, initialised as Keras does, from `seed`.

        Inputs are symbols, shape `(n, steps[, channels])`; outputs are probabilities, `(n, steps, symbols)`.
        """
        from adder.networks import keras_layers
        from adder.networks.backend import keras

        seeds = keras_layers.seeds(seed)
        inputs = input_layers.keras_input(task, encoding)
        mask = input_layers.keras_mask(task, inputs) if self.masking else None
        states, _ = self._stack.keras(input_layers.layer(task, encoding, inputs, seeds), mask, seeds, dropout)
        states = keras_layers.dropout(dropout, seeds)(states) if dropout else states
        characters = keras_layers.dense(len(task.alphabet), "character", seeds, activation="softmax")
        return keras.Model([inputs], characters(states))

    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight."""
        symbols = len(task.alphabet)
        shapes = input_layers.shapes(task, encoding) | self._stack.shapes(input_layers.features(task, encoding))
        return shapes | {"character/kernel": (self._stack.width, symbols), "character/bias": (symbols,)}

    def forward(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Outputs:
        """The same function in NumPy, for questions of any length."""

        def project(kernel: Array, bias: Array) -> Array:
            return input_layers.projected(task, encoding, weights, inputs, kernel, bias)

        mask = input_layers.mask(task, inputs) if self.masking else None
        states, _ = self._stack.forward(weights, project, mask, trace)
        return Outputs(softmax(dense(states, weights["character/kernel"], weights["character/bias"])))
