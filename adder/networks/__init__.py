"""The registry of networks: name -> settings class.

Each family is one file with one frozen settings class that carries everything about it: its label and blurb for
menus, its knobs (the fields), its Keras model (`build`), the shapes of its weights, and its NumPy twin (`forward`).
Adding a network is one file and one entry here. Keras is imported inside `build`, so reading the registry and
answering questions load no TensorFlow.
"""

from __future__ import annotations

from adder.networks.mapping import MappingLSTM, MappingMLP
from adder.networks.seq2seq import Seq2Seq

Network = MappingMLP | MappingLSTM | Seq2Seq

NETWORKS: dict[str, type[MappingMLP] | type[MappingLSTM] | type[Seq2Seq]] = {
    network.name: network for network in (MappingMLP, MappingLSTM, Seq2Seq)
}

__all__ = ["NETWORKS", "MappingLSTM", "MappingMLP", "Network", "Seq2Seq"]
