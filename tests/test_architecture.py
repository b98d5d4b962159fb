"""The order of the rooms, and the laws that hold in all of them."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "adder"

# From the ground up: a room imports only from itself and from rooms above it in this list.
ROOMS = (
    "base", "tasks", "encodings", "networks", "experiment", "presets", "query", "solvers", "training", "analysis",
    "quiz", "runs", "script", "__init__", "ui", "cli", "__main__", "app",
)  # fmt: skip
TRAINS = {"keras", "tensorflow"}
GLOBAL_SEEDS = "np.random.seed random.seed keras.utils.set_random_seed tf.random.set_seed"
RUNS_CODE = (
    "eval exec __import__ compile os.system np.load np.fromfile pd.read_pickle keras.models.load_model "
    "keras.saving.load_model tf.saved_model.load"
)
READS_CODE = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in [*sorted(PACKAGE.rglob("*.py")), ROOT / "app.py"]}
TREES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}


def imports(name: str) -> set[str]:
    """Every module that this one imports anywhere in it, in functions and for types too."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {each if each in FILES else node.module for each in full}
    return found


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else {"adder": "__init__"}.get(name, name)


def packages(name: str) -> set[str]:
    return {each.partition(".")[0] for each in imports(name)}


@pytest.mark.parametrize("name", FILES)
def test_a_module_keeps_the_laws(name: str) -> None:
    tree, floor = TREES[name], ROOMS.index(room(name))
    ours = {room(each) for each in imports(name) if each in FILES}
    assert not {other for other in ours if ROOMS.index(other) > floor}, "imports only go down"
    assert room(name) in ("ui", "app") or not packages(name) & {"streamlit", "altair"}, "only pages know the screen"
    assert room(name) in ("networks", "training") or not packages(name) & TRAINS, "only training needs TensorFlow"
    assert room(name) == "runs" or not packages(name) & {"distributed", "dask"}, "only runs know the engine"
    assert ast.get_docstring(tree), "a module says what it is for"
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {*GLOBAL_SEEDS.split(), *RUNS_CODE.split()}
    assert not packages(name) & {*READS_CODE, "random"}
    assert not re.search("allow_pickle *= *True|shell *= *True", FILES[name].read_text())
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    assert all(each.type is not None and ast.unparse(each.type) != "BaseException" for each in handlers)


def test_no_modules_import_one_another_in_a_circle() -> None:
    packages_alone = {name for name, path in FILES.items() if path.name == "__init__.py"}
    graphlib.TopologicalSorter({name: imports(name) & set(FILES) - packages_alone for name in FILES}).prepare()


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import adder", "tensorflow keras streamlit distributed altair pandas sqlalchemy"),
        ("import adder, app", "tensorflow keras"),
        (
            "from adder import *; assert evaluate(shipped_solver('seq2seq'), n=10); Trainer(from_query('seed=3'))",
            "tensorflow keras streamlit distributed altair pandas sqlalchemy",
        ),
    ],
)
def test_what_is_not_needed_is_not_loaded(code: str, unwanted: str) -> None:
    tail = f"\nimport sys; print(*sorted({set(unwanted.split())!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + tail], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1:] in ([], [""])
