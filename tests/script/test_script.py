from __future__ import annotations

import dataclasses
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from adder import PRESETS, Experiment, Rule, Tagger, keras_script, preset
from adder.encodings import Encoding
from adder.experiment.training import OPTIMIZERS
from adder.networks.base import question
from adder.networks.layers import Dense, Layer, Norm
from adder.script.questions import several_draws
from adder.tasks import AnyTask
from tests.experiments import experiments

ROOT = Path(__file__).parents[2]
WORDS = Rule((("cat", "tac"), ("dog", "god"), ('"a" b', "b\\a"), ("éclair", "rialcé"), ("moon", "noom")), held_out=0.3)
SPACED = Rule((("999", "nine hundred"), ("7", "seven")))
SMALL = {"network.encoder_units": 6, "network.decoder_units": 6, "training.samples": 640}


def changed(name: str = "seq2seq", **settings: Any) -> Experiment:
    small = SMALL if settings.get("network__name", preset(name).network.name) == "seq2seq" else {}
    return preset(name).replaced({**small, **{key.replace("__", "."): each for key, each in settings.items()}})


SPREAD: dict[str, Experiment] = {
    "attention and feedback": changed(
        network__attention="dot", network__feedback=True, network__masking=True, training__scheduled_sampling=0.2
    ),
    "attention before each step": changed(network__attention="additive", network__masking=True),
    "state bridge": changed(network__bridge="state", network__feedback=True, training__dropout=0.1),
    "state bridge with attention": changed(
        network__cell="gru", network__bridge="state", network__attention="additive", network__bidirectional=True,
        network__decoder_units=12,
    ),
    "gru": changed(network__cell="gru", network__encoder_layers=2, network__bidirectional=True, training__dropout=0.2),
    "plain recurrent": changed(network__cell="simple", encoding__doubled=True, encoding__input="integer"),
    "embedding": changed(encoding__input="embedding", encoding__padding="right", task__operators="+-*"),
    "masked tagger": changed(
        "five-digits", network__units=6, network__masking=True, encoding__padding="left", training__keep_best=True
    ),
    "weighted padding": changed(training__padding_weight=0.5, training__target=0.9, training__optimizer="rmsprop"),
    "ragged columns": changed(
        "columns", task__terms=4, task__fewest_terms=2, training__draw="lengths", network__units=6,
        encoding__input="embedding",
    ),
    "columns of one number": changed("columns", encoding__fill="zero", encoding__input="integer", network__units=6),
    "transformer": changed(
        network__name="transformer", network__width=8, network__heads=2, network__feedforward=8, network__masking=True,
        training__dropout=0.1,
    ),
    "transformer on columns": changed("columns", network__name="transformer", network__width=8, network__layers=1),
    "four carry weights": changed("smallest", network__trained=4),
    "three carry weights": changed("smallest", network__trained=3),
    "difference of scaled numbers": changed("mapping-lstm-stacked", task__operators="-", training__dropout=0.1),
    "the last number first": changed("mapping-lstm", task__operators="-", encoding__question_order="reversed"),
    "scaled squares": changed("mapping-mlp", task__operators="^", task__terms=1, training__optimizer="sgd"),
    "words": dataclasses.replace(changed(), task=WORDS),
    "hexadecimal": changed(task__base=16, task__largest=255, encoding__fill="zero", task__operators="+-"),
    "words with blanks": dataclasses.replace(changed(training__padding_weight=0), task=SPACED),
    "curriculum": changed(
        "two-digits", training__curriculum="combined", task__fewest_terms=2, task__terms=4, training__schedule="linear"
    ),
    "curriculum of brackets": changed(
        "calculator", training__curriculum="mixed", task__largest=999, network__encoder_units=6
    ),
    "reading heads": changed(
        network__name="heads", network__units=6, encoding__padding="marks", training__curriculum="earned",
        task__largest=99,
    ),
    "shifting schedule": changed(training__final_learning_rate=1e-4, training__schedule="exponential"),
    "changes in mid-run": changed(
        "two-digits", training__samples=400, training__epochs=4, training__batch_size=20,
        training__changes="2:batch_size=40,2:draw=ends,3:learning_rate=0.02,4:draw=none",
    ),
}  # fmt: skip
EVERY = {name: each.experiment for name, each in PRESETS.items()} | SPREAD


