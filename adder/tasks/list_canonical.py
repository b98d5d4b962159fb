"""The canonical form of questions in a list: whether `12+50` and `50+12`, or `Cat` and `cat`, are one question in it.

A list says by its answers what makes a difference. Where two questions that differ only in their case have different
answers, case matters in the whole list. Where `a+b` and `b+a` mostly have different answers, as when + joins words,
the list is no arithmetic.

    >>> same = Canonical.of((("12+50", "62"), ("Cat", "1")))
    >>> first, second, third, fourth = same.keys(["12+50", "50 + 12", "Cat", "CAT"])
    >>> first == second, third == fourth
    (True, True)
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from adder.base.errors import QuestionError
from adder.tasks import typed_text
from adder.tasks.canonical import canonical_form
from adder.tasks.expression import SQUARE, Parsed, parse, tree, work_out
from adder.tasks.numerals import value

_PLAIN_SUM = re.compile(r"([0-9]+)([-+*])([0-9]+)")
_TWO_WORDS = re.compile(r"[^\W\d_]\s+\w|\w\s+[^\W\d_]")
_WORD = re.compile(r"[^\W_]*[^\W\d_][^\W_]*")
_TIMES = re.compile(r"\dx\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Canonical:
    """What makes two questions of a list one.

    Attributes:
        cased: Whether the case of letters makes a difference.
        arithmetic: Whether questions are arithmetic, so that the order of what is added or multiplied makes none.
    """

    cased: bool
    arithmetic: bool

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Canonical:
        """What makes two questions one in a list of questions with their answers, in plain text."""
        answers: dict[str, str] = {}
        for question, answer in pairs:
            answers.setdefault(question, answer)
        folded: dict[str, str] = {}
        cased = any(folded.setdefault(each.casefold(), answer) != answer for each, answer in answers.items())
        return cls(cased, _is_arithmetic(answers, cased))

    def keys(self, questions: Iterable[str]) -> list[int]:
        """A hash of 64 bits for each question; only questions that are one and the same share it."""
        return [text_key(self.form(each)) for each in questions]

    def form(self, question: str) -> str:
        """The canonical form of a question."""
        folded = question if self.cased else question.casefold()
        return (self.arithmetic and _arithmetic_form(folded)) or folded


def text_key(text: str) -> int:
    """A hash of a text, of 64 bits."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _is_arithmetic(answers: dict[str, str], cased: bool) -> bool:
    """Whether the order of what is added or multiplied makes no difference in a list, apart from a few slips."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for question, answer in answers.items():
        folded = question if cased else question.casefold()
        if form := _arithmetic_form(folded):
            groups[form][folded] = answer
    several = [group for group in groups.values() if len(group) > 1]
    unlike = [group for group in several if len(set(group.values())) > 1]
    return len(unlike) <= len(several) / 2 or all(
        any(map(_is_true, *zip(*each.items(), strict=True))) for each in unlike
    )


def _is_true(question: str, answer: str) -> bool:
    """Whether an answer is the one of arithmetic."""
    parsed = _parsed(question)
    return parsed is not None and work_out(tree(parsed.form), parsed.numbers) == value(answer)


def _arithmetic_form(question: str) -> str:
    """The canonical form of a question of arithmetic; an empty text for any other question."""
    if question.isascii() and question.isalnum() and not _TIMES.search(question):  # Most lists are of single words.
        return ""
    return _form_of(question)


@lru_cache(maxsize=20_000)
def _form_of(question: str) -> str:
    parsed = _parsed(question)
    return "" if parsed is None else repr(canonical_form(tree(parsed.form), parsed.numbers))


def _parsed(question: str) -> Parsed | None:
    """A question of arithmetic taken apart, where a word stands for a number; None for any other question."""
    if match := _PLAIN_SUM.fullmatch(question):
        return Parsed(f"n{match[2]}n", (int(match[1]), int(match[3])))
    plain = typed_text.plain(question)
    if not typed_text.ARITHMETIC.fullmatch(plain):
        if _TWO_WORDS.search(question):
            return None
        plain = _WORD.sub(lambda word: str(2**64 + text_key(word[0])), plain)
    try:
        parsed = parse(plain)
    except QuestionError:
        return None
    return parsed if len(parsed.numbers) > 1 or SQUARE in parsed.form else None
