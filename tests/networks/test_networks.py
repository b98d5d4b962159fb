from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

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
    Transformer,
    keras_script,
    preset,
    shipped_solver,
)
from adder.base.errors import AdderError
from adder.encodings import ENCODINGS, INPUTS, Encoding
from adder.networks import Network, backend, description, layers
from adder.networks.arrays import Array
from adder.networks.description import Description, layers_from, written
from adder.networks.layers import CELLS, LAYERS
from adder.networks.seq2seq import ATTENTIONS, BRIDGES
from adder.pocket.script import one_script
from adder.solvers.answering import forward, teacher_forced
from adder.training.epoch_program import build
from tests.experiments import random_solver
from tests.networks.kinds import CHARACTERS, DIGITS, EACH, NUMBERS, SEQ2SEQ, TO_99
from tests.twins import difference, encoded, keras_inputs, weights_in

SCALES = (0.5, 3.0)  # The last one saturates gates and softmax.


@EACH
def test_all_faces_of_the_layers_are_one(experiment: Experiment) -> None:
    """Weights, NumPy, Keras, the script, and the description as JSON."""
    model, shapes = build(experiment), experiment.weight_shapes
    assert layers_from(written(experiment.layers)) == experiment.layers
    assert shapes == weights_of(model)
    assert experiment.weights == model.count_params()
    assert difference(experiment, weights_in(experiment, model), model) < 1e-5
    for scale in SCALES:
        if scale >= 1 and isinstance(experiment.network, CarryCell | MappingMLP):
            continue  # Nothing in them is bounded.
        weights = random_solver(experiment, seed=4, scale=scale).weights
        weights |= {name: np.float32(scale > 1) for name in weights if name.endswith("/hard")}
        for name, weight in weights.items():
            if name.endswith("recurrent_kernel"):  # In a larger one, rounding errors grow from step to step.
                weight *= min(1.0, 0.3 / scale)
        assert difference(experiment, weights, model, n=20) < 1e-5, scale
    inputs, answers = encoded(experiment, n=20)
    read = keras_inputs(experiment, inputs, answers)
    told = teacher_forced(experiment, weights, inputs, answers).values
    assert np.allclose(scripted(experiment, weights)(read if len(read) > 1 else read[0]), told, atol=1e-5)


STEADY = (
    layers.Question("inputs", 4),
    layers.OneHotVectors("question", 5, of="inputs"),
    layers.Recurrent("read", "gru", 6, "question"),
    layers.Repeat("same", 3, of="read.last"),
)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense("next", 6, "tanh", of="same"),
        layers.Norm("next", of="same"),
        layers.Position("next", of="same"),
        layers.Recurrent("next", "lstm", 6, "same"),
        layers.DotAttention("next", "same", "read"),
        layers.AdditiveDecoder("next", "gru", 6, 3, ("same",), "read"),
        layers.DecoderBlock("next", 2, 7, "same", "read"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_every_layer_may_read_what_stays_the_same_at_all_steps_of_the_answer(layer: layers.Layer, script: Page) -> None:
    network = Description([*STEADY, layer, layers.Dense("character", 5, "softmax", of="next")])
    model, rng = description.keras_model(network, 1), np.random.default_rng(1)
    inputs = rng.integers(0, 5, (2, 4))
    weights = {f"{each.name}/{weight.name}": np.asarray(weight) for each in model.layers for weight in each.weights}
    theirs = np.array(model([inputs]))
    ours = description.forward(network, weights, inputs, 3, 0)
    assert np.allclose(ours.values, theirs, atol=1e-5)
    given = {name: np.ravel(weight).tolist() for name, weight in weights.items()}
    browsers = script.evaluate(_COMPUTE, [description.planned(network), given, inputs.tolist(), 3, 0])
    assert np.allclose(np.array([values for values, _ in browsers]), theirs, atol=1e-5)


@pytest.fixture(scope="module")
def script(browser: Browser) -> Iterator[Page]:
    """A page with the JavaScript face of the layers."""
    page = browser.new_page()
    page.evaluate(one_script(Path(description.__file__).with_suffix(".js")) + "\nwindow.layers = main")
    yield page
    page.close()


@pytest.mark.slow
@EACH
def test_the_javascript_face_of_the_layers_is_one_with_them(experiment: Experiment, script: Page) -> None:
    weights = random_solver(experiment, seed=4, scale=0.5).weights
    inputs, _ = encoded(experiment, n=4)
    steps, start = experiment.encoding.answer_length(experiment.task), experiment.task.blank
    switches = [name for name in weights if name.endswith("/hard")]
    for hard in (0, 1) if switches else (0,):
        weights |= dict.fromkeys(switches, np.float32(hard))
        given = {name: np.ravel(weight).tolist() for name, weight in weights.items()}
        ours = forward(experiment, weights, inputs)
        theirs = script.evaluate(
            _COMPUTE, [description.planned(experiment.layers), given, inputs.tolist(), steps, start]
        )
        for array, found in zip((ours.values, ours.attention), zip(*theirs, strict=True), strict=True):
            assert (array is None) == (found[0] is None)
            assert array is None or np.allclose(np.array(found), array, atol=1e-5)


_COMPUTE = """([plan, given, inputs, steps, start]) => {
  const weights = Object.fromEntries(Object.entries(given).map(([name, each]) => [name, Float32Array.from(each)]));
  const plain = (values) => (Array.isArray(values) ? values.map((each) => Array.from(each)) : values);
  const read = (each) => (plan.given === "numbers" ? Float64Array.from(each) : each);
  return inputs.map((each) => layers.forward(plan, weights, read(each), steps, start))
    .map(({ values, attention }) => [plain(values), plain(attention)]);
}"""


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
    text = written(Experiment().layers)
    for each in (
        "",
        "[]",
        text.replace('"version": 1', '"version": 2'),
        text.replace("Dense", "Sparse"),
        text[:-9],
    ):
        with pytest.raises(AdderError):
            layers_from(each)


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
            ReadingHeads(),
            Rule((("1", "a"), ("2", "b"))),
            TextEncoding(),
            "a question of a single character is too short for heads",
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


def test_the_settings_above_are_all_there_are() -> None:
    networks = [each.network for each in CHARACTERS]
    recurrent = [each for each in networks if isinstance(each, Seq2Seq | Tagger)]
    assert {each.cell for each in recurrent} == set(CELLS)
    assert {each.bridge for each in networks if isinstance(each, Seq2Seq)} == set(BRIDGES)
    assert {each.attention for each in networks if isinstance(each, Seq2Seq)} == set(ATTENTIONS)
    inputs = {each.encoding.input for each in CHARACTERS if not isinstance(each.encoding, ScaledEncoding)}
    assert inputs == set(INPUTS)
    assert {each.network.name for each in [*CHARACTERS, *NUMBERS]} == set(NETWORKS)
    assert {type(layer) for each in [*CHARACTERS, *NUMBERS] for layer in each.layers} <= set(LAYERS.values())


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
