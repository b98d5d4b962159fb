"""Reads what a person typed as an answer, and says whether it is right.

>>> from adder.tasks.arithmetic import Task
>>> task = Task(largest=100)
>>> is_right(task, read_answer(task, "23.0"), "23")
True
"""

from __future__ import annotations

import re

from adder.base.errors import QuizError, shorten
from adder.base.messages import Sentence, counted
from adder.tasks import AnyTask, numerals, typed_text
from adder.tasks.pairs import MOST_ANSWER_CHARACTERS
from adder.tasks.plain_cell import plain_question

_WHOLE_NUMBER = re.compile(r"\(?([+-]?)([0-9A-Z]+)(?:[.,]0*)?\)?")
_UNCLEAR = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_THOUSANDS_AND_FRACTION = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)((?!\2)[.,][0-9]*)")
_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]+")
_CALCULATION = re.compile(r"[0-9A-F().,]+([-+*^]+[0-9A-F().,]+)+")


def read_answer(task: AnyTask, typed: str, thousands: str = ",") -> str:
    """What a person typed, as the answer it stands for.

    Blanks, full-width characters, any dash, a plus sign, leading zeros, grouped thousands, a closing `.0` and an
    opening `=` are forgiven. Where questions are no arithmetic, any text is an answer.

    Args:
        task: What was asked.
        typed: What the person typed.
        thousands: What the person's language groups thousands with, a comma or a point.

    Raises:
        QuizError: It could not be an answer; the error tells the person why.

    >>> from adder.tasks.arithmetic import Task
    >>> [read_answer(Task(largest=100), typed) for typed in ("+23", " ２３ ", "23.0", "007", "-0", "= 2 3")]
    ['23', '23', '23', '7', '0', '23']
    >>> read_answer(Task(largest=100), "10+13")
    Traceback (most recent call last):
    adder.base.errors.QuizError: "10+13" still has to be worked out; type what it comes to
    """
    typed = typed.strip().partition("\t")[0]  # A spreadsheet's next cell follows a tab.
    if task.operators and len(typed) > 10 * (task.longest_answer + 100):  # Nobody means an answer this long.
        raise QuizError(_too_long(task, typed))
    read = typed_text.read(typed, task.base, thousands) if task.operators else None
    text = plain_question(typed) if read is None else read.plain.replace(" ", "").upper()
    if not text:
        raise QuizError("there is no answer yet; type one and press Enter")
    if read is not None:
        return _read_number(task, text, read.shown)
    if len(text) > MOST_ANSWER_CHARACTERS:
        raise QuizError(
            "that is longer than any answer, which has {most} characters at most", most=MOST_ANSWER_CHARACTERS
        )
    return text


def is_right(task: AnyTask, answer: str, truth: str) -> bool:
    """Whether an answer that `read_answer` returned is the true one.

    Numbers are compared as numbers, in a list too.

    >>> from adder.tasks.pairs import Rule
    >>> words = Rule((("2", "two"), ("10", "1")))
    >>> is_right(words, "two", "two"), is_right(words, "Two", "two"), is_right(words, "1000", "1,000")
    (True, False, True)
    """
    if task.operators:
        return task.value(answer) == task.value(truth)
    if answer == plain_question(truth):
        return True
    number = _whole_number(task, truth)
    return number is not None and number == _whole_number(task, answer)


def _whole_number(task: AnyTask, text: str) -> int | None:
    """The whole number that a text of a list spells; None where it spells none, or could be two."""
    plain = typed_text.plain(text)
    match = None if _UNCLEAR.fullmatch(plain) else _WHOLE_NUMBER.fullmatch(plain)
    return None if match is None else task.value(match[1].strip("+") + match[2])


def _read_number(task: AnyTask, text: str, shown: str) -> str:
    """The number that a text spells; `shown` is how it was typed."""
    text = text.rpartition("=")[2]  # People write `12+50=62`.
    if task.base == 10 and _UNCLEAR.fullmatch(text):
        raise QuizError(_unclear(text, shown))
    if both := _THOUSANDS_AND_FRACTION.fullmatch(text):
        text = both[1].replace(both[2], "") + both[3]
    match = _WHOLE_NUMBER.fullmatch(text)
    if match is None or any(each not in numerals.DIGITS[: task.base] for each in match[2]):
        raise QuizError(_not_a_number(task, text, shown))
    digits = match[2].lstrip("0") or "0"
    if len(digits) > task.longest_answer:
        raise QuizError(_too_long(task, shown))
    return "-" * (match[1] == "-" and digits != "0") + digits


def _unclear(text: str, shown: str) -> Sentence:
    """What to say of `1.000`, which is 1 to some people and 1000 to others."""
    whole, part = re.split("[.,]", text)
    if part.strip("0"):
        return Sentence(
            '"{text}" could be a fraction or {number}; type it in digits alone',
            text=shorten(shown),
            number=whole + part,
        )
    return Sentence(
        '"{text}" could be {one} or {other}; type it in digits alone',
        text=shorten(shown),
        one=whole,
        other=whole + part,
    )


def _too_long(task: AnyTask, text: str) -> Sentence:
    return counted(
        "{text} is too long; every answer here has {n} digit",
        "{text} is too long; no answer here has more than {n} digits",
        n=task.longest_answer,
        text=shorten(text),
    )


def _not_a_number(task: AnyTask, text: str, shown: str) -> Sentence:
    shown = shorten(shown)
    if _FRACTION.fullmatch(text):
        return Sentence('"{text}" is between two whole numbers; every answer here is a whole one', text=shown)
    if _CALCULATION.fullmatch(text):
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
