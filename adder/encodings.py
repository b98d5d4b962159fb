"""How questions become the arrays that a network reads, and how what it writes becomes text again.

There are three encodings. With `TextEncoding` a network reads a question character by character. With
`ColumnsEncoding` it reads a sum as it stands on paper, place under place. `ScaledEncoding` hands over the numbers
themselves, divided by the largest answer: the beginner's mistake. `Encoding` is what all three offer. Settings are
frozen, every method takes the task whose questions it encodes, and text always comes back in the order people write.

    >>> from adder.tasks.arithmetic import Task
    >>> task, text = Task(smallest=1, largest=10, terms=2), TextEncoding()
    >>> question = task.read(["3+10"])
    >>> text.encode_questions(task, question)
    array([[11,  3, 10,  1,  0]], dtype=int32)
    >>> text.encode_answers(task, question)
    array([[1, 3]], dtype=int32)
    >>> ColumnsEncoding().encode_questions(task, question).tolist()       # 3 over 0, nothing over 1
    [[[3, 0], [11, 1]]]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Switch, Whole, check_settings, setting
from adder.tasks import AnyTask
from adder.tasks.questions import ALPHABET, Questions, blanks_first, blanks_last, texts, unpadded

PADDINGS = {"left": marked("left"), "right": marked("right"), "terms": marked("each number on its own")}
FILLS = {"space": marked("spaces"), "zero": marked("zeros")}
ORDERS = {"written": marked("as written"), "reversed": marked("reversed")}
INPUTS = {"one-hot": marked("one-hot"), "integer": marked("integer"), "embedding": marked("embedding")}
LARGEST_EMBEDDING = 256

_FILL = Choice(marked("Filled with"), marked("What pads: spaces, or leading zeros."), FILLS)
_QUESTION_ORDER = Choice(marked("Question is read"), marked("Reversed, the last character is read first."), ORDERS)
_INPUT = Choice(
    marked("Characters go in as"), marked("One-hot vectors, one number each, or vectors that are learned."), INPUTS
)
_EMBEDDING_SIZE = Whole(marked("Embedding size"), marked("Numbers in a learned vector."), 1, LARGEST_EMBEDDING)

_ZERO = ALPHABET.index("0")
_MINUS = ALPHABET.index("-")


class Encoding(ABC):
    """What every encoding offers; the defaults are those of an encoding that hands over numbers, not characters.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        writes_characters: Whether the network writes its answer in characters; otherwise it gives one number.
        any_length: Whether questions longer than those in training can be encoded.
        in_columns: Whether the network reads several characters at each step, its channels.
    """

    __slots__ = ()

    name: ClassVar[str]
    label: ClassVar[str]
    writes_characters: ClassVar[bool]
    any_length: ClassVar[bool] = False
    in_columns: ClassVar[bool] = False

    @property
    def fill(self) -> str:
        """What pads an answer: `"space"` or `"zero"`."""
        return "space"

    @property
    def input(self) -> str:
        """What each character is handed over as, one of `INPUTS`."""
        return "integer"

    @property
    def embedding_size(self) -> int:
        """Numbers in a learned vector; read only with `input="embedding"`."""
        return 0

    @property
    def question_order(self) -> str:
        """Whether the network reads the question as `"written"`, or `"reversed"`."""
        return "written"

    @property
    def answer_order(self) -> str:
        """Whether the network writes the answer as people do, `"written"`, or `"reversed"`."""
        return "written"

    @abstractmethod
    def refusal(self, task: AnyTask) -> Sentence | None:
        """Why this encoding cannot write down that task's questions, in one sentence, or None."""

    @abstractmethod
    def question_length(self, task: AnyTask) -> int:
        """Steps the network reads."""

    @abstractmethod
    def answer_length(self, task: AnyTask) -> int:
        """Steps the network writes."""

    def channels(self, task: AnyTask) -> int:
        """Characters or numbers that the network reads at each step."""
        return 1

    @abstractmethod
    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[Any]:
        """Questions to inputs, shape `(n, question_length)`, with a third axis where there are channels."""

    @abstractmethod
    def encode_answers(self, task: AnyTask, questions: Questions) -> NDArray[Any]:
        """True answers to targets in the order the network writes them: shape `(n, answer_length)` or `(n,)`."""

    def read_answers(self, task: AnyTask, grid: NDArray[np.integer]) -> list[str]:
        """Symbols the network wrote, shape `(n, answer_length)`, to text in human order, with its padding."""
        return texts(self.human_order(grid), task.alphabet)

    @abstractmethod
    def to_texts(self, task: AnyTask, outputs: NDArray[np.floating]) -> list[str]:
        """What the network gave for each question, as text in human order, with its padding."""

    @abstractmethod
    def true_texts(self, task: AnyTask, questions: Questions) -> list[str]:
        """The true answers, written and padded like those of `to_texts`."""

    def to_numbers(self, task: AnyTask, outputs: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Outputs in the task's units, not rounded, shape `(n,)`; None where the network writes characters."""
        return None

    def scale(self, task: AnyTask) -> int:
        """What numbers are divided by."""
        return 1

    @abstractmethod
    def loss(self, task: AnyTask, outputs: NDArray[np.floating], truth: NDArray[Any], padding_weight: float) -> float:
        """The training loss of outputs beside `encode_answers`; padding counts `padding_weight` as much."""

    @abstractmethod
    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        """What the first of these questions shows the network at each step, in human order."""

    def human_order(self, steps: NDArray[Any]) -> NDArray[Any]:
        """Turn axis 1 between the order the network writes in and the human one; the turn is its own inverse."""
        return steps[:, ::-1] if self.answer_order == "reversed" else steps

    def question_human_order(self, steps: NDArray[Any]) -> NDArray[Any]:
        """Turn axis 1, the steps of the question, between the network's order and the human one."""
        return steps[:, ::-1] if self.question_order == "reversed" else steps

    def unpadded(self, text: str) -> str:
        """An answer as a person writes it, without its padding."""
        return unpadded(text, self.fill)


class CharacterEncoding(Encoding):
    """An encoding whose network writes its answer one character a step."""

    __slots__ = ()

    writes_characters: ClassVar[bool] = True

    def to_texts(self, task: AnyTask, outputs: NDArray[np.floating]) -> list[str]:
        """The likeliest character at each step: probabilities `(n, answer_length, symbols)` to text."""
        return self.read_answers(task, outputs.argmax(axis=-1))

    def true_texts(self, task: AnyTask, questions: Questions) -> list[str]:
        return self.read_answers(task, self.encode_answers(task, questions))

    def loss(self, task: AnyTask, outputs: NDArray[np.floating], truth: NDArray[Any], padding_weight: float) -> float:
        """Cross-entropy a character, in nats."""
        likelihood = np.take_along_axis(outputs, truth[:, :, None].astype(np.int64), axis=2)[:, :, 0]
        weights = np.where(truth == task.blank, padding_weight, 1.0)
        logarithms = np.log(likelihood.clip(min=np.finfo(np.float32).tiny))
        return float(-(logarithms * weights).sum() / max(weights.sum(), 1e-7))


@dataclass(frozen=True, slots=True)
class TextEncoding(CharacterEncoding):
    """A question as a row of characters, each an index into the task's alphabet.

    Attributes:
        padding: Where a short question is padded; `"terms"` pads each number, so a place value has a fixed step.
        fill: What pads; `"zero"` writes leading zeros, in answers too.
        question_order: `"reversed"` reads the question from its end (Sutskever et al. 2014).
        answer_order: `"reversed"` writes the least significant digit first, the order in which carries travel.
        input: `"integer"` is one number a step, since digits have an order.
        embedding_size: Numbers in a learned vector; read only with `input="embedding"`.
        doubled: Whether the question is read twice (Zaremba & Sutskever 2014).
        full_length: Whether question and answer are padded to one length.
    """

    name: ClassVar[str] = "text"
    label: ClassVar[str] = marked("Characters")

    padding: str = setting(
        "left",
        Choice(
            marked("Padding"),
            marked("Where spaces fill up a short question. Each number on its own keeps place values in place."),
            PADDINGS,
        ),
    )
    fill: str = setting("space", _FILL)
    question_order: str = setting("written", _QUESTION_ORDER)
    answer_order: str = setting(
        "written",
        Choice(marked("Answer is written"), marked("Reversed, the last digit comes first, as carries travel."), ORDERS),
    )
    input: str = setting("one-hot", _INPUT)
    embedding_size: int = setting(16, _EMBEDDING_SIZE)
    doubled: bool = setting(
        False, Switch(marked("Read twice"), marked("Whether the question is read twice (Learning to Execute)."))
    )
    full_length: bool = setting(
        False,
        Switch(
            marked("Answer as long as the question"),
            marked("Pads both to one length, as a network needs that writes one character for each one it reads."),
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

    def refusal(self, task: AnyTask) -> Sentence | None:
        if self.padding == "terms" and not task.aligned:
            if task.own_list:
                return Sentence(
                    "encoding.padding=terms needs every number at a place of its own, and here a list of your own has "
                    "no numbers to align"
                )
            return Sentence(
                "encoding.padding=terms needs every number at a place of its own, and here brackets stand anywhere"
            )
        if self.fill == "zero" and task.own_list:
            return Sentence("encoding.fill=zero writes leading zeros, which only numbers have; fill with space")
        if self.fill == "zero" and self.padding == "right":
            return Sentence(
                "encoding.fill=zero with encoding.padding=right would turn 3+1 into 3+10; pad left or terms"
            )
        if self.doubled and self.full_length:
            return Sentence(
                "encoding.doubled reads more characters than are written, which encoding.full_length forbids"
            )
        return None

    def question_length(self, task: AnyTask) -> int:
        return self._question_width(task) * (2 if self.doubled else 1)

    def _question_width(self, task: AnyTask) -> int:
        return max(task.longest_question, task.longest_answer) if self.full_length else task.longest_question

    def answer_length(self, task: AnyTask) -> int:
        return self._question_width(task) if self.full_length else task.longest_answer

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        grid = _widened(questions.symbols, self._question_width(task), task.blank, left=self.padding != "right")
        if self.padding == "left":
            grid = blanks_first(grid, task.blank) if task.aligned else _right_aligned(grid, task.blank)
        elif self.padding == "right" and task.aligned:
            grid = blanks_last(grid, task.blank)
        if self.fill == "zero":
            # What follows the question stays blank: the places of terms it does not have are no zeros of its last one.
            followed = np.cumsum((grid != task.blank)[:, ::-1], axis=1)[:, ::-1] > 0
            grid = np.where((grid == task.blank) & followed, np.int32(_ZERO), grid)
        if self.question_order == "reversed":
            grid = grid[:, ::-1]
        return np.concatenate([grid, grid], axis=1) if self.doubled else grid

    def encode_answers(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        grid = _widened(questions.answers, self.answer_length(task), task.blank, left=True)
        return self.human_order(_zero_filled(grid, task.blank) if self.fill == "zero" else grid)

    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        grid = self.encode_questions(task, questions[:1])
        return [task.alphabet[symbol] for symbol in self.question_human_order(grid)[0]]


@dataclass(frozen=True, slots=True)
class ColumnsEncoding(CharacterEncoding):
    """A sum as its columns, least significant first: at each step the digits of one place, one of each term.

    The network reads and writes one place a step, so nothing has to be remembered but the carry, and it may meet
    numbers of any length.

    Attributes:
        fill: What stands where a number has no digit.
        input: How each digit goes in.
        embedding_size: Numbers in a learned vector; read only with `input="embedding"`.
    """

    name: ClassVar[str] = "columns"
    label: ClassVar[str] = marked("Columns of digits")
    any_length: ClassVar[bool] = True
    in_columns: ClassVar[bool] = True
    question_order: ClassVar[str] = "reversed"
    answer_order: ClassVar[str] = "reversed"

    fill: str = setting("space", _FILL)
    input: str = setting("one-hot", _INPUT)
    embedding_size: int = setting(16, _EMBEDDING_SIZE)

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

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

    def answer_length(self, task: AnyTask) -> int:
        return task.longest_answer

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        """Questions to symbols, shape `(n, question_length, terms)`."""
        width = task.number_width
        terms = self.channels(task)
        grid = np.full((len(questions), task.longest_answer, terms), task.blank, np.int32)
        for term in range(terms):
            start = term * (width + 1)
            grid[:, :width, term] = questions.symbols[:, start : start + width][:, ::-1]
        return np.where(grid == task.blank, np.int32(_ZERO), grid) if self.fill == "zero" else grid

    def encode_answers(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        """True answers to symbols, least significant first, shape `(n, answer_length)`."""
        grid = questions.answers
        return (_zero_filled(grid, task.blank) if self.fill == "zero" else grid)[:, ::-1]

    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        """The digits of each column of the first of these questions, in human order."""
        columns = self.encode_questions(task, questions[:1])[0]
        return ["+".join(task.alphabet[symbol] for symbol in column) for column in columns[::-1]]


@dataclass(frozen=True, slots=True)
class ScaledEncoding(Encoding):
    """A question as plain numbers, divided by the largest possible answer so that a sum's lie within 0..1.

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

    question_order: str = setting("written", _QUESTION_ORDER)

    def __post_init__(self) -> None:
        check_settings(self, "encoding")

    def refusal(self, task: AnyTask) -> Sentence | None:
        if task.own_list:
            return Sentence("scaled numbers need a task of numbers; a list of your own is characters")
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
        assert questions.values is not None  # `refusal` lets only arithmetic through
        return [task.spell(value) for value in questions.values.tolist()]

    def loss(self, task: AnyTask, outputs: NDArray[np.floating], truth: NDArray[Any], padding_weight: float) -> float:
        """Mean squared error; numbers have no padding."""
        return float(np.mean(np.square(outputs - truth)))

    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        assert questions.numbers is not None
        return [task.spell(number) for number in questions.numbers[0].tolist()]


ENCODINGS: dict[str, type[Encoding]] = {kind.name: kind for kind in (TextEncoding, ColumnsEncoding, ScaledEncoding)}


def one_hot(grid: NDArray[np.integer], symbols: int) -> NDArray[np.float32]:
    """Symbols, of any shape, to one-hot vectors along one more axis.

    >>> one_hot(np.array([[1]]), 3)
    array([[[0., 1., 0.]]], dtype=float32)
    """
    return np.eye(symbols, dtype=np.float32)[grid]


def _widened(grid: NDArray[np.int32], width: int, blank: int, *, left: bool) -> NDArray[np.int32]:
    missing = width - grid.shape[1]
    pad = ((0, 0), (missing, 0) if left else (0, missing))
    return np.pad(grid, pad, constant_values=blank) if missing else grid


def _right_aligned(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """Rows moved to the right over the blanks at their end; blanks inside stay where they are."""
    trailing = (np.cumsum((grid != blank)[:, ::-1], axis=1) == 0).sum(axis=1)
    return np.take_along_axis(grid, (np.arange(grid.shape[1]) - trailing[:, None]) % grid.shape[1], axis=1)


def _zero_filled(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """Answers with zeros before them, after the sign where there is one."""
    filled = np.where((grid == blank) | (grid == _MINUS), np.int32(_ZERO), grid)
    filled[(grid == _MINUS).any(axis=1), 0] = _MINUS
    return filled
