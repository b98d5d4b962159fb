"""Where adder keeps things on disk between one start and the next: compiled programs, and the runs of a server."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder that `ADDER_HOME` names, by default `~/.cache/adder`; it need not be there yet."""
    return Path(os.environ.get("ADDER_HOME") or Path.home() / ".cache" / "adder")
