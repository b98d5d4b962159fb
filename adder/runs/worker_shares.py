"""How the servers of one cluster divide its workers: each tells what it could use, and takes its share.

Workers are divided as evenly as the demands allow (max-min fairness). Runs that people wait for come first; a sweep's
runs are in the background and take what is left. The engine decides how the servers tell one another.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

SILENT_SECONDS = 5.0  # A server without a heartbeat for this long counts as gone.

# A server tells a heartbeat that counts up, whether its runs are in the background, and how many workers it wants.
Demand = tuple[int, bool, int]


class Demands:
    """What the servers of a cluster want, as one of them has heard it."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, float]] = {}

    def share(self, own: str, told: Mapping[str, Demand], workers: int) -> int:
        """How many workers a server may use now.

        Args:
            own: The name of the server.
            told: The demand of each server of the cluster, this one included.
            workers: How many the cluster has.
        """
        alive = sorted(name for name, (beat, _, _) in told.items() if name == own or self._is_alive(name, beat))
        given: dict[str, int] = {}
        for in_background in (False, True):
            names = [name for name in alive if told[name][1] == in_background]
            left = workers - sum(given.values())
            given |= dict(zip(names, shares(left, [told[name][2] for name in names]), strict=True))
        return given[own]

    def _is_alive(self, name: str, beat: int) -> bool:
        now = time.monotonic()
        before, at = self._heard.get(name, (-1, now))
        if beat != before:
            self._heard[name] = (beat, now)
            return True
        return now - at < SILENT_SECONDS


def shares(workers: int, demands: Sequence[int]) -> list[int]:
    """Divide workers: nobody gets more than they ask for, and whoever gets least gets as much as possible.

    Args:
        workers: How many there are.
        demands: How many each would use.

    Returns:
        How many each gets; of equal demands the first gets the odd one.

    >>> shares(4, [1, 9, 9])
    [1, 2, 1]
    """
    given = [0] * len(demands)
    while workers > 0 and (hungry := [place for place, demand in enumerate(demands) if given[place] < demand]):
        for place in hungry[:workers]:
            given[place] += 1
        workers -= len(hungry[:workers])
    return given
