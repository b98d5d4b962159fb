"""How a network takes in what it reads: a question and its padding, characters as vectors, and numbers.

Question, Numbers, Previous           what is handed in: symbols, scaled numbers, the characters written before
OneHotVectors, Fractions, Embedding   each symbol as a vector
Padding                               where a question is more than padding
OneByOne                              numbers as a sequence
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, counted
from adder.networks.arrays import Array, OneHot, Trace, Weights
from adder.networks.layers.layer import KerasLayer, Layer, Listing, Shape, WeightShapes, Words


class _Given(Layer):
    """A layer that is given its value from outside, and is an input of the Keras model."""

    __slots__ = ()

    inputs: ClassVar[tuple[str, ...]] = ()
    given: ClassVar[bool] = True

    def compute(self, weights: Weights, trace: Trace | None) -> Any:
        raise NotImplementedError  # Its value is handed in.


@dataclass(frozen=True, slots=True)
class Question(_Given):
    """The symbols of a question, `(n, steps)`; `(n, steps, channels)` where several are read at each step."""

    name: str
    steps: int
    channels: int | None = None

    def shapes(self) -> tuple[Shape, ...]:
        return (Shape("read", self.steps, self.channels or 1),)

    def keras(self, build: Any) -> Any:
        return build.layers.Input((self.steps, self.channels) if self.channels else (self.steps,), dtype="int32")

    def source(self, listing: Listing) -> None:
        sizes = "(QUESTION_STEPS, CHANNELS)" if self.channels else "(QUESTION_STEPS,)"
        listing.add_input(self.name, f'keras.Input({sizes}, dtype="int32")')

    def words(self) -> Words:
        return Words("question", Sentence("Question"))


@dataclass(frozen=True, slots=True)
class Numbers(_Given):
    """Scaled numbers, `(n, count)`."""

    name: str
    count: int

    def shapes(self) -> tuple[Shape, ...]:
        return (Shape("whole", 1, self.count),)

    def keras(self, build: Any) -> Any:
        return build.layers.Input((self.count,))

    def source(self, listing: Listing) -> None:
        listing.add_input(self.name, "keras.Input((TERMS,))")

    def words(self) -> Words:
        return Words("question", counted("{n} scaled number", "{n} scaled numbers", n=self.count))


@dataclass(frozen=True, slots=True)
class Previous(_Given):
    """The character before each one that is to be written, `(n, steps)`; in training, the true one."""

    writes: ClassVar[bool] = True

    name: str
    steps: int

    def shapes(self) -> tuple[Shape, ...]:
        return (Shape("written", self.steps, 1),)

    def keras(self, build: Any) -> Any:
        return build.layers.Input((self.steps,), dtype="int32")

    def source(self, listing: Listing) -> None:
        listing.add_input(self.name, 'keras.Input((ANSWER_STEPS,), dtype="int32")', "It holds the previous characters.")


class Vectors(Layer):
    """Symbols to vectors; those of several channels stand side by side. `INPUTS` names each kind.

    Attributes:
        symbols: How many characters the alphabet has.
        channels: How many symbols are read at each step; None for one.
        marks: How many symbols come after those of the alphabet.
    """

    __slots__ = ()

    label: ClassVar[Sentence]
    symbols: int
    channels: int | None
    marks: int
    of: str

    @property
    def _known(self) -> int:
        """How many symbols there are, with the marks."""
        return self.symbols + self.marks

    @property
    def _known_source(self) -> str:
        return f"SYMBOLS + {self.marks}" if self.marks else "SYMBOLS"

    @property
    def _width(self) -> int:
        """Numbers for each symbol."""
        raise NotImplementedError

    def _keras(self, build: Any, of: Any) -> Any:
        """Keras: symbols to vectors along one more axis."""
        raise NotImplementedError

    def _source(self, of: str) -> str:
        """The same as an expression."""
        raise NotImplementedError

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (of.wide(of.width * self._width),)

    def keras(self, build: Any, of: Any) -> Any:
        return build.ops.reshape(self._keras(build, of), (-1, of.shape[1], self._width * (self.channels or 1)))

    def source(self, listing: Listing, of: str) -> None:
        listing.assign(self.name, self._source(of))
        if self.channels:
            listing.assign(self.name, f"keras.layers.Reshape((QUESTION_STEPS, -1))({self.name})")

    def words(self, of: Shape) -> Words | None:
        return Words("reading", self.label) if of.at == "read" else None


@dataclass(frozen=True, slots=True)
class OneHotVectors(Vectors):
    """Each symbol as a vector of zeros with a single 1."""

    label: ClassVar[Sentence] = Sentence("One-hot vectors")

    name: str
    symbols: int
    of: str
    channels: int | None = None
    marks: int = 0

    @property
    def _width(self) -> int:
        return self._known

    def compute(self, weights: Weights, trace: Trace | None, of: NDArray[np.integer]) -> OneHot:
        return OneHot(of if self.channels else of[..., None], self._known)

    def _keras(self, build: Any, of: Any) -> Any:
        return build.ops.one_hot(of, self._known)

    def _source(self, of: str) -> str:
        return f"ops.one_hot({of}, {self._known_source})"


@dataclass(frozen=True, slots=True)
class Fractions(Vectors):
    """Each symbol as one number from 0 to 1, since digits have an order."""

    label: ClassVar[Sentence] = Sentence("One number each")

    name: str
    symbols: int
    of: str
    channels: int | None = None
    marks: int = 0

    @property
    def _width(self) -> int:
        return 1

    def compute(self, weights: Weights, trace: Trace | None, of: NDArray[np.integer]) -> Array:
        numbers = of.astype(np.float32) / np.float32(self._known - 1)
        return numbers if self.channels else numbers[..., None]

    def _keras(self, build: Any, of: Any) -> Any:
        return build.ops.expand_dims(build.ops.cast(of, "float32") / (self._known - 1), -1)

    def _source(self, of: str) -> str:
        return f'ops.expand_dims(ops.cast({of}, "float32") / ({self._known_source} - 1), -1)'


@dataclass(frozen=True, slots=True)
class Embedding(Vectors):
    """Each symbol as a vector that is learned; the vectors are `embedding/embeddings`."""

    label: ClassVar[Sentence] = Sentence("Learned vectors")

    name: str
    symbols: int
    size: int
    of: str
    channels: int | None = None
    marks: int = 0

    @property
    def _width(self) -> int:
        return self.size

    def weights(self, of: Shape) -> WeightShapes:
        return {"embedding/embeddings": (self._known, self.size)}

    def compute(self, weights: Weights, trace: Trace | None, of: NDArray[np.integer]) -> Array:
        vectors = weights["embedding/embeddings"][of]
        return vectors.reshape(*of.shape[:2], -1) if self.channels else vectors

    def _keras(self, build: Any, of: Any) -> Any:
        return build.embedding(self._known, self.size, "embedding")(of)

    def _source(self, of: str) -> str:
        return f'keras.layers.Embedding({self._known_source}, EMBEDDING_SIZE, name="embedding")({of})'


@dataclass(frozen=True, slots=True)
class Padding(Layer):
    """A mask: True where a step of the question is more than padding, `(n, steps)`."""

    name: str
    blank: int
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (of.wide(1),)

    def compute(self, weights: Weights, trace: Trace | None, of: NDArray[Any]) -> NDArray[np.bool_]:
        read: NDArray[np.bool_] = of != self.blank
        return np.any(read, axis=-1) if of.ndim == 3 else read

    def keras(self, build: Any, of: Any) -> Any:
        read = build.ops.not_equal(of, self.blank)
        return build.ops.any(read, axis=-1) if len(of.shape) == 3 else read

    def source(self, listing: Listing, of: str) -> None:
        listing.define('''
            def is_read(symbols):
                """Where a step of the question is more than padding."""
                read = ops.not_equal(symbols, BLANK)
                return ops.any(read, axis=-1) if len(symbols.shape) == 3 else read
        ''')
        listing.assign(self.name, f"is_read({of})", "Padding is skipped.")


@dataclass(frozen=True, slots=True)
class OneByOne(KerasLayer):
    """Numbers as a sequence: one a step, `(n, count)` to `(n, count, 1)`."""

    name: str
    of: str

    def shapes(self, of: Shape) -> tuple[Shape, ...]:
        return (Shape("read", of.width, 1),)

    def compute(self, weights: Weights, trace: Trace | None, of: Array) -> Array:
        return of[:, :, None]

    @property
    def made(self) -> tuple[str, tuple[Any, ...]]:
        return "Reshape", ((-1, 1),)
