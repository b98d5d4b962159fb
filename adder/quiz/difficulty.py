"""How hard a question is to work out on paper, and a pool of questions sorted by that."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from adder.solvers import evaluation
from adder.tasks import AnyTask, expression, numerals
from adder.tasks.arithmetic import Task
from adder.tasks.expression import SQUARE, Tree
from adder.tasks.questions import Questions

LEVELS = 5


_POOL = 1_000  # questions that a game draws from


def _carries(task: AnyTask, asked: Questions) -> int | None:
    if not isinstance(task, Task) or task.operators != "+":
        return None
    assert asked.numbers is not None
    return int(evaluation.carries(asked.numbers, task.base)[0])


@lru_cache(maxsize=64)
def _pool(task: AnyTask, seed: int) -> tuple[tuple[str, ...], ...]:
    """Distinct questions by level, easiest first, each level in the order they were drawn."""
    drawing = dataclasses.replace(task, draw="lengths") if isinstance(task, Task) else task  # so that short ones come
    texts = task.texts(drawing.sample(_POOL, np.random.default_rng(seed), split="any"))
    drawn = list(dict.fromkeys(texts))
    weigh = _weigher(task)
    ranked = sorted(range(len(drawn)), key=lambda place: weigh(drawn[place]))
    levels = []
    for level in range(LEVELS):
        first = min(len(drawn) * level // LEVELS, len(drawn) - 1)
        last = max(len(drawn) * (level + 1) // LEVELS, first + 1)  # no level of a tiny task is empty
        levels.append(tuple(drawn[place] for place in sorted(ranked[first:last])))
    return tuple(levels)


def _weigher(task: AnyTask) -> Callable[[str], int]:
    """How much work a question is for a person."""
    if isinstance(task, Task):
        return lambda question: effort(task, question)
    answers = dict(task.pairs)
    return lambda question: len(question) + len(answers[question])


def effort(task: Task, question: str) -> int:
    """How much work a question is on paper: digits to add or multiply, and carries and borrows, which weigh double.

    >>> [effort(Task(smallest=0, largest=99), question) for question in ("3+4", "3+8", "12+50", "77+88")]
    [1, 3, 2, 6]
    """
    parsed = task.parse(question)
    return _work(expression.tree(parsed.form), parsed.numbers, task.base)[1] + 2 * parsed.form.count("(")


def _work(node: Tree, numbers: tuple[int, ...], base: int) -> tuple[int, int]:
    """The value of a tree, and the work on the way to it."""
    if isinstance(node, int):
        return numbers[node], 0
    if node[0] == SQUARE:
        number = numbers[node[1]]
        return number**2, 2 * numerals.digits(number, base) ** 2
    (left, before), (right, beside) = (_work(each, numbers, base) for each in node[1:])
    work = before + beside
    if node[0] == "*":
        return left * right, work + 2 * numerals.digits(abs(left), base) * numerals.digits(abs(right), base)
    right = -right if node[0] == "-" else right
    return left + right, work + _column_work(left, right, base) + (left + right < 0)


def _column_work(left: int, right: int, base: int) -> int:
    """The columns in which there is something to add, and the carries or borrows, twice.

    Each carry takes `base` from one column and gives 1 to the next, so the digits of a sum add up to `base - 1` less
    (Legendre's count); a borrow is the carry of adding what was taken away back on.
    """
    low, high = sorted((abs(left), abs(right)))
    first, second, total = (low, high, low + high) if (left < 0) == (right < 0) else (low, high - low, high)
    carries = (_digit_sum(first, base) + _digit_sum(second, base) - _digit_sum(total, base)) // (base - 1)
    return numerals.digits(low, base) * (low > 0) + 2 * carries


def _digit_sum(number: int, base: int) -> int:
    return sum(map(numerals.DIGITS.index, numerals.spell(number, base)))
