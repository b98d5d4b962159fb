"""A sum as it stands on paper, place under place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import check_settings, setting
from adder.encodings.encoding import EMBEDDING_SIZE, FILL, INPUT, ZERO, CharacterEncoding
from adder.tasks import AnyTask
from adder.tasks.questions import Questions


@dataclass(frozen=True, slots=True)
class ColumnsEncoding(CharacterEncoding):
    """A sum as its columns, the last one first: each step has the digits of one place, one from each number.

    The network reads and writes one place a step, so nothing has to be remembered but the carry, and it may meet
    numbers of any length.

    Attributes:
        fill: What stands where a number has no digit.
        input: How each digit goes in.
        embedding_size: Numbers in a learned vector; read only with `input="embedding"`.
    """

    name: ClassVar[str] = "columns"
    label: ClassVar[str] = marked("Columns of digits")
    in_columns: ClassVar[bool] = True
    question_order: ClassVar[str] = "reversed"
    answer_order: ClassVar[str] = "reversed"

    fill: str = setting("space", FILL)
    input: str = setting("one-hot", INPUT)
    embedding_size: int = setting(16, EMBEDDING_SIZE)

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

    @property
    def any_length(self) -> bool:
        return True

    def refusal(self, task: AnyTask) -> Sentence | None:
        if not task.sums:
            return Sentence(
                "columns line up the digits of sums, so the task must be arithmetic with + alone and no brackets"
            )
        return None

    def channels(self, task: AnyTask) -> int:
        return task.term_counts[-1]

    def question_length(self, task: AnyTask) -> int:
        """Steps the network reads: the places of the longest answer."""
        return task.longest_answer

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        """Questions to symbols, shape `(n, question_length, terms)`."""
        width = task.number_width
        terms = self.channels(task)
        grid = np.full((len(questions), task.longest_answer, terms), task.blank, np.int32)
        for term in range(terms):
            start = term * (width + 1)
            grid[:, :width, term] = questions.symbols[:, start : start + width][:, ::-1]
        return np.where(grid == task.blank, np.int32(ZERO), grid) if self.fill == "zero" else grid

    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        """The digits of each column with a sign between them."""
        return ["+".join(each) for each in self.step_symbols(task, questions)]

    def reading(self, task: AnyTask) -> str:
        ragged = ["rows += [FILL * QUESTION_STEPS] * (TERMS - len(question))"] * (len(task.term_counts) > 1)
        lines = [
            '"""The digits of each place, least significant first: what stands one under another on paper."""',
            "rows = [spell(number).rjust(QUESTION_STEPS, FILL)[::-1] for number in question]",
            *ragged,
            "return list(zip(*rows, strict=True))",
        ]
        return "\n".join(["def columns(question):", *(f"    {line}" for line in lines)])
