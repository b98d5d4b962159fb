"""The corpus on disk: small hostile inputs by kind, those written by hand and those that fuzzing found."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def inputs(kind: str) -> dict[str, bytes]:
    """The inputs of a kind, by name."""
    return {path.name: path.read_bytes() for path in sorted((FOLDER / kind).iterdir())}


def keep(kind: str, data: bytes, name: str | None = None) -> Path:
    """Write an input into the corpus, by default under a name that its content gives it."""
    path = FOLDER / kind / (name or f"found-{hashlib.sha256(data).hexdigest()[:12]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
