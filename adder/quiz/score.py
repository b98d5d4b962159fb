"""The statistics of a game: who got how much right, how fast, and which questions were missed."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

from adder.quiz.turn import OUTCOMES, Turn

RECENT_TURNS = 10


@dataclass(frozen=True, slots=True)
class Missed:
    """Questions of one kind: how many were asked, and how many each side missed.

    Attributes:
        kind: How many columns carry; where a task has more than sums, the level.
        asked: How many there were.
        human: How many of them the person missed.
        network: How many of them the network missed.
    """

    kind: int
    asked: int
    human: int
    network: int


class Score:
    """The statistics of the turns so far."""

    __slots__ = ()

    turns: tuple[Turn, ...]

    @property
    def human_right(self) -> int:
        """How many the person got right."""
        return sum(turn.right for turn in self.turns)

    @property
    def network_right(self) -> int:
        """How many the network got right."""
        return sum(turn.network.correct is True for turn in self.turns)

    @property
    def tally(self) -> dict[str, int]:
        """How many turns had each outcome, in the order of `OUTCOMES`."""
        outcomes = [turn.outcome for turn in self.turns]
        return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}

    @property
    def recent_accuracy(self) -> float | None:
        """The share of the last ten that the person got right; None before the first."""
        recent = self.turns[-RECENT_TURNS:]
        return sum(turn.right for turn in recent) / len(recent) if recent else None

    @property
    def best_streak(self) -> int:
        """The most answers in a row that the person got right."""
        streaks = itertools.groupby(turn.right for turn in self.turns)
        return max((len(list(streak)) for right, streak in streaks if right), default=0)

    @property
    def median_seconds(self) -> float | None:
        """The person's median time a question, which one long pause does not change; None before the first."""
        return statistics.median(turn.seconds for turn in self.turns) if self.turns else None

    @property
    def missed(self) -> tuple[str, ...]:
        """The questions that the person missed at least once, in the order they came."""
        return tuple(dict.fromkeys(turn.question for turn in self.turns if not turn.right))

    @property
    def by_kind(self) -> tuple[Missed, ...]:
        """What each side missed, by carries for sums and by level for other tasks."""
        kinds: dict[int, list[Turn]] = {}
        for turn in self.turns:
            kinds.setdefault(turn.level if turn.carries is None else turn.carries, []).append(turn)
        return tuple(
            Missed(
                kind, len(turns), sum(not turn.right for turn in turns), sum(not turn.network.correct for turn in turns)
            )
            for kind, turns in sorted(kinds.items())
        )
