"""The registry of networks: name -> settings class.

Each family is one file with one frozen settings class, a `Network`: its label and blurb for menus, its settings (the
fields), which encodings it reads, what it refuses, and its layers. Everything else follows from the layers. To add a
network, write one file and enter its class here; CONTRIBUTING.md shows how. Keras is imported only where a model is
built, so reading the registry and answering questions load no TensorFlow.
"""

from __future__ import annotations

from adder.networks.base import Network
from adder.networks.carry import CarryCell
from adder.networks.heads import ReadingHeads
from adder.networks.mapping import MappingLSTM, MappingMLP
from adder.networks.seq2seq import Seq2Seq
from adder.networks.tagger import Tagger
from adder.networks.transformer import Transformer

_FAMILIES: tuple[type[Network], ...] = (
    MappingMLP,
    MappingLSTM,
    Seq2Seq,
    Tagger,
    Transformer,
    CarryCell,
    ReadingHeads,
)

NETWORKS = {family.name: family for family in _FAMILIES}

__all__ = [
    "NETWORKS",
    "CarryCell",
    "MappingLSTM",
    "MappingMLP",
    "Network",
    "ReadingHeads",
    "Seq2Seq",
    "Tagger",
    "Transformer",
]
