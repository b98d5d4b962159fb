"""Between questions and the arrays a network reads: text, padded text, integers, one-hot, and scaled numbers.

Two encodings, the two halves of the lesson. `TextEncoding` writes a question as characters, one integer each, the
way a sequence network reads it. `ScaledEncoding` hands over the numbers themselves, divided by the largest sum:
the beginner's mistake. Settings are frozen; every method takes the task whose questions it encodes.

    >>> task = Task(smallest=1, largest=10, terms=2)
    >>> text = TextEncoding()
    >>> text.encode_questions(task, np.array([[3, 10]]))
    array([[11,  3, 10,  1,  0]], dtype=int32)
    >>> text.encode_answers(task, np.array([13]))
    array([[1, 3]], dtype=int32)
    >>> text.read(np.array([[11, 3, 10, 1, 0]]))
    [' 3+10']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder import checks
from adder.task import Task, digits

ALPHABET = "0123456789+ "  # in this order: + is 10, the space that pads is 11
PLUS = ALPHABET.index("+")
SPACE = ALPHABET.index(" ")

PADDINGS = ("question", "terms")
ANSWER_ORDERS = ("written", "reversed")


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A question as a row of characters, each an index into `ALPHABET`.

    Attributes:
        padding: `"question"` joins the terms and pads the whole question on the left, as the tutorial does;
            `"terms"` pads each term on its own, so that a place value always stands at the same step.
        answer_order: `"written"` has the network write the answer as people do; `"reversed"` has it write the least
            significant digit first, the order in which carries travel. `read_answers` always gives human order.
    """

    name: ClassVar[str] = "text"
    label: ClassVar[str] = "Characters"

    padding: str = "question"
    answer_order: str = "written"

    def __post_init__(self) -> None:
        checks.choice("encoding.padding", self.padding, PADDINGS)
        checks.choice("encoding.answer_order", self.answer_order, ANSWER_ORDERS)

    def question_length(self, task: Task) -> int:
        """Steps the network reads: every term at its longest, and an operator between two."""
        return task.terms * digits(task.largest) + task.terms - 1

    def answer_length(self, task: Task) -> int:
        """Steps the network writes: the digits of the largest sum."""
        return digits(task.largest_answer)

    def encode_questions(self, task: Task, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """Questions, shape `(n, terms)`, to symbols, shape `(n, question_length)`."""
        width = digits(task.largest)
        plus = np.full((len(numbers), 1), PLUS, np.int32)
        columns: list[NDArray[np.int32]] = []
        for term in range(task.terms):
            columns += [plus] * bool(term) + [_digit_columns(numbers[:, term], width)]
        grid = np.concatenate(columns, axis=1)
        if self.padding == "question":
            # A stable sort on "is it padding?" moves the spaces to the left and keeps all else in order.
            grid = np.take_along_axis(grid, np.argsort(grid != SPACE, axis=1, kind="stable"), axis=1)
        return grid

    def encode_answers(self, task: Task, answers: NDArray[np.int64]) -> NDArray[np.int32]:
        """Answers, shape `(n,)`, to symbols in the order the network writes them, shape `(n, answer_length)`."""
        return self.human_order(_digit_columns(answers, self.answer_length(task)))

    def human_order(self, steps: NDArray[Any]) -> NDArray[Any]:
        """Turn axis 1 between the network's order and the human one (the turn is its own inverse)."""
        return steps[:, ::-1] if self.answer_order == "reversed" else steps

    def read(self, grid: NDArray[np.integer]) -> list[str]:
        """Symbols, shape `(n, steps)`, to text with its padding, in the order of the grid."""
        return ["".join(row) for row in _CHARACTERS[grid]]

    def read_answers(self, grid: NDArray[np.integer]) -> list[str]:
        """Symbols the network wrote, shape `(n, answer_length)`, to text in human order, with its padding."""
        return self.read(self.human_order(grid))


@dataclass(frozen=True, slots=True)
class ScaledEncoding:
    """A question as plain numbers, divided by the largest possible sum so that all lie within 0..1.

    >>> ScaledEncoding().encode_questions(Task(largest=100), np.array([[12, 50]]))
    array([[0.06, 0.25]], dtype=float32)
    """

    name: ClassVar[str] = "scaled"
    label: ClassVar[str] = "Scaled numbers"

    def question_length(self, task: Task) -> int:
        """Numbers the network reads."""
        return task.terms

    def answer_length(self, task: Task) -> int:
        """Numbers the network gives."""
        return 1

    def encode_questions(self, task: Task, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Questions, shape `(n, terms)`, to inputs of the same shape."""
        return (numbers / task.largest_answer).astype(np.float32)

    def encode_answers(self, task: Task, answers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answers, shape `(n,)`, to targets of the same shape."""
        return (answers / task.largest_answer).astype(np.float32)

    def decode_answers(self, task: Task, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Outputs, shape `(n,)`, to numbers in the task's units, not yet rounded."""
        return outputs.astype(np.float64) * task.largest_answer


Encoding = TextEncoding | ScaledEncoding

ENCODINGS: dict[str, type[TextEncoding] | type[ScaledEncoding]] = {
    kind.name: kind for kind in (TextEncoding, ScaledEncoding)
}

_CHARACTERS = np.array(list(ALPHABET))


def one_hot(grid: NDArray[np.integer]) -> NDArray[np.float32]:
    """Symbols, shape `(n, steps)`, to one-hot vectors, shape `(n, steps, 12)`.

    >>> one_hot(np.array([[3]]))
    array([[[0., 0., 0., 1., 0., 0., 0., 0., 0., 0., 0., 0.]]], dtype=float32)
    """
    return np.eye(len(ALPHABET), dtype=np.float32)[grid]


def number_in(text: str) -> int | None:
    """The number that an answer's text spells, or None where it spells none.

    >>> number_in(" 62"), number_in("6 2"), number_in("  ")
    (62, None, None)
    """
    spelled = text.strip()
    return int(spelled) if spelled.isdecimal() else None


def _digit_columns(values: NDArray[np.int64], width: int) -> NDArray[np.int32]:
    """Each value as `width` symbols, right-aligned, spaces before it: `(n,)` to `(n, width)`."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    quotients = values[:, None] // powers
    symbols = quotients % 10
    symbols[:, :-1][quotients[:, :-1] == 0] = SPACE
    return symbols.astype(np.int32)
