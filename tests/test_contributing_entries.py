"""CONTRIBUTING.md keeps its word: its optimizer, draw, encoding and task are one file or one entry each.

They are written into a copy of the package as they stand there, and then everything works.
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
ENTRIES = {  # setting -> its value, its label, and what goes with it
    "training.optimizer": ("lion", "Lion", {}),
    "task.draw": ("one-short", "one of them short", {"task.operators": "-", "training.draw": "none"}),
    "encoding.name": ("interleaved", "Digits in turns", {}),
    "task.name": ("counting", "Counting digits", {"encoding.padding": "left", "training.draw": "none"}),
}

_CHECK = """
import contextlib, io, json, random, sys
import numpy as np
from streamlit.testing.v1 import AppTest
import adder
from adder import cli

def page(settings):
    import adder
    from adder.ui import knobs
    knobs.show(adder.preset("two-digits").replaced(settings))

small = {"network.cell": "simple", "network.bidirectional": False, "network.encoder_units": 4}
small |= {"network.decoder_units": 8, "training.epochs": 1, "training.samples": 40}
with contextlib.redirect_stdout(io.StringIO()) as printed:
    cli.main(["settings"])
guide = printed.getvalue()
found = {}
for setting, (value, label, beside) in json.loads(sys.argv[1]).items():
    experiment = adder.preset("two-digits").replaced({**small, **beside, setting: value})
    task, encoding = experiment.task, experiment.encoding
    assert adder.from_query(adder.to_query(experiment)) == experiment
    assert adder.Experiment.from_json(experiment.to_json()) == experiment

    trainer = adder.Trainer(experiment)
    assert len(list(trainer.run())) == 1
    solver = adder.Solver.from_bytes(trainer.solver().to_bytes())
    inside = adder.look_inside(solver, task.example)

    defined = {"__name__": "script"}
    exec(compile(adder.keras_script(experiment), "script.py", "exec"), defined)
    model = defined["build_model"]()
    defined["SAMPLES"] = 40
    defined["train"](model, random.Random(1), 1)
    given = [defined["TEST_DRAW"]] if "TEST_DRAW" in defined else []
    asked = defined["sample"](30, random.Random(1), *given, held_out=True)
    share = defined["evaluate"](model, asked)["exact_match"]
    ours = task.read([defined["text"](question) for question in asked])
    assert task.is_held_out(ours).all()
    encoded = encoding.encode_questions(task, ours), encoding.encode_answers(task, ours)
    assert all(map(np.array_equal, encoded, defined["encode"](asked)))

    shown = AppTest.from_function(page, kwargs={"settings": {**beside, setting: value}}).run(timeout=60)
    assert not shown.exception
    menu = next(each for each in shown.selectbox if each.key == setting)
    assert label in menu.options
    assert menu.value == value
    assert f"{setting}={value}" in guide or f"`{value}`" in guide
    assert 0 <= share <= 1
    found[setting] = inside.read
print(json.dumps(found))
"""


def blocks(title: str) -> list[str]:
    """The code of one section of CONTRIBUTING.md."""
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def indented(code: str, spaces: int) -> str:
    return textwrap.indent(code.rstrip(), " " * spaces) + ",\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which somebody has followed CONTRIBUTING.md."""
    folder = tmp_path_factory.mktemp("contributed")
    package = folder / "adder"
    shutil.copytree(ROOT / "adder", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "assets").symlink_to(ROOT / "assets")

    def insert(path: str, new: str, before: str) -> None:
        text = (package / path).read_text()
        assert text.count(before) == 1, before
        (package / path).write_text(text.replace(before, new + before))

    [optimizer] = blocks("An optimizer")
    insert("experiment.py", indented(optimizer, 4), '    "adam": Optimizer(')
    function, draw = blocks("A draw")
    insert("tasks/draws.py", function + "\n\n", "_ALIKE = block(")
    insert("tasks/draws.py", indented(draw, 4), '    "numbers": Draw(')
    [encoding] = blocks("An encoding")
    (package / "encodings" / "interleaved.py").write_text(encoding)
    line = "from adder.encodings.interleaved import InterleavedEncoding\n"
    insert("encodings/__init__.py", line, "from adder.encodings.scaled")
    insert("encodings/__init__.py", "InterleavedEncoding, ", "TextEncoding, ColumnsEncoding, ScaledEncoding)")
    [task] = blocks("A task")
    (package / "tasks" / "counting.py").write_text(task)
    insert("tasks/__init__.py", "from adder.tasks.counting import Counting\n", "from adder.tasks.pairs")
    insert("tasks/__init__.py", "Counting, ", "Task, Rule)")
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
    assert json.loads(run(copy, "check.py", json.dumps(ENTRIES)).splitlines()[-1]) == {
        "training.optimizer": ["1", "2", "+", "5", "0"],
        "task.draw": ["1", "2", "-", "5", "0"],
        "encoding.name": ["1", "5", "2", "0"],
        "task.name": [" ", "0", " ", "i", "n", " ", "0"],
    }


def test_the_examples_are_well_written(copy: Path) -> None:
    run(copy, "-m", "ruff", "check", "--no-cache", "adder")
    run(copy, "-m", "ruff", "format", "--check", "--no-cache", "adder")
