"""Comments say why, in whole sentences."""

from __future__ import annotations

import io
import re
import tokenize

from tests.test_architecture import PACKAGE, ROOT

FRAGMENT = re.compile(r"\S  # (?!type:|noqa|fmt:).*[^.\n]$", re.MULTILINE)
SCRIPT_OR_STYLE = re.compile(r"/\*[\s\S]*?\*/|(?:^ *//.*\n)+|(?<= )//.*", re.MULTILINE)
UNFINISHED = re.compile(r"[^.\s]\s*\Z|@param +\w+ +[a-z]|@returns +[a-z]")


def test_a_comment_at_the_end_of_a_line_is_a_sentence() -> None:
    fragments = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}"
        for path in [ROOT / "app.py", *PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
        if FRAGMENT.search(text := path.read_text())
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and FRAGMENT.search(token.line)
    ]
    assert fragments == []


def test_a_comment_in_a_script_or_a_style_sheet_is_a_sentence() -> None:
    fragments = [
        f"{path.relative_to(ROOT)} {comment}"
        for path in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]
        for comment in SCRIPT_OR_STYLE.findall(path.read_text())
        if UNFINISHED.search(re.sub(r"\s*\*/\s*$", "", comment))
    ]
    assert fragments == []
