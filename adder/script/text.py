"""How a script is put together: parts of it as they are written in the source, and the settings that they name."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence

Constants = dict[str, tuple[object, str | None]]  # a setting's name: its value, and a comment where it needs one

_MODULES = ("argparse", "hashlib", "itertools", "json", "math", "operator", "os", "random", "sys")


def block(text: str) -> str:
    """A part of a script, moved to the left margin."""
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
    """Whether a text of code names something."""
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
