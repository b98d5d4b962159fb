"""A network as a description: layers in the order of their work, each naming what it reads. Everything reads it.

    layers = tuple(preset("seq2seq").layers)
    shapes_of(layers)                      the shape of everything they give
    weight_shapes(layers)                  name and shape of every weight
    forward(layers, weights, inputs, …)    what they compute in NumPy
    keras_model(layers, seed, dropout)     the same in Keras
    written(layers), layers_from(text)     as JSON, and back

The first layer is what is asked, and the last one gives the answer.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adder.base.errors import AdderError
from adder.networks.arrays import Array, OneHot, Outputs, Trace, Weights
from adder.networks.decoding import Decoder, Independent, greedy
from adder.networks.layers import LAYERS
from adder.networks.layers.layer import Layer, Names, Shape, WeightShapes

if TYPE_CHECKING:
    import keras

Layers = Sequence[Layer]

VERSION = 1  # of a written description
_ATTENTION = ".attention"


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
    layers: Layers, weights: Weights, inputs: NDArray[Any], steps: int, start: int, trace: Trace | None = None
) -> Outputs:
    """What the layers compute for a batch of questions. A decoder reads its own likeliest characters.

    Args:
        layers: The network.
        weights: Every weight by name.
        inputs: Encoded questions.
        steps: Characters an answer.
        start: The symbol that stands before the first one.
        trace: Where each layer leaves what it did, if somebody wants to look.
    """
    values, at_steps = _compute(layers, weights, inputs, trace)
    if not at_steps:
        return Outputs(values[layers[-1].name])
    return greedy(_Steps(at_steps, values, weights, len(inputs), trace), len(inputs), steps, start)


def decoder(layers: Layers, weights: Weights, inputs: NDArray[Any]) -> Decoder:
    """What writes the answers to a batch of questions, one character after another."""
    values, at_steps = _compute(layers, weights, inputs, None)
    if not at_steps:
        return Independent(values[layers[-1].name])
    return _Steps(at_steps, values, weights, len(inputs), None)


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
        _keep(values, layer, layer.keras(build, **inputs_of(layer, values)))
    return keras.Model([values[layer.name] for layer in layers if layer.given], values[layers[-1].name])


def written(layers: Layers) -> str:
    """The description as JSON: its version, and each layer with its kind."""
    plain = [{"kind": type(layer).__name__, **dataclasses.asdict(layer)} for layer in layers]  # type: ignore[call-overload]
    return json.dumps({"version": VERSION, "layers": plain})


def layers_from(text: str) -> tuple[Layer, ...]:
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
        layers = tuple(_layer(dict(each)) for each in described.layers)
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


def _keep(values: dict[str, Any], layer: Layer, given: Any) -> None:
    """Keep what a layer gives under the names of its outputs."""
    names = layer.output_names
    if len(names) == 1:
        values[names[0]] = given
    else:
        values |= zip(names, given, strict=True)


def _names(sources: Mapping[str, Names]) -> Iterator[str]:
    for names in sources.values():
        yield from (names,) if isinstance(names, str) else names


def _compute(
    layers: Layers, weights: Weights, inputs: NDArray[Any], trace: Trace | None
) -> tuple[dict[str, Any], list[Layer]]:
    """What can be computed at once, and the layers that go along with the answer step by step."""
    values: dict[str, Any] = {layers[0].name: inputs}
    shapes = {} if trace is None else shapes_of(layers)
    answer: set[str] = set()  # outputs at the steps of the answer
    at_steps = []
    for layer in layers[1:]:
        sources = layer.sources
        if layer.writes or any(name in answer for name in _names(sources)):
            at_steps.append(layer)
            answer.update(layer.output_names)
            continue
        if layer.repeats:
            answer.update(layer.output_names)
        _keep(values, layer, layer.compute(weights, trace, **inputs_of(layer, values)))
        if trace is not None and layer.shown:
            shown = np.asarray(values[layer.name])
            trace.activations(layer.name, shown if shown.ndim == 3 else shown[:, None], shapes[layer.name].at)
    return values, at_steps


class _Steps:
    """The layers that go along with the answer, one step after another."""

    def __init__(
        self, layers: list[Layer], values: dict[str, Any], weights: Weights, rows: int, trace: Trace | None
    ) -> None:
        self._layers, self._weights, self._trace = layers, weights, trace
        self._memories = {
            layer.name: layer.begin(weights, rows, **_there(inputs_of(layer, values)))
            for layer in layers
            if not layer.given
        }
        self._at = 0

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        new: dict[str, Any] = {}
        looked = None
        for layer in self._layers:
            if layer.given:
                new[layer.name] = previous
                continue
            read = _there(inputs_of(layer, new))
            memory = self._memories[layer.name]
            given, self._memories[layer.name] = layer.step(self._weights, memory, self._at, self._trace, **read)
            _keep(new, layer, given)
            looked = new.get(layer.name + _ATTENTION, looked)
            if self._trace is not None and layer.shown:
                self._trace.activations(layer.name, new[layer.name][:, None], "written")
        self._at += 1
        return new[self._layers[-1].name], looked

    def select(self, rows: NDArray[np.integer]) -> None:
        self._memories = {name: _rows(memory, rows) for name, memory in self._memories.items()}


def _there(read: dict[str, Any]) -> dict[str, Any]:
    """What is there of what a layer reads; a field of several names stays, with None in its gaps."""
    return {field: value for field, value in read.items() if value is not None}


def _rows(memory: Any, rows: NDArray[np.integer]) -> Any:
    """These rows of all arrays in a layer's memory."""
    if isinstance(memory, np.ndarray | OneHot):
        return memory[rows]
    if isinstance(memory, dict):
        return {field: _rows(each, rows) for field, each in memory.items()}
    return None if memory is None else tuple(_rows(each, rows) for each in memory)
