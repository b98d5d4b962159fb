"""Arithmetic as people write it: a small exact parser, and the exact value of what it reads.

A *form* is a question with `n` for every number, as in `(n+n)*n`. Questions of one form differ only in their numbers,
so a form is parsed once and then worked out for whole columns of numbers together. `adder.tasks.forms` says which
forms there are, and `adder.tasks.canonical` which questions are one and the same. Nothing is ever passed to `eval`.

    >>> parse("(3+4)*12")
    Parsed(form='(n+n)*n', numbers=(3, 4, 12))
    >>> work_out(tree("(n+n)*n"), [3, 4, 12])
    84
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adder.base.errors import QuestionError, shorten
from adder.base.messages import Sentence, counted
from adder.tasks.numerals import DIGITS
from adder.tasks.typed_text import Typed

OPERATORS = "+-*"
SQUARE = "^"
DEEPEST = 20  # The parser follows brackets no deeper.

Tree = int | tuple[Any, ...]  # A leaf is a number's place; a node is (operator, left, right), or ("^", place).

_WORK: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_LEXEME = re.compile(r"[0-9A-Za-z]+|[-+*()]|\^2(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A question taken apart: its form, and its numbers from left to right."""

    form: str
    numbers: tuple[int, ...]


def parse(question: str | Typed, base: int = 10) -> Parsed:
    """Take a question apart; brackets that change nothing, as in `((3+4))` and `(3)+4`, are dropped.

    Args:
        question: In plain digits and signs, or as `typed_text.read` reads it.
        base: What numbers are written in, 2 to 16.

    Raises:
        QuestionError: What is wrong and at which character.

    >>> parse("3+*4")
    Traceback (most recent call last):
    adder.base.errors.QuestionError: "3+*4" has two operators in a row at character 3; write a number between them
    """
    return _Parser(Typed.exactly(question) if isinstance(question, str) else question, base).parsed()


class _Parser:
    """A recursive-descent parser of the usual grammar: one method for each rule, from sum to factor."""

    def __init__(self, typed: Typed, base: int) -> None:
        self.base = base
        self.typed = typed
        self.shown = f'"{shorten(typed.shown)}"'
        self.lexemes: list[tuple[str, int]] = []  # Each has the place in `typed.plain` where it begins.
        self.next = 0
        self.numbers: list[int] = []
        at = 0
        while at < len(typed.plain):
            match = _LEXEME.match(typed.plain, at)
            if match is None:
                raise QuestionError(self._strange_character(at))
            self.lexemes.append((match[0], at))
            at = match.end()

    def parsed(self) -> Parsed:
        form = self._sum(0)
        lexeme, at = self._peek()
        if lexeme == ")":
            raise QuestionError(
                "{question} has a closing bracket at character {at} that nothing opened",
                question=self.shown,
                at=self._place(at),
            )
        if lexeme:
            raise self._missing_operator(lexeme, at)
        return Parsed(_unwrapped(form), tuple(self.numbers))

    def _peek(self) -> tuple[str, int]:
        return self.lexemes[self.next] if self.next < len(self.lexemes) else ("", 0)

    def _sum(self, depth: int) -> str:
        form = self._product(depth)
        while self._peek()[0] in ("+", "-"):
            form += self._take() + self._product(depth)
        return form

    def _product(self, depth: int) -> str:
        form = self._factor(depth)
        while (lexeme := self._peek()[0]) == "*" or self._is_factor(lexeme):
            form += (self._take() if lexeme == "*" else "*") + self._factor(depth)
        return form

    def _is_factor(self, lexeme: str) -> bool:
        """Whether a times sign was left out before this, as in `2(3+4)` or `(3+4)2`."""
        return lexeme == "(" or (lexeme[:1].isalnum() and self.lexemes[self.next - 1][0] == ")")

    def _factor(self, depth: int) -> str:
        lexeme, at = self._peek()
        if lexeme == "(":
            if depth == DEEPEST:
                raise QuestionError(
                    "{question} has brackets more than {deepest} deep at character {at}",
                    question=self.shown,
                    deepest=DEEPEST,
                    at=self._place(at),
                )
            self._take()
            inner = _unwrapped(self._sum(depth + 1))
            if self._peek()[0] == ")":
                self._take()
            elif not self._peek()[0]:
                raise QuestionError(
                    "{question} has a bracket at character {at} that is never closed",
                    question=self.shown,
                    at=self._place(at),
                )
            else:
                raise self._missing_operator(*self._peek())
            form = inner if inner == "n" else f"({inner})"
        elif lexeme and lexeme[0].isalnum():
            self._take()
            self.numbers.append(self._number(lexeme, at))
            form = "n"
        else:
            raise QuestionError(self._missing_number(lexeme, at))
        while self._peek()[0] == "^2":
            if form != "n":
                raise QuestionError(
                    "{question} squares {squared} at character {at}; square a number",
                    question=self.shown,
                    squared=Sentence("a square") if form == "n^2" else Sentence("a bracket"),
                    at=self._place(self._peek()[1]),
                )
            self._take()
            form += "^2"
        return form

    def _take(self) -> str:
        self.next += 1
        return self.lexemes[self.next - 1][0]

    def _number(self, lexeme: str, at: int) -> int:
        allowed = DIGITS[: self.base]
        for offset, character in enumerate(lexeme.upper()):
            if character not in allowed:
                raise QuestionError(
                    '{question} has "{character}" in it at character {at}; in base {base} the digits are {first} '
                    "to {last}",
                    question=self.shown,
                    character=self.typed.quoted(at + offset, at + offset + 1),
                    at=self._place(at + offset),
                    base=self.base,
                    first=allowed[0],
                    last=allowed[-1],
                )
        if len(lexeme) > 4_000:
            raise QuestionError(
                counted(
                    "{question} has a number of {n:,} digit; write at most 4,000",
                    "{question} has a number of {n:,} digits; write at most 4,000",
                    n=len(lexeme),
                    question=self.shown,
                )
            )
        return int(lexeme, self.base)

    def _place(self, at: int) -> int:
        """The place of a character in what was typed, counted from 1."""
        return self.typed.places[at]

    def _strange_character(self, at: int) -> Sentence:
        character = self.typed.plain[at]
        if character == SQUARE:
            return Sentence(
                "{question} has ^ at character {at}; only the square is known, as in 12^2",
                question=self.shown,
                at=self._place(at),
            )
        if character == " ":
            return Sentence(
                "{question} has a blank between two digits at character {at}; write an operator there, or no blank",
                question=self.shown,
                at=self._place(at),
            )
        return Sentence(
            '{question} has "{character}" in it at character {at}; write only digits and operators',
            question=self.shown,
            character=shorten(self.typed.quoted(at, at + 1)),
            at=self._place(at),
        )

    def _missing_operator(self, lexeme: str, at: int) -> QuestionError:
        return QuestionError(
            "{question} has {kind} at character {at} with no operator before it; write one",
            question=self.shown,
            kind=_kind(lexeme),
            at=self._place(at),
        )

    def _missing_number(self, lexeme: str, at: int) -> Sentence:
        before = self.lexemes[self.next - 1][0] if self.next else ""
        if not lexeme and not before:
            return Sentence("there is nothing to solve; write a question")
        if not lexeme:
            return Sentence(
                "{question} ends with {kind}; write a number after it", question=self.shown, kind=_kind(before)
            )
        if not before and lexeme == "-":
            return Sentence(
                "{question} starts with a minus sign; every number in a question is 0 or more", question=self.shown
            )
        if not before:
            return Sentence(
                "{question} starts with {kind}; write a number before it", question=self.shown, kind=_kind(lexeme)
            )
        if lexeme == ")":
            return Sentence(
                "{question} closes a bracket at character {at} right after {kind}; write a number there",
                question=self.shown,
                at=self._place(at),
                kind=_kind(before),
            )
        if before == "(":
            return Sentence(
                "{question} has an operator at character {at} right after a bracket; write a number before it",
                question=self.shown,
                at=self._place(at),
            )
        return Sentence(
            "{question} has two operators in a row at character {at}; write a number between them",
            question=self.shown,
            at=self._place(at),
        )


