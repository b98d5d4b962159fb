"""Modules of JavaScript as one script, which a page may hold in itself.

Each module becomes a function that is called once, so that modules may have names of their own. What a module imports
stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "([^"]+)";\n', re.MULTILINE)
_AGAIN = re.compile(r'^export \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
_TEXT = re.compile(r"""\b(?:sentence|refuse|counted)\(\s*(["'])(.+?)(?<!\\)\1(?:,\s*(["'])(.+?)(?<!\\)\3)?""")


def modules(path: Path) -> list[Path]:
    """A module and all that it imports, each after those that it imports."""
    found: dict[Path, None] = {}

    def visit(path: Path) -> None:
        text = path.read_text("utf-8")
        for module in [match[3] for match in _IMPORT.finditer(text)] + [match[2] for match in _AGAIN.finditer(text)]:
            visit((path.parent / module).resolve())
        found.setdefault(path)

    visit(path.resolve())
    return list(found)


def one_script(path: Path) -> str:
    """A module, which is called `main`, and all that it imports as one script, without their comments."""
    paths = modules(path)
    names = {each: f"module{place}" for place, each in enumerate(paths)} | {paths[-1]: "main"}
    return "\n".join(_called(each, names) for each in paths)


def one_module(path: Path) -> str:
    """A module and all that it imports as one module, without their comments."""
    again = [match[1] for match in _AGAIN.finditer(path.read_text("utf-8"))]
    names = exported(path) | {name.strip() for names in again for name in names.split(",")}
    return f"{one_script(path)}\nexport const {{ {', '.join(sorted(names))} }} = main;\n"


def exported(path: Path) -> set[str]:
    """The names that a module exports."""
    return {match[2] for match in _EXPORT.finditer(path.read_text("utf-8"))}


def sentences(path: Path) -> Iterator[tuple[str, ...]]:
    """The templates of the sentences in a module and all that it imports; a sentence that counts has two."""
    for module in modules(path):
        for match in _TEXT.finditer(module.read_text("utf-8")):
            yield (match[2], match[4]) if match[4] else (match[2],)


def _called(path: Path, names: dict[Path, str]) -> str:
    text = path.read_text("utf-8")
    given = [f"{name}: {name}" for name in sorted(exported(path))]

    def other(module: str) -> str:
        return names[(path.parent / module).resolve()]

    def taken(match: re.Match[str]) -> str:
        wanted = match[2] or "{" + match[1].replace(" as ", ": ") + "}"
        return f"const {wanted} = {other(match[3])};\n"

    def passed_on(match: re.Match[str]) -> str:
        given.extend(f"{name.strip()}: {other(match[2])}.{name.strip()}" for name in match[1].split(","))
        return ""

    text = _EXPORT.sub(r"\1", _AGAIN.sub(passed_on, _IMPORT.sub(taken, _COMMENT.sub("", text))))
    text = re.sub(r"^ +", "", text, flags=re.MULTILINE)
    return f"const {names[path]} = (() => {{\n{text}return {{ {', '.join(given)} }};\n}})();"
