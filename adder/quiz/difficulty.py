"""How hard a question is to work out on paper, and a task's questions sorted into five levels by that."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from adder.tasks import AnyTask, expression, numerals
from adder.tasks.arithmetic import Task
from adder.tasks.expression import SQUARE, Tree
from adder.tasks.questions import texts

LEVELS = 5

_DRAWN = 1_000  # questions of a task that are sorted into levels


@dataclass(frozen=True, slots=True)
class Level:
    """A fifth of the questions that a game may ask.

    Attributes:
        questions: In the order they were drawn.
        effort: The effort of the hardest of them.
    """

    questions: tuple[str, ...]
    effort: int


@lru_cache(maxsize=64)
def levels(task: AnyTask, seed: int) -> tuple[Level, ...]:
    """Distinct questions drawn from a seed, sorted into levels, the easiest level first."""
    # Drawn by length, so that there are short questions among them.
    drawing = dataclasses.replace(task, draw="lengths") if isinstance(task, Task) else task
    asked = drawing.sample(_DRAWN, np.random.default_rng(seed), split="any")
    answers = dict(zip(task.texts(asked), texts(asked.answers, task.alphabet), strict=True))
    drawn = list(answers)
    efforts = [effort(task, question, answer.strip()) for question, answer in answers.items()]
    easiest_first = sorted(range(len(drawn)), key=efforts.__getitem__)
    found = []
    for level in range(LEVELS):
        first = min(len(drawn) * level // LEVELS, len(drawn) - 1)
        end = max(len(drawn) * (level + 1) // LEVELS, first + 1)  # every level of a tiny task has a question
        places = easiest_first[first:end]
        found.append(Level(tuple(drawn[place] for place in sorted(places)), efforts[places[-1]]))
    return tuple(found)


def level_of(task: AnyTask, seed: int, question: str, work: int) -> int:
    """The level that a question was drawn for.

    Args:
        task: What the game is played on.
        seed: What its questions are drawn from.
        question: Any question, of one's own too.
        work: Its effort. A question that was not drawn is on the first level that has one as hard.
    """
    found = levels(task, seed)
    drawn_for = (number for number, level in enumerate(found, start=1) if question in level.questions)
    as_hard = (number for number, level in enumerate(found, start=1) if work <= level.effort)
    return next(drawn_for, None) or next(as_hard, LEVELS)


def effort(task: AnyTask, question: str, answer: str) -> int:
    """How much work a question is for a person.

    In arithmetic it counts the digits to add or multiply, the brackets, and the carries and borrows, which weigh
    double. In a list of your own it counts the characters of question and answer.

    >>> [effort(Task(smallest=0, largest=99), *sum) for sum in (("3+4", "7"), ("3+8", "11"), ("77+88", "165"))]
    [1, 3, 6]
    """
    if not isinstance(task, Task):
        return len(question) + len(answer)
    parsed = task.parse(question)
    _, work = _worked_out(expression.tree(parsed.form), parsed.numbers, task.base)
    return work + 2 * parsed.form.count("(")


def _worked_out(node: Tree, numbers: tuple[int, ...], base: int) -> tuple[int, int]:
    """The value of a tree, and the work on the way to it."""
    if isinstance(node, int):
        return numbers[node], 0
    if node[0] == SQUARE:
        number = numbers[node[1]]
        return number**2, 2 * numerals.digits(number, base) ** 2
    (left, left_work), (right, right_work) = (_worked_out(each, numbers, base) for each in node[1:])
    work = left_work + right_work
    if node[0] == "*":
        return left * right, work + 2 * numerals.digits(abs(left), base) * numerals.digits(abs(right), base)
    value = left - right if node[0] == "-" else left + right
    return value, work + _column_work(abs(left), abs(right), abs(value), base) + (value < 0)


def _column_work(left: int, right: int, value: int, base: int) -> int:
    """The columns of the smaller number, and twice the carries or borrows; all numbers without their signs.

    The largest of the three is always the sum of the other two, so a borrow counts as the carry of adding back. Each
    carry takes `base` from one column and gives 1 to the next, so the digits of a sum add up to `base - 1` less than
    those of its terms (Legendre).
    """
    columns = numerals.digits(min(left, right), base) if left and right else 0
    first, second, whole = (_digit_sum(number, base) for number in sorted((left, right, value)))
    carries = (first + second - whole) // (base - 1)
    return columns + 2 * carries


def _digit_sum(number: int, base: int) -> int:
    return sum(map(numerals.DIGITS.index, numerals.spell(number, base)))