def _kind(lexeme: str) -> Sentence:
    if lexeme in ("(", ")"):
        return Sentence("a bracket")
    return Sentence("a number") if lexeme[0].isalnum() else Sentence("an operator")


def _unwrapped(form: str) -> str:
    """A form without a bracket around the whole of it."""
    if not form.startswith("("):
        return form
    depth = 0
    for at, lexeme in enumerate(form):
        depth += (lexeme == "(") - (lexeme == ")")
        if depth == 0:
            return form[1:-1] if at == len(form) - 1 else form
    return form


@lru_cache(maxsize=20_000)
def tree(form: str) -> Tree:
    """What a form computes, by the usual precedence, operators of one rank from left to right.

    >>> tree("n-n*n")
    ('-', 0, ('*', 1, 2))
    """
    at, place = 0, 0

    def ranked(operators: str, part: Callable[[], Tree]) -> Tree:
        nonlocal at
        left = part()
        while at < len(form) and form[at] in operators:
            at += 1
            left = (form[at - 1], left, part())
        return left

    def factor() -> Tree:
        nonlocal at, place
        at += 1
        if form[at - 1] == "(":
            inner = ranked("+-", product)
            at += 1
            return inner
        place += 1
        if form.startswith("^2", at):
            at += 2
            return (SQUARE, place - 1)
        return place - 1

    def product() -> Tree:
        return ranked("*", factor)

    return ranked("+-", product)


def work_out(node: Tree, numbers: Any) -> Any:
    """The value of a tree: of single numbers as a number, of columns of numbers as a column.

    >>> work_out(tree("n^2"), [12])
    144
    """
    if isinstance(node, int):
        return numbers[node]
    if node[0] == SQUARE:
        return numbers[node[1]] * numbers[node[1]]
    return _WORK[node[0]](work_out(node[1], numbers), work_out(node[2], numbers))


def bounds(node: Tree, smallest: int, largest: int) -> tuple[int, int, int]:
    """The smallest and largest value a tree can take, and the largest size of any value on the way.

    Every number occurs once, so interval arithmetic is exact.

    >>> bounds(tree("n-n*n"), 0, 9)
    (-81, 9, 81)
    """
    if isinstance(node, int):
        return smallest, largest, largest
    if node[0] == SQUARE:
        return smallest**2, largest**2, largest**2
    left, right = bounds(node[1], smallest, largest), bounds(node[2], smallest, largest)
    ends = [_WORK[node[0]](a, b) for a in left[:2] for b in right[:2]]
    low, high = min(ends), max(ends)
    return low, high, max(left[2], right[2], abs(low), abs(high))
