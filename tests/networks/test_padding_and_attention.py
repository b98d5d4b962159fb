"""What a network may look at: what it wrote before, its question, and no padding where that is masked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from adder import CarryCell, ColumnsEncoding, Experiment, Rule, Seq2Seq, Tagger, Task, TextEncoding, Transformer
from adder.networks import Network
from adder.networks.seq2seq import ATTENTIONS
from adder.solvers.answering import decoder_of, forward, teacher_forced
from tests.experiments import random_solver
from tests.networks.kinds import (
    BOTH_WAYS,
    CHARACTERS,
    DIGITS,
    EACH_CELL,
    EACH_WITH_FEEDBACK,
    FULL,
    SEQ2SEQ,
    TO_99,
    TRANSFORMER,
    experiment_of,
    label,
)
from tests.twins import difference, encoded


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
        if isinstance(each.network, Transformer)
        or (isinstance(each.network, Seq2Seq) and each.network.attention != "none")
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
