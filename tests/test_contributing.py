"""CONTRIBUTING.md keeps its word: whoever follows it makes one file or one function, and one entry.

All its examples are written into a copy of the package as they stand there, and then everything works.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BUILT = {  # Each part comes with settings that use it.
    "network": {"network.name": "perceptron", "network.units": 8, "training.optimizer": "lion"},
    "layer": {"network.name": "tagger"},
    "cell": {"network.cell": "minimal", "network.encoder_units": 4, "network.decoder_units": 5},
}
CHOSEN = {  # Each setting has its value, its label, and what goes with it.
    "training.optimizer": ("lion", "Lion", {}),
    "task.draw": ("one-short", "one of them short", {"task.operators": "-", "training.draw": "none"}),
    "encoding.name": ("interleaved", "Digits in turns", {}),
    "task.name": ("counting", "Counting digits", {"encoding.padding": "left", "training.draw": "none"}),
}

_CHECK = """
import contextlib, io, json, random, sys, tempfile
import numpy as np
import adder
import keras
import adder.networks.keras_layers
from streamlit.testing.v1 import AppTest
from adder import cli
from adder.analysis.layer_summary import parts
from adder.analysis.picture import picture
from adder.networks import Network, Tagger
from adder.networks.backend import tf
from adder.networks.base import question
from adder.networks.description import layers_from, written
from adder.networks.layers import Dense, Flatten, LAYERS, Unfold
from adder.solvers.answering import forward
from adder.training.epoch_program import keras_file

def describe(self, task, encoding):
    steps, symbols = encoding.answer_length(task), len(task.alphabet)
    yield from question(task, encoding)
    yield Flatten("seen", of="question")
    yield LAYERS["Gated"]("gated", steps * 4, of="seen")
    yield Unfold("steps", steps, of="gated")
    yield Dense("character", symbols, "softmax", of="steps")

Tagger.describe, Tagger.refusal = describe, Network.refusal

def page(settings):
    import adder
    from adder.ui import setting_widgets
    setting_widgets.show(adder.preset("two-digits").replaced(settings))

def menus(settings):
    shown = AppTest.from_function(page, kwargs={"settings": settings}).run(timeout=60)
    assert not shown.exception
    return {box.key: (box.value, box.options) for box in shown.selectbox}

def trained(settings):
    experiment = adder.preset("two-digits").replaced({**settings, "training.epochs": 1, "training.samples": 40})
    assert adder.from_query(adder.to_query(experiment)) == experiment
    assert adder.Experiment.from_json(experiment.to_json()) == experiment
    trainer = adder.Trainer(experiment)
    assert len(list(trainer.run())) == 1
    defined = {"__name__": "script"}
    exec(compile(adder.keras_script(experiment), "script.py", "exec"), defined)
    return experiment, adder.Solver.from_bytes(trainer.solver().to_bytes()), defined

built, chosen = json.loads(sys.argv[1])
found = {}
for what, settings in built.items():
    experiment, solver, defined = trained(settings)
    assert layers_from(written(experiment.layers)) == experiment.layers
    assert sum(part.weights for part in parts(experiment)) == experiment.weights
    inside = adder.look_inside(solver, "12+50").layers
    assert all(np.isfinite(layer.states).all() for layer in inside)
    assert {layer.name for layer in picture(solver, "12+50").layers} <= {layer.name for layer in inside}

    drawn = experiment.task.sample(5, np.random.default_rng(1))
    inputs = experiment.encoding.encode_questions(experiment.task, drawn)
    ours = forward(experiment, solver.weights, inputs).values
    with tempfile.NamedTemporaryFile(suffix=".keras") as file:
        file.write(keras_file(experiment, solver.weights))
        file.flush()
        loaded = np.array(keras.models.load_model(file.name)([inputs]))
    model = defined["build_model"]()
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(solver.weights[f"{layer.name}/{weight.name}"])
    assert np.abs(ours - loaded).max() < 1e-5
    assert np.abs(ours - np.array(model(inputs))).max() < 1e-5
    assert "'none'" in adder.web_page(solver)
    labels = [label for _, options in menus(experiment.flat()).values() for label in options]
    found[what] = {"inside": [layer.name for layer in inside], "menus": labels}

with contextlib.redirect_stdout(io.StringIO()) as printed:
    cli.main(["settings"])
guide = printed.getvalue()
tf.config.run_functions_eagerly(True)  # Networks and optimizer were compiled above; what follows is trained just once.
for setting, (value, label, beside) in chosen.items():
    experiment, solver, defined = trained({**built["network"], **beside, setting: value})
    task, encoding = experiment.task, experiment.encoding
    model = defined["build_model"]()
    defined["SAMPLES"] = 40
    defined["train"](model, random.Random(1), 1)
    given = [defined["TEST_DRAW"]] if "TEST_DRAW" in defined else []
    asked = defined["sample"](30, random.Random(1), *given, held_out=True)
    assert 0 <= defined["evaluate"](model, asked)["exact_match"] <= 1
    ours = task.read([defined["text"](question) for question in asked])
    assert task.is_held_out(ours).all()
    encoded = encoding.encode_questions(task, ours), encoding.encode_answers(task, ours)
    assert all(map(np.array_equal, encoded, defined["encode"](asked)))

    shown, options = menus({**beside, setting: value})[setting]
    assert shown == value
    assert label in options
    assert f"{setting}={value}" in guide or f"`{value}`" in guide
    assert "'none'" in adder.web_page(solver)
    found[setting] = adder.look_inside(solver, task.example).read
