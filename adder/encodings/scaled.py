"""A question as its numbers, divided by the largest answer: the beginner's mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import check_settings, setting
from adder.base.source import Constants, block
from adder.encodings.encoding import QUESTION_ORDER, Encoding
from adder.tasks import AnyTask
from adder.tasks.questions import Questions


@dataclass(frozen=True, slots=True)
class ScaledEncoding(Encoding):
    """A question as plain numbers, divided by the largest possible answer, so that those of a sum are from 0 to 1.

    Attributes:
        question_order: `"reversed"` hands over the last number first.

    >>> from adder.tasks.arithmetic import Task
    >>> task = Task(largest=100)
    >>> ScaledEncoding().encode_questions(task, task.read(["12+50"]))
    array([[0.06, 0.25]], dtype=float32)
    """

    name: ClassVar[str] = "scaled"
    label: ClassVar[str] = marked("Scaled numbers")
    writes_characters: ClassVar[bool] = False

    question_order: str = setting("written", QUESTION_ORDER)

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

    def refusal(self, task: AnyTask) -> Sentence | None:
        if not task.operators:
            return Sentence("scaled numbers need a task of numbers; a list of questions is characters")
        if not task.one_form:
            return Sentence("scaled numbers hand over numbers alone, so every question must have the same form, as a+b")
        if task.largest_size >= 2**53:
            return Sentence("scaled numbers must be exact, so answers must stay under 2**53")
        return None

    def question_length(self, task: AnyTask) -> int:
        return task.term_counts[-1]

    def answer_length(self, task: AnyTask) -> int:
        return 1

    def scale(self, task: AnyTask) -> int:
        return task.largest_size

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[np.float32]:
        """Questions to inputs, shape `(n, terms)`."""
        assert questions.numbers is not None
        numbers = questions.numbers[:, ::-1] if self.question_order == "reversed" else questions.numbers
        return (numbers / self.scale(task)).astype(np.float32)

    def encode_answers(self, task: AnyTask, questions: Questions) -> NDArray[np.float32]:
        """True answers to targets, shape `(n,)`."""
        assert questions.values is not None
        return (questions.values / self.scale(task)).astype(np.float32)

    def to_numbers(self, task: AnyTask, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        return outputs.astype(np.float64) * self.scale(task)

    def to_texts(self, task: AnyTask, outputs: NDArray[np.floating]) -> list[str]:
        """The whole number nearest to each output."""
        return [task.spell(round(number)) for number in self.to_numbers(task, outputs).tolist()]

    def true_texts(self, task: AnyTask, questions: Questions) -> list[str]:
        assert questions.values is not None  # `refusal` lets only arithmetic through.
        return [task.spell(value) for value in questions.values.tolist()]

    def loss(self, task: AnyTask, outputs: NDArray[np.floating], truth: NDArray[Any], padding_weight: float) -> float:
        """Mean squared error; numbers have no padding."""
        # A float64 holds the square of any float32, so that the error of a run that diverges is a number too.
        return float(np.mean(np.square(outputs.astype(np.float64) - truth)))

    def step_symbols(self, task: AnyTask, questions: Questions) -> list[tuple[str, ...]]:
        assert questions.numbers is not None
        return [(task.spell(number),) for number in questions.numbers[0].tolist()]

    def constants(self, task: AnyTask) -> Constants:
        return {"SCALE": (self.scale(task), "Numbers are divided by it, and no answer is larger.")}

    def source(self, task: AnyTask) -> list[str]:
        turn, order = ("[:, ::-1]", ", the last one first") if self.question_order == "reversed" else ("", "")
        return [
            block(f'''
                def encode(questions):
                    """Scaled numbers, (n, TERMS){order}, and scaled answers, (n,)."""
                    answers = [answer(question) for question in questions]
                    return np.array({task.rows_source}){turn} / SCALE, np.array(answers) / SCALE
            ''')
        ]
