"""Why a wrong answer is wrong, as a teacher would name it: the carry was forgotten, for example.

>>> from adder.tasks.arithmetic import Task
>>> [slip(Task(largest=100), "27+15", given, "42") for given in ("32", "312", "24", "41", "7", "42")]
['forgot the carry', 'forgot the carry', 'the wrong way round', 'one digit off', '', '']
"""

from __future__ import annotations

import re

from adder.base.messages import marked
from adder.tasks import AnyTask

CARRY = marked("forgot the carry")
REVERSED = marked("the wrong way round")
ONE_DIGIT = marked("one digit off")

_SUM = re.compile(r"[0-9A-F]+(\+[0-9A-F]+)+")


def slip(task: AnyTask, question: str, given: str, truth: str) -> str:
    """What went wrong in an answer: one of the texts above, or an empty one where nothing is known or it is right.

    Args:
        task: What was asked.
        question: The question.
        given: The answer, as `typed_answer.read_answer` returned it.
        truth: The true answer, without padding.
    """
    if given == truth or not task.operators:
        return ""
    value = task.value(given)
    if _SUM.fullmatch(question) and value is not None and value >= 0:
        numbers = [int(number, task.base) for number in question.split("+")]
        if _without_a_carry(numbers, value, task.base) or given == _columns_written_out(task, numbers):
            return CARRY
    if given == truth[::-1]:
        return REVERSED
    if len(given) == len(truth) and sum(mine != true for mine, true in zip(given, truth, strict=True)) == 1:
        return ONE_DIGIT
    return ""


def _without_a_carry(numbers: list[int], given: int, base: int) -> bool:
    """Whether an answer comes out where at least one column hands nothing to the next."""
    states = {(0, False)}  # Each is a carry, and whether one was forgotten.
    rest = [*numbers, given]
    while any(rest) or any(carry for carry, _ in states):
        *column, digit = (number % base for number in rest)
        totals = [(sum(column) + carry, forgotten) for carry, forgotten in states]
        kept = [(total // base, forgotten) for total, forgotten in totals if total % base == digit]
        states = {*kept, *((0, True) for carry, _ in kept if carry)}
        rest = [number // base for number in rest]
    return (0, True) in states


def _columns_written_out(task: AnyTask, numbers: list[int]) -> str:
    """The sums of all columns beside one another, as 312 for 27+15; empty where no column carries."""
    rest, columns = list(numbers), list[int]()
    while any(rest):
        columns.append(sum(number % task.base for number in rest))
        rest = [number // task.base for number in rest]
    return "".join(map(task.spell, reversed(columns))) if max(columns, default=0) >= task.base else ""
