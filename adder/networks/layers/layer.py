"""The base class of all layers. A layer is one piece of a network, with all its faces side by side.

A layer is a frozen node of plain data: a name, its settings, and the names of what it reads. Its faces are

    shapes, weights    the shapes of what it gives, and of its weights by name
    compute            what it computes in NumPy; `begin` and `step` where it goes along with the answer that is written
    keras              the same with Keras, to be trained
    source             the same as lines of a listing in plain Keras
    words              what it is, for the diagram
    cost               the work that it takes

Layers at the steps of the answer are computed step by step, since what was written may be read again. A layer without
a memory needs only `compute`: its `step` is that, on one step.
"""

from __future__ import annotations

import builtins
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from adder.base.messages import Sentence
from adder.base.source import block
from adder.networks.arrays import Trace, Weights

Names = str | tuple[str, ...]
WeightShapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of what a layer gives for one question.

    Attributes:
        at: `"read"`, a vector at each step of the question; `"written"`, at each step of the answer; `"whole"`, a
            single vector.
        steps: How many vectors; 1 for the whole.
        width: How many numbers a vector has.
    """

    at: str
    steps: int
    width: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the array, without the batch; a single number a step has none of its own."""
        if self.at == "whole":
            return (self.width,)
        return (self.steps,) if self.width == 1 else (self.steps, self.width)

    def wide(self, width: int) -> Shape:
        """The same steps, with vectors of another width."""
        return Shape(self.at, self.steps, width)


@dataclass(frozen=True, slots=True)
class Words:
    """What a layer is, for the diagram.

    Attributes:
        role: What it does in the network, which decides its colour: `"question"`, `"reading"`, `"encoder"`,
            `"bridge"`, `"attention"`, `"decoder"`, `"layer"` or `"output"`.
        label: What it is.
    """

    role: str
    label: Sentence


@dataclass(frozen=True, slots=True)
class Cost:
    """The work that one question takes.

    Attributes:
        products: Multiplications in products of arrays.
        numbers: Numbers worked out one by one, each in a few operations; training keeps them all.
        rounds: Steps that must follow one another.
    """

    products: float
    numbers: float
    rounds: int = 0