def module(experiment: Experiment) -> dict[str, Any]:
    """What a script defines, in this process."""
    from adder.networks.backend import keras

    assert keras.backend.backend() == "tensorflow"
    defined: dict[str, Any] = {"__name__": "script"}
    exec(compile(keras_script(experiment), "script.py", "exec"), defined)
    return defined


def drawn(experiment: Experiment, defined: dict[str, Any], n: int = 30) -> list[Any]:
    """Questions that the script trains on."""
    usual = [name for name in ("TRAINING_DRAW", "TEST_DRAW") if name in defined]
    draw = [defined[usual[0]]] if several_draws(experiment) else []
    levels = {"levels": range(1, defined["LEVELS"] + 1)} if experiment.training.curriculum != "none" else {}
    questions: list[Any] = defined["sample"](n, random.Random(1), *draw, **levels)
    return questions


def assert_asks_the_same(experiment: Experiment) -> None:
    """The script's questions are the task's, and are encoded, answered and split alike."""
    defined = module(experiment)
    task, encoding = experiment.task, experiment.encoding
    questions = drawn(experiment, defined)
    ours = task.read([defined["text"](question) for question in questions])
    inputs, answers = defined["encode"](questions)
    assert ours.answered
    for theirs, truth in (
        (inputs, encoding.encode_questions(task, ours)),
        (answers, encoding.encode_answers(task, ours)),
    ):
        assert np.array_equal(theirs.astype(truth.dtype), truth)
    assert not task.is_held_out(ours).any()
    if task.held_out:
        assert [defined["key"](question) for question in questions] == ours.keys.tolist()
        draw = [defined["TEST_DRAW"]] if several_draws(experiment) else []
        kept = defined["sample"](10, random.Random(2), *draw, held_out=True)
        assert task.is_held_out(task.read([defined["text"](question) for question in kept])).all()


@pytest.mark.parametrize("experiment", EVERY.values(), ids=EVERY)
def test_a_script_asks_splits_and_encodes_as_the_experiment_does(experiment: Experiment) -> None:
    assert_asks_the_same(experiment)


@given(experiments(most_units=8))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_so_does_the_script_of_any_experiment(experiment: Experiment) -> None:
    assert_asks_the_same(experiment)


def test_a_script_writes_the_answers_of_a_network_on_numbers_in_their_base() -> None:
    defined = module(changed("mapping-mlp", task__base=2))
    defined["predict"] = lambda _, questions: np.array([7.2, -1.8])
    assert list(defined["examples"](None, [(3, 4), (1, 1)])) == [
        "11+100 = 111 (right, before rounding 7.200)",
        "1+1 = -10 (wrong: it is 10, before rounding -1.800)",
    ]


@pytest.mark.parametrize("order", ["written", "reversed"])
def test_a_script_takes_a_blank_in_an_answer_for_no_padding(order: str) -> None:
    experiment = dataclasses.replace(SPREAD["words"].replaced({"encoding.answer_order": order}), task=SPACED)
    defined = module(experiment.replaced({"training.padding_weight": 0.25}))
    inner = experiment.encoding.encode_answers(SPACED, SPACED.read(["999", "7"]))
    counted = experiment.encoding.human_order(defined["weights_of"](inner))
    gap = SPACED.widest_gap + 1  # So many blanks before "seven" say where it begins.
    assert counted.tolist() == [[1.0] * 12, [0.25] * (7 - gap) + [1.0] * (5 + gap)]


@pytest.mark.parametrize("order", ["written", "reversed"])
def test_a_script_takes_zeros_before_an_answer_for_padding(order: str) -> None:
    experiment = EVERY["hexadecimal"].replaced({"encoding.answer_order": order, "training.padding_weight": 0.25})
    defined, task = module(experiment), experiment.task
    inner = experiment.encoding.encode_answers(task, task.read(["1-8", "7-7", "7+8"]))  # They are -07, 000 and 00F.
    counted = experiment.encoding.human_order(defined["weights_of"](inner))
    assert counted.tolist() == [[1.0] * 3, [0.25, 1.0, 1.0], [0.25, 1.0, 1.0]]


