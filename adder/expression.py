"""Arithmetic as people write it: a small exact parser, and what a question's form alone decides.

A *form* is a question with `n` for every number, as in `(n+n)*n`. Questions of one form differ only in their numbers,
so a form is parsed once and then worked out for whole columns of numbers together. Nothing here knows which questions
a task allows (see `adder.task`), and nothing is ever handed to `eval`.

    >>> parse("(3+4)*12")
    Parsed(form='(n+n)*n', numbers=(3, 4, 12))
    >>> work_out(tree("(n+n)*n"), [3, 4, 12])
    84
"""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.errors import QuestionError, shorten

DIGITS = "0123456789ABCDEF"
OPERATORS = "+-*"
SQUARE = "^"
DEEPEST = 20  # brackets inside brackets that the parser follows

Tree = int | tuple[Any, ...]  # a number's place, or (operator, left, right), or ("^", number's place)
Structure = str | tuple[Any, ...]

_WORK: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_PLAIN = {full_width: full_width - 0xFEE0 for full_width in range(0xFF01, 0xFF5F)}  # ！ to ～ are ! to ~, moved up
_PLAIN |= {ord("−"): "-", ord("–"): "-", ord("×"): "*", ord("·"): "*", ord("²"): "^2"}
_TOKEN = re.compile(r"[0-9A-Za-z]+|[-+*()]|\^2(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A question taken apart: its form, and its numbers from left to right."""

    form: str
    numbers: tuple[int, ...]


def plain(text: str) -> str:
    """`text` without spaces, full-width characters and a closing `=` or `=?`.

    >>> plain(" １２ × 5 = ?")
    '12*5'
    """
    question = re.sub(r"\s+", "", text.translate(_PLAIN))
    return re.sub(r"=\??$", "", question)


def parse(question: str, base: int = 10) -> Parsed:
    """Take a question apart; brackets that change nothing, as in `((3+4))` and `(3)+4`, are dropped.

    Args:
        question: As `plain` leaves it.
        base: What numbers are written in, 2 to 16.

    Raises:
        QuestionError: What is wrong and at which character.

    >>> parse("3+*4")
    Traceback (most recent call last):
    adder.errors.QuestionError: "3+*4" has two operators in a row at character 3; write a number between them
    """
    return _Parser(question, base).parsed()


class _Parser:
    """Reads the usual grammar from left to right; all it keeps is where it stands."""

    def __init__(self, question: str, base: int) -> None:
        self.base = base
        self.shown = f'"{shorten(question)}"'
        self.tokens: list[tuple[str, int]] = []  # each with its character, counted from 1
        self.next = 0
        self.numbers: list[int] = []
        at = 0
        while at < len(question):
            match = _TOKEN.match(question, at)
            if match is None and question[at] == SQUARE:
                raise QuestionError(f"{self.shown} has ^ at character {at + 1}; only the square is known, as in 12^2")
            if match is None:
                raise QuestionError(
                    f'{self.shown} has "{question[at]}" in it at character {at + 1}; write only digits and operators'
                )
            self.tokens.append((match[0], at + 1))
            at = match.end()

    def parsed(self) -> Parsed:
        form = self._sum(0)
        token, at = self._peek()
        if token == ")":
            raise QuestionError(f"{self.shown} has a closing bracket at character {at} that nothing opened")
        if token:
            raise QuestionError(
                f"{self.shown} has {_kind(token)} at character {at} with no operator before it; write one"
            )
        return Parsed(_unwrapped(form), tuple(self.numbers))

    def _peek(self) -> tuple[str, int]:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("", 0)

    def _sum(self, depth: int) -> str:
        form = self._product(depth)
        while self._peek()[0] in ("+", "-"):
            form += self._take() + self._product(depth)
        return form

    def _product(self, depth: int) -> str:
        form = self._factor(depth)
        while self._peek()[0] == "*":
            form += self._take() + self._factor(depth)
        return form

    def _factor(self, depth: int) -> str:
        token, at = self._peek()
        if token == "(":
            if depth == DEEPEST:
                raise QuestionError(f"{self.shown} has brackets more than {DEEPEST} deep at character {at}")
            self._take()
            inner = _unwrapped(self._sum(depth + 1))
            if self._peek()[0] == ")":
                self._take()
            elif not self._peek()[0]:
                raise QuestionError(f"{self.shown} has a bracket at character {at} that is never closed")
            else:
                stranger, there = self._peek()
                raise QuestionError(
                    f"{self.shown} has {_kind(stranger)} at character {there} with no operator before it; write one"
                )
            form = inner if inner == "n" else f"({inner})"
        elif token and token[0].isalnum():
            self._take()
            self.numbers.append(self._number(token, at))
            form = "n"
        else:
            raise QuestionError(self._missing_number(token, at))
        if self._peek()[0] == "^2":
            if form != "n":
                raise QuestionError(f"{self.shown} squares a bracket at character {self._peek()[1]}; square a number")
            self._take()
            form += "^2"
        return form

    def _take(self) -> str:
        self.next += 1
        return self.tokens[self.next - 1][0]

    def _number(self, token: str, at: int) -> int:
        allowed = DIGITS[: self.base]
        for offset, character in enumerate(token.upper()):
            if character not in allowed:
                raise QuestionError(
                    f'{self.shown} has "{token[offset]}" in it at character {at + offset}; '
                    f"in base {self.base} the digits are {allowed[0]} to {allowed[-1]}"
                )
        if len(token) > 4_000:
            raise QuestionError(f"{self.shown} has a number of {len(token):,} digits; write at most 4,000")
        return int(token, self.base)

    def _missing_number(self, token: str, at: int) -> str:
        before = self.tokens[self.next - 1][0] if self.next else ""
        if not token:
            return f"{self.shown} ends with {_kind(before)}; write a number after it"
        if token == ")":
            return f"{self.shown} closes a bracket at character {at} right after {_kind(before)}; write a number there"
        if not before:
            return f"{self.shown} starts with {_kind(token)}; write a number before it"
        if before == "(":
            return f"{self.shown} has an operator at character {at} right after a bracket; write a number before it"
        return f"{self.shown} has two operators in a row at character {at}; write a number between them"


def _kind(token: str) -> str:
    if token in ("(", ")"):
        return "a bracket"
    return "a number" if token[0].isalnum() else "an operator"


def _unwrapped(form: str) -> str:
    """A form without a bracket around the whole of it."""
    if not form.startswith("("):
        return form
    depth = 0
    for at, token in enumerate(form):
        depth += (token == "(") - (token == ")")
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


@lru_cache(maxsize=512)
def forms(terms: int, operators: str, depth: int) -> tuple[str, ...]:
    """Every form of so many numbers: all choices of operators, with brackets nested up to `depth`.

    A bracket holds at least two numbers and never the whole question, and none is doubled.

    >>> forms(2, "+-", 0)
    ('n+n', 'n-n')
    >>> forms(3, "+", 1)
    ('n+n+n', '(n+n)+n', 'n+(n+n)')
    """
    if operators == SQUARE:
        return ("n^2",)
    shapes = _bracketings(terms, depth)
    return tuple(form for shape in shapes for form in _with_operators(shape, operators))


def count_forms(terms: int, operators: str, depth: int) -> int:
    """How many `forms` there are, without making them."""
    return 1 if operators == SQUARE else len(_bracketings(terms, depth)) * len(operators) ** (terms - 1)


@lru_cache(maxsize=256)
def _bracketings(terms: int, depth: int) -> tuple[str, ...]:
    """Ways to bracket `n?n?…?n`, `?` being an operator to choose."""
    if terms == 1:
        return ("n",)
    found = {"?".join("n" * terms): None}
    if depth:
        for parts in _compositions(terms):
            if 1 < len(parts) < terms:
                options = [["n"] if part == 1 else _within(part, depth) for part in parts]
                joined = [""]
                for option in options:
                    joined = [f"{before}?{after}" if before else after for before in joined for after in option]
                found |= dict.fromkeys(joined)
    return tuple(found)


def _within(terms: int, depth: int) -> list[str]:
    return [f"({inner})" for inner in _bracketings(terms, depth - 1)]


def _compositions(terms: int) -> list[tuple[int, ...]]:
    if terms == 0:
        return [()]
    return [(first, *rest) for first in range(terms, 0, -1) for rest in _compositions(terms - first)]


def _with_operators(shape: str, operators: str) -> list[str]:
    made = [""]
    for token in shape:
        made = [before + each for before in made for each in (operators if token == "?" else token)]
    return made


@lru_cache(maxsize=20_000)
def structure(node: Tree) -> Structure:
    """What is left of a tree when the order of what is added or multiplied does not matter, nor do brackets in it.

    >>> structure(tree("n+(n-n)")) == structure(tree("n+n-n"))
    True
    """
    if isinstance(node, int):
        return "n"
    if node[0] == SQUARE:
        return SQUARE
    if node[0] == "*":
        return ("*", tuple(sorted((structure(child) for child in _factors(node)), key=repr)))
    signed = _addends(node)
    parts = [tuple(sorted((structure(child) for child, sign in signed if sign == s), key=repr)) for s in (1, -1)]
    return ("+", *parts)


def count_questions(of: Structure, numbers: int) -> int:
    """How many questions of a structure there are when each number may be one of `numbers`.

    >>> count_questions(structure(tree("n+n")), 10)
    55
    """
    if isinstance(of, str):
        return numbers
    total = 1
    for part in of[1:]:
        for child, times in Counter(part).items():
            total *= math.comb(count_questions(child, numbers) + times - 1, times)
    return total


def question_hash(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """A stable 64-bit hash of questions, the same for all that `structure` takes for one.

    Each number is scrambled with the finaliser of SplitMix64 (Steele, Lea & Flood 2014); what is added or multiplied
    is scrambled and summed up, which forgets its order, and the sum is scrambled again.

    Args:
        node: Their common tree.
        numbers: A column for each number, taken modulo 2**64.
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is the point
        return _scramble(_mixed(node, numbers))


def _mixed(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    if isinstance(node, int):
        return numbers[node]
    if node[0] == SQUARE:
        return _scramble(numbers[node[1]] ^ _SQUARED)
    if node[0] == "*":
        children = [_scramble(_mixed(child, numbers) ^ _TIMES) for child in _factors(node)]
    else:
        children = [_scramble(_mixed(child, numbers) ^ (_PLUS if s > 0 else _MINUS)) for child, s in _addends(node)]
    return np.sum(children, axis=0, dtype=np.uint64)


_PLUS, _MINUS, _TIMES, _SQUARED = (np.uint64(tag) for tag in (0, 0xA5A5 << 40, 0x5A5A << 40, 0xC3C3 << 40))


def _scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _factors(node: Tree) -> list[Tree]:
    if isinstance(node, int) or node[0] != "*":
        return [node]
    return _factors(node[1]) + _factors(node[2])


def _addends(node: Tree, sign: int = 1) -> list[tuple[Tree, int]]:
    if isinstance(node, int) or node[0] not in ("+", "-"):
        return [(node, sign)]
    return _addends(node[1], sign) + _addends(node[2], sign if node[0] == "+" else -sign)
