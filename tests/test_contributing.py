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

_CHECK = """
import json, sys, tempfile
from dataclasses import dataclass
import numpy as np
import adder
from adder.analysis.layer_summary import parts
from adder.networks.base import Network, question
from adder.networks.description import keras_model, layers_from, written
from adder.networks.layers import Dense, Flatten, LAYERS, Unfold
from adder.query import from_query, to_query
from adder.solvers.answering import forward
from adder.training.epoch_program import build, keras_file

if sys.argv[1] == "layer":
    from adder.networks.tagger import Tagger

    def describe(self, task, encoding):
        steps, symbols = encoding.answer_length(task), len(task.alphabet)
        yield from question(task, encoding)
        yield Flatten("seen", of="question")
        yield LAYERS["Gated"]("gated", steps * 4, of="seen")
        yield Unfold("steps", steps, of="gated")
        yield Dense("character", symbols, "softmax", of="steps")

    Tagger.describe, Tagger.refusal = describe, Network.refusal

settings = {
    "network": {"network.name": "perceptron", "network.units": 8},
    "layer": {"network.name": "tagger"},
    "cell": {"network.cell": "minimal", "network.encoder_units": 4, "network.decoder_units": 5},
}[sys.argv[1]]
experiment = adder.preset("two-digits").replaced({**settings, "training.epochs": 1, "training.samples": 40})
assert from_query(to_query(experiment)) == experiment
assert layers_from(written(experiment.layers)) == experiment.layers
trainer = adder.Trainer(experiment)
assert len(list(trainer.run())) == 1
solver = adder.Solver.from_bytes(trainer.solver().to_bytes())
assert sum(part.weights for part in parts(experiment)) == experiment.weights
assert all(np.isfinite(layer.states).all() for layer in adder.look_inside(solver, "12+50").layers)

import keras
import adder.networks.keras_layers

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
scripted = np.array(model(inputs))

from streamlit.testing.v1 import AppTest

with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
    shown = f"adder.Experiment().replaced({experiment.flat()!r})"
    file.write(f"import adder; from adder.ui import knobs; knobs.show({shown})")
    file.flush()
    page = AppTest.from_file(file.name, default_timeout=60).run()
print(json.dumps({
    "apart": [float(np.abs(ours - each).max()) for each in (loaded, scripted)],
    "inside": [layer.name for layer in adder.look_inside(solver, "12+50").layers],
    "menus": [box.options for box in page.selectbox],
    "trouble": [each.message for each in page.exception],
}))
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
@pytest.mark.parametrize(
    ("what", "inside", "label"),
    [
        ("network", ["hidden"], "Perceptron on characters"),
        ("layer", ["gated"], "One output a step"),
        ("cell", ["encoder", "encoder_backward", "decoder"], "Minimal gated unit"),
    ],
)
def test_what_is_entered_works_everywhere(copy: Path, what: str, inside: list[str], label: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHECK, what],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert max(result["apart"]) < 1e-5
    assert set(inside) <= set(result["inside"])
    assert any(label in options for options in result["menus"])
    assert not result["trouble"]
