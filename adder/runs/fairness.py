"""Who trains next, for how long others wait, and how many workers each server of a cluster may take.

Plain arithmetic on what `adder.runs.service` knows, without threads, clocks or an engine:

- People take turns, not runs: everyone's first waiting run comes before anyone's second.
- Workers that several servers share are divided as evenly as their demands allow (max-min fairness).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for a worker.

    Attributes:
        id: The run.
        asker: Who asked for it; empty where that is nobody in particular, who is nobody else either.
        arrival: A number that grows with time; a run that gave its worker away has a new one.
    """

    id: str
    asker: str
    arrival: int


def turns(waiting: Sequence[Waiting], training: Mapping[str, int]) -> list[str]:
    """The runs that wait, in the order in which workers take them.

    Args:
        waiting: The runs.
        training: How many runs of each asker have a worker already.

    Returns:
        Their ids: those of askers who have least come first, and among equals who came first.

    >>> queue = [Waiting("a1", "ann", 1), Waiting("a2", "ann", 2), Waiting("b1", "bob", 3), Waiting("c1", "", 4)]
    >>> turns(queue, {})
    ['a1', 'b1', 'c1', 'a2']
    >>> turns(queue, {"ann": 1})
    ['b1', 'c1', 'a1', 'a2']
    """
    have: Counter[str] = Counter(training)
    ranked: list[tuple[int, int, str]] = []
    for each in sorted(waiting, key=lambda each: each.arrival):
        ranked.append((have[each.asker] if each.asker else 0, each.arrival, each.id))
        have[each.asker] += 1
    return [run for _, _, run in sorted(ranked)]


def waits(turn_seconds: Sequence[float], free_in: Sequence[float]) -> list[float]:
    """How long each of those who wait will do so, in seconds.

    Args:
        turn_seconds: How long the turn of each takes, in the order of their turns.
        free_in: For each worker, when it will be free.

    Returns:
        One number for each who waits; nothing can be said without workers, so then there is none.

    >>> waits([10, 10, 10], [0, 4])
    [0, 4, 10]
    """
    if not free_in:
        return []
    workers = list(free_in)
    heapq.heapify(workers)
    starts: list[float] = []
    for seconds in turn_seconds:
        start = heapq.heappop(workers)
        starts.append(start)
        heapq.heappush(workers, start + seconds)
    return starts


def shares(workers: int, demands: Sequence[int]) -> list[int]:
    """Divide workers: nobody gets more than they ask for, and who gets least gets as much as possible.

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
