"""How much memory this process had at most, on Linux, which tells and forgets it; elsewhere nothing is known."""

from __future__ import annotations

from pathlib import Path

_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak() -> int:
    """Begin anew to look for the peak; returns what there is now, in bytes."""
    if _FORGET.exists():
        _FORGET.write_text("5")
    return peak()


def peak() -> int:
    """The most bytes since the peak was last forgotten, or 0 where they are not known."""
    if not _STATUS.exists():
        return 0
    line = next(each for each in _STATUS.read_text().splitlines() if each.startswith("VmHWM"))
    return 1_000 * int(line.split()[1])
