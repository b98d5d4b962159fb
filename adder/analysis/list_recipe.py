"""The recipe: an experiment that can learn a list of one's own, where the textbook network cannot.

The textbook network reads a question into one vector, and learns it by heart. This one reads both ways and looks back
at each character while it writes, so it can find a rule in a few hundred questions.
"""

from __future__ import annotations

from adder.encodings import TextEncoding
from adder.experiment import Experiment
from adder.experiment.training import Training
from adder.networks import Seq2Seq
from adder.tasks.pairs import Rule

SETTINGS = {
    "network.encoder_units": "64",
    "network.decoder_units": "128",
    "network.bidirectional": "true",
    "network.attention": "dot",
    "network.feedback": "true",
    "training.samples": "6400",
    "training.batch_size": "64",
    "training.epochs": "30",
    "training.learning_rate": "0.005",
    "training.final_learning_rate": "0.0001",
    "training.clip_norm": "1",
}
"""What the recipe changes in the textbook's experiment."""


def advised(experiment: Experiment) -> bool:
    """Whether an experiment is one whose network seldom learns a list, so that the recipe should be named.

    >>> advised(Experiment(task=Rule())), advised(recipe(Rule()))
    (True, False)
    """
    network = experiment.network
    return isinstance(experiment.task, Rule) and isinstance(network, Seq2Seq) and network.attention == "none"


def recipe(task: Rule, seed: int = 1) -> Experiment:
    """The experiment that can learn a list."""
    textbook = Experiment(task=task, encoding=TextEncoding(), network=Seq2Seq(), training=Training(), seed=seed)
    return textbook.replaced(SETTINGS)
