"""What README, CONTRIBUTING, the changelog and the guides link to or name is there."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import adder
from adder.ui.hiding import HIDEABLE
from tests.test_architecture import FILES, ROOMS, imports, room

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
    to_be_written = set(re.findall(r"^`(\S+)`:$", text, re.MULTILINE))  # by the reader, as the code below it
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


def test_the_snippets_of_the_readme_use_public_names() -> None:
    snippets = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert snippets
    for snippet in snippets:
        for node in ast.walk(ast.parse(snippet)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "adder":
                assert node.attr in adder.__all__


def test_the_guide_to_teaching_names_everything_that_a_link_may_hide() -> None:
    text = (ROOT / "assets" / "guides" / "teaching.md").read_text("utf-8")
    assert set(HIDEABLE) <= set(re.findall(r"`([a-z]+)`", text))


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
