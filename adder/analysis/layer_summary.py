"""A network as its parts: what each part is, the shape of its output, and how many weights it has.

Shapes are of one question and leave out the batch. No model is built here; a test compares the shapes with Keras's.

    >>> from adder.presets import preset
    >>> for part in parts(preset("seq2seq")):
    ...     print(part.label, part.shape, part.weights)
    Question (5,) 0
    One-hot vectors (5, 12) 0
    Encoder: LSTM, 100 units (100,) 45200
    RepeatVector: the same 2 times (2, 100) 0
    Decoder: LSTM, 50 units (2, 50) 30200
    Softmax over 12 symbols (2, 12) 612
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.networks import MappingLSTM, MappingMLP, Seq2Seq, Tagger
from adder.networks.recurrent import CELLS


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a network.

    Attributes:
        kind: `"question"`, `"reading"`, `"encoder"`, `"bridge"`, `"attention"`, `"decoder"`, `"layer"` or `"output"`.
        label: What it is, in words.
        shape: Of its output: `(steps, numbers a step)`, or `(numbers,)` where one vector stands for all steps.
        weights: How many weights it has.
    """

    kind: str
    label: Sentence
    shape: tuple[int, ...]
    weights: int = 0


def parts(experiment: Experiment) -> tuple[Part, ...]:
    """The parts of an experiment's network, from the question to the answer."""
    task, encoding, network = experiment.task, experiment.encoding, experiment.network
    steps = encoding.question_length(task)
    if not encoding.writes_characters:
        first = Part("question", Sentence("{n} scaled numbers", n=steps), (steps,))
        return (first, *_mapping(experiment))
    channels = encoding.channels(task)
    question = Part("question", Sentence("Question"), (steps,) if channels == 1 else (steps, channels))
    features = (
        channels
        * {
            "one-hot": len(task.alphabet),
            "integer": 1,
            "embedding": encoding.embedding_size,
        }[encoding.input]
    )
    label = {
        "one-hot": Sentence("One-hot vectors"),
        "integer": Sentence("One number each"),
        "embedding": Sentence("Learned vectors"),
    }[encoding.input]
    reading = Part("reading", label, (steps, features), _weights(experiment, "embedding"))
    symbols, answer = len(task.alphabet), encoding.answer_length(task)
    output = Part(
        "output",
        Sentence("Softmax over {n} symbols", n=symbols),
        (answer, symbols),
        _weights(experiment, "character"),
    )
    between: tuple[Part, ...]
    if isinstance(network, Seq2Seq):
        between = _encoder_decoder(experiment, network)
    elif isinstance(network, Tagger):
        width = network.units * (1 + network.bidirectional)
        between = tuple(
            Part(
                "layer",
                _recurrent(network.cell, network.units, network.bidirectional),
                (steps, width),
                _layer_weights(experiment, "tagger", layer),
            )
            for layer in range(1, network.layers + 1)
        )
    else:
        rest = experiment.weights - reading.weights
        return question, reading, Part("layer", Sentence.of(network.label), output.shape, rest)
    return question, reading, *between, output


def bridgeless_error(experiment: Experiment) -> str | None:
    """What Keras says if the encoder's output goes to the decoder without the bridge; None if that needs no bridge.

    >>> from adder.presets import preset
    >>> bridgeless_error(preset("two-digits")).rpartition(": ")[2]
    '(None, 128)'
    """
    bridge = next((part for part in parts(experiment) if part.kind == "bridge"), None)
    if bridge is None or len(bridge.shape) == 1:
        return None
    return (
        "Input 0 with name 'None' of layer 'decoder' is incompatible with the layer: expected ndim=3, found ndim=2. "
        f"Full shape received: (None, {bridge.shape[1]})"
    )


def _mapping(experiment: Experiment) -> tuple[Part, ...]:
    network, terms = experiment.network, experiment.encoding.question_length(experiment.task)
    assert isinstance(network, MappingMLP | MappingLSTM)
    found = []
    for layer, units in enumerate(network.units, start=1):
        shape: tuple[int, ...] = (units,)
        if isinstance(network, MappingMLP):
            label, name = Sentence("Dense, {units} units, linear", units=units), f"dense_{layer}"
        else:
            label, name = _recurrent("lstm", units, both_ways=False), f"lstm_{layer}"
            if layer < len(network.units):
                shape = (terms, units)
        found.append(Part("layer", label, shape, _weights(experiment, name)))
    return *found, Part("output", Sentence("One linear unit: the scaled sum"), (1,), _weights(experiment, "sum"))


def _encoder_decoder(experiment: Experiment, network: Seq2Seq) -> tuple[Part, ...]:
    task, encoding = experiment.task, experiment.encoding
    steps, answer = encoding.question_length(task), encoding.answer_length(task)
    width = network.encoder_units * (1 + network.bidirectional)
    attends = network.attention != "none"
    encoder = [
        Part(
            "encoder",
            Sentence("Encoder: {layer}", layer=_recurrent(network.cell, network.encoder_units, network.bidirectional)),
            (width,) if layer == network.encoder_layers and not attends else (steps, width),
            _layer_weights(experiment, "encoder", layer),
        )
        for layer in range(1, network.encoder_layers + 1)
    ]
    bridge = (
        Part("bridge", Sentence("RepeatVector: the same {n} times", n=answer), (answer, width))
        if network.bridge == "repeat"
        else Part("bridge", Sentence("Its last state starts the decoder"), (width,))
    )
    decoder = Part(
        "decoder",
        Sentence("Decoder: {layer}", layer=_recurrent(network.cell, network.decoder_units, both_ways=False)),
        (answer, network.decoder_units),
        _weights(experiment, "decoder"),
    )
    if not attends:
        return *encoder, bridge, decoder
    weights = sum(
        _weights(experiment, name) for name in ("attention", "attention_query", "attention_key", "attention_score")
    )
    if network.attention == "additive":
        looked = Part("attention", Sentence("Attention, before each step"), (answer, width), weights)
        return *encoder, bridge, looked, decoder
    looked = Part("attention", Sentence("Attention, after each step"), (answer, network.decoder_units), weights)
    return *encoder, bridge, decoder, looked


def _recurrent(cell: str, units: int, both_ways: bool) -> Sentence:
    label = Sentence.of(CELLS[cell].label)
    if both_ways:
        return Sentence("{cell}, {units} units each way", cell=label, units=units)
    return Sentence("{cell}, {units} units", cell=label, units=units)


def _layer_weights(experiment: Experiment, stack: str, layer: int) -> int:
    name = f"{stack}_{layer}" if layer > 1 else stack
    return _weights(experiment, name) + _weights(experiment, f"{name}_backward")


def _weights(experiment: Experiment, layer: str) -> int:
    shapes = experiment.weight_shapes.items()
    return sum(math.prod(shape) for name, shape in shapes if name.partition("/")[0] == layer)
