from __future__ import annotations

import dataclasses
import itertools
import math
import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adder import (
    NETWORKS,
    CarryCell,
    ColumnsEncoding,
    CombinationError,
    Experiment,
    ExperimentError,
    MappingLSTM,
    MappingMLP,
    ReadingHeads,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Tagger,
    Task,
    TextEncoding,
    Trainer,
    Training,
    Transformer,
    keras_script,
    preset,
    shipped_solver,
)
from adder.base.errors import AdderError
from adder.encodings import ENCODINGS, INPUTS, Encoding
from adder.networks import Network, backend, keras_layers
from adder.networks.arrays import Array
from adder.networks.backend import keras, tf
from adder.networks.decoding import Independent
from adder.networks.description import layers_from, written
from adder.networks.keras_layers import Dropout, Recurrent
from adder.networks.layers import CELLS, LAYERS
from adder.networks.seq2seq import ATTENTIONS, BRIDGES
from adder.solvers.answering import decoder_of, forward, teacher_forced
from adder.training.epoch_program import build, initial_weights
from tests.experiments import TINY_FAST, TINY_SCALED, random_solver
from tests.twins import difference, encoded, keras_inputs, keras_model

TO_99 = Task(smallest=0, largest=99)
RAGGED = Task(smallest=0, largest=9, terms=3, fewest_terms=2)
SIGNED = Task(smallest=0, largest=9, operators="+-", terms=3, brackets=1)
WORDS = Rule((("cat", "tac"), ("dog", "god"), ("a b", "b a")))
SEQ2SEQ = Seq2Seq(encoder_units=5, decoder_units=5)
STATE = dataclasses.replace(SEQ2SEQ, bridge="state", feedback=True)
BOTH_WAYS = dataclasses.replace(SEQ2SEQ, bidirectional=True, decoder_units=10)
TRANSFORMER = Transformer(width=6, heads=2, layers=1, feedforward=7)
DIGITS = ColumnsEncoding(fill="zero", input="integer")
FULL = TextEncoding(full_length=True)
MARKED = TextEncoding(padding="marks")


def experiment_of(network: Network, task: Task | Rule = TO_99, encoding: Any = None) -> Experiment:
    return Experiment(
        task=task,
        encoding=encoding or next(kind for kind in ENCODINGS.values() if network.reads(kind))(),
        network=network,
    )


def character_experiments() -> list[Experiment]:
    """Every knob of the families that write characters, each with another one's."""
    replace = dataclasses.replace
    return [
        experiment_of(replace(SEQ2SEQ, cell="gru"), RAGGED),
        experiment_of(replace(SEQ2SEQ, cell="simple", encoder_layers=2), SIGNED),
        experiment_of(replace(BOTH_WAYS, encoder_layers=2, feedback=True), Task(largest=999, terms=3)),
        experiment_of(replace(STATE, masking=True), RAGGED),
        experiment_of(replace(STATE, cell="gru", attention="dot"), WORDS),
        experiment_of(replace(STATE, bidirectional=True, decoder_units=10, attention="additive", masking=True), WORDS),
        experiment_of(replace(SEQ2SEQ, bridge="state", attention="additive"), Task(largest=255, base=16)),
        experiment_of(replace(SEQ2SEQ, attention="additive", cell="simple"), Task(largest=12, operators="^", terms=1)),
        experiment_of(replace(SEQ2SEQ, attention="dot", masking=True), TO_99, TextEncoding(padding="right")),
        experiment_of(replace(BOTH_WAYS, attention="dot", feedback=True), TO_99, ColumnsEncoding(input="embedding")),
        experiment_of(SEQ2SEQ, TO_99, TextEncoding(input="embedding", embedding_size=3, doubled=True)),
        experiment_of(SEQ2SEQ, TO_99, TextEncoding(input="integer", padding="terms", fill="zero")),
        experiment_of(Tagger(units=5), TO_99, FULL),
        experiment_of(Tagger(cell="gru", units=4, layers=2, bidirectional=True, masking=True), SIGNED, FULL),
        experiment_of(Tagger(cell="simple", units=4), Task(base=2, largest=15), ColumnsEncoding(fill="zero")),
        experiment_of(Tagger(units=4, masking=True), Task(terms=4), ColumnsEncoding(input="integer")),
        experiment_of(TRANSFORMER, TO_99),
        experiment_of(replace(TRANSFORMER, layers=2, heads=3, masking=True), RAGGED),
        experiment_of(replace(TRANSFORMER, heads=1), WORDS, TextEncoding(input="embedding", question_order="reversed")),
        experiment_of(replace(TRANSFORMER, masking=True), TO_99, ColumnsEncoding(input="integer")),
        *[experiment_of(CarryCell(trained), TO_99, DIGITS) for trained in (1, 2, 3, 4)],
        experiment_of(CarryCell(), Task(smallest=0, largest=31, base=2), DIGITS),
        experiment_of(ReadingHeads(units=5), TO_99, MARKED),
        experiment_of(ReadingHeads("lstm", units=4, heads=3), SIGNED, replace(MARKED, input="embedding")),
        experiment_of(ReadingHeads("simple", units=4, heads=1), WORDS, MARKED),
        *[experiment_of(replace(SEQ2SEQ, cell=cell)) for cell in CELLS],
    ]


