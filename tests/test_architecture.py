from __future__ import annotations

import ast
import dataclasses
import importlib
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from adder.tasks import TASKS, AnyTask

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "adder"

# A module may import, when it is itself imported, only from modules above it.
ORDER = [
    "adder.wording",
    "adder.errors",
    "adder.logs",
    "adder.home",
    "adder.checks",
    "adder.questions",
    "adder.numerals",
    "adder.expression",
    "adder.forms",
    "adder.task",
    "adder.rule",
    "adder.tasks",
    "adder.encoding",
    "adder.forward",
    "adder.networks.reading",
    "adder.networks.recurrent",
    "adder.networks.carry",
    "adder.networks.mapping",
    "adder.networks.seq2seq",
    "adder.networks.tagger",
    "adder.networks.transformer",
    "adder.networks",
    "adder.experiment",
    "adder.anatomy",
    "adder.results",
    "adder.presets",
    "adder.archive",
    "adder.history",
    "adder.solver",
    "adder.evaluation",
    "adder.quiz",
    "adder.question_file",
    "adder.error_map",
    "adder.inside",
    "adder.probe",
    "adder.script.text",
    "adder.script.questions",
    "adder.script.reading",
    "adder.script.network",
    "adder.script.fitting",
    "adder.script",
    "adder.checkpoint",
    "adder.networks.backend",
    "adder.networks.keras_layers",
    "adder.networks.program",
    "adder.training",
    "adder.memory",
    "adder.assets",
    "adder.records",
    "adder.store",
    "adder.keeper",
    "adder.estimate",
    "adder.fairness",
    "adder.cluster",
    "adder.load",
    "adder.embedded",
    "adder.worker",
    "adder.keras_files",
    "adder.job",
    "adder.line",
    "adder.connection",
    "adder.jobs",
    "adder.engine",
    "adder.sweeping",
    "adder",
    "adder.cli",
    "adder.__main__",
]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in [*sorted(PACKAGE.rglob("*.py")), ROOT / "app.py"]}
CORE = [name for name in FILES if name != "app" and not name.startswith("adder.ui")]
SCREEN = [name for name in FILES if name not in CORE]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text())


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def statements(name: str, *, inside_functions: bool) -> Iterator[ast.AST]:
    """Every node that runs, without those behind TYPE_CHECKING, and without functions' bodies where not asked for."""
    waiting: list[ast.AST] = [tree(name)]
    while waiting:
        node = waiting.pop()
        yield node
        if is_type_checking(node):
            waiting += node.orelse  # type: ignore[attr-defined]
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def imports(name: str, *, inside_functions: bool) -> set[str]:
    found: set[str] = set()
    for node in statements(name, inside_functions=inside_functions):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            assert node.module is not None
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {each if each in FILES else node.module for each in full}
    return found


def packages(name: str) -> set[str]:
    return {each.partition(".")[0] for each in imports(name, inside_functions=True)}


def calls(name: str) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree(name)) if isinstance(node, ast.Call)}


def test_every_core_module_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(CORE)


@pytest.mark.parametrize("name", ORDER)
def test_arrows_between_modules_run_downward_only(name: str) -> None:
    above = set(ORDER[: ORDER.index(name)])
    ours = {each for each in imports(name, inside_functions=False) if each.partition(".")[0] == "adder"}
    assert ours <= above


@pytest.mark.parametrize("name", CORE)
def test_the_core_knows_nothing_of_the_screen(name: str) -> None:
    assert not packages(name) & {"streamlit", "altair"}
    assert not {each for each in imports(name, inside_functions=True) if each.startswith("adder.ui") or each == "app"}


def test_of_the_core_only_a_sweep_makes_tables() -> None:
    assert {name for name in CORE if "pandas" in packages(name)} == {"adder.sweeping"}


@pytest.mark.parametrize("name", SCREEN)
def test_the_screen_never_imports_what_trains(name: str) -> None:
    assert not packages(name) & {"keras", "tensorflow", "distributed", "dask"}
    assert not {
        each
        for each in imports(name, inside_functions=True)
        if each.startswith(("adder.networks.backend", "adder.networks.keras_layers", "adder.networks.program"))
    }


@pytest.mark.parametrize("name", [name for name in CORE if not name.startswith("adder.networks")])
def test_only_the_networks_import_keras_and_tensorflow(name: str) -> None:
    assert not packages(name) & {"keras", "tensorflow"}


