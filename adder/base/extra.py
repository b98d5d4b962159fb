"""The extra `train`, which holds all that training and the page need; answering questions needs none of it."""

from __future__ import annotations

import importlib.util

from adder.base.errors import AdderError


def need(*packages: str) -> None:
    """Refuse to go on without packages of the extra.

    Raises:
        AdderError: One of them is not installed.

    >>> need("numpy")
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise AdderError(f'this needs {package}, which is not installed; pip install "adder[train]" installs it')