def number_experiments() -> list[Experiment]:
    rng = np.random.default_rng(2)
    tasks = [TO_99, Task(largest=999, terms=3), Task(largest=12_345, operators="-"), Task(smallest=0, largest=4)]
    sizes = [tuple(int(size) for size in rng.integers(1, 24, rng.integers(1, 4))) for _ in tasks]
    return [
        experiment_of(kind(units), task)
        for task, units in zip(tasks, sizes, strict=True)
        for kind in (MappingMLP, MappingLSTM)
    ]


def label(experiment: Experiment) -> str:
    task, encoding = experiment.task, experiment.encoding
    return f"{experiment.network}-{encoding.name}-{task.example}".replace(" ", "")


CHARACTERS, NUMBERS = character_experiments(), number_experiments()
CHARACTERS += [
    experiment_of(kind(), encoding=FULL)
    for kind in set(NETWORKS.values()) - {type(each.network) for each in [*CHARACTERS, *NUMBERS]}
    if kind.reads(TextEncoding)
]
EACH = pytest.mark.parametrize("experiment", [*CHARACTERS, *NUMBERS], ids=label)
EACH_WITH_FEEDBACK = pytest.mark.parametrize("experiment", [each for each in CHARACTERS if each.feedback], ids=label)
EACH_CELL = pytest.mark.parametrize("cell", CELLS)


SCALES = (0.1, 0.5, 3.0)  # the last one saturates gates and softmax


@EACH
def test_all_faces_of_the_layers_are_one(experiment: Experiment) -> None:
    """Weights, NumPy, Keras, the script, and the description as JSON."""
    model, shapes = build(experiment), experiment.weight_shapes
    assert layers_from(written(experiment.layers)) == experiment.layers
    assert shapes == weights_of(model)
    assert experiment.weights == model.count_params()
    assert difference(experiment, initial_weights(experiment), model) < 1e-5
    for scale in SCALES:
        if scale >= 1 and isinstance(experiment.network, CarryCell | MappingMLP):
            continue  # nothing in them is bounded
        weights = random_solver(experiment, seed=4, scale=scale).weights
        for name, weight in weights.items():
            if name.endswith("recurrent_kernel"):  # a larger one is chaotic: rounding errors grow from step to step
                weight *= min(1.0, 0.3 / scale)
        assert difference(experiment, weights, model, n=20) < 1e-5, scale
    inputs, answers = encoded(experiment, n=20)
    read = keras_inputs(experiment, inputs, answers)
    assert np.allclose(scripted(experiment, weights)(read if len(read) > 1 else read[0]), model(read), atol=1e-5)


