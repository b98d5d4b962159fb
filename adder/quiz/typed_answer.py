"""What a person typed as an answer: how it is read, and whether it is right."""

from __future__ import annotations

import re

from adder.base.errors import QuizError, shorten
from adder.base.messages import Sentence
from adder.tasks import AnyTask, expression, numerals
from adder.tasks.arithmetic import Task
from adder.tasks.pairs import MOST_CHARACTERS

_WHOLE = re.compile(r"([+-]?)([0-9A-Z]+)(?:\.0*)?")


_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.0*)?")


def read_answer(task: AnyTask, typed: str) -> str:
    """What a person typed, as the answer it stands for.

    Spaces, full-width characters, a plus sign, leading zeros, thousands separators, a closing `.0` and an opening `=`
    are forgiven. In a task of your own any text is an answer.

    Raises:
        QuizError: It is nothing that could be an answer, in words for who typed it.

    >>> [read_answer(Task(largest=100), typed) for typed in ("+23", " ２３ ", "23.0", "007", "-0", "= 2 3")]
    ['23', '23', '23', '7', '0', '23']
    >>> read_answer(Task(largest=100), "10+13")
    Traceback (most recent call last):
    adder.base.errors.QuizError: "10+13" still has to be worked out; type what it comes to
    """
    if not typed.strip():
        raise QuizError(Sentence("there is no answer yet; type one and press Enter"))
    if not isinstance(task, Task):
        given = " ".join(typed.split())
        if len(given) > MOST_CHARACTERS:
            raise QuizError(
                Sentence("that is longer than any answer, which has {n} characters at most", n=MOST_CHARACTERS)
            )
        return given
    if len(typed) > 10 * (task.longest_answer + 100):
        raise QuizError(_too_long(task, shorten(typed)))
    return _read_number(task, expression.plain(typed).removeprefix("=").upper())


def _read_number(task: Task, text: str) -> str:
    shown = shorten(text)
    if task.base == 10 and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    match = _WHOLE.fullmatch(text)
    if match is None or any(each not in numerals.DIGITS[: task.base] for each in match[2]):
        raise QuizError(_no_number(task, text, shown))
    bare = match[2].lstrip("0") or "0"
    if len(bare) > task.longest_answer:
        raise QuizError(_too_long(task, shown))
    return "-" * (match[1] == "-" and bare != "0") + bare


def _too_long(task: Task, shown: str) -> Sentence:
    most = task.longest_answer
    if most == 1:
        return Sentence("{text} is too long; every answer here has 1 digit", text=shown)
    return Sentence("{text} is too long; no answer here has more than {n} digits", text=shown, n=most)


def _no_number(task: Task, text: str, shown: str) -> Sentence:
    if re.fullmatch(r"[+-]?[0-9]*[.,][0-9]+", text):
        return Sentence('"{text}" is between two whole numbers; every answer here is a whole one', text=shown)
    if re.fullmatch(r"[0-9A-F()]+([-+*^]+[0-9A-F()]+)+", text):
        return Sentence('"{text}" still has to be worked out; type what it comes to', text=shown)
    if task.base != 10:
        digits = numerals.DIGITS[: task.base]
        return Sentence(
            '"{text}" is no number in base {base}, whose digits are {first} to {last}',
            text=shown,
            base=task.base,
            first=digits[0],
            last=digits[-1],
        )
    return Sentence('"{text}" is no number; type digits alone, such as 62', text=shown)


def _same(task: AnyTask, given: str, truth: str) -> bool:
    if isinstance(task, Task):
        return task.value(given) == task.value(truth)
    if given == " ".join(truth.split()):
        return True
    number = task.value(truth)  # in a list too, what is right as a number may be typed as one
    match = _WHOLE.fullmatch(expression.plain(given))
    return number is not None and match is not None and task.value(match[1].strip("+") + match[2]) == number
