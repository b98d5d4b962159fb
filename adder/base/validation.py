"""Checks that settings share: each returns the value in its plain type or raises `ExperimentError`.

They run when a frozen settings object is built, so one that exists is one that can work.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Integral, Real

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence


def whole_number(field: str, value: object, low: int, high: int) -> int:
    """`value` as an int within `low`..`high`, both included.

    >>> whole_number("training.epochs", 30, 1, 1000)
    30
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        if low == high:
            raise ExperimentError(field, _written(low), value)
        raise ExperimentError(
            field, Sentence("a whole number from {low:,} to {high}", low=low, high=_written(high)), value
        )
    return int(value)


def setting(name: str, given: int | None, low: int, high: int) -> int | None:
    """`given`, or where it is None the whole number in the environment variable `name`, or None where that is empty.

    >>> setting("ADDER_WORKERS", 2, 1, 64)
    2
    """
    written: object = os.environ.get(name, "").strip() if given is None else given
    if written == "":
        return None
    if isinstance(written, str) and written.isdecimal() and len(written) <= 18:
        written = int(written)
    return whole_number(name, written, low, high)


def whole_numbers(settings: object, part: str, **limits: tuple[int, int]) -> None:
    """Check fields of a frozen settings object, each against its limits, and make them plain ints."""
    for name, (low, high) in limits.items():
        value = whole_number(f"{part}.{name}", getattr(settings, name), low, high)
        object.__setattr__(settings, name, value)


def _written(limit: int) -> str:
    return f"{limit:,}" if limit < 10**21 else Sentence("a number of {n:,} digits", n=len(str(limit)))


def number(field: str, value: object, low: float, high: float) -> float:
    """`value` as a finite float within `low`..`high`, both included."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not low <= value <= high:  # type: ignore[operator]  # nan is in no range
        raise ExperimentError(field, Sentence("a number from {low:g} to {high:g}", low=low, high=high), value)
    return float(value) + 0.0  # type: ignore[arg-type]  # so that -0.0 is 0.0


def choice(field: str, value: object, choices: Sequence[str]) -> str:
    """`value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ExperimentError(field, Sentence("one of {choices}", choices=", ".join(choices)), value)
    return value


def switch(field: str, value: object) -> bool:
    """`value` if it is True or False."""
    if not isinstance(value, bool):
        raise ExperimentError(field, Sentence("true or false"), value)
    return value


def layer_sizes(field: str, value: object, most_layers: int, most_units: int) -> tuple[int, ...]:
    """`value` as a tuple of 1 to `most_layers` layer sizes, each of 1 to `most_units` units.

    >>> layer_sizes("network.units", [6, 6], 4, 512)
    (6, 6)
    """
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= most_layers:
        raise ExperimentError(field, Sentence("1 to {most} layer sizes, such as 6,6", most=most_layers), value)
    return tuple(whole_number(field, size, 1, most_units) for size in value)
