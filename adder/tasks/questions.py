"""A batch of questions with their true answers: what every task draws, and what every encoding reads.

Rows are questions. Characters are indices into the alphabet of the task that made the batch; a blank is that
alphabet's space. `adder.encodings` says how a network reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The order is fixed: + is 10, and the space that pads is 11. New characters go to the end, so that saved networks keep
# their meaning.
ALPHABET = "0123456789+ -*()^ABCDEF"


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Questions and their true answers.

    Attributes:
        symbols: The questions, shape `(n, longest_question)`. In a task whose questions share a layout each number
            stands right-aligned in columns of its own, blanks before it; otherwise blanks only follow the question.
        answers: The true answers, right-aligned, shape `(n, longest_answer)`; all blank where they are not known.
        keys: A hash that equal questions share, whatever the order of their terms: shape `(n,)`.
        numbers: The numbers in each question from left to right, 0 where it has fewer: shape `(n, terms)`; None in a
            task that is not arithmetic.
        values: The true answers as numbers, shape `(n,)`; None in a task that is not arithmetic.
        answered: Whether the true answers are known.
    """

    symbols: NDArray[np.int32]
    answers: NDArray[np.int32]
    keys: NDArray[np.uint64]
    numbers: NDArray[Any] | None = None
    values: NDArray[Any] | None = None
    answered: bool = True

    def __len__(self) -> int:
        return len(self.symbols)

    def __getitem__(self, rows: slice | NDArray[Any]) -> Questions:
        """The questions at these rows: a slice, a mask or an array of indices."""
        return Questions(
            self.symbols[rows],
            self.answers[rows],
            self.keys[rows],
            None if self.numbers is None else self.numbers[rows],
            None if self.values is None else self.values[rows],
            self.answered,
        )

    @classmethod
    def joined(cls, parts: Sequence[Questions]) -> Questions:
        """Several batches of one task as one."""
        if len(parts) == 1:
            return parts[0]

        def stacked(name: str) -> Any:
            arrays = [getattr(part, name) for part in parts]
            return None if arrays[0] is None else np.concatenate(arrays)

        return cls(
            symbols=stacked("symbols"),
            answers=stacked("answers"),
            keys=stacked("keys"),
            numbers=stacked("numbers"),
            values=stacked("values"),
            answered=all(part.answered for part in parts),
        )


def texts(grid: NDArray[np.integer], alphabet: str) -> list[str]:
    """Rows of symbols as text, blanks included.

    >>> texts(np.array([[11, 3, 10, 1, 0]]), ALPHABET)
    [' 3+10']
    """
    characters = np.ascontiguousarray(np.array(list(alphabet))[grid])
    return [str(row) for row in characters.view(f"<U{max(grid.shape[1], 1)}")[:, 0]] if grid.size else []


def unpadded(text: str, fill: str) -> str:
    """An answer as a person writes it, without the spaces or zeros that it was filled up with.

    >>> unpadded("  13", "space"), unpadded("-007", "zero")
    ('13', '-7')
    """
    bare = text.strip()
    if fill != "zero":
        return bare
    sign = "-" * bare.startswith("-")
    return sign + (bare.removeprefix("-").lstrip("0") or "0" * bool(bare))


def symbols(rows: Sequence[str], alphabet: str, width: int) -> NDArray[np.int32]:
    """Texts as rows of symbols, blanks after them: shape `(n, width)`.

    >>> symbols(["3+10"], ALPHABET, 5)
    array([[ 3, 10,  1,  0, 11]], dtype=int32)
    """
    table = {ord(character): index for index, character in enumerate(alphabet)}
    return np.array([[table[ord(each)] for each in row.ljust(width)] for row in rows], np.int32).reshape(-1, width)


def leading(blanks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those blanks of each row that stand before everything else.

    >>> leading(np.array([[True, True, False, True]]))
    array([[ True,  True, False, False]])
    """
    return np.logical_and.accumulate(blanks, axis=1)


def leading_zeros(zeros: NDArray[np.bool_], minus: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those zeros of each row that only fill it up, after its sign if it has one; the last character is none of them.

    >>> row = np.array([list("-0070"), list("00000")])
    >>> leading_zeros(row == "0", row == "-").astype(int)
    array([[0, 1, 1, 0, 0],
           [1, 1, 1, 1, 0]])
    """
    filling = leading(zeros | minus) & zeros
    filling[:, -1:] = False
    return filling


def blanks_first(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """The same rows with their blanks moved to the front."""
    return _sorted_by(grid, grid != blank)


def blanks_last(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """The same rows with their blanks moved to the end."""
    return _sorted_by(grid, grid == blank)


def _sorted_by(grid: NDArray[np.int32], last: NDArray[np.bool_]) -> NDArray[np.int32]:
    # The sort is stable, so everything else keeps its order.
    return np.take_along_axis(grid, np.argsort(last, axis=1, kind="stable"), axis=1)
