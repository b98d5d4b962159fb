"""The part of a script that builds the network from plain Keras layers, with the names and shapes of our weights."""

from __future__ import annotations

from collections.abc import Iterable

from adder.base.source import Constants
from adder.experiment import Experiment
from adder.networks.description import inputs_of, outputs_read
from adder.networks.layers.layer import Listing


def constants(experiment: Experiment) -> Constants:
    """What the network's lines name beside the encoding's settings."""
    return {"DROPOUT": (experiment.training.dropout, "It acts between layers, in training only.")}


def blocks(experiment: Experiment) -> list[str]:
    """A function that builds the model, after the classes and functions that it uses."""
    layers = experiment.layers
    listing = _listing(experiment, taken=())
    if listing.defined & set(listing.variables):  # No variable may hide a function that the lines call.
        listing = _listing(experiment, taken=listing.defined)
    inputs, answer = ", ".join(listing.model_inputs), listing.variables[layers[-1].name]
    inputs = f"[{inputs}]" if len(listing.model_inputs) > 1 else inputs
    lines = [*listing.lines, f"return keras.Model({inputs}, {answer})"]
    function = ["def build_model():", f'    """{experiment.network.blurb}"""', *(f"    {line}" for line in lines)]
    return [*listing.definitions, "\n".join(function)]


def _listing(experiment: Experiment, taken: Iterable[str]) -> Listing:
    """The lines of all layers, whose variables have none of the names that are taken."""
    layers = experiment.layers
    listing = Listing(outputs_read(layers), dropout=bool(experiment.training.dropout), taken=taken)
    for layer in layers:
        layer.source(listing, **inputs_of(layer, listing.variables))
    return listing