print(json.dumps(found))
"""


def blocks(title: str, language: str = "python") -> list[str]:
    """The code of one section of CONTRIBUTING.md."""
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def indented(code: str, spaces: int) -> str:
    return textwrap.indent(code.strip(), " " * spaces) + ",\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which somebody has followed CONTRIBUTING.md."""
    folder = tmp_path_factory.mktemp("contributed")
    package = folder / "adder"
    shutil.copytree(ROOT / "adder", package)  # Compiled modules come along.
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "app.py", folder)
    (folder / "assets").symlink_to(ROOT / "assets")

    def insert(path: str, new: str, before: str) -> None:
        text = (package / path).read_text()
        assert text.count(before) == 1, before
        (package / path).write_text(text.replace(before, new + before))

    def enter(path: str, new: str, registry: str) -> None:
        """Enter it first, so that it does not matter what else is entered."""
        text = (package / path).read_text()
        assert len(re.findall(registry, text)) == 1, registry
        (package / path).write_text(re.sub(registry, lambda found: found[0] + new, text))

    network, entry = blocks("A network, from end to end")
    (package / "networks" / "perceptron.py").write_text(network)
    insert("networks/__init__.py", "from adder.networks.perceptron import Perceptron\n", "from adder.networks.seq2seq")
    enter("networks/__init__.py", indented(entry, 4), r"_FAMILIES: .* = \(\n")
    [layer] = blocks("A layer, from end to end")
    (package / "networks" / "layers" / "gated.py").write_text(layer)
    [face] = blocks("A layer, from end to end", "js")
    (package / "networks" / "layers" / "gated.js").write_text(face)
    insert("networks/layers/layers.js", 'import * as gated from "./gated.js";\n', "import * as heads")
    enter("networks/layers/layers.js", "...gated, ", r"LAYERS = \{ ")
    line = "from adder.networks.layers.gated import Gated\n"
    insert("networks/layers/__init__.py", line, "from adder.networks.layers.heads")
    enter("networks/layers/__init__.py", "    Gated,\n", r"_LAYERS: .* = \(\n")
    step, cell = blocks("A recurrent cell")
    insert("networks/layers/cells.py", step + "\n\n", "@dataclass(frozen=True, slots=True)\nclass Cell:")
    enter("networks/layers/cells.py", indented(cell, 8), r"for cell in \(\n")
    [step] = blocks("A recurrent cell", "js")
    insert("networks/layers/cells.js", step + "\n", "export function simple")
    [optimizer] = blocks("An optimizer")
    enter("experiment/training.py", indented(optimizer, 4), r"OPTIMIZERS: .* = \{\n")
    function, draw = blocks("A draw")
    insert("tasks/draws.py", function + "\n\n", "_ALIKE = block(")
    enter("tasks/draws.py", indented(draw, 4), r"DRAWS: .* = \{\n")
    [reader] = blocks("An encoding", "js")
    insert("encodings/readers.js", reader + "\n", "export function scaled")
    [encoding] = blocks("An encoding")
    (package / "encodings" / "interleaved.py").write_text(encoding)
    line = "from adder.encodings.interleaved import InterleavedEncoding\n"
    insert("encodings/__init__.py", line, "from adder.encodings.scaled")
    enter("encodings/__init__.py", "    InterleavedEncoding,\n", r"_KINDS: .* = \(\n")
    [task] = blocks("A task")
    (package / "tasks" / "counting.py").write_text(task)
    insert("tasks/__init__.py", "from adder.tasks.counting import Counting\n", "from adder.tasks.pairs")
    enter("tasks/__init__.py", "    Counting,\n", r"_KINDS: .* = \(\n")
    return folder


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_what_is_entered_works_everywhere(copy: Path) -> None:
    (copy / "check.py").write_text(_CHECK)
    found = json.loads(run(copy, "check.py", json.dumps([BUILT, CHOSEN])).splitlines()[-1])
    assert {what: found[what]["inside"] for what in BUILT} == {
        "network": ["hidden", "places"],
        "layer": ["gated"],
        "cell": ["encoder", "encoder_backward", "decoder"],
    }
    assert "Perceptron on characters" in found["network"]["menus"]
    assert "Minimal gated unit" in found["cell"]["menus"]
    assert {setting: found[setting] for setting in CHOSEN} == {
        "training.optimizer": ["1", "2", "+", "5", "0"],
        "task.draw": ["1", "2", "-", "5", "0"],
        "encoding.name": ["1", "5", "2", "0"],
        "task.name": [" ", "0", " ", "i", "n", " ", "0"],
    }


def test_the_examples_are_well_written(copy: Path) -> None:
    run(copy, "-m", "ruff", "check", "--no-cache", "adder")
    run(copy, "-m", "ruff", "format", "--check", "--no-cache", "adder")
