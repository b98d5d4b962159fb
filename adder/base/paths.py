"""Where files lie: those that ship with adder, and those that it keeps after it has ended."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
ASSETS = next(
    (folder for folder in (_PACKAGE / "assets", _PACKAGE.parent / "assets") if folder.is_dir()),
    _PACKAGE.parent / "assets",
)


def home() -> Path:
    """The folder that `ADDER_HOME` names, by default `~/.cache/adder`. It may not exist yet."""
    return Path(os.environ.get("ADDER_HOME") or Path.home() / ".cache" / "adder")
