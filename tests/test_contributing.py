"""CONTRIBUTING.md keeps its word: its network is one file and one registry entry, and then everything works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

_CHECK = """
import json
import numpy as np
import adder
from adder.solvers.answering import forward
from adder.training.epoch_program import build

experiment = adder.preset("two-digits").replaced(
    {"network.name": "perceptron", "network.units": 8, "training.epochs": 1, "training.samples": 40}
)
trainer = adder.Trainer(experiment)
epochs = len(list(trainer.run()))
solver = adder.Solver.from_bytes(trainer.solver().to_bytes())
drawn = experiment.task.sample(5, np.random.default_rng(1))
inputs = experiment.encoding.encode_questions(experiment.task, drawn)
model = build(experiment)
model.set_weights(list(solver.weights.values()))
apart = np.abs(np.array(model([inputs])) - forward(experiment, solver.weights, inputs).values).max()
print(json.dumps({"epochs": epochs, "apart": float(apart), "menu": list(adder.NETWORKS)}))
"""


def test_the_worked_example_is_a_network_once_it_is_in_the_registry(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    network, entry = blocks[0], blocks[1]
    package = tmp_path / "adder"
    shutil.copytree(ROOT / "adder", package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    (package / "networks" / "perceptron.py").write_text(network)
    registry = package / "networks" / "__init__.py"
    before = registry.read_text()
    after = re.sub(r"^_FAMILIES: .*\n", entry, before, flags=re.MULTILINE)
    assert after != before
    import_line = "from adder.networks.perceptron import Perceptron\n"
    registry.write_text(after.replace("from adder.networks.seq2seq", import_line + "from adder.networks.seq2seq"))
    done = subprocess.run(
        [sys.executable, "-c", _CHECK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["epochs"] == 1
    assert result["apart"] < 1e-5
    assert "perceptron" in result["menu"]
