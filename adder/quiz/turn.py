"""One question of a game, answered by a person and by the network."""

from __future__ import annotations

from dataclasses import dataclass

from adder.solvers.results import Answer

OUTCOMES = ("both", "human", "network", "neither")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, answered by both.

    Attributes:
        question: What was asked.
        truth: The true answer, without padding.
        given: The person's answer as it was understood, such as `23` for `+23.0`.
        right: Whether that is right.
        network: The network's answer.
        written: The same without padding; empty where it wrote nothing.
        seconds: How long the person took, to a tenth of a second.
        level: How hard the question was, 1 to 5.
        carries: Columns that carry when it is worked on paper; None where the task is not of sums alone.
        again: Whether the person had missed it before.
        held_out: Whether the network was never trained on it; None where nothing is held out.
    """

    question: str
    truth: str
    given: str
    right: bool
    network: Answer
    written: str
    seconds: float
    level: int
    carries: int | None
    again: bool
    held_out: bool | None

    @property
    def outcome(self) -> str:
        """The side that was right: one of `OUTCOMES`."""
        if self.right:
            return "both" if self.network.correct else "human"
        return "network" if self.network.correct else "neither"
