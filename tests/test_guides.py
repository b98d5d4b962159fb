"""What README, CONTRIBUTING, the changelog and the guides link to or name is there."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import adder
from adder import cli
from adder.runs import sweeps
from adder.ui.hiding import HIDEABLE
from tests.experiments import TINY_TEXT

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "assets" / "guides").glob("*.md"))
DOCUMENTS = {str(path.relative_to(ROOT)): path for path in (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")}
DOCUMENTS |= {str(path.relative_to(ROOT)): path for path in GUIDES}

each_document = pytest.mark.parametrize("path", DOCUMENTS.values(), ids=DOCUMENTS)


def links(path: Path) -> list[str]:
    """The relative targets of links and pictures."""
    found = re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    return [target for target in found if not target.startswith("https://")]


def test_the_readme_is_short_and_leads_to_every_guide() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 150
    assert {f"assets/guides/{guide.name}" for guide in GUIDES} <= set(links(README))


def test_make_quick_names_folders_and_files_that_exist() -> None:
    """Pytest runs nothing at all if one of them is missing."""
    command = ["make", "--dry-run", "--always-make", "quick"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = re.findall(r"\b(?:adder|tests)/[\w./]*\w", told.rpartition("pytest")[2])
    assert len(named) > 20
    assert [each for each in named if not (ROOT / each).exists()] == []


@each_document
def test_relative_links_lead_somewhere(path: Path) -> None:
    assert [target for target in links(path) if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_has_a_heading_and_links_only_to_guides(guide: Path) -> None:
    """The app's About page shows guides too, and has nothing else to link to."""
    assert guide.read_text("utf-8").startswith("# ")
    assert [target for target in links(guide) if "/" in target] == []


@each_document
def test_paths_and_modules_that_are_named_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    to_be_written = set(re.findall(r"^`(\S+)`:$", text, re.MULTILINE))  # The reader writes these files.
    named = set(re.findall(r"\b(?:adder|assets|tests)/[\w./-]*\w", text)) - to_be_written
    patterns = {each: re.sub(r"\b(?:NAME|LANGUAGE|CODE)\b", "*", each) for each in named}
    assert {each for each, pattern in patterns.items() if not any(ROOT.glob(pattern))} == set()
    modules = set(re.findall(r"(?:-m |`)((?:adder|tests)(?:\.[a-z_]\w*)+)", text))
    assert {each for each in modules if not is_there(each)} == set()


def is_there(dotted: str) -> bool:
    """Whether it is a module, or a public name of the package, such as `adder.Solver.load`."""
    first, *rest = dotted.split(".")
    found: object = adder if first == "adder" else None
    for name in rest:
        found = getattr(found, name, None)
    return found is not None or importlib.util.find_spec(dotted) is not None


@pytest.mark.slow
@pytest.mark.usefixtures("uncompiled")
def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(adder.PRESETS["seq2seq"], experiment=TINY_TEXT)
    monkeypatch.setitem(adder.PRESETS, "seq2seq", small)
    monkeypatch.chdir(tmp_path)
    text, names = README.read_text("utf-8"), dict[str, object]()
    for snippet in blocks(text, "python"):
        exec(compile(snippet, README.name, "exec"), names)
    assert adder.Solver.load("my.adder").experiment == names["experiment"]
    calls = re.findall(r"^- `(adder\.\w+\(.*?\))`", text, re.MULTILINE)
    assert len(calls) >= 3
    for call in calls:
        assert eval(call, names)
    for sweep in blocks(text, "json"):
        assert len(sweeps.experiments_from_json(sweep)) == 6


@each_document
def test_commands_that_are_named_can_be_given(path: Path) -> None:
    code = "\n".join(blocks(path.read_text("utf-8")))
    for line in re.findall(r"^ *(?:.*python -m )?adder ([a-z].*)$", code, re.MULTILINE):
        words = shlex.split(line.partition(" >")[0], comments=True)
        options, others = cli._parser("adder").parse_known_args(cli._with_questions_kept(words))
        assert others == [] or options.verb is cli._app, "the page's options are Streamlit's"


def blocks(text: str, language: str = "") -> list[str]:
    """The code that stands between fences, of one language or of any, and what is indented like code."""
    fenced = re.findall(rf"```{language or '[a-z]*'}\n(.*?)```", text, re.DOTALL)
    return fenced if language else [*fenced, *re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)]


def test_the_guide_to_teaching_names_everything_that_a_link_may_hide() -> None:
    text = (ROOT / "assets" / "guides" / "teaching.md").read_text("utf-8")
    assert set(HIDEABLE) <= set(re.findall(r"`([a-z]+)`", text))
