"""Prints losses and errors, which have dozens of digits in a run that diverges."""

from __future__ import annotations

_MOST_READ = 10**7


def figure(value: float, places: int) -> str:
    """A figure with this many decimal places, or with a power of ten where it is too large to read.

    >>> figure(0.12345, 4), figure(1813.5, 2), figure(3.2e38, 4)
    ('0.1235', '1813.50', '3.2e+38')
    """
    return f"{value:.{places}f}" if abs(value) < _MOST_READ else f"{value:.3g}"