class Layer(ABC):
    """One piece of a network.

    Attributes:
        inputs: The fields that name what it reads. A field may be None, or a tuple where it reads several things.
        outputs: What is appended to its name for each thing that it gives.
        given: Whether its value is handed in: a question, or the characters written before.
        writes: Whether it goes along with the answer, step by step, even if nothing that it reads does.
        repeats: Whether it gives the same at all steps of the answer, as one vector in NumPy.
        hands_on: Whether it only hands on what it reads, except in training.
        name: The name of its weights, and of its first output.
    """

    __slots__ = ()

    inputs: ClassVar[tuple[str, ...]] = ("of",)
    outputs: ClassVar[tuple[str, ...]] = ("",)
    given: ClassVar[bool] = False
    writes: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    hands_on: ClassVar[bool] = False
    name: str

    @property
    def sources(self) -> dict[str, Names]:
        """What it reads: the names of other layers' outputs, by field."""
        return {field: read for field in self.inputs if (read := getattr(self, field)) is not None}

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of what it gives."""
        return tuple(self.name + each for each in self.outputs)

    @property
    def shown(self) -> bool:
        """Whether looking inside shows what it gives."""
        return False

    @property
    def switched(self) -> dict[str, float]:
        """Weights that are not learned: training switches them from 0 to 1 after this share of the run, by name."""
        return {}

    def shapes(self, *_: Any, **inputs: Any) -> tuple[Shape, ...]:
        """The shape of each output, from the shapes of its inputs: by default that of what it reads."""
        return (inputs["of"],)

    def weights(self, *_: Any, **inputs: Any) -> WeightShapes:
        """Name and shape of every weight, in the order of Keras, from the shapes of its inputs."""
        return {}

    def cost(self, *_: Any, **inputs: Any) -> Cost:
        """The work that it takes, from the shapes of its inputs: by default each weight counts once at each step."""
        given = self.shapes(**inputs)
        weights = sum(map(math.prod, self.weights(**inputs).values()))
        return Cost(given[0].steps * weights, sum(each.steps * each.width for each in given))

    @abstractmethod
    def compute(self, weights: Weights, trace: Trace | None, *_: Any, **inputs: Any) -> Any:
        """What it gives in NumPy: a tuple if it has several outputs.

        Args:
            weights: Every weight of the network by name.
            trace: Where it leaves what it did, if that is more than its output.
            inputs: What it reads, by field: arrays `(n, steps, width)`, or `(n, width)` for the whole and for one step.
        """

    def begin(self, weights: Weights, rows: int, *_: Any, **same: Any) -> Any:
        """Its memory before the first step of the answer: arrays with the batch as first axis, in tuples or dicts.

        Args:
            weights: Every weight of the network by name.
            rows: How many answers are written.
            same: Those of its inputs that stay the same at all steps; None in place of the others.
        """
        return same

    def step(self, weights: Weights, memory: Any, at: int, trace: Trace | None, *_: Any, **new: Any) -> tuple[Any, Any]:
        """What it gives at one step of the answer, and its memory after that.

        Args:
            weights: Every weight of the network by name.
            memory: Its memory before this step.
            at: The step's number, counted from 0.
            trace: As in `compute`.
            new: The inputs of this step; None in place of those that stay the same.
        """
        return self.compute(weights, trace, **memory, **new), memory

    @abstractmethod
    def keras(self, build: Any, *_: Any, **inputs: Any) -> Any:
        """What it gives in Keras, from Keras tensors with all steps at once: a tuple if it has several outputs.

        Args:
            build: An `adder.networks.keras_layers.Build`, which has Keras and starts its layers from seeds.
            inputs: What it reads, by field.
        """

    @abstractmethod
    def source(self, listing: Listing, *_: Any, **inputs: Any) -> None:
        """Write its lines of plain Keras.

        Args:
            listing: Where to write them.
            inputs: The variables that it reads, by field.
        """

    def words(self, *_: Any, **inputs: Any) -> Words | None:
        """What it is, for the diagram, from the shapes of its inputs; None for what needs no box of its own."""
        return None


class KerasLayer(Layer):
    """A layer that is one of Keras's own, without weights."""

    __slots__ = ()

    of: str

    @property
    @abstractmethod
    def made(self) -> tuple[str, tuple[Any, ...]]:
        """The name of Keras's layer, and what it is made with."""

    def keras(self, build: Any, of: Any) -> Any:
        name, given = self.made
        return getattr(build.layers, name)(*given)(of)

    def source(self, listing: Listing, of: str) -> None:
        name, given = self.made
        listing.assign(self.name, f"keras.layers.{name}({', '.join(map(str, given))})({of})")


class Listing:
    """The lines that build a network in plain Keras, as its layers write them.

    Attributes:
        lines: The lines of the function that builds the model.
        definitions: Classes and functions that these lines use.
        model_inputs: The variables that the model reads.
        dropout: Whether the model has dropout.
        variables: The expression that holds each output.
    """

    def __init__(self, read: Iterable[str], *, dropout: bool, taken: Iterable[str] = ()) -> None:
        self.lines: list[str] = []
        self.definitions: list[str] = []
        self.model_inputs: list[str] = []
        self.dropout = dropout
        self.variables: dict[str, str] = {}
        self._read = frozenset(read)
        self._taken = frozenset(taken)

    @property
    def defined(self) -> set[str]:
        """The names of the classes and functions in `definitions`."""
        return set(re.findall(r"^(?:class|def) (\w+)", "\n".join(self.definitions), re.MULTILINE))

    def reads(self, output: str) -> bool:
        """Whether anything reads that output."""
        return output in self._read

    def add_input(self, output: str, expression: str, comment: str = "") -> None:
        """Add a line for an input of the model."""
        name = "inputs" if not self.model_inputs else output
        self.assign(name, expression, comment)
        self.call(output, name)
        self.model_inputs.append(name)

    def assign(self, output: str, expression: str, comment: str = "") -> None:
        """Add a line that assigns an output to a variable of its name."""
        variable = f"{output}_" if hasattr(builtins, output) or output in self._taken else output
        self.lines.append(f"{variable} = {expression}" + (f"  # {comment}" if comment else ""))
        self.call(output, variable)

    def call(self, output: str, expression: str) -> None:
        """Name another expression for an output that needs no line of its own."""
        self.variables[output] = expression

    def define(self, text: str) -> None:
        """Add a class or a function that the lines use, once however many layers use it."""
        if (code := block(text)) not in self.definitions:
            self.definitions.append(code)
