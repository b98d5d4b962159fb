"""The order of the rooms, and the laws that hold in all of them."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "adder"

# From the ground up: a room imports only from itself and from rooms above it in this list.
ROOMS = (
    "base", "tasks", "encodings", "networks", "experiment", "presets", "query", "solvers", "training", "analysis",
    "plots", "quiz", "pocket", "runs", "rooms", "script", "__init__", "ui", "cli", "__main__", "app",
)  # fmt: skip
TRAINS = {"keras", "tensorflow"}
GLOBAL_SEEDS = "np.random.seed random.seed keras.utils.set_random_seed tf.random.set_seed"
RUNS_CODE = (
    "eval exec __import__ compile os.system np.load np.fromfile pd.read_pickle keras.models.load_model "
    "keras.saving.load_model tf.saved_model.load"
)
READS_CODE = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
HEAVY = "tensorflow keras streamlit distributed altair pandas sqlalchemy"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in [*sorted(PACKAGE.rglob("*.py")), ROOT / "app.py"]}


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text())


@cache
def nodes_of(name: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(name)))


@cache
def imports(name: str) -> set[str]:
    """Every module that this one imports anywhere in it, in functions and for types too."""
    found: set[str] = set()
    for node in nodes_of(name):
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


def dotted(node: ast.AST) -> str:
    """A name with dots as it is written; an empty text of anything else."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("floor", ROOMS)
def test_the_modules_of_a_room_keep_the_laws(floor: str) -> None:
    modules = [name for name in FILES if room(name) == floor]
    assert modules
    for name in modules:
        ours = {room(each) for each in imports(name) if each in FILES}
        higher = {other for other in ours if ROOMS.index(other) > ROOMS.index(floor)}
        assert not higher, f"{name}: imports only go down"
        assert floor in ("ui", "app") or "streamlit" not in packages(name), f"{name}: only pages know the screen"
        assert floor == "plots" or "altair" not in packages(name), f"{name}: only plots draw charts"
        assert floor in ("networks", "training") or not packages(name) & TRAINS, f"{name}: only training needs these"
        assert floor == "runs" or not packages(name) & {"distributed", "dask"}, f"{name}: only runs know the engine"
        parts = {dotted(node) for node in nodes_of(name) if isinstance(node, ast.Attribute)} & {"st.fragment"}
        assert name == "adder.ui.moving_part" or not parts, f"{name}: only a moving part is a fragment"
        assert ast.get_docstring(tree_of(name)), f"{name}: a module says what it is for"
        calls = {dotted(node.func) for node in nodes_of(name) if isinstance(node, ast.Call)}
        assert not calls & {*GLOBAL_SEEDS.split(), *RUNS_CODE.split()}, name
        assert not packages(name) & {*READS_CODE, "random"}, name
        assert not re.search("allow_pickle *= *True|shell *= *True", FILES[name].read_text()), name
        handlers = [node for node in nodes_of(name) if isinstance(node, ast.ExceptHandler)]
        assert all(each.type is not None and dotted(each.type) != "BaseException" for each in handlers), name


def test_no_modules_import_one_another_in_a_circle() -> None:
    packages_alone = {name for name, path in FILES.items() if path.name == "__init__.py"}
    graphlib.TopologicalSorter({name: imports(name) & set(FILES) - packages_alone for name in FILES}).prepare()


def test_the_picture_shows_all_rooms_in_their_order_and_true_arrows() -> None:
    """The picture leaves out arrows that others imply; no arrow may be one that no import has."""
    picture = ET.parse(ROOT / "assets" / "guides" / "rooms.svg")
    svg = "{http://www.w3.org/2000/svg}"
    tops = {group.attrib["id"]: float(group[0].attrib["y"]) for group in picture.iter(f"{svg}g")}
    assert set(tops) == set(ROOMS)
    drawn = {tuple(arrow.attrib["id"].split("-")) for arrow in picture.iter(f"{svg}path")}
    real = {(room(name), room(other)) for name in FILES for other in imports(name) if other in FILES}
    assert drawn <= real
    assert all(tops[above] < tops[below] for above, below in real if above != below)
    assert all(below in reached(above, drawn) for above, below in real if above != below)


def reached(start: str, arrows: set[tuple[str, ...]]) -> set[str]:
    """All rooms that arrows lead to from one."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        above = ahead.pop()
        below = {to for from_, to in arrows if from_ == above} - found
        found |= below
        ahead += below
    return found


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import adder, app", "tensorflow keras"),
        ("from adder import *; evaluate(shipped_solver('seq2seq'), n=10); Trainer(from_query('seed=3'))", HEAVY),
    ],
)
def test_what_is_not_needed_is_not_loaded(code: str, unwanted: str) -> None:
    tail = f"\nimport sys; print(*sorted({set(unwanted.split())!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + tail], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1:] in ([], [""])