def test_scripts_are_well_written(tmp_path: Path) -> None:
    for name, experiment in EVERY.items():
        (tmp_path / f"{name.replace(' ', '_')}.py").write_text(keras_script(experiment))
    for arguments in (["check", "--ignore", "S311,D415"], ["format", "--check"]):  # Nothing secret is drawn.
        ruff = [sys.executable, "-m", "ruff", *arguments, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
        done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_script_has_only_what_its_experiment_takes() -> None:
    script = keras_script(preset("seq2seq"))
    assert len(script.splitlines()) < 170
    for absent in ("HELD_OUT", "previous", "attention", "Dropout", "learning_rate(", "hashlib", "adder import", "mask"):
        assert absent not in script
    assert "def is_held_out" in keras_script(preset("two-digits"))
    assert "adder" not in script.split('"""', 2)[2]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_script_trains_with_the_optimizer_of_its_experiment(name: str) -> None:
    options = {"global_clipnorm": "CLIP_NORM", **OPTIMIZERS[name].options}
    script = keras_script(changed(training__optimizer=name, training__clip_norm=0.5, training__learning_rate=0.02))
    assert "\nLEARNING_RATE = 0.02\n" in script
    (label, given), *others = re.findall(r"keras\.optimizers\.(\w+)\(LEARNING_RATE, (.*)\)", script)
    assert not others
    assert label == OPTIMIZERS[name].label
    assert sorted(given.split(", ")) == sorted(f"{option}={value}" for option, value in options.items())


def test_what_a_script_does_otherwise_is_said_at_its_top() -> None:
    opening = keras_script(SPREAD["attention and feedback"]).split('"""')[1]
    assert "asked of it before each epoch" in " ".join(opening.split())
    assert "asked of it" not in keras_script(preset("seq2seq")).split('"""')[1]


def test_equal_experiments_have_equal_scripts() -> None:
    assert keras_script(preset("terms")) == keras_script(Experiment.from_json(preset("terms").to_json()))


def run(experiment: Experiment, folder: Path, epochs: int) -> dict[str, Any]:
    """Run a script somewhere else, where nothing of this package is found."""
    path = folder / "script.py"
    path.write_text(keras_script(experiment))
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", path.name, "--epochs", str(epochs), "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result: dict[str, Any] = json.loads(line)
    shapes = {name: tuple(shape) for name, shape in result["weights"].items()}
    assert shapes == experiment.weight_shapes
    return result


@pytest.mark.slow
def test_the_textbook_script_learns(tmp_path: Path) -> None:
    """It has fewer units and a higher learning rate than the textbook's, so that few epochs are enough."""
    units = {"network.encoder_units": 32, "network.decoder_units": 32}
    learner = preset("seq2seq").replaced({**units, "training.learning_rate": 0.01})
    assert run(learner, tmp_path, epochs=8)["character_accuracy"] > 0.85


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "epochs", "figure", "least", "most"),
    [
        (
            changed("mapping-mlp", training__samples=4_000, training__curriculum="earned"),
            1,
            "rmse",
            0.0,
            1.0,
        ),
        (SPREAD["attention and feedback"], 1, "character_accuracy", 0.1, 1.0),
    ],
    ids=["linear", "attention and feedback"],
)
def test_a_script_trains_and_measures(
    experiment: Experiment, epochs: int, figure: str, least: float, most: float
) -> None:
    assert least <= trained_figures(experiment, epochs)[figure] <= most


def test_a_script_trains_on_a_list_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from adder.networks.backend import keras

    # Its steps are those of the scripts above, which are compiled.
    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))
    few = SPREAD["words"].replaced({"training.samples": 20})
    assert 0.0 <= trained_figures(few, epochs=1)["exact_match"] <= 1.0


def trained_figures(experiment: Experiment, epochs: int) -> dict[str, float]:
    """What a script measures after it has trained, in this process."""
    defined = module(experiment)
    defined["keras"].utils.set_random_seed(1)
    model, rng = defined["build_model"](), random.Random(1)
    defined["train"](model, rng, epochs)
    held_out = {"held_out": True} if experiment.task.held_out else {}
    figures: dict[str, float] = defined["evaluate"](model, defined["sample"](200, rng, **held_out))
    return figures


def test_no_variable_of_a_script_hides_a_function_that_it_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(self: Tagger, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield from question(task, encoding)
        yield Norm("normed", of="question")
        yield Norm("normed_again", of="normed")
        yield Dense("character", len(task.alphabet), "softmax", of="normed_again")

    monkeypatch.setattr(Tagger, "describe", describe)
    experiment = changed("columns")
    model = module(experiment)["build_model"]()
    assert [weight.path for weight in model.weights] == list(experiment.weight_shapes)
