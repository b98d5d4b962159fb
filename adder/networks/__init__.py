"""The registry of networks: name -> settings class.

Each family is one file with one frozen settings class that carries everything about it: its label and blurb for
menus, its knobs (the fields), which encodings it reads, why it refuses what it cannot do (`refusal`), its Keras model
(`build`), the shapes of its weights, and its NumPy twin (`forward`, or `decoder` where it is `stepwise` and writes one
character after another). Adding a network is one file and one entry here; CONTRIBUTING.md shows how. Keras is imported
inside `build`, so reading the registry and answering questions load no TensorFlow.
"""

from __future__ import annotations

from typing import get_args

from adder.networks.carry import CarryCell
from adder.networks.mapping import MappingLSTM, MappingMLP
from adder.networks.seq2seq import Seq2Seq
from adder.networks.tagger import Tagger
from adder.networks.transformer import Transformer

Network = MappingMLP | MappingLSTM | Seq2Seq | Tagger | Transformer | CarryCell

NETWORKS: dict[str, type[Network]] = {network.name: network for network in get_args(Network)}

__all__ = [
    "NETWORKS",
    "CarryCell",
    "MappingLSTM",
    "MappingMLP",
    "Network",
    "Seq2Seq",
    "Tagger",
    "Transformer",
]
