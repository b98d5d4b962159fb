"""The layers that networks are built from, each with all its faces side by side, and the registry of their kinds."""

from __future__ import annotations

from adder.networks.layers.attention import AdditiveDecoder, DotAttention
from adder.networks.layers.carry import CarryColumns
from adder.networks.layers.cells import CELLS
from adder.networks.layers.dense import Dense, Dropout, Flatten, Number, Repeat, StateBridge, Unfold
from adder.networks.layers.heads import Heads
from adder.networks.layers.layer import Layer
from adder.networks.layers.reading import (
    Embedding,
    Fractions,
    Numbers,
    OneByOne,
    OneHotVectors,
    Padding,
    Previous,
    Question,
)
from adder.networks.layers.recurrent import Recurrent, stack
from adder.networks.layers.transformer_blocks import DecoderBlock, EncoderBlock, Norm, Position

_LAYERS: tuple[type[Layer], ...] = (
    AdditiveDecoder,
    CarryColumns,
    DecoderBlock,
    Dense,
    DotAttention,
    Dropout,
    Embedding,
    EncoderBlock,
    Flatten,
    Fractions,
    Heads,
    Norm,
    Number,
    Numbers,
    OneByOne,
    OneHotVectors,
    Padding,
    Position,
    Previous,
    Question,
    Recurrent,
    Repeat,
    StateBridge,
    Unfold,
)

LAYERS = {layer.__name__: layer for layer in _LAYERS}

__all__ = [
    "CELLS",
    "LAYERS",
    "AdditiveDecoder",
    "CarryColumns",
    "DecoderBlock",
    "Dense",
    "DotAttention",
    "Dropout",
    "Embedding",
    "EncoderBlock",
    "Flatten",
    "Fractions",
    "Heads",
    "Layer",
    "Norm",
    "Number",
    "Numbers",
    "OneByOne",
    "OneHotVectors",
    "Padding",
    "Position",
    "Previous",
    "Question",
    "Recurrent",
    "Repeat",
    "StateBridge",
    "Unfold",
    "stack",
]
