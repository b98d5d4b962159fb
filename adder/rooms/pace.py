"""How much the opponent practises between two rounds, so that it overtakes the class where the teacher wants it to.

The history of the run that ships for its preset says after how many samples a network gets how much right. Before each
round the rest of the way is divided again, by what the network gets right now and by how good the class is. So the plan
also suits a network that learns faster or slower than the one that ships, and a class that nobody expected.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from adder.experiment import Experiment
from adder.experiment.training import MOST_EPOCHS
from adder.solvers.results import Epoch

CLASS_SHARE = 0.8  # A class is expected to get this share right, until it has answered.
LEAST_EPOCHS_A_BREAK = 6  # There has to be something to watch.

_EXPECTED_ROUNDS = 2  # That expectation counts as much as this many rounds.
_HIGHEST_SHARE = 0.98  # The plan aims no higher: a class without a slip could only be equalled.
_SHARE_THAT_TELLS = 0.2  # Below it, what a network gets right says nothing of how far it is.


@dataclass(frozen=True, slots=True)
class Pace:
    """How an opponent learns.

    Attributes:
        history: The epochs of a run like the opponent's, which says what to expect.
        rounds: How many rounds the game has.
        crossing: The share of the game after which the network is to overtake the class.
    """

    history: Sequence[Epoch]
    rounds: int
    crossing: float

    @property
    def crossing_round(self) -> int:
        """The first round in which the network is to be better than the class.

        >>> [Pace((), rounds, 2 / 3).crossing_round for rounds in (5, 10, 30)]
        [4, 7, 21]
        """
        return min(self.rounds, max(2, math.floor(self.crossing * self.rounds + 1e-9) + 1))

    def experiment(self, like: Experiment) -> Experiment:
        """The same training in shorter epochs, several of which fit into each break.

        Args:
            like: The experiment of `history`.
        """
        training = like.training
        a_break = self.samples_to(CLASS_SHARE) / (self.crossing_round - 1)
        sizes = [
            size
            for size in range(training.batch_size, training.samples + 1, training.batch_size)
            if training.samples % size == 0 and training.epochs * training.samples // size <= MOST_EPOCHS
        ]
        size = max((size for size in sizes if size * LEAST_EPOCHS_A_BREAK <= a_break), default=min(sizes))
        if size == training.samples:
            return like
        epochs = training.epochs * training.samples // size
        return like.replaced({"training.samples": size, "training.epochs": epochs})

    def samples_to(self, share: float) -> int:
        """After how many samples a run like this gets such a share right; all its samples if it never does."""
        pairs = itertools.pairwise([*self.history, *self.history[-1:]])  # One good epoch may be luck.
        reached = (first.samples for first, then in pairs if first.exact_match >= share <= then.exact_match)
        return next(reached, self.history[-1].samples)

    def epochs(self, number: int, training: Experiment, done: Sequence[Epoch], shares: Sequence[float]) -> int:
        """How many epochs to train before a round.

        Args:
            number: The round, counted from 1.
            training: What is trained.
            done: The epochs so far.
            shares: What the class got right in each round so far.
        """
        left = training.training.epochs - len(done)
        known = _EXPECTED_ROUNDS * CLASS_SHARE + sum(shares)
        share = min(_HIGHEST_SHARE, known / (_EXPECTED_ROUNDS + len(shares)))
        breaks, as_before = self.crossing_round - number + 1, len(done) / max(1, number - 2)
        missing = max(0, self.samples_to(share) - self._place(done))
        wanted = missing / max(1, breaks) / training.training.samples
        if breaks <= 0:  # It is ahead, or should be.
            ahead = bool(done) and done[-1].exact_match >= share
            wanted = as_before if ahead else max(wanted, as_before)
        return max(min(1, left), min(left, math.ceil(wanted)))

    def _place(self, done: Sequence[Epoch]) -> int:
        """How far a run is, in samples of `history`."""
        if not done:
            return 0
        by_now = max(epoch.exact_match for epoch in done[-2:])
        return self.samples_to(by_now) if by_now >= _SHARE_THAT_TELLS else done[-1].samples
