"""A network as a description: layers in the order of their work, each of which names what it reads.

    layers = preset("seq2seq").layers
    shapes_of(layers)                      the shape of everything they give
    weight_shapes(layers)                  name and shape of every weight
    forward(layers, weights, inputs, …)    what they compute in NumPy
    keras_model(layers, seed, dropout)     the same in Keras
    layers.cost, layers.cost_to_answer     the work that one question takes, in training and in NumPy
    written(layers), layers_from(text)     as JSON, and back
    planned(layers)                        the order of work, for the JavaScript faces of the layers

The first layer is what is asked, and the last one gives the answer.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adder.base.errors import AdderError
from adder.networks.arrays import Array, OneHot, Outputs, Trace, Weights
from adder.networks.decoding import Decoder, Independent, greedy
from adder.networks.layers import LAYERS
from adder.networks.layers.layer import Cost, Layer, Names, Shape, WeightShapes

if TYPE_CHECKING:
    import keras

Layers = Sequence[Layer]

VERSION = 1


def shapes_of(layers: Layers) -> dict[str, Shape]:
    """The shape of each output by name."""
    shapes: dict[str, Shape] = {}
    for layer in layers:
        given = layer.shapes(**inputs_of(layer, shapes))
        shapes |= zip(layer.output_names, given, strict=True)
    return shapes


def weight_shapes(layers: Layers) -> WeightShapes:
    """Name and shape of every weight, in the order of the Keras model."""
    shapes = shapes_of(layers)
    return {name: each for layer in layers for name, each in layer.weights(**inputs_of(layer, shapes)).items()}


def forward(
    layers: Description, weights: Weights, inputs: NDArray[Any], steps: int, start: int, trace: Trace | None = None
) -> Outputs:
    """What the layers compute for a batch of questions. A decoder reads its own likeliest characters.

    Args:
        layers: The network.
        weights: Every weight by name.
        inputs: Encoded questions.
        steps: How many characters an answer has.
        start: The symbol that stands before the first one.
        trace: Where each layer leaves what it did, if somebody wants to look.
    """
    values, at_steps = _compute(layers, weights, inputs, trace)
    return greedy(at_steps, len(inputs), steps, start) if at_steps else Outputs(values[layers.work[2]])


def decoder(layers: Description, weights: Weights, inputs: NDArray[Any]) -> Decoder:
    """What writes the answers to a batch of questions, one character after another."""
    values, at_steps = _compute(layers, weights, inputs, None)
    return at_steps or Independent(values[layers.work[2]])


def keras_model(layers: Layers, seed: int, dropout: float = 0.0) -> keras.Model:
    """The Keras model, initialised as Keras does, from `seed`.

    Inputs are encoded questions, and where a layer reads what was written, the character before each one, `(n,
    answer_length)`. Outputs are probabilities `(n, answer_length, symbols)`, or numbers `(n,)`.
    """
    from adder.networks import keras_layers
    from adder.networks.backend import keras

    build = keras_layers.Build(seed, dropout)
    values: dict[str, Any] = {}
    for layer in layers:
        _keep(values, layer.output_names, layer.keras(build, **inputs_of(layer, values)))
    return keras.Model([values[layer.name] for layer in layers if layer.given], values[layers[-1].name])


def written(layers: Layers) -> str:
    """The description as JSON: its version, and each layer with its kind."""
    plain = [{"kind": type(layer).__name__, **dataclasses.asdict(layer)} for layer in layers]  # type: ignore[call-overload]
    return json.dumps({"version": VERSION, "layers": plain})


def planned(layers: Description) -> dict[str, Any]:
    """The order in which layers work, with its version, for `description.js`: plain values, ready for JSON.

    >>> from adder.networks.layers import Dense, Number, Numbers
    >>> layers = Numbers("numbers", 2), Dense("sum", 1, "linear", of="numbers"), Number("number", of="sum")
    >>> plan = planned(Description(layers))
    >>> plan["given"], [each["kind"] for each in plan["at_once"]], plan["answer"]
    ('numbers', ['Dense', 'Number'], 'number')
    """
    at_once, at_steps, answer = layers.work
    shapes = shapes_of(layers)

    def plain(work: _Work) -> dict[str, Any]:
        return {
            "kind": type(work.layer).__name__,
            "layer": dataclasses.asdict(work.layer),  # type: ignore[call-overload]
            "outputs": work.outputs,
            "read": work.read,
            "same": work.same,
            "attention": work.attention,
            "shown": work.layer.shown,
            "at": shapes[work.layer.name].at,
        }

    return {
        "version": VERSION,
        "given": layers[0].name,
        "at_once": [plain(work) for work in at_once if work.layer.name != layers[0].name],
        "at_steps": [plain(work) for work in at_steps],
        "answer": answer,
    }


def layers_from(text: str) -> Description:
    """The layers that `written` wrote.

    Raises:
        AdderError: The text is not such a description.

    >>> from adder.networks.layers import Dense, Number, Numbers
    >>> layers = (Numbers("numbers", 2), Dense("sum", 1, "linear", of="numbers"), Number("number", of="sum"))
    >>> layers_from(written(layers)) == layers
    True
    """
    try:
        described = msgspec.json.decode(text, type=_Written)
        if described.version != VERSION:
            raise AdderError(f"a description of version {VERSION} is needed; received: {described.version}")
        layers = Description(_layer(dict(each)) for each in described.layers)
        shapes_of(layers)
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
        raise AdderError(f"this is not the description of a network: {error}") from error
    return layers


class _Written(msgspec.Struct):
    version: int
    layers: list[dict[str, Any]]


def _layer(plain: dict[str, Any]) -> Layer:
    kind = plain.pop("kind")
    if kind not in LAYERS:
        raise AdderError(f"a layer must be one of {', '.join(LAYERS)}; received: {kind}")
    return msgspec.convert(plain, LAYERS[kind])


def inputs_of(layer: Layer, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a layer reads among some values, by field; None in place of what is not there."""
    return {
        field: values.get(names) if isinstance(names, str) else tuple(values.get(name) for name in names)
        for field, names in layer.sources.items()
    }


