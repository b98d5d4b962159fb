"""Runs benchmarks one after another, for `python -m adder bench`."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Sequence
from typing import Any

from adder import ExperimentError
from adder.base import validation
from tests.bench import BENCHMARKS

_MOST_SIZE = 100_000


def run(names: Sequence[str], *, as_json: bool, parts: tuple[str, ...], size: int | None) -> None:
    """Run these benchmarks, or all of them where there are no names.

    Args:
        names: Of `BENCHMARKS`.
        as_json: Whether to print JSON objects.
        parts: The parts of a benchmark to measure, all of them by default.
        size: How many sessions, runs or whatever the parts count.

    Raises:
        ExperimentError: A name, part or size that there is not.
    """
    for name in names:
        validation.choice("bench", name, tuple(BENCHMARKS))
    chosen: dict[str, Any] = {"parts": parts} if parts else {}
    if size is not None:
        chosen["size"] = validation.whole_number("--size", size, 1, _MOST_SIZE)
    benchmarks = {name: importlib.import_module(f"tests.bench.{BENCHMARKS[name]}") for name in names or BENCHMARKS}
    for name, benchmark in benchmarks.items():
        if chosen and not hasattr(benchmark, "PARTS"):
            raise ExperimentError("bench", "one that has parts, where --part or --size is given", name)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # The benchmark's servers must end with it.
    for benchmark in benchmarks.values():
        benchmark.run(as_json=as_json, **chosen)
