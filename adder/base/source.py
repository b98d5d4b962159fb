"""Turns text into lines of the Keras script, for tasks, encodings and layers that each write a part of it."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable
from typing import Any

Constants = dict[str, tuple[object, str | None]]
"""Each constant's name, with its value and a comment or None."""


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


def plain_source(function: Callable[..., Any]) -> str:
    """A function as it stands in our source, without its annotations."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (defined,) = tree.body
    assert isinstance(defined, ast.FunctionDef)
    defined.returns = None
    for argument in defined.args.args:
        argument.annotation = None
    return ast.unparse(tree)
