"""A network as its parts: their weights and shapes are those of the network itself, and of Keras."""

from __future__ import annotations

import pytest

import adder
from adder import PRESETS, Experiment, ScaledEncoding, Seq2Seq, TextEncoding
from adder.analysis.layer_summary import parts
from adder.encodings import one_hot
from adder.networks.description import keras_model

ATTENTIVE = Experiment(network=Seq2Seq(encoder_units=6, decoder_units=6, encoder_layers=2, attention="dot"))
ADDITIVE = Experiment(network=Seq2Seq(encoder_units=6, decoder_units=5, attention="additive", bidirectional=True))
STATE = Experiment(network=Seq2Seq(encoder_units=6, decoder_units=6, bridge="state", feedback=True))
EMBEDDED = Experiment(encoding=TextEncoding(input="embedding", embedding_size=3))
EXPERIMENTS = {name: preset.experiment for name, preset in PRESETS.items()} | {
    "dot": ATTENTIVE,
    "additive": ADDITIVE,
    "state": STATE,
    "embedded": EMBEDDED,
    "transformer": Experiment(network=adder.Transformer()),
}


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_every_weight_belongs_to_one_part(name: str) -> None:
    assert sum(part.weights for part in parts(EXPERIMENTS[name])) == EXPERIMENTS[name].weights


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_the_parts_lead_from_the_question_to_the_answer(name: str) -> None:
    experiment = EXPERIMENTS[name]
    found = parts(experiment)
    assert found[0].role == "question"
    assert found[0].shape[0] == experiment.encoding.question_length(experiment.task)
    assert found[-1].shape[0] == experiment.encoding.answer_length(experiment.task)


def test_the_textbooks_network_narrows_to_one_vector() -> None:
    assert [(part.role, part.shape) for part in parts(adder.preset("seq2seq"))] == [
        ("question", (5,)),
        ("reading", (5, 12)),
        ("encoder", (100,)),
        ("bridge", (2, 100)),
        ("decoder", (2, 50)),
        ("output", (2, 12)),
    ]


def test_with_attention_every_state_of_the_encoder_is_handed_on() -> None:
    assert [part.shape for part in parts(ATTENTIVE) if part.role == "encoder"] == [(5, 6), (5, 6)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seq2seq", "two-digits", "calculator", "dot", "five-digits", "mapping-lstm-stacked"])
def test_shapes_are_those_of_the_keras_model(name: str) -> None:
    experiment = EXPERIMENTS[name]
    model = keras_model(experiment.layers, seed=1)
    shapes = {
        tuple(output.shape[1:])
        for layer in model.layers
        for output in (layer.output if isinstance(layer.output, list) else [layer.output])
    }
    found = parts(experiment)[1:]
    assert {part.shape for part in found if part.role != "reading"} <= shapes  # Keras looks up one-hot vectors.


@pytest.mark.parametrize("name", ["seq2seq", "two-digits", "columns"])
def test_one_hot_vectors_have_the_shape_that_is_said(name: str) -> None:
    experiment = EXPERIMENTS[name]
    task, encoding = experiment.task, experiment.encoding
    assert not isinstance(encoding, ScaledEncoding)
    vectors = one_hot(encoding.encode_questions(task, task.read([task.example]))[0], len(task.alphabet))
    [reading] = [part for part in parts(experiment) if part.role == "reading"]
    assert reading.shape == (len(vectors), vectors[0].size)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seq2seq", "two-digits"])
def test_keras_refuses_the_network_without_its_bridge(name: str) -> None:
    from adder.networks.backend import keras

    experiment = EXPERIMENTS[name]
    network = experiment.network
    assert isinstance(network, Seq2Seq)
    question = keras.Input((experiment.encoding.question_length(experiment.task), len(experiment.task.alphabet)))
    encoder = keras.layers.LSTM(network.encoder_units)
    read = keras.layers.Bidirectional(encoder)(question) if network.bidirectional else encoder(question)
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        keras.layers.LSTM(network.decoder_units, return_sequences=True, name="decoder")(read)
