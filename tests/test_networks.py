from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from adder import (
    NETWORKS,
    Experiment,
    ExperimentError,
    MappingLSTM,
    MappingMLP,
    ScaledEncoding,
    Seq2Seq,
    Task,
    TextEncoding,
)
from adder.networks import Network
from adder.networks.backend import keras, tf
from adder.networks.keras_layers import LSTM
from adder.networks.program import initial_weights
from tests.experiments import TINY_FAST, TINY_SCALED, random_solver

TASKS = [
    Task(),
    Task(smallest=0, largest=99),
    Task(largest=999, terms=3),
    Task(largest=12_345),
    Task(smallest=0, largest=4),
]


def random_experiments() -> list[Experiment]:
    rng = np.random.default_rng(2)
    found: list[Experiment] = []
    for task in TASKS:
        sizes = tuple(int(size) for size in rng.integers(1, 24, rng.integers(1, 4)))
        seq2seq = Seq2Seq(int(rng.integers(1, 24)), int(rng.integers(1, 24)), bidirectional=bool(len(found) % 2))
        encoding = TextEncoding(str(rng.choice(["question", "terms"])), str(rng.choice(["written", "reversed"])))
        found += [
            Experiment(task, ScaledEncoding(), MappingMLP(sizes)),
            Experiment(task, ScaledEncoding(), MappingLSTM(sizes)),
        ]
        found.append(Experiment(task, encoding, seq2seq))
    return found


EXPERIMENTS = random_experiments()


def label(experiment: Experiment) -> str:
    return f"{experiment.network}-{experiment.task.largest}"


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=label)
def test_numpy_answers_as_keras_does(experiment: Experiment) -> None:
    model = experiment.network.build(experiment.task, experiment.encoding, seed=1)
    numbers = experiment.task.sample(40, np.random.default_rng(3), split="any")
    inputs = experiment.encoding.encode_questions(experiment.task, numbers)
    for scale in (0.1, 0.5, 5.0):  # the last one saturates gates and softmax
        if isinstance(experiment.network, MappingMLP) and scale > 1:
            continue  # it has nothing to saturate, and its outputs grow without bound
        solver = random_solver(experiment, seed=4, scale=scale)
        for name, weight in solver.weights.items():
            if name.endswith("recurrent_kernel"):  # a larger one is chaotic: it blows rounding up from step to step
                weight *= min(1.0, 0.3 / scale)
        model.set_weights(list(solver.weights.values()))
        ours = experiment.network.forward(experiment.task, experiment.encoding, solver.weights, inputs)
        theirs = model.predict_on_batch(inputs)
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32
        assert np.abs(ours - theirs).max() < 1e-5 * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=label)
def test_weight_shapes_are_the_keras_models(experiment: Experiment) -> None:
    model = experiment.network.build(experiment.task, experiment.encoding, seed=1)
    shapes = experiment.network.weight_shapes(experiment.task, experiment.encoding)
    assert list(shapes.values()) == [tuple(variable.shape) for variable in model.weights]
    assert [name.split("/")[-1] for name in shapes] == [variable.name for variable in model.weights]
    assert experiment.weights == model.count_params()


@tf.function(autograph=False)
def outputs_and_gradients(layer: Any, inputs: Any) -> list[Any]:
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        pull = np.random.default_rng(1).standard_normal(outputs.shape).astype(np.float32)
        loss = tf.reduce_sum(outputs * pull)
    return [outputs, *tape.gradient(loss, [inputs, *layer.trainable_variables])]


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 6])
def test_the_unrolled_lstm_is_keras_lstm_in_outputs_and_gradients(
    steps: int, go_backwards: bool, return_sequences: bool
) -> None:
    rng = np.random.default_rng(0)
    settings = {"return_sequences": return_sequences, "go_backwards": go_backwards}
    ours, theirs = LSTM(5, **settings), keras.layers.LSTM(5, **settings)
    inputs = tf.constant(rng.standard_normal((4, steps, 3)), dtype=tf.float32)
    for layer in (ours, theirs):
        layer.build(inputs.shape)
    weights = [rng.standard_normal(weight.shape).astype(np.float32) for weight in theirs.get_weights()]
    found: list[list[Any]] = []
    for layer in (ours, theirs):
        layer.set_weights(weights)
        found.append(outputs_and_gradients(layer, inputs))
    for mine, reference in zip(*found, strict=True):
        assert mine.shape == reference.shape
        assert np.allclose(mine, reference, atol=1e-5)


