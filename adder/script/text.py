"""The text of a script: blocks of code as they stand in our source, and the constants and imports that they use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adder.base.source import Constants

_MODULES = ("argparse", "hashlib", "itertools", "json", "math", "operator", "os", "random", "sys")


def names(name: str, text: str) -> bool:
    """Whether a name occurs in a text of code."""
    return re.search(rf"\b{name}\b", text) is not None


def imports(code: str) -> list[str]:
    """The standard library's modules that some code uses."""
    return [f"import {module}" for module in _MODULES if re.search(rf"(?<![.\w]){module}\.", code)]


def settings(constants: Constants, code: str) -> list[str]:
    """A line for each constant that some code names."""
    lines = []
    for name, (value, comment) in constants.items():
        if names(name, code):
            lines.append(f"{name} = {value}" + (f"  # {comment}" if comment else ""))
    return lines


def listed(blocks: Sequence[str]) -> str:
    """Functions one under another."""
    return "\n\n\n".join(blocks)
