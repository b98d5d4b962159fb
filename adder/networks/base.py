"""What every network offers, with defaults for what few of them need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from adder.base.messages import Sentence
from adder.encodings import Encoding
from adder.networks.numpy_layers import Array, Decoder, Independent, Outputs, Trace, greedy
from adder.tasks import AnyTask

if TYPE_CHECKING:
    import keras

Weights = dict[str, Array]
Shapes = dict[str, tuple[int, ...]]


class Network(ABC):
    """A network's settings, and with them its layers in Keras and in NumPy.

    A network has either `forward`, which gives the whole answer at once, or `decoder`, which writes one character
    after another. The one that it leaves out follows from the other.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        blurb: What it is, in a sentence for menus.
        encodings: The names of the encodings that it reads.
        any_length: Whether it reads longer questions than it was trained on.
    """

    __slots__ = ()

    name: ClassVar[str]
    label: ClassVar[str]
    blurb: ClassVar[str]
    encodings: ClassVar[tuple[str, ...]]
    any_length: ClassVar[bool] = False

    @property
    def feedback(self) -> bool:
        """Whether it reads the character that it wrote last; in training, the true one (teacher forcing)."""
        return False

    @property
    def masking(self) -> bool:
        """Whether it skips padding."""
        return False

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        """Why this network cannot be trained on that, in one sentence, or None."""
        return None

    @abstractmethod
    def build(self, task: AnyTask, encoding: Encoding, seed: int, dropout: float = 0.0) -> keras.Model:
        """The Keras model, initialised as Keras does, from `seed`.

        Inputs are as `encoding` gives them, and with feedback also the characters before each one that is to be
        written, `(n, answer_length)`. Outputs are probabilities `(n, answer_length, symbols)`, or numbers `(n,)`.
        """

    @abstractmethod
    def weight_shapes(self, task: AnyTask, encoding: Encoding) -> Shapes:
        """Name and shape of every weight, in the order of the Keras model."""

    def forward(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Outputs:
        """The same function in NumPy: encoded questions to whole answers.

        What each layer does is left in `trace`, where one is given.
        """
        decoder = self.decoder(task, encoding, weights, inputs, trace)
        return greedy(decoder, len(inputs), encoding.answer_length(task), task.blank)

    def decoder(
        self,
        task: AnyTask,
        encoding: Encoding,
        weights: Weights,
        inputs: NDArray[Any],
        trace: Trace | None = None,
    ) -> Decoder:
        """The same function in NumPy, after it has read the questions: it writes one character after another."""
        return Independent(self.forward(task, encoding, weights, inputs, trace).finite().values)