def test_the_unrolled_lstm_runs_outside_a_compiled_function_too() -> None:
    layer = LSTM(5)
    layer.build((4, 3, 2))
    assert layer(np.ones((4, 3, 2), np.float32)).shape == (4, 5)


def fast(**settings: object) -> Experiment:
    return dataclasses.replace(
        TINY_FAST, network=Seq2Seq(encoder_units=12, decoder_units=9, bidirectional=True), **settings
    )  # type: ignore[arg-type]


def test_recurrent_kernels_start_orthogonal() -> None:
    weights = initial_weights(fast())
    kernels = [weight for name, weight in weights.items() if name.endswith("recurrent_kernel")]
    assert len(kernels) == 3
    for kernel in kernels:
        assert np.allclose(kernel @ kernel.T, np.eye(len(kernel)), atol=1e-5)


@pytest.mark.parametrize("experiment", [fast(), TINY_SCALED], ids=["text", "scaled"])
def test_biases_start_at_zero_but_for_the_forget_gate(experiment: Experiment) -> None:
    for name, weight in initial_weights(experiment).items():
        if not name.endswith("/bias"):
            continue
        if name in ("character/bias", "sum/bias"):
            assert not weight.any()
        else:
            units = len(weight) // 4
            assert weight.tolist() == [0] * units + [1] * units + [0] * 2 * units


@pytest.mark.parametrize("experiment", [fast(), TINY_SCALED], ids=["text", "scaled"])
def test_kernels_start_within_glorots_limit(experiment: Experiment) -> None:
    for name, weight in initial_weights(experiment).items():
        if name.endswith("/kernel"):
            limit = np.sqrt(6 / sum(weight.shape))
            assert np.abs(weight).max() <= limit
            assert weight.size < 50 or np.abs(weight).max() > 0.8 * limit


def test_equal_seeds_start_from_equal_weights_and_others_do_not() -> None:
    first, again, other = (initial_weights(fast(seed=seed)) for seed in (1, 1, 2))
    for name, weight in first.items():
        assert np.array_equal(weight, again[name])
        assert name.endswith("bias") or not np.allclose(weight, other[name])


def test_no_two_layers_start_alike() -> None:
    weights = initial_weights(fast())
    assert not np.allclose(weights["encoder/kernel"], weights["encoder_backward/kernel"])
    assert not np.allclose(weights["encoder/recurrent_kernel"], weights["encoder_backward/recurrent_kernel"])


@pytest.mark.parametrize("network", NETWORKS.values())
def test_a_network_carries_its_words_and_its_encoding(network: type[Network]) -> None:
    assert NETWORKS[network.name] is network
    assert network.label
    assert network.blurb.endswith(".")
    assert network.encoding in ("text", "scaled")


@pytest.mark.parametrize(
    ("network", "settings", "sentence"),
    [
        (MappingMLP, {"units": ()}, "network.units must be 1 to 4 layer sizes, such as 6,6; received: ()"),
        (MappingMLP, {"units": (1, 2, 3, 4, 5)}, "network.units must be 1 to 4 layer sizes"),
        (MappingLSTM, {"units": (0,)}, "network.units must be a whole number from 1 to 512; received: 0"),
        (MappingLSTM, {"units": "66"}, "network.units must be 1 to 4 layer sizes, such as 6,6; received: '66'"),
        (Seq2Seq, {"encoder_units": 513}, "network.encoder_units must be a whole number from 1 to 512; received: 513"),
        (Seq2Seq, {"decoder_units": 1.0}, "network.decoder_units must be a whole number from 1 to 512; received: 1.0"),
        (Seq2Seq, {"bidirectional": "yes"}, "network.bidirectional must be true or false; received: 'yes'"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(
    network: type[Network], settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ExperimentError) as caught:
        network(**settings)
    assert str(caught.value).startswith(sentence)


def test_layer_sizes_may_come_as_a_list() -> None:
    assert MappingLSTM(units=[6, 6]) == MappingLSTM(units=(6, 6))  # type: ignore[arg-type]