@pytest.mark.parametrize("name", FILES)
def test_nothing_sets_a_global_seed_or_runs_code_from_data(name: str) -> None:
    forbidden = {
        "np.random.seed",
        "random.seed",
        "keras.utils.set_random_seed",
        "tf.random.set_seed",
        "keras.backend.clear_session",
        "keras.utils.clear_session",
        "eval",
        "exec",
        "__import__",
        "np.load",
        "np.fromfile",
        "pd.read_pickle",
        "keras.models.load_model",
        "keras.saving.load_model",
        "tf.saved_model.load",
        "compile",
        "os.system",
    }
    assert not calls(name) & forbidden
    assert not packages(name) & {"pickle", "cloudpickle", "dill", "joblib", "marshal", "random", "shelve", "yaml"}
    assert not re.search("allow_pickle *= *True|shell *= *True", FILES[name].read_text())


@pytest.mark.parametrize("name", FILES)
def test_no_error_is_swallowed_unnamed(name: str) -> None:
    handlers = [node for node in ast.walk(tree(name)) if isinstance(node, ast.ExceptHandler)]
    assert all(handler.type is not None and ast.unparse(handler.type) != "BaseException" for handler in handlers)


@pytest.mark.parametrize("name", FILES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(name))


def test_the_frame_of_the_page_is_short() -> None:
    assert len(FILES["app"].read_text().splitlines()) < 60


FROZEN = [
    "adder.encoding.TextEncoding",
    "adder.encoding.ColumnsEncoding",
    "adder.encoding.ScaledEncoding",
    "adder.expression.Parsed",
    "adder.questions.Questions",
    "adder.networks.mapping.MappingMLP",
    "adder.networks.mapping.MappingLSTM",
    "adder.networks.seq2seq.Seq2Seq",
    "adder.networks.tagger.Tagger",
    "adder.networks.transformer.Transformer",
    "adder.networks.carry.CarryCell",
    "adder.networks.recurrent.Cell",
    "adder.networks.recurrent.Stack",
    "adder.anatomy.Part",
    "adder.probe.CarryProbe",
    "adder.experiment.Training",
    "adder.experiment.Experiment",
    "adder.presets.Preset",
    "adder.results.Character",
    "adder.results.Answer",
    "adder.results.Candidate",
    "adder.results.Example",
    "adder.results.EpochEvent",
    "adder.results.Tally",
    "adder.results.Calibration",
    "adder.results.Report",
    "adder.results.Memory",
    "adder.solver.Predictions",
    "adder.solver.Solver",
    "adder.checkpoint.State",
    "adder.checkpoint.Best",
    "adder.checkpoint.Checkpoint",
    "adder.store.RunRecord",
    "adder.store.StoredRun",
    "adder.quiz.Quiz",
    "adder.quiz.Turn",
    "adder.quiz.Missed",
    "adder.quiz.Game",
    "adder.job.JobView",
]


@pytest.mark.parametrize("name", FROZEN)
def test_what_crosses_a_border_is_frozen_and_slotted(name: str) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(module), kind)
    assert dataclasses.is_dataclass(found)
    assert vars(found)["__dataclass_params__"].frozen
    assert "__slots__" in vars(found)
    assert "__dict__" not in dir(found)


@pytest.mark.parametrize("kind", TASKS.values(), ids=TASKS)
def test_a_task_is_frozen_and_keeps_what_it_has_worked_out_to_itself(kind: type[AnyTask]) -> None:
    task = kind()
    fresh = pickle.dumps(task)
    assert vars(kind)["__dataclass_params__"].frozen
    assert len(task.alphabet) > task.blank
    assert set(vars(task)) > {field.name for field in dataclasses.fields(task)}
    again = pickle.loads(pickle.dumps(task))
    assert again == task == pickle.loads(fresh)
    assert hash(again) == hash(task) == hash(pickle.loads(fresh))
    assert repr(again) == repr(task) == repr(pickle.loads(fresh))


def loaded_by(code: str) -> set[str]:
    """The packages of note that a fresh interpreter has loaded after running `code`."""
    notable = {"tensorflow", "keras", "streamlit", "distributed", "altair", "pandas", "sqlalchemy"}
    tail = f"\nimport sys; print('loaded', *sorted({notable!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + tail], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_importing_adder_loads_nothing_heavy() -> None:
    assert loaded_by("import adder") == set()


def test_importing_the_app_loads_no_tensorflow() -> None:
    assert not loaded_by("import adder, app") & {"tensorflow", "keras"}


def test_answering_a_question_loads_no_tensorflow() -> None:
    code = "import adder; assert adder.shipped_solver('seq2seq').solve('3+10').text == '13'"
    assert loaded_by(code) == set()


def test_evaluating_and_reading_experiments_load_no_tensorflow() -> None:
    code = """
import adder
adder.evaluate(adder.shipped_solver('mapping-lstm'), n=10)
adder.shipped_solver('two-digits').candidates('3+10')
rule = adder.Rule.from_csv('cat,tac\\ndog,god')
assert adder.Experiment(task=rule, network=adder.Transformer()).weights > 0
trainer = adder.Trainer(adder.from_query('preset=two-digits&seed=3'))
assert trainer.experiment.weights > 0
"""
    assert loaded_by(code) == set()
