"""A network's answers to many questions as arrays, and any one of them as an `Answer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adder.encodings import Encoding
from adder.networks.arrays import Array
from adder.solvers.results import Answer, Character
from adder.tasks import AnyTask
from adder.tasks.questions import Questions, leading, leading_zeros


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """A network's answers to many questions.

    Attributes:
        texts: What the network wrote, padded, in human order.
        expected: The true answers, padded alike.
        outputs: The network's own output: probabilities `(n, answer_length, symbols)` in the order it writes, or
            scaled sums `(n,)`.
        values: The number that each text spells, or None where it spells none.
        attention: How much each written character looked at each step of the question, in the network's order; None
            without attention.
    """

    texts: list[str]
    expected: list[str]
    outputs: Array
    values: Sequence[int | None]
    attention: Array | None = None

    @property
    def matches(self) -> NDArray[np.bool_]:
        """Whether each character is right, shape `(n, longest text)`."""
        return self.compare(self.texts, self.expected)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each answer is right in every character (exact match), shape `(n,)`."""
        return np.all(self.matches, axis=1)

    def at(self, rows: NDArray[np.intp]) -> Predictions:
        """The answers in these rows, any of them as often as they say."""
        places = rows.tolist()
        return Predictions(
            [self.texts[row] for row in places],
            [self.expected[row] for row in places],
            self.outputs[rows],
            [self.values[row] for row in places],
            None if self.attention is None else self.attention[rows],
        )

    def unpadded_accuracy(self, fill: str) -> float:
        """Share of characters right where the true one is not padding, spaces or zeros; 1 if all of them are."""
        matches = self.matches
        truth = _grid(self.expected, matches.shape[1])
        padding = leading_zeros(truth == "0", truth == "-") if fill == "zero" else leading(truth == " ")
        counted = ~padding & (truth != "")
        return float(matches[counted].mean()) if counted.any() else 1.0

    @staticmethod
    def compare(texts: list[str], expected: list[str]) -> NDArray[np.bool_]:
        """Where two lists of texts agree, character by character; an end agrees only with an end.

        >>> Predictions.compare(["13", "7"], ["18", "7"]).tolist()
        [[True, False], [True, True]]
        """
        width = max(map(len, [*texts, *expected]))
        return _grid(texts, width) == _grid(expected, width)

    @classmethod
    def joined(cls, parts: Sequence[Predictions]) -> Predictions:
        """Several batches as one."""
        return cls(
            [text for part in parts for text in part.texts],
            [text for part in parts for text in part.expected],
            np.concatenate([part.outputs for part in parts]),
            [value for part in parts for value in part.values],
            None if parts[0].attention is None else np.concatenate([part.attention for part in parts]),
        )


def _grid(texts: list[str], width: int) -> NDArray[np.str_]:
    """Texts as single characters, shape `(n, width)`; after its end a text has empty ones."""
    return np.array(texts, f"<U{width}").view("<U1").reshape(-1, width)


def answer(encoding: Encoding, task: AnyTask, questions: Questions, predictions: Predictions, row: int) -> Answer:
    """One of the predictions with all that is known of it, in human order."""
    question = questions[row : row + 1]
    text = predictions.texts[row]
    outputs = predictions.outputs[row : row + 1]
    numbers = encoding.to_numbers(task, outputs)
    characters: tuple[Character, ...] = ()
    steps: tuple[str, ...] = ()
    attention: tuple[tuple[float, ...], ...] = ()
    if encoding.writes_characters:
        characters = tuple(
            Character(char, float(distribution[task.alphabet.index(char)]), tuple(map(float, distribution)))
            for char, distribution in zip(text, encoding.human_order(outputs)[0], strict=True)
        )
        steps = tuple(encoding.step_labels(task, question))
    if predictions.attention is not None:
        by_character = encoding.human_order(predictions.attention[row : row + 1])[0]
        attention = tuple(tuple(map(float, looked)) for looked in encoding.question_human_order(by_character))
    expected = predictions.expected[row] if question.answered else None
    return Answer(
        question=task.texts(question)[0],
        text=text,
        value=predictions.values[row],
        expected=expected,
        correct=None if expected is None else text == expected,
        characters=characters,
        number=None if numbers is None else float(numbers[0]),
        steps=steps,
        attention=attention,
        fill=encoding.fill,
    )
