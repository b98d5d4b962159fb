"""Turns text into lines of the Keras script, for tasks, encodings and layers that each write a part of it."""

from __future__ import annotations

import json
import textwrap

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
