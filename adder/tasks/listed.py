"""Tasks whose questions stand in a list with their answers.

The characters and the longest question and answer are found in the list. No answer is worked out, so the true answer
to a question that is not in the list is unknown.
"""

from __future__ import annotations

import dataclasses
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import QuestionError, shorten
from adder.base.messages import Sentence, counted
from adder.base.source import Constants, block, string
from adder.tasks import typed_text
from adder.tasks.draws import DRAWS
from adder.tasks.list_canonical import Canonical, text_key
from adder.tasks.plain_cell import plain_question
from adder.tasks.questions import Questions, symbols
from adder.tasks.task import AnyTask
from adder.tasks.typed_question import no_text


@dataclass(frozen=True)
class Listed(AnyTask):
    """A list of questions with their answers."""

    @property
    @abstractmethod
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every question with its answer, each question once: a field, or a cached property."""

    @cached_property
    def alphabet(self) -> str:
        """The characters of all questions and answers in their order, and the space that pads."""
        return "".join(sorted({each for pair in self.pairs for text in pair for each in text} - {" "})) + " "

    @property
    def blank(self) -> int:
        return len(self.alphabet) - 1

    @cached_property
    def longest_question(self) -> int:
        return max(len(question) for question, _ in self.pairs)

    @cached_property
    def longest_answer(self) -> int:
        return max(len(answer) for _, answer in self.pairs)

    @cached_property
    def widest_gap(self) -> int:
        return max(len(gap) for _, answer in self.pairs for gap in re.findall(" *", answer))

    @property
    def example(self) -> str:
        """The first question."""
        return self.pairs[0][0]

    @property
    def distinct_questions(self) -> int:
        return len(self._answers)

    @property
    def held_out_questions(self) -> int:
        return len(set(self._all.keys[self._held_out].tolist()))

    @cached_property
    def canonical(self) -> Canonical:
        return Canonical.of(self.pairs)

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(question for question, _ in self.pairs)

    @cached_property
    def _answers(self) -> dict[int, str]:
        """The answer to each question, by the hash that all ways to ask it share."""
        return dict(zip(self._all.keys.tolist(), (answer for _, answer in self.pairs), strict=True))

    @cached_property
    def _all(self) -> Questions:
        questions, answers = ([pair[at] for pair in self.pairs] for at in (0, 1))
        return self._questions(questions, answers, self._keys(questions))

    @cached_property
    def _held_out(self) -> NDArray[np.bool_]:
        return self.is_held_out(self._all)

    def _sample(self, n: int, rng: np.random.Generator, split: str, levels: NDArray[np.int64] | None) -> Questions:
        every = np.ones(len(self.pairs), bool)
        rows = np.flatnonzero({"any": every, "held_out": self._held_out, "train": ~self._held_out}[split])
        return self._all[rng.choice(rows, n)]

    def draw_refusal(self, draw: str) -> Sentence | None:
        """What draws are for, since none is for a list."""
        return DRAWS[draw].only_for

    def undivided(self) -> Self:
        changes: dict[str, Any] = {"held_out": 0}
        return dataclasses.replace(self, **changes)

    def read(self, texts: Sequence[str], answers: Mapping[str, str] | None = None) -> Questions:
        """Typed questions as a batch; the true answers are known where all are in the list, or given.

        Args:
            texts: The questions.
            answers: The true answers of questions that are not in the list.

        Raises:
            QuestionError: A question or a given answer is too long or has an unknown character; the first is named.

        >>> from adder.tasks.pairs import Rule
        >>> rule = Rule((("cat", "tac"), ("dog", "god")))
        >>> rule.read(["cat", "act"]).answered, rule.read(["cat", "act"], {"act": "tca"}).answered
        (False, True)
        """
        for answer in (answers or {}).values():
            self.check_answer(answer)
        given = list((answers or {}).items())
        true = dict(zip(self._keys([question for question, _ in given]), (answer for _, answer in given), strict=True))
        true |= self._answers
        questions = [self._parsed(text) for text in texts]
        keys = self._keys(questions)
        known = all(key in true for key in keys)
        return self._questions(questions, [true[key] if known else "" for key in keys], keys, known)

    def check_question(self, text: str) -> None:
        self._parsed(text)

    def check_answer(self, answer: str) -> None:
        if len(answer) > self.longest_answer:
            raise QuestionError(
                counted(
                    "the answer is {n:,} character long; the longest this network writes is {longest}",
                    "the answer is {n:,} characters long; the longest this network writes is {longest}",
                    n=len(answer),
                    longest=self.longest_answer,
                )
            )
        self._check_characters(answer)

    def knows(self, question: str) -> bool:
        return question in self._listed or self._keys([question])[0] in self._answers

    def askable(self, any_length: bool) -> Sentence:
        return Sentence("Any of the list's questions, or another one of the same characters.")

    def _parsed(self, text: str) -> str:
        if not isinstance(text, str):
            raise no_text(self.example, text)
        question = plain_question(text.strip().partition("\t")[0])  # The next cell of a spreadsheet follows a tab.
        if not question:
            raise QuestionError("there is nothing to answer; write a question such as {example}", example=self.example)
        question = self._as_listed(question)
        if len(question) > self.longest_question:
            raise QuestionError(
                counted(
                    "that is {n:,} character long; the longest this network reads is {longest}",
                    "that is {n:,} characters long; the longest this network reads is {longest}",
                    n=len(question),
                    longest=self.longest_question,
                )
            )
        self._check_characters(question)
        return question

    def _as_listed(self, question: str) -> str:
        """Arithmetic as the list would write it, whatever way it was typed.

        >>> from adder.tasks.pairs import Rule
        >>> rule = Rule((("12+50", "62"), ("7 x 8", "56")))
        >>> rule.texts(rule.read(["12 + 50 = ?", "１ plus ２", "7*8"]))
        ['12+50', '1+2', '7 x 8']
        """
        if question in self._listed or len(question) > 10 * (self.longest_question + 100):
            return question
        reading = self._reading(question)
        if reading in self._writings:
            return self._writings[reading]
        return reading if self._fits(reading) and not self._fits(question) else question

    @cached_property
    def _writings(self) -> dict[str, str]:
        """How the list writes each of its questions, by how the question is read."""
        return {self._reading(question): question for question, _ in reversed(self.pairs)}

    def _reading(self, question: str) -> str:
        plain = typed_text.plain(question)
        return plain if typed_text.ARITHMETIC.fullmatch(plain) else question

    def _fits(self, question: str) -> bool:
        return len(question) <= self.longest_question and set(question) <= set(self.alphabet)

    def _check_characters(self, text: str) -> None:
        for at, character in enumerate(text, start=1):
            if character not in self.alphabet:
                raise QuestionError(
                    '"{question}" has "{character}" in it at character {at}; this network has never seen that one',
                    question=shorten(text),
                    character=shorten(character),
                    at=at,
                )

    def _keys(self, questions: Sequence[str]) -> list[int]:
        return self.canonical.keys([plain_question(each) for each in questions])

    def _questions(
        self, questions: Sequence[str], answers: Sequence[str], keys: Sequence[int], answered: bool = True
    ) -> Questions:
        width = self.longest_answer
        return Questions(
            symbols(questions, self.alphabet, self.longest_question),
            symbols([answer.rjust(width) for answer in answers], self.alphabet, width),
            np.array(keys, np.uint64),
            answered=answered,
        )

    def constants(self) -> Constants:
        given = self._keys_differ
        keys = [f", {key:#018x}" if given else "" for key in self._all.keys.tolist()]
        pairs = [
            f"    ({string(question)}, {string(answer)}{key}),"
            for (question, answer), key in zip(self.pairs, keys, strict=True)
        ]
        return {"PAIRS": ("\n".join(["[", *pairs, "]"]), None)}

    def source(self, draws: Sequence[str], *, curriculum: bool, padded: bool) -> list[str]:
        return [_SOURCE, *([_GIVEN_KEY if self._keys_differ else _KEY] if self.held_out else [])]

    @property
    def _keys_differ(self) -> bool:
        """Whether a script must be given the hashes of its questions, since their texts alone do not give them."""
        texts = [text_key(question) for question, _ in self.pairs]
        return bool(self.held_out) and self._all.keys.tolist() != texts


_SOURCE = block('''
    def draw_question(rng):
        """One question, with its answer."""
        return rng.choice(PAIRS)


    def text(question):
        """The question of a pair."""
        return question[0]


    def answer(question):
        """The true answer."""
        return question[1]
''')

_KEY = block('''
    def key(question):
        """A hash of the question."""
        return int.from_bytes(hashlib.sha256(question[0].encode()).digest()[:8], "big")
''')

_GIVEN_KEY = block('''
    def key(question):
        """A hash of the question, the same one for all ways to ask it, such as a+b and b+a."""
        return question[2]
''')