def weights_of(model: Any) -> dict[str, tuple[int, ...]]:
    """Name and shape of a Keras model's weights."""
    return {f"{layer.name}/{weight.name}": tuple(weight.shape) for layer in model.layers for weight in layer.weights}


def scripted(experiment: Experiment, weights: dict[str, Array]) -> Any:
    """The model that the experiment's script builds, with these weights."""
    defined: dict[str, Any] = {"__name__": "script"}
    exec(compile(keras_script(experiment), "script.py", "exec"), defined)
    model = defined["build_model"]()
    assert weights_of(model) == experiment.weight_shapes
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(weights[f"{layer.name}/{weight.name}"])
    return model


def test_what_is_no_description_is_refused() -> None:
    layers = written(Experiment().layers)
    for text in (
        "",
        "[]",
        layers.replace('"version": 1', '"version": 2'),
        layers.replace("Dense", "Sparse"),
        layers[:-9],
    ):
        with pytest.raises(AdderError):
            layers_from(text)


@EACH_WITH_FEEDBACK
def test_a_network_that_reads_what_it_wrote_gives_what_it_does_when_told_that(experiment: Experiment) -> None:
    weights = random_solver(experiment, scale=0.5).weights
    inputs, _ = encoded(experiment)
    free = forward(experiment, weights, inputs)
    told = teacher_forced(experiment, weights, inputs, free.values.argmax(axis=-1))
    assert np.allclose(free.values, told.values, atol=1e-6)
    assert (free.attention is None) == (told.attention is None)


@EACH_WITH_FEEDBACK
def test_a_characters_probabilities_depend_on_those_before_it_alone(experiment: Experiment) -> None:
    weights = random_solver(experiment, scale=0.5).weights
    inputs, answers = encoded(experiment)
    changed = answers.copy()
    changed[:, 1:] = (changed[:, 1:] + 1) % len(experiment.task.alphabet)
    first, second = (teacher_forced(experiment, weights, inputs, told).values for told in (answers, changed))
    assert np.array_equal(first[:, :2], second[:, :2])
    assert answers.shape[1] < 3 or not np.array_equal(first[:, 2:], second[:, 2:])


@pytest.mark.parametrize("experiment", CHARACTERS, ids=label)
def test_a_selected_row_of_a_decoder_goes_on_as_that_row(experiment: Experiment) -> None:
    weights = random_solver(experiment, scale=0.5).weights
    inputs, answers = encoded(experiment)
    rows = np.array([4, 4, 1])
    if isinstance(decoder_of(experiment, weights, inputs), Independent):
        inputs = np.repeat(inputs[:1], len(inputs), axis=0)  # the decoder that it has none of is of one question
        answers = np.repeat(answers[:1], len(inputs), axis=0)
    whole = teacher_forced(experiment, weights, inputs, answers).values
    decoder = decoder_of(experiment, weights, inputs)
    decoder.step(np.full(len(inputs), experiment.task.blank))
    decoder.select(rows)
    for step in range(1, answers.shape[1]):
        likely, _ = decoder.step(answers[rows, step - 1])
        assert np.allclose(likely, whole[rows, step], atol=1e-6)


@pytest.mark.parametrize(
    "experiment",
    [
        each
        for each in CHARACTERS
        if getattr(each.network, "attention", "none") != "none" or isinstance(each.network, Transformer)
    ],
    ids=label,
)
def test_attention_is_a_share_of_every_step_that_is_no_padding(experiment: Experiment) -> None:
    network, task = experiment.network, experiment.task
    assert isinstance(network, Seq2Seq | Transformer)
    inputs, answers = encoded(experiment)
    attention = teacher_forced(experiment, random_solver(experiment, scale=0.5).weights, inputs, answers).attention
    assert attention is not None
    assert attention.shape == (len(inputs), answers.shape[1], inputs.shape[1])
    assert attention.sum(axis=2) == pytest.approx(1, abs=1e-5)
    padding = inputs == task.blank if inputs.ndim == 2 else (inputs == task.blank).all(axis=2)
    assert padding.any()
    looked_at_padding = attention.transpose(0, 2, 1)[padding]
    assert (looked_at_padding == 0).all() if network.masking else (looked_at_padding > 0).all()


