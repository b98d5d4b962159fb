"""What `pip install` brings: the wheel and what is in it, what it needs, and that answering needs no more."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import adder
from tests.needs import needed

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EPOCH = 1_767_225_600  # The files in a wheel and an sdist have this time.
NEEDED = ("msgspec", "numpy", "safetensors", "threadpoolctl")
OUTSIDE = ("app.py", ".streamlit", "assets")  # These lie beside the package in a checkout, and inside it in a wheel.


def hatchling() -> str:
    try:
        import hatchling.build
    except ImportError as error:
        raise FileNotFoundError("hatchling is not installed; tests/requirements.txt names it") from error
    return hatchling.build.__name__


def built(kind: str, source: Path, into: Path) -> Path:
    """A wheel or an sdist of a folder, as `python -m build` makes it."""
    code = f"import sys; from {needed(hatchling)} import build_{kind} as build; print(build(sys.argv[1]))"
    epoch = {"SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(into)],
        cwd=source,
        env=os.environ | epoch,
        capture_output=True,
        text=True,
        check=True,
    )
    return into / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def tracked(*paths: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(filter(None, listed.stdout.split("\0")))


def test_the_wheel_holds_the_package_the_page_and_all_that_they_read(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = {each for each in opened.namelist() if ".dist-info/" not in each}
        assert max(each.file_size for each in opened.infolist()) < 5_000_000
    moved = {f"adder/{each if each.startswith('assets') else f'assets/{each}'}" for each in tracked(*OUTSIDE)}
    assert names == tracked("adder") | moved
    assert "adder/py.typed" in names


def test_the_wheel_says_what_it_is_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        folder = f"adder-{adder.__version__}.dist-info"
        said = email.message_from_bytes(opened.read(f"{folder}/METADATA"))
        assert opened.read(f"{folder}/entry_points.txt") == b"[console_scripts]\nadder = adder.cli:main\n"
        assert opened.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert (said["Version"], said["License-Expression"]) == (adder.__version__, "MIT")
    needs = [Requirement(each) for each in said.get_all("Requires-Dist", [])]
    assert {each.name for each in needs if each.marker is None} == set(NEEDED)


def test_the_same_source_gives_the_same_bytes_also_by_way_of_the_sdist(
    wheel: Path, sdist: Path, tmp_path: Path
) -> None:
    assert sdist.read_bytes()[4:8] == EPOCH.to_bytes(4, "little")
    with tarfile.open(sdist) as opened:
        members = opened.getmembers()
        assert {(each.mtime, each.uid, each.gid, each.uname, each.gname) for each in members} == {(EPOCH, 0, 0, "", "")}
        assert {each.mode for each in members} == {0o644, 0o755}
        opened.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert built("wheel", source, tmp_path).read_bytes() == wheel.read_bytes()
    assert built("sdist", source, tmp_path).read_bytes() == sdist.read_bytes()


def test_a_checkout_has_versions_that_the_wheel_allows() -> None:
    project = PROJECT["project"]
    allowed = {need.name.lower(): need.specifier for need in map(Requirement, pins(project))}
    pinned = [Requirement(line) for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    assert {need.name.lower() for need in pinned} == set(allowed)
    for need in pinned:
        (pin,) = need.specifier
        assert allowed[need.name.lower()].contains(pin.version), need.name


def pins(project: dict[str, object]) -> Iterator[str]:
    yield from project["dependencies"]  # type: ignore[misc]
    yield from project["optional-dependencies"]["train"]  # type: ignore[index]


def test_the_release_is_named_alike_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    releases = [each for each in headings if each != "Unreleased"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", each) for each in releases)
    kinds = set(re.findall(r"^### (.*)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert releases[0] == f"{adder.__version__} - {citation['date-released']}"
    assert (citation["version"], citation["license"]) == (adder.__version__, PROJECT["project"]["license"])


ANSWERS_ALONE = f"""
import importlib.machinery, sys

NEEDED = {NEEDED}

class Bare(importlib.machinery.PathFinder):
    "Finds nothing but adder, what it needs to answer, and Python's own modules."

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        first = name.partition(".")[0]
        known = first in sys.stdlib_module_names or first in ("adder", *NEEDED)
        return super().find_spec(name, path, target) if known else None

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Bare

import adder
from adder.cli import main

for command in ("ask seq2seq 3+10", "evaluate seq2seq --n 10", "card seq2seq", "presets", "settings", "script seq2seq"):
    assert main(command.split()) == 0, command
game = adder.Game(adder.shipped_solver("two-digits"), adder.Quiz(seed=3))
assert adder.look_inside(game.solver, "57+68")
assert len(adder.web_page(game.solver)) < 1_500_000
for command in ("train seq2seq", "app", "sweep sweep.json"):
    assert main(command.split()) == 2, command
try:
    next(adder.Trainer(adder.preset("seq2seq")).run())
except adder.AdderError as error:
    print(error, file=sys.stderr)
try:
    from adder import plots
except adder.AdderError as error:
    print(error, file=sys.stderr)
"""


def test_answering_needs_none_of_the_extra_and_training_names_it() -> None:
    done = subprocess.run([sys.executable, "-c", ANSWERS_ALONE], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    packages = ("tensorflow", "streamlit", "pandas", "tensorflow", "altair")
    assert done.stderr.splitlines() == [
        f'this needs {each}, which is not installed; pip install "adder[train]" installs it' for each in packages
    ]


def test_the_command_runs_the_page_with_the_options_of_streamlit(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def run_module(name: str, **_: object) -> None:
        assert name == "streamlit"
        started.append(sys.argv)

    monkeypatch.setattr("adder.cli.verbs.runpy.run_module", run_module)
    monkeypatch.setattr(sys, "argv", ["adder"])
    assert adder.cli.main(["app", "--server.port", "8502"]) == 0
    assert started == [["streamlit", "run", str(ROOT / "app.py"), "--server.port", "8502"]]
