"""A question as a row of characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Switch, check_settings, setting
from adder.base.source import block
from adder.encodings.encoding import (
    EMBEDDING_SIZE,
    FILL,
    INPUT,
    ORDERS,
    QUESTION_ORDER,
    ZERO,
    CharacterEncoding,
    widened,
)
from adder.tasks import AnyTask
from adder.tasks.questions import Questions, blanks_first, blanks_last

PADDINGS = {
    "left": marked("left"),
    "right": marked("right"),
    "terms": marked("each number on its own"),
    "marks": marked("right, after a mark at the end"),
}


_MARKED = block('''
    def marked(padded):
        """The same with a mark where the question starts, and one where it ends."""
        before, after = (len(padded) - len(rest) for rest in (padded.lstrip(" "), padded.rstrip(" ")))
        question = padded[before : len(padded) - after]
        return " " * before + START + question + END + " " * after
''')


@dataclass(frozen=True, slots=True)
class TextEncoding(CharacterEncoding):
    """A question as a row of characters, each an index into the task's alphabet.

    Attributes:
        padding: Where a short question is padded; `"terms"` pads each number, so a place value has a fixed step, and
            `"marks"` pads on the right of a question that stands between a mark of its start and one of its end.
        fill: What pads; `"zero"` writes leading zeros, in answers too.
        question_order: `"reversed"` reads the question from its end (Sutskever et al. 2014).
        answer_order: `"reversed"` writes the least significant digit first, the order in which carries travel.
        input: `"integer"` is one number a step, since digits have an order.
        embedding_size: Numbers in a learned vector; read only with `input="embedding"`.
        doubled: Whether the question is read twice (Zaremba & Sutskever 2014).
        full_length: Whether question and answer are padded to the same length.
    """

    name: ClassVar[str] = "text"
    label: ClassVar[str] = marked("Characters")

    padding: str = setting(
        "left",
        Choice(
            marked("Padding"),
            marked(
                "A short question is filled up on this side. If each number is filled up on its own, place values "
                "stay in place. Marks tell where a question of any length starts and ends."
            ),
            PADDINGS,
        ),
    )
    fill: str = setting("space", FILL)
    question_order: str = setting("written", QUESTION_ORDER)
    answer_order: str = setting(
        "written",
        Choice(
            marked("Answer is written"),
            marked("If it is reversed, the network writes the last digit first. Carries travel the same way."),
            ORDERS,
        ),
    )
    input: str = setting("one-hot", INPUT)
    embedding_size: int = setting(16, EMBEDDING_SIZE)
    doubled: bool = setting(
        False, Switch(marked("Read twice"), marked("The network reads the question twice (Learning to Execute)."))
    )
    full_length: bool = setting(
        False,
        Switch(
            marked("Answer as long as the question"),
            marked(
                "Question and answer are filled up to the same length. A network that writes one character for "
                "each one it reads needs this."
            ),
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

    def refusal(self, task: AnyTask) -> Sentence | None:
        if self.padding == "terms" and not task.aligned:
            if not task.operators:
                return Sentence(
                    "encoding.padding=terms needs every number at a place of its own, and here a list of questions has "
                    "no numbers to align"
                )
            return Sentence(
                "encoding.padding=terms needs every number at a place of its own, and here brackets stand anywhere"
            )
        if self.fill == "zero" and not task.operators:
            return Sentence("encoding.fill=zero writes leading zeros, which only numbers have; fill with space")
        if self.fill == "zero" and self._pads_right:
            return Sentence(
                "encoding.fill=zero with encoding.padding={padding} would turn 3+1 into 3+10; pad left or terms",
                padding=self.padding,
            )
        if (self.doubled or self.marks) and self.full_length:
            return Sentence(
                "encoding.{name} reads more characters than are written, which encoding.full_length forbids",
                name="doubled" if self.doubled else "padding=marks",
            )
        return None

    @property
    def marks(self) -> bool:
        return self.padding == "marks"

    @property
    def _pads_right(self) -> bool:
        return self.padding in ("right", "marks")

    @property
    def any_length(self) -> bool:
        return self.marks

    def question_length(self, task: AnyTask) -> int:
        return (self.padded_length(task) + 2 * self.marks) * (2 if self.doubled else 1)

    def padded_length(self, task: AnyTask) -> int:
        return max(task.longest_question, task.longest_answer) if self.full_length else task.longest_question

    def answer_length(self, task: AnyTask) -> int:
        return self.padded_length(task) if self.full_length else task.longest_answer

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        grid = widened(questions.symbols, self.padded_length(task), task.blank, left=not self._pads_right)
        if self.padding == "left":
            grid = blanks_first(grid, task.blank) if task.aligned else _right_aligned(grid, task.blank)
        elif self._pads_right and task.aligned:
            grid = blanks_last(grid, task.blank)
        if self.fill == "zero":
            # What follows the question stays blank: the places of terms it does not have are no zeros of its last one.
            followed = np.cumsum((grid != task.blank)[:, ::-1], axis=1)[:, ::-1] > 0
            grid = np.where((grid == task.blank) & followed, np.int32(ZERO), grid)
        if self.marks:
            grid = _marked(grid, task.blank, len(task.alphabet))
        if self.question_order == "reversed":
            grid = grid[:, ::-1]
        return np.concatenate([grid, grid], axis=1) if self.doubled else grid

    def reading(self, task: AnyTask) -> str:
        terms, backwards = self.padding == "terms", self.question_order == "reversed"
        characters = f"text(question{', NUMBER_WIDTH' * terms})"
        if terms and len(task.term_counts) > 1:
            characters += ".ljust(LONGEST_QUESTION)"
        fill = ", FILL" if self.fill == "zero" else ""
        characters += ".ljust(WIDTH)" if self._pads_right else f".rjust(WIDTH{fill})"
        if self.marks:
            characters = f"marked({characters})"
        reading = block(f'''
            def read(question):
                """The characters of a padded question{", the last one first" * backwards}{", twice" * self.doubled}."""
                return {characters}{"[::-1]" * backwards}{" * 2" * self.doubled}
        ''')
        return f"{_MARKED}\n\n\n{reading}" if self.marks else reading


def _marked(grid: NDArray[np.int32], blank: int, start: int) -> NDArray[np.int32]:
    """Rows with the symbol `start` right before the first character that is no blank, and the next one after the last.

    >>> _marked(np.array([[9, 1, 2, 9]]), blank=9, start=10).tolist()
    [[9, 10, 1, 2, 11, 9]]
    """
    marked_grid = np.pad(grid, ((0, 0), (1, 1)), constant_values=blank)
    rows, read = np.arange(len(grid)), grid != blank
    marked_grid[rows, read.argmax(axis=1)] = start
    marked_grid[rows, grid.shape[1] + 1 - read[:, ::-1].argmax(axis=1)] = start + 1
    return marked_grid


def _right_aligned(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """Rows moved to the right over the blanks at their end; blanks inside stay where they are."""
    trailing = (np.cumsum((grid != blank)[:, ::-1], axis=1) == 0).sum(axis=1)
    return np.take_along_axis(grid, (np.arange(grid.shape[1]) - trailing[:, None]) % grid.shape[1], axis=1)
