"""Arithmetic as a task: its questions are drawn, read and answered here.

A `Task` knows nothing of networks, nor of how they read a question (see `adder.encodings`). What it needs stands
beside it: its settings (`arithmetic_settings`), the ways to draw (`draws`), the sentences that refuse a typed question
(`typed_question`), which questions are one and the same (`canonical`), which forms they have (`forms`) and its part of
a script (`arithmetic_source`).

    >>> task = Task(smallest=1, largest=10, terms=2)
    >>> task.parse("3+10")
    Parsed(form='n+n', numbers=(3, 10))
    >>> task.answer("3+10")
    13
    >>> task.distinct_questions          # 3+10 and 10+3 are one question
    55
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import QuestionError
from adder.base.messages import Sentence
from adder.tasks import expression
from adder.tasks.arithmetic_source import ArithmeticSource
from adder.tasks.canonical import held_out, question_hash, sum_hash
from adder.tasks.draws import CANDIDATES, DRAWS, Drawn, draw_forms, draw_side
from adder.tasks.effort import effort
from adder.tasks.expression import Parsed
from adder.tasks.first_questions import first_questions
from adder.tasks.forms import count_forms
from adder.tasks.numerals import digit_columns, signed_columns
from adder.tasks.questions import ALPHABET, Questions, blanks_last
from adder.tasks.typed_question import Grammar

_SPACE, _PLUS, _MINUS = map(ALPHABET.index, " +-")
_CHARACTERS = np.array(list(ALPHABET))


@dataclass(frozen=True)
class Task(ArithmeticSource):
    """Arithmetic on whole numbers from `smallest` to `largest`.

    Attributes:
        smallest: The smallest number in a question.
        largest: The largest number in a question.
        terms: How many numbers a question has, or the most it may have.
        fewest_terms: The fewest it may have; None for exactly `terms`. The number of terms is drawn uniformly.
        operators: Which of `+-*` may stand between numbers, each place drawn alike; `^` alone asks for the square of
            one number, as in `12^2`.
        brackets: How deep brackets may nest. Every way to bracket a question is drawn alike.
        base: What numbers are written in.
        held_out: The share of distinct questions kept away from training. A question belongs to the held-out set by a
            hash of its canonical form, in which `a+b` and `b+a` are one, so no seed, epoch or run can leak it into
            training.
        draw: How questions are drawn, a name in `adder.tasks.draws.DRAWS`.

    Raises:
        ExperimentError: A field cannot work, or there are too few questions to hold any out.

    >>> Task(largest=9, terms=3, fewest_terms=2, operators="+-*", brackets=1).answer("2*(3+4)")
    14
    """

    def _sample(self, n: int, rng: np.random.Generator, split: str, levels: NDArray[np.int64] | None) -> Questions:
        if levels is None:
            return self._questions(*self._draw_side(n, rng, split, self))
        numbers: NDArray[Any] = np.zeros((n, self.terms), self.span.dtype)
        forms = np.zeros(n, np.int64)
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            forms[rows], drawn = self._draw_side(len(rows), rng, split, self.at_level(int(level)))
            numbers[rows, : drawn.shape[1]] = drawn
        return self._questions(forms, numbers)

    def _draw_side(self, n: int, rng: np.random.Generator, split: str, drawing: Task) -> Drawn:
        """Forms and numbers as `drawing` draws them, on this task's side of the split."""
        if split == "any" or not self.held_out:
            return drawing._draw(n, rng)
        wanted = split == "held_out"
        return draw_side(
            n,
            self.held_out if wanted else 1 - self.held_out,
            lambda count: drawing._draw(count, rng),
            lambda drawn: held_out(self._keys(*drawn), self.held_out) == wanted,
            # All questions of an easy level may lie on the other side; then the whole task is drawn from.
            None if drawing is self else lambda: self._draw_side(n, rng, split, self),
        )

    def _draw(self, n: int, rng: np.random.Generator) -> Drawn:
        """Forms, as their places in `forms`, and numbers with 0 where a form has no place for one."""
        forms, numbers = self._draw_plainly(n, rng)
        if DRAWS[self.draw].large_answers:
            large = np.flatnonzero(rng.random(n) < 0.5)
            candidates = self._draw_plainly(len(large) * CANDIDATES, rng)
            sizes = np.abs(self._values(*candidates)).reshape(-1, CANDIDATES)
            largest = np.arange(len(large)) * CANDIDATES + sizes.argmax(axis=1)
            forms[large], numbers[large] = (each[largest] for each in candidates)
        return forms, numbers

    def _draw_plainly(self, n: int, rng: np.random.Generator) -> Drawn:
        draw = DRAWS[self.draw]
        counts = [count_forms(terms, self.operators, self.brackets) for terms in self.term_counts]
        forms = draw_forms(counts, n, rng, alike=draw.forms_alike)
        numbers = draw.numbers(self.span, (n, self.terms), rng)
        if len(counts) > 1:
            terms = np.array([form.count("n") for form in self.forms])[forms]
            numbers[np.arange(self.terms) >= terms[:, None]] = 0
        return forms, numbers

    def _questions(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> Questions:
        symbols = np.full((len(forms), self.longest_question), _SPACE, np.int32)
        values = self._values(forms, numbers)
        if self._signs is not None:
            symbols = self._written_sums(self._signs[forms], numbers)
        else:
            for form, rows in self._by_form(forms):
                grid = self._written(form, numbers[rows])
                symbols[rows, : grid.shape[1]] = grid
        return Questions(
            symbols, signed_columns(values, self.longest_answer, self.base), self._keys(forms, numbers), numbers, values
        )

    @cached_property
    def _signs(self) -> NDArray[np.int8] | None:
        """The sign of each number of each form, 0 where it has none, shape `(forms, terms)`; None with other signs.

        With them, sums of all forms are worked out together, of which 15 numbers have 16,384.
        """
        if not self.adds_and_subtracts:
            return None
        between = np.array(self.forms).view("<U1").reshape(len(self.forms), -1)[:, 1::2]
        signs = (between == "+").astype(np.int8) - (between == "-")
        return np.insert(signs, 0, 1, axis=1)

    def _values(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[Any]:
        if self._signs is not None:
            return np.sum(self._signs[forms, : numbers.shape[1]] * numbers, axis=1, dtype=self.span.dtype)
        values: NDArray[Any] = np.zeros(len(forms), self.span.dtype)
        for form, rows in self._by_form(forms):
            values[rows] = expression.work_out(expression.tree(form), numbers[rows].T)
        return values

    def _keys(self, forms: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[np.uint64]:
        keys = np.zeros(len(forms), np.uint64)
        low_bits = (numbers % 2**64 if numbers.dtype == object else numbers).astype(np.uint64)
        if self._signs is not None:
            return sum_hash(low_bits, self._signs[forms, : numbers.shape[1]])  # An easy level has fewer.
        for form, rows in self._by_form(forms):
            keys[rows] = question_hash(expression.tree(form), list(low_bits[rows].T))
        return keys

    def _by_form(self, forms: NDArray[np.int64]) -> list[tuple[str, Any]]:
        if self.one_form:
            return [(self.forms[0], slice(None))]
        order = np.argsort(forms, kind="stable")
        present, starts = np.unique(forms[order], return_index=True)
        groups = np.split(order, starts[1:]) if len(order) else []
        return [(self.forms[form], rows) for form, rows in zip(present, groups, strict=True)]

    def _written(self, form: str, numbers: NDArray[Any]) -> NDArray[np.int32]:
        """Questions of one form, each number in columns of its own where the task is aligned."""
        columns: list[NDArray[np.int32]] = []
        place = 0
        for lexeme in form:
            if lexeme == "n":
                columns.append(digit_columns(numbers[:, place], self.number_width, self.base))
                place += 1
            else:
                columns.append(np.full((len(numbers), 1), ALPHABET.index(lexeme), np.int32))
        grid = np.concatenate(columns, axis=1)
        return grid if self.aligned else blanks_last(grid, _SPACE)

    def _written_sums(self, signs: NDArray[np.int8], numbers: NDArray[Any]) -> NDArray[np.int32]:
        """Sums without brackets, each number in columns of its own, blanks where a sum has no more numbers."""
        columns: list[NDArray[np.int32]] = []
        for place, sign in enumerate(signs.T[:, :, None]):
            if place:
                columns.append(np.where(sign, np.where(sign > 0, _PLUS, _MINUS), _SPACE))
            columns.append(np.where(sign, digit_columns(numbers[:, place], self.number_width, self.base), _SPACE))
        return np.concatenate(columns, axis=1, dtype=np.int32)

    def first_questions(self, n: int) -> Questions:
        return self._questions(*first_questions(self.forms, self.span, n))

    def texts(self, questions: Questions) -> list[str]:
        return ["".join(row).replace(" ", "") for row in _CHARACTERS[questions.symbols].tolist()]

    def askable(self, any_length: bool) -> Sentence:
        return self._grammar.askable(any_length)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(
            self.span,
            self.operators,
            self.term_counts,
            self.brackets,
            frozenset(self.forms),
            self.longest_question,
            self.example,
        )

    def parse(self, text: str) -> Parsed:
        """Read a typed question.

        It may be written as people write it (see `typed_text`), with leading zeros and brackets that change nothing.

        Raises:
            QuestionError: What is wrong, in words for the person who typed it.

        >>> Task(largest=100).parse(" １２ + 50 =").numbers
        (12, 50)
        >>> Task().parse("12+")
        Traceback (most recent call last):
        adder.base.errors.QuestionError: "12+" ends with an operator; write a number after it
        """
        return self._grammar.parse(text)

    def read(self, texts: Sequence[str], answers: Mapping[str, str] | None = None) -> Questions:
        """Typed questions as a batch; `answers` are not needed, since all are worked out.

        Raises:
            QuestionError: The first that cannot be asked, in words for the person who typed it.
        """
        return self.questions([self.parse(text) for text in texts])

    def check_question(self, text: str) -> None:
        self.parse(text)

    @cached_property
    def _form_numbers(self) -> dict[str, int]:
        return {form: index for index, form in enumerate(self.forms)}

    def questions(self, parsed: Sequence[Parsed]) -> Questions:
        """Parsed questions of this task as a batch."""
        forms = np.array([self._form_numbers[each.form] for each in parsed], np.int64)
        numbers: NDArray[Any] = np.zeros((len(parsed), self.terms), self.span.dtype)
        for row, each in enumerate(parsed):
            numbers[row, : len(each.numbers)] = each.numbers
        return self._questions(forms, numbers)

    def of(self, numbers: Sequence[Sequence[int]], operator: str | None = None) -> Questions:
        """Questions from lists of numbers, each joined by one operator; lists may differ in length.

        Args:
            numbers: The numbers of each question; a square has one.
            operator: One of the task's operators; by default its first.

        Raises:
            QuestionError: Another operator, or the first row that is no question of this task, counted from 1.

        >>> [int(value) for value in Task(terms=4, fewest_terms=2).of([[1, 2], [1, 4, 7], [1, 1, 9, 6]]).values]
        [3, 12, 17]
        """
        sign = self.operators[0] if operator is None else operator
        if sign not in tuple(self.operators):
            known = ", ".join(self.operators)
            raise QuestionError(
                "operator must be one of {known}; received: {received}", known=known, received=repr(sign)
            )
        return self.questions(
            [self._grammar.parse_row(number, row, sign) for number, row in enumerate(numbers, start=1)]
        )

    def answer(self, text: str) -> int:
        """The true answer to a typed question.

        Raises:
            QuestionError: The question cannot be asked.
        """
        parsed = self.parse(text)
        return int(expression.work_out(expression.tree(parsed.form), parsed.numbers))

    def effort(self, question: str, answer: str) -> int:
        """How much work a question is on paper: digits, brackets, and carries and borrows, which weigh double.

        >>> Task().effort("3+8", "11")
        3
        """
        parsed = self.parse(question)
        return effort(expression.tree(parsed.form), parsed.numbers, self.base) + 2 * parsed.form.count("(")
