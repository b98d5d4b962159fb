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
from adder.networks.description import inputs_of, outputs_read, shapes_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a network.

    Attributes:
        role: What it does in the network; see `adder.networks.layers.layer.Words`.
        label: What it is, in words.
        shape: Its output's shape: `(steps, numbers a step)`, or `(numbers,)` where one vector stands for all steps.
        weights: How many weights it has, including those of layers before it that are not parts of their own.
    """

    role: str
    label: Sentence
    shape: tuple[int, ...]
    weights: int = 0


def parts(experiment: Experiment) -> tuple[Part, ...]:
    """The parts of an experiment's network, from the question to the answer."""
    layers = experiment.layers
    shapes, read = shapes_of(layers), outputs_read(layers)
    found = []
    weights = 0
    for layer in layers:
        inputs = inputs_of(layer, shapes)
        weights += sum(map(math.prod, layer.weights(**inputs).values()))
        if words := layer.words(**inputs):
            given = next((name for name in layer.output_names if name in read), layer.name)
            found.append(Part(words.role, words.label, shapes[given].sizes, weights))
            weights = 0
    return tuple(found)
