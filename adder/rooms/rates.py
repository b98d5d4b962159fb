"""How often somebody may do something: so many times at once, and so many a second in the long run."""

from __future__ import annotations

from dataclasses import dataclass, field

_MOST_KEYS = 20_000


@dataclass(slots=True)
class Rates:
    """The turns that are left to each key, such as an address; they come back with time.

    Attributes:
        burst: How many turns a key has at first, and at most.
        a_second: How many come back in each second.

    >>> rates = Rates(burst=2, a_second=0.5)
    >>> [rates.take("a", now) for now in (0.0, 0.0, 0.0, 2.0)], rates.left("b", 0.0)
    ([True, True, False, True], True)
    """

    burst: float
    a_second: float
    _turns: dict[str, tuple[float, float]] = field(default_factory=dict)  # How many turns a key had, and when.

    def left(self, key: str, now: float) -> bool:
        """Whether a key has a turn left."""
        return self._count(key, now) >= 1

    def take(self, key: str, now: float) -> bool:
        """Take one turn of a key; False if none is left."""
        count = self._count(key, now)
        if count >= 1:
            if len(self._turns) >= _MOST_KEYS:  # A key that has all its turns again need not be remembered.
                self._turns = {each: turn for each, turn in self._turns.items() if self._count(each, now) < self.burst}
            if len(self._turns) >= _MOST_KEYS:
                self._turns.clear()
            self._turns[key] = count - 1, now
        return count >= 1

    def _count(self, key: str, now: float) -> float:
        count, then = self._turns.get(key, (self.burst, now))
        return min(self.burst, count + (now - then) * self.a_second)
