"""Writing an answer one character after another: greedily, told the truth (teacher forcing), or by beam search."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from adder.networks.arrays import Array, Outputs


class Decoder(Protocol):
    """Writes a batch of answers, one character a step."""

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        """Probabilities `(n, symbols)` and attention `(n, question_length)` after these characters, shape `(n,)`."""
        ...

    def select(self, rows: NDArray[np.integer]) -> None:
        """Go on with these rows of the batch, which may repeat or leave out some."""
        ...


class Independent:
    """A decoder of probabilities that do not depend on what was written before."""

    def __init__(self, probabilities: Array) -> None:
        self._probabilities = probabilities
        self._at = 0

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        """The next step's probabilities."""
        self._at += 1
        return self._probabilities[:, self._at - 1], None

    def select(self, rows: NDArray[np.integer]) -> None:
        """Go on with these rows of the batch."""
        self._probabilities = self._probabilities[rows]


def greedy(decoder: Decoder, n: int, steps: int, start: int) -> Outputs:
    """Write answers by taking the likeliest character at each step.

    Args:
        decoder: Ready to write `n` answers.
        n: How many answers to write.
        steps: How many characters an answer has.
        start: The symbol that stands before the first.
    """
    return _decoded(decoder, steps, np.full(n, start, np.int64), None)


def forced(decoder: Decoder, answers: NDArray[np.integer], start: int) -> Outputs:
    """Probabilities when each step is told the true character before it (teacher forcing).

    Args:
        decoder: What writes them.
        answers: True symbols in the order they are written, shape `(n, steps)`.
        start: The symbol that stands before the first.
    """
    return _decoded(decoder, answers.shape[1], np.full(len(answers), start, np.int64), answers)


def _decoded(
    decoder: Decoder, steps: int, previous: NDArray[np.integer], answers: NDArray[np.integer] | None
) -> Outputs:
    probabilities, attention = [], []
    for at in range(steps):
        likely, looked = decoder.step(previous)
        probabilities.append(likely)
        if looked is not None:
            attention.append(looked)
        previous = likely.argmax(axis=-1) if answers is None else answers[:, at]
    return Outputs(np.stack(probabilities, axis=1), np.stack(attention, axis=1) if attention else None)


def beam_search(decoder: Decoder, steps: int, start: int, width: int) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest whole answers to one question, likeliest first, as far as a beam of `width` finds them.

    Args:
        decoder: Ready to write one answer.
        steps: How many characters an answer has.
        start: The symbol that stands before the first.
        width: How many beginnings are followed at a time.

    Returns:
        Symbols in the order they are written, each with its probability.
    """
    beams: list[tuple[int, ...]] = [()]
    scores = np.zeros(1)
    for _ in range(steps):
        previous = np.array([beam[-1] if beam else start for beam in beams], np.int64)
        likely, _looked = decoder.step(previous)
        total = scores[:, None] + np.log(np.fmax(likely.astype(np.float64), 1e-30))
        best = np.argsort(-total, axis=None, kind="stable")[:width]
        rows, chosen = np.unravel_index(best, total.shape)
        decoder.select(rows)
        beams = [(*beams[row], int(symbol)) for row, symbol in zip(rows, chosen, strict=True)]
        scores = total[rows, chosen]
    return [(beam, float(np.exp(score))) for beam, score in zip(beams, scores, strict=True)]