@pytest.mark.parametrize(
    "network",
    [dataclasses.replace(SEQ2SEQ, attention=each) for each in ATTENTIONS if each != "none"] + [TRANSFORMER],
    ids=str,
)
def test_where_there_is_one_step_alone_all_attention_is_on_it(network: Network) -> None:
    experiment = experiment_of(network, Rule((("1", "a"), ("2", "b"))))
    weights = random_solver(experiment, scale=0.5).weights
    assert difference(experiment, weights) < 1e-5
    assert (forward(experiment, weights, encoded(experiment)[0]).attention == 1).all()  # type: ignore[union-attr]


@EACH_CELL
@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_masked_padding_changes_nothing(cell: str, attention: str, bidirectional: bool) -> None:
    network = dataclasses.replace(BOTH_WAYS, cell=cell, attention=attention, masking=True, encoder_layers=2)
    network = network if bidirectional else dataclasses.replace(network, bidirectional=False, decoder_units=5)
    masked = experiment_of(network)
    inputs, _ = encoded(masked)
    padded = np.pad(inputs, ((0, 0), (2, 1)), constant_values=masked.task.blank)
    weights = random_solver(masked, scale=0.5).weights
    assert np.allclose(forward(masked, weights, inputs).values, forward(masked, weights, padded).values, atol=1e-6)
    bare = experiment_of(dataclasses.replace(network, masking=False))
    assert not np.allclose(forward(bare, weights, inputs).values, forward(bare, weights, padded).values, atol=1e-3)


@EACH_CELL
def test_a_masking_tagger_writes_at_padding_what_its_state_before_says(cell: str) -> None:
    experiment = experiment_of(Tagger(cell=cell, units=4, masking=True), TO_99, FULL)
    questions = experiment.task.read(["1+2", "12+3"])
    inputs = TextEncoding(full_length=True, padding="right").encode_questions(experiment.task, questions)
    written = forward(experiment, random_solver(experiment).weights, inputs).values
    assert np.array_equal(written[0, 2], written[0, 3])
    assert np.array_equal(written[0, 2], written[0, 4])
    assert np.array_equal(written[1, 3], written[1, 4])
    assert not np.array_equal(written[1, 2], written[1, 3])


@pytest.mark.parametrize("masking", [False, True])
def test_a_masking_transformer_never_looks_at_padding(masking: bool) -> None:
    experiment = experiment_of(dataclasses.replace(TRANSFORMER, layers=2, masking=masking))
    inputs = experiment.encoding.encode_questions(experiment.task, experiment.task.read(["1+2", "12+3"]))
    assert (inputs[:, 0] == experiment.task.blank).all()
    weights = random_solver(experiment, scale=0.5).weights
    before = forward(experiment, weights, inputs).values
    weights["question_position/embeddings"][0] *= -2
    assert np.allclose(before, forward(experiment, weights, inputs).values, atol=1e-6) == masking


@pytest.mark.parametrize("encoding", [DIGITS, ColumnsEncoding()], ids=["digits", "symbols"])
def test_a_network_of_any_length_reads_more_columns_as_the_first_ones(encoding: ColumnsEncoding) -> None:
    short = experiment_of(Tagger(units=4), TO_99, encoding)
    assert short.any_length
    weights = random_solver(short).weights
    questions = ["12+50", "9+9"]
    outputs = []
    for task in (short.task, TO_99.widened(10**20)):
        inputs = encoding.encode_questions(task, task.read(questions))
        outputs.append(forward(short, weights, inputs).values)
    assert outputs[1].shape[1] > 20
    assert np.allclose(outputs[0], outputs[1][:, : outputs[0].shape[1]], atol=1e-6)


