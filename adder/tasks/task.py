"""The base class of all tasks: questions, their true answers, and the split into those to train on and those held out.

`AnyTask` is all that encodings, networks, solvers, pages and scripts ask for. Two kinds exist: arithmetic, whose
answers are worked out (`adder.tasks.arithmetic`), and tasks whose questions stand in a list (`adder.tasks.listed`).
Where the two differ, the defaults here are those of a task without numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError
from adder.base.messages import Sentence, counted, marked
from adder.base.settings import Number
from adder.base.source import Constants
from adder.tasks import canonical, numerals
from adder.tasks.questions import Questions, texts

SPLITS = ("train", "held_out", "any")
HELD_OUT = Number(
    marked("Held out (%)"),
    marked(
        "This share of the distinct questions is never trained on. 3+4 and 4+3 are one question. The textbook has 0."
    ),
    0,
    0.9,
    least=0.01,  # Held-out questions are found by rejection, so a rarer split would be slow to draw.
    percent=True,
)


class AnyTask(ABC):
    """Questions with their true answers.

    Attributes:
        name: Its name in settings.
        label: Its name in menus.
        own_list: Whether the questions are somebody's own list: private to that person, and perhaps megabytes long.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    own_list: ClassVar[bool] = False

    # The questions and answers, as text.

    @property
    @abstractmethod
    def held_out(self) -> float:
        """The share of distinct questions kept away from training: 0, or from 0.01 to 0.9."""

    @property
    @abstractmethod
    def alphabet(self) -> str:
        """The characters of questions and answers."""

    @property
    def blank(self) -> int:
        """The symbol that pads: the place of the space in the alphabet."""
        return self.alphabet.index(" ")

    @property
    @abstractmethod
    def longest_question(self) -> int:
        """Characters of the longest question."""

    @property
    @abstractmethod
    def longest_answer(self) -> int:
        """Characters of the longest answer, its sign included."""

    @property
    def widest_gap(self) -> int:
        """The most blanks in a row within an answer."""
        return 0

    @property
    @abstractmethod
    def example(self) -> str:
        """A question of this task, for messages and empty boxes."""

    @abstractmethod
    def askable(self, any_length: bool) -> Sentence:
        """What a person may ask a network trained on this task, in a sentence.

        Args:
            any_length: Whether the network reads longer questions than it was trained on.
        """

    def texts(self, questions: Questions) -> list[str]:
        """Questions as a person writes them."""
        return [text.strip() for text in texts(questions.symbols, self.alphabet)]

    # The numbers in questions, where there are any.

    @property
    def operators(self) -> str:
        """The signs between the numbers of a question; empty where questions are no arithmetic."""
        return ""

    @property
    def base(self) -> int:
        """What numbers are written in."""
        return 10

    @property
    def term_counts(self) -> range:
        """How many numbers a question may have."""
        return range(1)

    @property
    def number_width(self) -> int:
        """Characters of the longest number in a question."""
        return 0

    @property
    def largest_size(self) -> int:
        """The largest absolute value of any number in a question or an answer."""
        return 0

    @property
    def aligned(self) -> bool:
        """Whether all questions share a layout, so that each number can have columns of its own."""
        return False

    @property
    def one_form(self) -> bool:
        """Whether questions differ in their numbers alone, as in `a+b`."""
        return False

    @property
    def sums(self) -> bool:
        """Whether every question only adds, without brackets."""
        return False

    @property
    def adds_two(self) -> bool:
        """Whether every question is a sum of exactly two numbers."""
        return False

    @property
    def grid(self) -> range | None:
        """The numbers on both axes of a chart of all questions; None where they are not of two numbers each."""
        return None

    def carries(self, questions: Questions) -> NDArray[np.int64] | None:
        """What each column of each sum hands to the next on paper, least significant first: shape `(n, columns)`.

        None where the questions are not sums.
        """
        if self.operators != "+" or questions.numbers is None:
            return None
        return numerals.column_carries(questions.numbers, self.base)

    def spell(self, number: int) -> str:
        """A number as it is written in the task's base."""
        return numerals.spell(number, self.base)

    def value(self, text: str) -> int | None:
        """The number that an answer's text spells, or None where it spells none."""
        return numerals.value(text, self.base)

    # Drawing questions.

    @property
    def draw(self) -> str:
        """How questions are drawn, a name in `adder.tasks.draws.DRAWS`; empty where there is only one way."""
        return ""

    @property
    @abstractmethod
    def distinct_questions(self) -> int:
        """How many questions there are when the order of what is added or multiplied does not matter."""

    @property
    @abstractmethod
    def held_out_questions(self) -> int:
        """How many distinct questions are held out."""

    @property
    def levels(self) -> int:
        """How many steps of difficulty a curriculum can take."""
        return 1

    def sample(
        self, n: int, rng: np.random.Generator, *, split: str = "train", levels: NDArray[np.int64] | None = None
    ) -> Questions:
        """Draw `n` questions.

        Args:
            n: How many questions.
            rng: The source of randomness.
            split: `"train"` for questions that are not held out, `"held_out"` for only those, `"any"` for both.
            levels: The level of each question where a curriculum asks for some, shape `(n,)`; a list has only one.

        Raises:
            ExperimentError: `split="held_out"` where nothing is held out.
        """
        validation.choice("split", split, SPLITS)
        if split == "held_out" and not self.held_out:
            raise ExperimentError("task.held_out", Sentence("over 0 to draw held-out questions"), self.held_out)
        return self._sample(n, rng, split, levels)

    @abstractmethod
    def _sample(self, n: int, rng: np.random.Generator, split: str, levels: NDArray[np.int64] | None) -> Questions:
        """Draw `n` questions, as `sample` says."""

    def first_questions(self, n: int) -> Questions | None:
        """At most `n` of the questions that people ask first, always the same ones; None where that means nothing."""
        return None

    def is_held_out(self, questions: Questions) -> NDArray[np.bool_]:
        """Whether each question belongs to the held-out set: shape `(n,)`."""
        return canonical.held_out(questions.keys, self.held_out)

    def _check_both_sides(self) -> None:
        """Refuse a share of held-out questions that leaves none on one of the two sides."""
        if self.held_out and not 0 < self.held_out_questions < self.distinct_questions:
            raise ExperimentError(
                "task.held_out",
                counted(
                    "a share that leaves some of the {n} distinct question to train on and some to hold out",
                    "a share that leaves some of the {n} distinct questions to train on and some to hold out",
                    n=self.distinct_questions,
                ),
                self.held_out,
            )

    # Tasks near this one.

    @abstractmethod
    def draw_refusal(self, draw: str) -> Sentence | None:
        """What the draw of that name is for, where it is not for this task; otherwise None."""

    def drawn_as(self, draw: str) -> Self:
        """The same task with its questions drawn another way; a list is always drawn as it is."""
        return self

    @abstractmethod
    def undivided(self) -> Self:
        """The same task with nothing held out and the usual draw: equal for all tasks whose questions look alike."""

    def widened_for(self, texts: Sequence[str]) -> Self:
        """The same task with numbers as long as the longest in these questions.

        Raises:
            QuestionError: A number longer than any task may have.
        """
        return self

    def of_digits(self, digits: int) -> Self:
        """The same task with every number of exactly this many digits."""
        return self

    # Reading questions.

    @abstractmethod
    def read(self, texts: Sequence[str], answers: Mapping[str, str] | None = None) -> Questions:
        """Typed questions as a batch.

        Args:
            texts: The questions.
            answers: True answers of questions whose answer the task does not know.

        Raises:
            QuestionError: The first that cannot be asked, in words for the person who typed it.
        """

    @abstractmethod
    def check_question(self, text: str) -> None:
        """Refuse a typed question that `read` would refuse, without making a batch of it.

        Raises:
            QuestionError: It cannot be asked.
        """

    def of(self, numbers: Sequence[Sequence[int]], operator: str | None = None) -> Questions:
        """Questions made of numbers.

        Raises:
            QuestionError: The task's questions are not made of numbers.
        """
        raise QuestionError("a list of questions has no numbers to make questions of")

    def knows(self, question: str) -> bool:
        """Whether the true answer to a question is known."""
        return True

    def check_answer(self, answer: str) -> None:
        """Refuse an answer that no network trained on this task could write.

        Raises:
            QuestionError: It is too long, or has a strange character.
        """
        raise NotImplementedError  # Only tasks that do not know an answer are given one.

    def effort(self, question: str, answer: str) -> int:
        """How much work a question with this answer is for a person, to compare it with others of this task.

        Here it is the characters to read and to write.
        """
        return len(question) + len(answer)

    # Its part of a script, where a question is whatever says it most simply.

    @abstractmethod
    def constants(self) -> Constants:
        """The constants that its part of a script may name."""

    @abstractmethod
    def source(self, draws: Sequence[str], *, curriculum: bool, padded: bool) -> list[str]:
        """Blocks of a script that define these functions.

            draw_question(rng)    a question, by Python's `random`
            text(question)        as a person writes it
            answer(question)      its true answer: a text, or where there are `operators`, a number
            spell(number)         a number as it is written, where there are `operators`
            key(question)         a hash that equal questions share, the one of `Questions.keys`, where any are held out

        Args:
            draws: How questions are drawn; where there are several ways, `draw_question` is given `draw`, one of them.
            curriculum: Whether `draw_question` may be given a `level`; without one it asks anything.
            padded: Whether `text` may be given the width of each number.
        """

    @property
    def rows_source(self) -> str:
        """A script's expression for the rows of the numbers of `questions`, where there are any."""
        return "questions"
