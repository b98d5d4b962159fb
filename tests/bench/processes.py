"""Runs a measurement in a fresh interpreter, so that neither side inherits the other's imports or programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.serving import ROOT


def measure(module: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run `python -m MODULE ARGUMENTS` and read the JSON object that is the last line it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with status {done.returncode}")
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