@pytest.mark.parametrize(("trained", "base"), [(1, 10), (2, 2), (2, 10), (3, 2), (3, 7), (4, 2), (4, 10)])
def test_a_carry_cell_with_the_right_weights_adds(trained: int, base: int) -> None:
    task = Task(smallest=0, largest=base**12 - 1, base=base)
    experiment = experiment_of(CarryCell(trained), task, DIGITS)
    # The one weight decides and is taken away, so it must be the base.
    right = {"p": 1.0, "w": 50.0 if trained > 1 else base, "b": -25.0, "v": -base}
    weights = {name: np.array(right[name.partition("/")[2]], np.float32) for name in experiment.weight_shapes}
    assert len(weights) == trained
    inputs, answers = encoded(experiment, n=50)
    assert np.array_equal(forward(experiment, weights, inputs).values.argmax(axis=-1), answers)


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
    mask[:, -1 if go_backwards else 0] = True  # before anything was read Keras gives zeros, not the state given
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


@pytest.mark.parametrize("network", NETWORKS.values())
def test_a_network_carries_its_words_and_its_encodings(network: type[Network]) -> None:
    assert NETWORKS[network.name] is network
    assert network.label
    assert network.blurb.endswith(".")
    assert any(network.reads(encoding) for encoding in ENCODINGS.values())


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
        (Seq2Seq, {"cell": "elman"}, f"network.cell must be one of {', '.join(CELLS)}; received: 'elman'"),
        (Seq2Seq, {"encoder_layers": 5}, "network.encoder_layers must be a whole number from 1 to 4; received: 5"),
        (Seq2Seq, {"bridge": "none"}, "network.bridge must be one of repeat, state; received: 'none'"),
        (Seq2Seq, {"attention": "self"}, "network.attention must be one of none, dot, additive; received: 'self'"),
        (Seq2Seq, {"feedback": 1}, "network.feedback must be true or false; received: 1"),
        (Seq2Seq, {"masking": None}, "network.masking must be true or false; received: None"),
        (Tagger, {"units": 0}, "network.units must be a whole number from 1 to 512; received: 0"),
        (Tagger, {"layers": 0}, "network.layers must be a whole number from 1 to 4; received: 0"),
        (Transformer, {"heads": 5}, "network.heads must be a divisor of network.width (64); received: 5"),
        (Transformer, {"heads": 17}, "network.heads must be a whole number from 1 to 16; received: 17"),
        (Transformer, {"feedforward": 0}, "network.feedforward must be a whole number from 1 to 2,048; received: 0"),
        (CarryCell, {"trained": 5}, "network.trained must be a whole number from 1 to 4; received: 5"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(
    network: type[Network], settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ExperimentError) as caught:
        network(**settings)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("network", "task", "encoding", "sentence"),
    [
        (
            dataclasses.replace(SEQ2SEQ, bridge="state", feedback=True, decoder_units=6),
            TO_99,
            TextEncoding(),
            "network.bridge=state starts the decoder from the encoder's state of 5, so network.decoder_units must be 5",
        ),
        (
            dataclasses.replace(SEQ2SEQ, bridge="state"),
            TO_99,
            TextEncoding(),
            "network.bridge=state gives the decoder nothing to read at each step; it needs network.feedback=true",
        ),
        (
            dataclasses.replace(SEQ2SEQ, attention="dot", bidirectional=True),
            TO_99,
            TextEncoding(),
            "network.attention=dot multiplies decoder and encoder states, so network.decoder_units must be 10",
        ),
        (
            dataclasses.replace(SEQ2SEQ, masking=True),
            TO_99,
            TextEncoding(fill="zero"),
            "network.masking skips padding, which cannot be told from digits with encoding.fill=zero",
        ),
        (
            Tagger(units=4),
            TO_99,
            TextEncoding(),
            "tagger writes one character for each one it reads, so question and answer must have one length",
        ),
        (
            CarryCell(),
            Task(terms=3),
            DIGITS,
            "carry carries at most one, so the task must be sums of exactly 2 numbers in base 2 to 10",
        ),
        (
            CarryCell(),
            TO_99,
            ColumnsEncoding(),
            "carry counts digits, so it needs encoding.input=integer and encoding.fill=zero",
        ),
    ],
    ids=lambda each: each.split()[0] if isinstance(each, str) else "",
)
def test_a_network_says_in_a_sentence_why_it_cannot_be_trained_on_that(
    network: Network, task: Task, encoding: Encoding, sentence: str
) -> None:
    with pytest.raises(CombinationError) as caught:
        Experiment(task=task, encoding=encoding, network=network)
    assert str(caught.value).startswith(sentence)


