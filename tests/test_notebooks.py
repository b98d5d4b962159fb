"""The notebooks: one code in both languages, of public names alone, which runs from end to end and was run."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import adder
from adder import EpochEvent, Experiment, plots, shipped_solver
from tests.experiments import random_solver

FOLDER = Path(__file__).parents[1] / "assets" / "notebooks"
ENGLISH, CHINESE = (
    json.loads((FOLDER / name).read_text("utf-8")) for name in ("learn-to-add.ipynb", "learn-to-add.zh.ipynb")
)


def cells(notebook: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def sources(notebook: dict[str, Any], kind: str = "code") -> list[str]:
    return ["".join(cell["source"]) for cell in cells(notebook, kind)]


def test_both_have_the_same_code_but_for_the_language_of_charts() -> None:
    assert [each.replace('LANGUAGE = "en"', 'LANGUAGE = "zh"') for each in sources(ENGLISH)] == sources(CHINESE)
    assert sources(ENGLISH) != sources(CHINESE)
    assert [cell["id"] for cell in ENGLISH["cells"]] == [cell["id"] for cell in CHINESE["cells"]]
    for english, chinese in zip(sources(ENGLISH, "markdown"), sources(CHINESE, "markdown"), strict=True):
        assert english.count("## ") == chinese.count("## ")
        assert re.search("[\u4e00-\u9fff]", chinese)


def test_they_use_public_names_alone() -> None:
    for source in sources(ENGLISH):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("adder", "plots"):
                assert node.attr in (adder.__all__ if ast.unparse(node.value) == "adder" else dir(plots))
            assert not isinstance(node, ast.ImportFrom) or ast.unparse(node) == "from adder import plots"


@pytest.mark.parametrize("notebook", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_what_they_show_comes_from_one_run_without_an_error(notebook: dict[str, Any]) -> None:
    code = cells(notebook, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = [output["output_type"] for cell in code for output in cell["outputs"]]
    assert {"stream", "execute_result", "display_data"} >= set(kinds)
    charts = [cell for cell in code if "".join(cell["source"]).startswith("plots.")]
    assert all("image/png" in cell["outputs"][0]["data"] for cell in charts)


class Learned:
    """A trainer of networks that learn nothing: what training does has tests of its own, and takes its time."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment

    def run(self) -> Iterator[EpochEvent]:
        history = shipped_solver("seq2seq").history
        for epoch in history:
            solver = dataclasses.replace(random_solver(self.experiment), history=history[: epoch.epoch])
            yield EpochEvent(**dataclasses.asdict(epoch), solver=solver)


def test_the_code_runs_from_end_to_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(adder, "Trainer", Learned)
    names: dict[str, Any] = {}
    shown = [run(source, names) for source in sources(ENGLISH)]
    assert shown[-1] is True, "the longest carry"
    assert shown[-2].exact_match == 1, "500 digits"  # type: ignore[attr-defined]
    assert all(hasattr(each, "_repr_html_") or hasattr(each, "to_dict") for each in shown[:-1] if each is not None)
    assert "[[11  3 10  1  0]]\n[[1 3]]" in capsys.readouterr().out


def run(source: str, names: dict[str, Any]) -> object:
    """Run a cell; what its last line is, if that is an expression, is what a notebook shows."""
    *body, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        body.append(last)
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None
