"""The layers in Keras: their outputs and gradients, what they drop, and how their weights start."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adder import CarryCell, Experiment, MappingLSTM, MappingMLP, Seq2Seq, Tagger, Task, TextEncoding, Trainer, Training
from adder.networks import keras_layers
from adder.networks.backend import keras, tf
from adder.networks.keras_layers import Dropout, Recurrent
from adder.networks.layers import CELLS
from adder.training.epoch_program import build, initial_weights
from tests.experiments import TINY_FAST, TINY_SCALED, random_solver
from tests.networks.kinds import DIGITS, EACH_CELL, FULL, SEQ2SEQ, TO_99, TRANSFORMER, experiment_of
from tests.twins import encoded, keras_inputs, keras_model

# Every pair of what a layer may be told, and a sequence of one step.
TOLD = [(False, False, False, 4), (True, True, False, 4), (True, False, True, 4), (False, True, True, 4)]


@pytest.mark.parametrize("cell", [name for name, cell in CELLS.items() if cell.keras])
@pytest.mark.parametrize(("go_backwards", "masked", "started", "steps"), [*TOLD, (True, True, True, 1)])
def test_an_unrolled_layer_is_keras_own_in_outputs_states_and_gradients(
    cell: str, go_backwards: bool, masked: bool, started: bool, steps: int
) -> None:
    rng = np.random.default_rng(0)
    settings = {"return_sequences": True, "return_state": True, "go_backwards": go_backwards}
    ours = Recurrent(cell, 3, go_backwards=go_backwards)
    theirs = getattr(keras.layers, CELLS[cell].keras)(3, **settings)
    inputs = tf.constant(rng.standard_normal((4, steps, 2)), dtype=tf.float32)
    start = [tf.constant(rng.standard_normal((4, 3)), dtype=tf.float32) for _ in range(CELLS[cell].states)]
    mask = rng.random((4, steps)) < 0.6
    mask[:, -1 if go_backwards else 0] = True  # Else Keras would start from zeros, not from the state given.
    weights: list[Any] = []
    found: list[list[Any]] = []
    for layer in (theirs, ours):
        layer.build(inputs.shape)
        weights = weights or [rng.standard_normal(weight.shape).astype(np.float32) for weight in layer.get_weights()]
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch([inputs, *start])
            told = {"mask" if layer is theirs else "read": mask if masked else None}
            states, *last = layer(inputs, initial_state=start if started else None, **told)
            if layer is theirs and go_backwards:
                states = states[:, ::-1]
            pulled = [
                tf.reduce_sum(each * np.random.default_rng(seed).standard_normal(each.shape).astype(np.float32))
                for seed, each in enumerate([states, *last])
            ]
            loss = tf.add_n(pulled)
        watched = [inputs, *layer.trainable_variables, *(start if started else [])]
        found.append([states, *last, *tape.gradient(loss, watched)])
    for mine, reference in zip(*found, strict=True):
        assert mine.shape == reference.shape
        assert np.allclose(mine, reference, atol=1e-5)


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 6])
def test_the_lstms_own_gradient_is_that_of_plain_differentiation(steps: int, started: bool) -> None:
    rng = np.random.default_rng(3)
    layer = Recurrent("lstm", 4)
    layer.build((5, steps, 2))
    projected = tf.constant(rng.standard_normal((steps, 5, 16)), dtype=tf.float32)
    start = [tf.constant(rng.standard_normal((5, 4)), dtype=tf.float32) for _ in range(2)] if started else None
    pull = [rng.standard_normal(shape).astype(np.float32) for shape in ((steps, 5, 4), (5, 4), (5, 4))]
    scans: list[Callable[..., Any]] = [layer.scan, layer.plain_scan]
    found: list[list[Any]] = []
    for scan in scans:
        with tf.GradientTape() as tape:
            watched = [projected, *(start or []), layer.recurrent_kernel]
            tape.watch(watched[:-1])
            outputs = scan(projected, start, None)
            loss = tf.add_n([tf.reduce_sum(each * by) for each, by in zip(outputs, pull, strict=True)])
        gradients = tape.gradient(loss, watched, unconnected_gradients="zero")
        found.append([*outputs, *gradients])
    for mine, reference in zip(*found, strict=True):
        assert np.allclose(mine, reference, atol=1e-5)


def test_dropout_drops_its_share_and_scales_up_the_rest() -> None:
    layer = Dropout(0.25, seed=3)
    layer.seed_and_step = lambda: (1, 1)
    dropped = np.asarray(layer(np.ones((100, 100), np.float32), training=True))
    assert np.unique(dropped).tolist() == pytest.approx([0, 1 / 0.75])
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.02)


def test_dropout_draws_from_the_run_the_step_and_its_own_seed_alone() -> None:
    def drop(seed: int, moment: tuple[int, int]) -> bytes:
        layer = Dropout(0.5, seed)
        layer.seed_and_step = lambda: moment
        return np.asarray(layer(np.ones((8, 8), np.float32), training=True)).tobytes()

    assert drop(3, (1, 1)) == drop(3, (1, 1))
    assert len({drop(3, (1, 1)), drop(4, (1, 1)), drop(3, (2, 1)), drop(3, (1, 2))}) == 4


DROPPING = [
    experiment_of(dataclasses.replace(SEQ2SEQ, encoder_layers=2)),
    experiment_of(Tagger(units=4), TO_99, FULL),
    experiment_of(TRANSFORMER),
    experiment_of(MappingLSTM((3, 2))),
    experiment_of(MappingMLP()),
]


@pytest.mark.parametrize("experiment", DROPPING, ids=lambda each: each.network.name)
def test_dropout_is_off_outside_training(experiment: Experiment) -> None:
    weights = random_solver(experiment, scale=0.5).weights
    dropping = dataclasses.replace(experiment, training=Training(dropout=0.5))
    inputs, answers = encoded(experiment)
    read = keras_inputs(experiment, inputs, answers)
    plain, model = keras_model(experiment, weights), keras_model(dropping, weights)
    assert dropping.weight_shapes == experiment.weight_shapes
    assert np.array_equal(plain(read), model(read))
    assert not np.allclose(plain(read), model(read, training=True), atol=1e-3)


def test_a_carry_cell_has_nothing_to_drop_out() -> None:
    experiment = experiment_of(CarryCell(), TO_99, DIGITS)
    model = build(dataclasses.replace(experiment, training=Training(dropout=0.5)))
    assert not [layer for layer in model.layers if isinstance(layer, Dropout)]


def fast(**settings: Any) -> Experiment:
    network = Seq2Seq(**{"encoder_units": 12, "decoder_units": 9, "bidirectional": True, **settings})
    return dataclasses.replace(TINY_FAST, network=network)


@EACH_CELL
def test_recurrent_kernels_start_orthogonal(cell: str) -> None:
    weights = initial_weights(fast(cell=cell))
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


@pytest.mark.parametrize(
    "experiment",
    [
        fast(),
        experiment_of(TRANSFORMER, TO_99, TextEncoding(input="embedding")),
        experiment_of(CarryCell(), TO_99, DIGITS),
    ],
    ids=lambda each: each.network.name,
)
def test_equal_seeds_start_from_equal_weights_and_others_do_not(experiment: Experiment) -> None:
    first, again, other = (initial_weights(dataclasses.replace(experiment, seed=seed)) for seed in (1, 1, 2))
    for name, weight in first.items():
        assert np.array_equal(weight, again[name])
        assert name.endswith(("bias", "gamma", "beta")) or not np.allclose(weight, other[name])


@pytest.mark.parametrize(
    "experiment", [fast(), experiment_of(dataclasses.replace(TRANSFORMER, layers=2))], ids=["seq2seq", "transformer"]
)
def test_no_two_layers_start_alike(experiment: Experiment) -> None:
    drawn_weights = [
        (name, weight) for name, weight in initial_weights(experiment).items() if "kernel" in name or "embed" in name
    ]
    for (one, first), (other, second) in itertools.combinations(drawn_weights, 2):
        assert first.shape != second.shape or not np.allclose(first, second), (one, other)


@EACH_CELL
@pytest.mark.parametrize(("backwards", "masked"), [(False, True), (True, False)], ids=["masked", "backwards"])
def test_a_long_sequence_goes_round_a_loop_to_the_same_states_and_gradients(
    cell: str, backwards: bool, masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    inputs = tf.constant(rng.standard_normal((4, 7, 3)), tf.float32)
    mask = tf.constant(rng.random((4, 7)) < 0.7) if masked else None
    found = []
    for most in (3, 7):
        monkeypatch.setattr(keras_layers, "MOST_UNROLLED", most)
        layer = Recurrent(cell, 5, (1, 2), go_backwards=backwards)
        layer.build(inputs.shape)
        with tf.GradientTape() as tape:
            outputs = layer(inputs, read=mask)
            loss = tf.add_n([tf.reduce_sum(tf.square(output)) for output in outputs])
        found.append([*outputs, *tape.gradient(loss, layer.trainable_weights)])
    for looped, unrolled in zip(*found, strict=True):
        np.testing.assert_allclose(looped, unrolled, atol=1e-5)


def test_questions_of_hundreds_of_characters_compile_in_the_time_of_short_ones() -> None:
    task = Task(smallest=0, largest=10**60)
    long = Experiment(task=task, network=Seq2Seq(encoder_units=4, decoder_units=4), training=Training(1, 4, 2))
    assert TextEncoding().question_length(task) > 100
    started = time.process_time()
    (event,) = Trainer(long).run()
    assert math.isfinite(event.loss)
    assert time.process_time() - started < 60  # Unrolled, it would take minutes.
