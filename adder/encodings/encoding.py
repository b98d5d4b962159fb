"""The base classes of encodings: `Encoding`, and `CharacterEncoding` for networks that write characters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Whole
from adder.base.source import Constants, block, string
from adder.tasks import AnyTask
from adder.tasks.questions import ALPHABET, Questions, leading, leading_zeros, texts, unpadded

FILLS = {"space": marked("spaces"), "zero": marked("zeros")}
ORDERS = {"written": marked("as written"), "reversed": marked("reversed")}
LARGEST_EMBEDDING = 256


@dataclass(frozen=True, slots=True)
class Input:
    """A way in which characters go into a network.

    Attributes:
        label: Its name in menus.
        layer: The kind of layer that makes vectors of symbols, a name in `adder.networks.layers.LAYERS`.
        sized: Whether that layer is told the encoding's `embedding_size`.
    """

    label: str
    layer: str
    sized: bool = False


INPUTS = {
    "one-hot": Input(marked("one-hot"), "OneHotVectors"),
    "integer": Input(marked("integer"), "Fractions"),
    "embedding": Input(marked("embedding"), "Embedding", sized=True),
}

FILL = Choice(
    marked("Filled with"), marked("Short questions and answers are filled up with spaces or with leading zeros."), FILLS
)
QUESTION_ORDER = Choice(
    marked("Question is read"), marked("If it is reversed, the network reads the last character first."), ORDERS
)
INPUT = Choice(
    marked("Characters go in as"),
    marked("A character becomes a one-hot vector, a single number, or a vector that is learned."),
    INPUTS,
)
EMBEDDING_SIZE = Whole(
    marked("Embedding size"), marked("A learned vector has this many numbers."), 1, LARGEST_EMBEDDING
)

MARKS = "<>"  # They show where a question starts and ends.

ZERO = ALPHABET.index("0")
MINUS = ALPHABET.index("-")


class Encoding(ABC):
    """What every encoding offers; the defaults are those of an encoding that hands over numbers, not characters.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        writes_characters: Whether the network writes its answer in characters; otherwise it gives one number.
        in_columns: Whether the network reads several characters at each step, its channels.
    """

    __slots__ = ()

    name: ClassVar[str]
    label: ClassVar[str]
    writes_characters: ClassVar[bool]
    in_columns: ClassVar[bool] = False

    @property
    def any_length(self) -> bool:
        """Whether a network that has learned from it may meet longer questions than in training."""
        return False

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
    def marks(self) -> bool:
        """Whether two more symbols, after those of the alphabet, mark where a question starts and where it ends."""
        return False

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
        """The training loss of outputs against `encode_answers`; padding counts only `padding_weight` as much."""

    @abstractmethod
    def step_symbols(self, task: AnyTask, questions: Questions) -> list[tuple[str, ...]]:
        """What the first of these questions shows the network at each step, by channel; steps are in human order."""

    def step_labels(self, task: AnyTask, questions: Questions) -> list[str]:
        """The same as a text for each step."""
        return ["".join(each) for each in self.step_symbols(task, questions)]

    @abstractmethod
    def constants(self, task: AnyTask) -> Constants:
        """The constants that its part of a script may name."""

    @abstractmethod
    def source(self, task: AnyTask) -> list[str]:
        """Blocks of a script that define these functions, from those of `AnyTask.source`.

        encode(questions)    what is read, and what is to be written: two arrays
        decode(symbols)      what was written, in human order, where it is written in characters
        """

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

    def padded_length(self, task: AnyTask) -> int:
        """Characters of a question with its padding."""
        return task.longest_question

    def answer_length(self, task: AnyTask) -> int:
        return task.longest_answer

    def encode_answers(self, task: AnyTask, questions: Questions) -> NDArray[np.int32]:
        """True answers to symbols, shape `(n, answer_length)`."""
        grid = widened(questions.answers, self.answer_length(task), task.blank, left=True)
        return self.human_order(_zero_filled(grid, task.blank) if self.fill == "zero" else grid)

    def to_texts(self, task: AnyTask, outputs: NDArray[np.floating]) -> list[str]:
        """The likeliest character at each step: probabilities `(n, answer_length, symbols)` to text."""
        return self.read_answers(task, outputs.argmax(axis=-1))

    def true_texts(self, task: AnyTask, questions: Questions) -> list[str]:
        return self.read_answers(task, self.encode_answers(task, questions))

    def pads(self, task: AnyTask, truth: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Where in `encode_answers` the padding is: the blanks or zeros before an answer, but not those in it.

        The last of them are not padding either, since they say where the answer begins: one more than stand in a row
        within any answer.
        """
        spelled = self.human_order(truth)
        zeros = self.fill == "zero"
        padding = leading_zeros(spelled == ZERO, spelled == MINUS) if zeros else leading(spelled == task.blank)
        saying = task.widest_gap + 1
        padding[:, :-saying] &= padding[:, saying:]
        padding[:, -saying:] = False
        return self.human_order(padding)

    def loss(self, task: AnyTask, outputs: NDArray[np.floating], truth: NDArray[Any], padding_weight: float) -> float:
        """Cross-entropy a character, in nats."""
        likelihood = np.take_along_axis(outputs, truth[:, :, None].astype(np.int64), axis=2)[:, :, 0]
        weights = np.where(self.pads(task, truth), padding_weight, 1.0)
        logarithms = np.log(likelihood.clip(min=np.finfo(np.float32).tiny))
        return float(-(logarithms * weights).sum() / max(weights.sum(), 1e-7))

    def step_symbols(self, task: AnyTask, questions: Questions) -> list[tuple[str, ...]]:
        grid = self.question_human_order(self.encode_questions(task, questions[:1]))
        shown = task.alphabet + MARKS
        return [tuple(shown[symbol] for symbol in step) for step in grid.reshape(*grid.shape[:2], -1)[0]]

    def constants(self, task: AnyTask) -> Constants:
        return {
            "ALPHABET": (string(task.alphabet), None),
            "SYMBOLS": ("len(ALPHABET)", None),
            "START": (r'"\x02"', "It marks where a question starts."),
            "END": (r'"\x03"', "It marks where a question ends."),
            "BLANK": ('ALPHABET.index(" ")', "This symbol pads."),
            "FILL": ('"0"' if self.fill == "zero" else '" "', "It stands where a number has no digit."),
            "LONGEST_QUESTION": (task.longest_question, None),
            "WIDTH": (self.padded_length(task), "A padded question has this many characters."),
            "QUESTION_STEPS": (self.question_length(task), "The network reads this many steps."),
            "CHANNELS": (self.channels(task), "It reads this many characters at each step."),
            "ANSWER_STEPS": (self.answer_length(task), "The network writes this many steps."),
            "EMBEDDING_SIZE": (self.embedding_size, "A character's learned vector has this many numbers."),
        }

    @abstractmethod
    def reading(self, task: AnyTask) -> str:
        """A block of a script that defines `read(question)`, its characters; `columns(question)` where in columns."""

    def source(self, task: AnyTask) -> list[str]:
        backwards = self.answer_order == "reversed"
        turn = "[::-1]" if backwards else ""
        read = "[SYMBOL[character] for character in read(question)]"
        if self.in_columns:
            read = "[[SYMBOL[digit] for digit in column] for column in columns(question)]"
        answer = "spell(answer(question))" if task.operators else "answer(question)"
        axes = "(n, QUESTION_STEPS, CHANNELS)" if self.in_columns else "(n, QUESTION_STEPS)"
        known = "ALPHABET + START + END" if self.marks else "ALPHABET"
        padded = "zfill" if self.fill == "zero" else "rjust"  # zfill puts zeros after the sign.
        return [
            f"SYMBOL = {{character: place for place, character in enumerate({known})}}",
            self.reading(task),
            block(f'''
                def written(question):
                    """The true answer{", from its last character as it is written" * backwards}."""
                    return {answer}.{padded}(ANSWER_STEPS){turn}
            '''),
            block(f'''
                def encode(questions):
                    """Symbols to read, {axes}, and to write, (n, ANSWER_STEPS)."""
                    inputs = [{read} for question in questions]
                    answers = [[SYMBOL[character] for character in written(question)] for question in questions]
                    return np.array(inputs, "int32"), np.array(answers, "int32")
            '''),
            block(f'''
                def decode(symbols):
                    """Symbols that were written, as a person reads them."""
                    return "".join(ALPHABET[symbol] for symbol in symbols{turn})
            '''),
        ]


def one_hot(grid: NDArray[np.integer], symbols: int) -> NDArray[np.float32]:
    """Symbols, of any shape, to one-hot vectors along one more axis.

    >>> one_hot(np.array([[1]]), 3)
    array([[[0., 1., 0.]]], dtype=float32)
    """
    return np.eye(symbols, dtype=np.float32)[grid]


def widened(grid: NDArray[np.int32], width: int, blank: int, *, left: bool) -> NDArray[np.int32]:
    """Rows of symbols with blanks before or after them."""
    missing = width - grid.shape[1]
    pad = ((0, 0), (missing, 0) if left else (0, missing))
    return np.pad(grid, pad, constant_values=blank) if missing else grid


def _zero_filled(grid: NDArray[np.int32], blank: int) -> NDArray[np.int32]:
    """Answers with zeros before them, after the sign where there is one."""
    filled = np.where((grid == blank) | (grid == MINUS), np.int32(ZERO), grid)
    filled[(grid == MINUS).any(axis=1), 0] = MINUS
    return filled
