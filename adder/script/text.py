"""The text of a script: blocks of code as they stand in our source, and the constants and imports that they use."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence

Constants = dict[str, tuple[object, str | None]]
"""The name of a constant -> its value, and a comment or None."""

_MODULES = ("argparse", "hashlib", "itertools", "json", "math", "operator", "os", "random", "sys")


def block(text: str) -> str:
    """A block of a script, without the indentation that it has in our source."""
    return textwrap.dedent(text).strip("\n").rstrip()


def string(text: str) -> str:
    """Text as a string of the script, in the quotes that need fewer escapes.

    >>> print(string("it's"), string('"a"'))
    "it's" '"a"'
    """
    quoted = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return quoted
    inner = quoted[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


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
