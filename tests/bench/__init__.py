"""Benchmarks that measure adder beside a reference in one run, and print ratios: name -> function.

They are run by hand, `python -m adder bench [NAME…]`, and are no tests: a slow machine fails nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.bench import page, textbook

BENCHMARKS: dict[str, Callable[..., None]] = {"textbook": textbook.run, "page": page.run}