def test_layer_sizes_may_come_as_a_list() -> None:
    assert MappingLSTM(units=[6, 6]) == MappingLSTM(units=(6, 6))  # type: ignore[arg-type]


def test_the_knobs_above_are_all_there_are() -> None:
    networks = [each.network for each in CHARACTERS]
    recurrent = [each for each in networks if isinstance(each, Seq2Seq | Tagger)]
    assert {each.cell for each in recurrent} == set(CELLS)
    assert {each.bridge for each in networks if isinstance(each, Seq2Seq)} == set(BRIDGES)
    assert {each.attention for each in networks if isinstance(each, Seq2Seq)} == set(ATTENTIONS)
    inputs = {each.encoding.input for each in CHARACTERS if not isinstance(each.encoding, ScaledEncoding)}
    assert inputs == set(INPUTS)
    assert {each.network.name for each in [*CHARACTERS, *NUMBERS]} == set(NETWORKS)
    assert {type(layer) for each in [*CHARACTERS, *NUMBERS] for layer in each.layers} <= set(LAYERS.values())


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
    assert time.process_time() - started < 60  # unrolled, it takes minutes


@pytest.mark.parametrize("digits", ["9999999999+1", "1234567890+9876543210", "5+5", "0+0"])
def test_a_digit_that_is_exactly_hit_is_nearly_sure(digits: str) -> None:
    answer = shipped_solver("smallest").solve(digits)
    assert answer.correct
    assert answer.confidence > 0.99


def test_a_carry_cell_is_trained_on_numbers_that_compile_in_seconds() -> None:
    smallest = preset("smallest")
    assert smallest.replaced({"task.largest": 10**40 - 1}).weights == 1
    with pytest.raises(CombinationError, match="carry is trained on numbers of at most 40 digits"):
        smallest.replaced({"task.largest": 10**40})
    assert shipped_solver("smallest").solve("9" * 100 + "+1").correct


def test_compiled_programs_are_kept_in_any_folder_and_the_oldest_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / 'a "b\\ 100%'
    monkeypatch.setenv("ADDER_HOME", str(home))
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=1")
    monkeypatch.setattr(backend, "MOST_CACHE_BYTES", 25)
    backend._prepare_environment()
    first, ours = shlex.split(os.environ["TF_XLA_FLAGS"])
    assert first == "--tf_xla_auto_jit=1"
    folder = Path(ours.removeprefix("--tf_xla_persistent_cache_directory="))
    assert folder.parent == home / "xla"
    for age in range(4):
        (folder / f"{age}.pb").write_bytes(b"0123456789")
        os.utime(folder / f"{age}.pb", (1_000 - age, 1_000 - age))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    backend._prepare_environment()
    assert {program.name for program in folder.iterdir()} == {"0.pb", "1.pb"}
