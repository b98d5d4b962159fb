"""What a test needs that may not be on this machine, such as a browser or a server."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

Found = TypeVar("Found")


def needed(find: Callable[[], Found]) -> Found:
    """What was found; without it tests are skipped, but in CI, where nothing may be missing, they fail."""
    try:
        return find()
    except FileNotFoundError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
