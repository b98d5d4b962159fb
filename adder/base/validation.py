"""Checks of single values: each returns the value in its plain type, or raises `ExperimentError`."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, counted


def whole_number(field: str, value: object, low: int, high: int) -> int:
    """`value` as an int within `low`..`high`, both included.

    >>> whole_number("training.epochs", 30, 1, 1000)
    30
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        raise ExperimentError(field, whole_number_limits(low, high), value)
    return int(value)


def whole_number_limits(low: int, high: int) -> str:
    """What `whole_number` expects, in words."""
    if low == high:
        return _written(low)
    return Sentence("a whole number from {low:,} to {high}", low=low, high=_written(high))


def _written(limit: int) -> str:
    return (
        f"{limit:,}"
        if limit < 10**21
        else counted("a number of {n:,} digit", "a number of {n:,} digits", n=len(str(limit)))
    )


def number(field: str, value: object, low: float, high: float) -> float:
    """`value` as a finite float within `low`..`high`, both included."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not low <= value <= high:  # type: ignore[operator]  # No range holds nan.
        raise ExperimentError(field, number_limits(low, high), value)
    return float(value) + 0.0  # type: ignore[arg-type]  # It makes -0.0 a 0.0.


def number_limits(low: float, high: float) -> Sentence:
    """What `number` expects, in words."""
    return Sentence("a number from {low:g} to {high:g}", low=low, high=high)


def choice(field: str, value: object, choices: Sequence[str]) -> str:
    """`value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ExperimentError(field, choice_limits(choices), value)
    return value


def choice_limits(choices: Sequence[str]) -> Sentence:
    """What `choice` expects, in words."""
    return Sentence("one of {choices}", choices=", ".join(choices))
