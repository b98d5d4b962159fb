"""Experiments small enough to train in a test, solvers with random weights, and strategies for any valid experiment."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from adder import Experiment, MappingLSTM, MappingMLP, ScaledEncoding, Seq2Seq, Solver, Task, TextEncoding, Training
from adder.encoding import Encoding
from adder.networks import Network

TINY_TRAINING = Training(epochs=3, samples=20, batch_size=10)
TINY_TEXT = Experiment(
    network=Seq2Seq(encoder_units=8, decoder_units=6),
    training=TINY_TRAINING,
)
TINY_FAST = Experiment(
    task=Task(smallest=0, largest=99, held_out=0.1),
    encoding=TextEncoding(padding="terms", answer_order="reversed"),
    network=Seq2Seq(encoder_units=8, decoder_units=6, bidirectional=True),
    training=Training(
        epochs=3, samples=20, batch_size=10, learning_rate=0.01, final_learning_rate=0.001, clip_norm=0.05
    ),
)
TINY_SCALED = Experiment(
    task=Task(largest=100), encoding=ScaledEncoding(), network=MappingLSTM(units=(3,)), training=TINY_TRAINING
)
TINY_LINEAR = Experiment(
    task=Task(largest=100), encoding=ScaledEncoding(), network=MappingMLP(), training=TINY_TRAINING
)
DIVERGING = Experiment(
    task=Task(largest=100),
    encoding=ScaledEncoding(),
    network=MappingMLP(units=(64, 64, 64, 64)),
    training=Training(epochs=3, samples=100, batch_size=1, learning_rate=10.0),
)


def random_solver(experiment: Experiment, seed: int = 0, scale: float = 1.0) -> Solver:
    rng = np.random.default_rng(seed)
    shapes = experiment.network.weight_shapes(experiment.task, experiment.encoding)
    weights = {name: (scale * rng.standard_normal(shape)).astype(np.float32) for name, shape in shapes.items()}
    return Solver(experiment, weights)


def adding_solver(largest: int = 100) -> Solver:
    """A linear network whose weights make it add exactly."""
    experiment = Experiment(task=Task(largest=largest), encoding=ScaledEncoding(), network=MappingMLP(units=(1,)))
    weights = {
        "dense_1/kernel": np.ones((2, 1), np.float32),
        "dense_1/bias": np.zeros(1, np.float32),
        "sum/kernel": np.ones((1, 1), np.float32),
        "sum/bias": np.zeros(1, np.float32),
    }
    return Solver(experiment, weights)


@st.composite
def tasks(draw: st.DrawFn, largest: int = 10**15) -> Task:
    high = draw(st.integers(1, largest))
    low = draw(st.integers(0, high))
    terms = draw(st.integers(2, 10))
    share = draw(st.sampled_from([0.0, 0.1, 0.3]))
    if high - low < 9:  # in a small world the share might leave one side empty
        share = 0.0
    return Task(
        smallest=low, largest=high, terms=terms, held_out=share, draw=draw(st.sampled_from(["numbers", "lengths"]))
    )


text_encodings = st.builds(
    TextEncoding,
    padding=st.sampled_from(["question", "terms"]),
    answer_order=st.sampled_from(["written", "reversed"]),
)


def layer_sizes(most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, most), min_size=1, max_size=4).map(tuple)


def networks(most_units: int = 512) -> st.SearchStrategy[Network]:
    units = st.integers(1, most_units)
    return st.one_of(
        st.builds(MappingMLP, units=layer_sizes(most_units)),
        st.builds(MappingLSTM, units=layer_sizes(most_units)),
        st.builds(Seq2Seq, encoder_units=units, decoder_units=units, bidirectional=st.booleans()),
    )


@st.composite
def trainings(draw: st.DrawFn) -> Training:
    batch_size = draw(st.integers(1, 200))
    return Training(
        epochs=draw(st.integers(1, 100)),
        samples=batch_size * draw(st.integers(1, 500)),
        batch_size=batch_size,
        learning_rate=draw(st.floats(1e-7, 10)),
        final_learning_rate=draw(st.none() | st.floats(0, 10)),
        clip_norm=draw(st.none() | st.floats(1e-6, 1e6)),
        target=draw(st.none() | st.floats(0, 1)),
    )


@st.composite
def experiments(draw: st.DrawFn, most_units: int = 512) -> Experiment:
    network = draw(networks(most_units))
    encoding: Encoding = draw(text_encodings) if network.encoding == TextEncoding.name else ScaledEncoding()
    return Experiment(
        task=draw(tasks()),
        encoding=encoding,
        network=network,
        training=draw(trainings()),
        seed=draw(st.integers(0, 2**31 - 1)),
    )