def outputs_read(layers: Layers) -> frozenset[str]:
    """The names of all outputs that any layer reads."""
    return frozenset(name for layer in layers for name in _names(layer.sources))


def _keep(values: dict[str, Any], names: tuple[str, ...], given: Any) -> None:
    """Keep what a layer gives under the names of its outputs."""
    if len(names) == 1:
        values[names[0]] = given
    else:
        values.update(zip(names, given, strict=True))


def _names(sources: Mapping[str, Names]) -> Iterator[str]:
    for names in sources.values():
        yield from (names,) if isinstance(names, str) else names


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What one layer has to do to answer in NumPy.

    Attributes:
        layer: The layer.
        outputs: The names of what it gives.
        read: The names of what it reads, by field; at the steps of the answer, only what is new at each step.
        same: At the steps of the answer, the names of what stays the same at all of them.
        attention: The name under which it gives where it looked; None if it does not.
    """

    layer: Layer
    outputs: tuple[str, ...]
    read: dict[str, Any]
    same: dict[str, Any]
    attention: str | None

    @classmethod
    def of(cls, layer: Layer, read: dict[str, Any], same: dict[str, Any]) -> _Work:
        """The work of a layer that reads these."""
        outputs = layer.output_names
        return cls(layer, outputs, read, same, next((name for name in outputs if name.endswith(".attention")), None))


class Description(tuple[Layer, ...]):
    """The layers of a network, and the order in which they work."""

    @cached_property
    def work(self) -> tuple[list[_Work], list[_Work], str]:
        """What is computed at once, what goes along with the answer step by step, and the name of the answer."""
        at_once, at_steps = [], []
        stands_for: dict[str, str] = {}  # It maps an output to what it only hands on.
        written: set[str] = set()  # These are outputs at the steps of the answer.
        new: set[str] = set()  # Of those, these are computed step by step.

        def old(name: str) -> bool:
            return name not in new

        for layer in self:
            sources = {
                field: stands_for.get(names, names)
                if isinstance(names, str)
                else tuple(stands_for.get(name, name) for name in names)
                for field, names in layer.sources.items()
            }
            if layer.hands_on:
                stands_for[layer.name] = str(sources["of"])
                continue
            goes_along = layer.writes or any(name in written for name in _names(sources))
            if goes_along or layer.repeats:
                written.update(layer.output_names)
            if goes_along:
                same = {field: found for field, names in sources.items() if (found := _only(names, old))}
                read = {field: found for field, names in sources.items() if (found := _only(names, new.__contains__))}
                at_steps.append(_Work.of(layer, read, same))
                new.update(layer.output_names)
            else:
                at_once.append(_Work.of(layer, sources, {}))
        return at_once, at_steps, stands_for.get(self[-1].name, self[-1].name)

    @cached_property
    def cost(self) -> Cost:
        """The work that one question takes in training, in all layers together."""
        return _total(self._costs.values())

    @cached_property
    def cost_to_answer(self) -> tuple[Cost, float]:
        """The work to answer one question in NumPy, and how many numbers are in memory at once.

        What is computed at once stays until the end. A layer at the steps of the answer works on one step at a time,
        and keeps what it made of its inputs and of the steps before. A round calls NumPy about once for each weight.
        """
        shapes = shapes_of(self)
        at_steps = {work.layer.name for work in self.work[1]}
        kept, most, rounds = 0, 0.0, 0
        for layer in self:
            numbers, given = self._costs[layer.name].numbers, _numbers(shapes, layer.output_names)
            steps = self._costs[layer.name].rounds or 1
            if layer.name in at_steps:
                steps = shapes[layer.name].steps
                kept += 2 * (given + _numbers(shapes, _names(layer.sources)))
                numbers /= steps
            else:
                kept += given
            rounds += steps * (2 + len(layer.weights(**inputs_of(layer, shapes))))
            most = max(most, numbers)
        return dataclasses.replace(self.cost, rounds=rounds), kept + most

    @cached_property
    def _costs(self) -> dict[str, Cost]:
        shapes = shapes_of(self)
        return {layer.name: layer.cost(**inputs_of(layer, shapes)) for layer in self}


def _total(costs: Iterable[Cost]) -> Cost:
    return Cost(*map(sum, zip(*map(dataclasses.astuple, costs), strict=True)))


def _numbers(shapes: Mapping[str, Shape], names: Iterable[str]) -> int:
    """How many numbers these outputs hold."""
    return sum(shapes[name].steps * shapes[name].width for name in names if name in shapes)


def _only(names: Names, wanted: Callable[[str], bool]) -> Any:
    """The names that are wanted; among several, None stands in place of the others."""
    if isinstance(names, str):
        return names if wanted(names) else None
    found = tuple(name if wanted(name) else None for name in names)
    return found if any(found) else None


def _values(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """What a layer reads, by field."""
    return {
        field: values[names] if isinstance(names, str) else tuple(name and values[name] for name in names)
        for field, names in read.items()
    }


def _compute(
    layers: Description, weights: Weights, inputs: NDArray[Any], trace: Trace | None
) -> tuple[dict[str, Any], _Steps | None]:
    """All that can be computed at once, and what computes the steps of the answer, if there are any."""
    at_once, at_steps, answer = layers.work
    values: dict[str, Any] = {layers[0].name: inputs}
    shapes = {} if trace is None else shapes_of(layers)
    for work in at_once[1:]:
        layer = work.layer
        given = layer.compute(weights, trace, **_values(values, work.read))
        _keep(values, work.outputs, given)
        if trace is not None and layer.shown:
            shown = np.asarray(given)
            trace.activations(layer.name, shown if shown.ndim == 3 else shown[:, None], shapes[layer.name].at)
    return values, _Steps(at_steps, answer, values, weights, len(inputs), trace) if at_steps else None


class _Steps:
    """The layers that go along with the answer, one step after another."""

    def __init__(
        self,
        at_steps: list[_Work],
        answer: str,
        values: dict[str, Any],
        weights: Weights,
        rows: int,
        trace: Trace | None,
    ) -> None:
        self._at_steps, self._answer, self._weights, self._trace = at_steps, answer, weights, trace
        self._memories = [
            None if work.layer.given else work.layer.begin(weights, rows, **_values(values, work.same))
            for work in at_steps
        ]
        self._at = 0

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        values: dict[str, Any] = {}
        looked = None
        weights, memories, at, trace = self._weights, self._memories, self._at, self._trace
        for place, work in enumerate(self._at_steps):
            layer = work.layer
            if layer.given:
                values[layer.name] = previous
                continue
            given, memories[place] = layer.step(weights, memories[place], at, trace, **_values(values, work.read))
            _keep(values, work.outputs, given)
            if work.attention:
                looked = values[work.attention]
            if trace is not None and layer.shown:
                trace.activations(layer.name, values[layer.name][:, None], "written")
        self._at += 1
        return values[self._answer], looked

    def select(self, rows: NDArray[np.integer]) -> None:
        self._memories = [_rows(memory, rows) for memory in self._memories]


def _rows(memory: Any, rows: NDArray[np.integer]) -> Any:
    """These rows of all arrays in a layer's memory."""
    if isinstance(memory, np.ndarray | OneHot):
        return memory[rows]
    if isinstance(memory, dict):
        return {field: _rows(each, rows) for field, each in memory.items()}
    return None if memory is None else tuple(_rows(each, rows) for each in memory)
