"""CONTRIBUTING.md keeps its word: its network, layer and cell are one file or one function and one entry each.

They are written into a copy of the package as they stand there, and then everything works.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ENTRIES = {  # what is entered -> settings that use it
    "network": {"network.name": "perceptron", "network.units": 8},
    "layer": {"network.name": "tagger"},
    "cell": {"network.cell": "minimal", "network.encoder_units": 4, "network.decoder_units": 5},
}

_CHECK = """
import json, sys, tempfile
import numpy as np
import adder
import keras
import adder.networks.keras_layers
from streamlit.testing.v1 import AppTest
from adder.analysis.layer_summary import parts
from adder.networks import Network, Tagger
from adder.networks.base import question
from adder.networks.description import layers_from, written
from adder.networks.layers import Dense, Flatten, LAYERS, Unfold
from adder.query import from_query, to_query
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
    from adder.ui import knobs
    knobs.show(adder.Experiment().replaced(settings))

found = {}
for what, settings in json.loads(sys.argv[1]).items():
    experiment = adder.preset("two-digits").replaced({**settings, "training.epochs": 1, "training.samples": 40})
    assert from_query(to_query(experiment)) == experiment
    assert layers_from(written(experiment.layers)) == experiment.layers
    trainer = adder.Trainer(experiment)
    assert len(list(trainer.run())) == 1
    solver = adder.Solver.from_bytes(trainer.solver().to_bytes())
    assert sum(part.weights for part in parts(experiment)) == experiment.weights
    inside = adder.look_inside(solver, "12+50").layers
    assert all(np.isfinite(layer.states).all() for layer in inside)

    drawn = experiment.task.sample(5, np.random.default_rng(1))
    inputs = experiment.encoding.encode_questions(experiment.task, drawn)
    ours = forward(experiment, solver.weights, inputs).values
    with tempfile.NamedTemporaryFile(suffix=".keras") as file:
        file.write(keras_file(experiment, solver.weights))
        file.flush()
        loaded = np.array(keras.models.load_model(file.name)([inputs]))
    defined = {"__name__": "script"}
    exec(adder.keras_script(experiment), defined)
    model = defined["build_model"]()
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(solver.weights[f"{layer.name}/{weight.name}"])
    assert np.abs(ours - loaded).max() < 1e-5
    assert np.abs(ours - np.array(model(inputs))).max() < 1e-5

    shown = AppTest.from_function(page, kwargs={"settings": experiment.flat()}).run(timeout=60)
    assert not shown.exception
    menus = [label for box in shown.selectbox for label in box.options]
    found[what] = {"inside": [layer.name for layer in inside], "menus": menus}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which somebody has followed CONTRIBUTING.md."""
    folder = tmp_path_factory.mktemp("contributed")
    package = folder / "adder"
    shutil.copytree(ROOT / "adder", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    (folder / "assets").symlink_to(ROOT / "assets")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    network, entry, layer, step, cell = blocks[:5]
    (package / "networks" / "perceptron.py").write_text(network)
    (package / "networks" / "layers" / "gated.py").write_text(layer)

    def edit(path: str, pattern: str, new: str) -> None:
        before = (package / path).read_text()
        after = re.sub(pattern, lambda found: new + found[0], before, count=1, flags=re.MULTILINE)
        assert after != before
        (package / path).write_text(after)

    families = package / "networks" / "__init__.py"
    families.write_text(re.sub(r"^_FAMILIES: .*\n", lambda _: entry, families.read_text(), flags=re.MULTILINE))
    edit("networks/__init__.py", r"^from adder.networks.seq2seq", "from adder.networks.perceptron import Perceptron\n")
    layers = "networks/layers/__init__.py"
    edit(
        layers,
        "^from adder.networks.layers.layer",
        "from adder.networks.layers.gated import Gated\n",
    )
    edit(layers, "^    AdditiveDecoder,\n    CarryColumns", "    Gated,\n")
    edit("networks/layers/cells.py", "^@dataclass.*\nclass Cell:", step + "\n\n")
    edit("networks/layers/cells.py", r'^        Cell\("lstm"', f"        {cell.strip()},\n")
    return folder


@pytest.mark.slow
def test_what_is_entered_works_everywhere(copy: Path) -> None:
    (copy / "check.py").write_text(_CHECK)
    done = subprocess.run(
        [sys.executable, "check.py", json.dumps(ENTRIES)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert {what: each["inside"] for what, each in found.items()} == {
        "network": ["hidden", "places"],
        "layer": ["gated"],
        "cell": ["encoder", "encoder_backward", "decoder"],
    }
    assert "Perceptron on characters" in found["network"]["menus"]
    assert "Minimal gated unit" in found["cell"]["menus"]
