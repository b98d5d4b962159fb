"""The guides that ship with adder: every Markdown file in `assets/guides`, as the About page shows it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from adder.base.paths import ASSETS

FOLDER = ASSETS / "guides"


def guide_headings() -> dict[str, str]:
    """The name of each guide, which is its file's, and its first heading."""
    return {path.stem: _parts(path)[0] for path in sorted(FOLDER.glob("*.md"))}


def guide_text(name: str) -> str:
    """A guide without its first heading, with links and pictures that work in the app.

    A link to another guide leads to its address, and a picture becomes part of the text.

    Args:
        name: One of the names in `guide_headings`.
    """
    text = _parts(FOLDER / f"{name}.md")[1]
    text = re.sub(r"\]\(([\w-]+)\.md(?:#[\w-]+)?\)", r"](?guide=\1)", text)
    return re.sub(r"(!\[[^\]]*\])\(([\w-]+\.svg)\)", lambda found: f"{found[1]}({_data_url(FOLDER / found[2])})", text)


def _parts(path: Path) -> tuple[str, str]:
    heading, _, rest = path.read_text("utf-8").partition("\n")
    return heading.removeprefix("# "), rest


def _data_url(picture: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.read_bytes()).decode()}"
