"""Reads what people type: every dash, cross, blank or word that stands for a digit, a sign or a blank.

Keyboards, phones, spreadsheets and web pages write the same sum in many ways. All of them are read here, and nowhere
else, into the few characters that questions are made of. Each keeps its place, so that an error can quote what was
typed, as it was typed, and count in it.

    >>> read(" １２ × 1,000 = ?").plain
    '12*1000'
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from adder.base.thousands import GROUPED
from adder.tasks.numerals import DIGITS

_MEANS = {
    "-": "‐‑‒–—―−⁃⁻₋˗﹘﹣➖─━ー⸺⸻֊־᐀᠆⸗⸚⹀⹝゠︱︲",
    "+": "⁺₊˖﹢➕✚﬩",
    "*": "×⋅·∙•‧・･∗﹡✕✖⨯⨉╳",
    "x": "хХ",  # These are Cyrillic.
    "=": "﹦⩵⁼₌",
    "(": "﹙❨⁽[{［｛【〔",
    ")": "﹚❩⁾]}］｝】〕",
    "'": "’‘ʼ´`",
    '"': "“”„«»「」",
    "?": "﹖",
    ".": "。｡",
    ",": "、﹐",
    " ": "␣",  # The page shows padding like this.
}
"""Signs that mean the same: each sign that is read, with all that people type for it."""
_WORDS = {
    "+": "plus, 加上, 加",
    "-": "minus, 减去, 減去, 减, 減, 负, 負, ——",  # The last is one key of a Chinese keyboard.
    "*": "times, mal, 乘以, 乘",
    "²": "squared, zum quadrat, hoch zwei, 的平方, 平方",
    "÷": "div, 除以, 除",
    "=": "equals, is, ist gleich, gleich, ist, 等于多少, 等于几, 等于, 等於多少, 等於幾, 等於, 是多少",
    " ": "what is, what's, calculate, was ist, wie viel ist, 请问, 請問, 计算, 計算, 求",
}
"""Words that mean a sign; a word stands before any other that it begins with."""

_BEGINNINGS = " =\"'"  # A spreadsheet writes `=12+50`.
_ENDS = " \t=?!.,:;…~_□\"'"  # People write `12+50 = ?` or `12+50=___`.
_PREFIXES = {2: "b", 8: "o", 16: "x"}  # Numbers may name their base, as in `0xFF`.
_NOT_SEEN = {*"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))}
_NOT_SEEN |= {"\u20e3"}  # It draws a key around a digit.

_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # ！ to ～ mean ! to ~.
_READ = str.maketrans(_FULL_WIDTH | {each: meant for meant, typed in _MEANS.items() for each in typed})

ARITHMETIC = re.compile(r"[0-9+*()^-]+")  # Questions in plain signs are made of these.
_SIGN_OF = {word: sign for sign, words in _WORDS.items() for word in words.split(", ")}
_ANY_WORD = "|".join(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word for word in _SIGN_OF)
_WORD = re.compile(rf"(?=[a-z—\u4e00-\u9fff])(?:{_ANY_WORD})", re.I | re.A)  # No word can begin elsewhere.
_TO_FILL_IN = re.compile(r"=\s*(?:\(\s*\)|[xX])$")  # It finds `12+50=( )` and `12+50=x`.
_TIMES = re.compile(r"(?<=[0-9A-Fa-f)²])\s*([xX])\s*(?=[0-9A-Fa-f(])")
_PREFIX = {base: re.compile(rf"(?i)(?<![0-9a-z])0{letter}(?=[0-9a-f])") for base, letter in _PREFIXES.items()}
_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001)))).replace("\t", "")
_PLAIN_SPACES = str.maketrans(dict.fromkeys(_SPACES, " "))
_BLANKS = {base: re.compile(rf"(?i)(?<=[{DIGITS[:base]}])\s+(?=[{DIGITS[:base]}])") for base in range(2, 17)}


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as it was typed, and as it is read.

    Attributes:
        shown: What was typed, without what cannot be seen; every blank is a plain one.
        plain: What it means, in digits, operators and brackets. A blank is left only where it parts two digits.
        places: The place in `shown` of each character of `plain`, counted from 1.
    """

    shown: str
    plain: str
    places: tuple[int, ...]

    @classmethod
    def exactly(cls, text: str) -> Typed:
        """A text that means what it says."""
        return cls(text, text, tuple(range(1, len(text) + 1)))

    def quoted(self, start: int, end: int) -> str:
        """How the characters of `plain` from `start` up to `end` were typed.

        >>> read("１,000 + 2").quoted(0, 4)
        '１,000'
        """
        return self.shown[self.places[start] - 1 : self.places[end - 1]]


def read(text: str, base: int = 10, thousands: str = ",") -> Typed:
    r"""Read a question or a number as people type it.

    All dashes are minus, all crosses and raised dots are times, and so is an `x` between numbers. Thousands may be
    grouped. A tab after a question ends it, since the next cell of a spreadsheet follows.

    Args:
        text: What was typed.
        base: What numbers are written in; only decimal ones have thousands.
        thousands: What the reader's language groups them with, a comma or a point; blanks and apostrophes always do.

    >>> read("12–5\t7").plain, read("12+50 62").plain, read("2 x 3²").plain
    ('12-5', '12+50 62', '2*3^2')
    """
    if ARITHMETIC.fullmatch(text):  # Most questions of a long list are such.
        return Typed.exactly(text)
    seen = _seen(text).strip()
    meant = _WORD.sub(lambda word: _SIGN_OF[word[0].lower()].ljust(len(word[0])), seen)
    meant = _without_ends(meant.translate(_READ))
    characters = list(meant.replace("\t", " "))
    for match in _TIMES.finditer(meant):
        characters[match.start(1)] = "*"
    begin = len(meant) - len(meant.lstrip(_BEGINNINGS))
    parting = {match.start() for match in _BLANKS[base].finditer(meant)}
    for at, each in enumerate(characters):
        if at < begin or (each == " " and at not in parting):
            characters[at] = ""
        elif each == "²":
            characters[at] = "^2"
    for match in _PREFIX[base].finditer(meant) if base in _PREFIX else ():
        characters[slice(*match.span())] = "", ""
    for match in GROUPED[thousands].finditer(meant) if base == 10 else ():
        for at in range(*match.span()):
            if not characters[at].isdigit():
                characters[at] = ""
    places = tuple(at for at, each in enumerate(characters, start=1) for _ in each)
    return Typed(seen.replace("\t", " "), "".join(characters), places)


def plain(text: str) -> str:
    """`text` as it is read, in plain digits and signs.

    >>> plain(" １２ × 5 = ?")
    '12*5'
    """
    return read(text).plain


def script_rules(base: int) -> dict[str, Any]:
    """The rules by which texts are read, for `typed_text.js`: regular expressions as their source and flags.

    >>> script_rules(10)["words"]["plus"], script_rules(16)["patterns"]["prefix"]
    ('+', ['(?<![0-9a-z])0x(?=[0-9a-f])', 'gi'])
    """
    patterns = {"word": _WORD, "to_fill_in": _TO_FILL_IN, "times": _TIMES, "blanks": _BLANKS[base]}
    if base in _PREFIX:
        patterns["prefix"] = _PREFIX[base]
    if base == 10:
        patterns["grouped"] = GROUPED[","]
    return {
        "means": {chr(typed): meant for typed, meant in _READ.items()},
        "words": _SIGN_OF,
        "beginnings": _BEGINNINGS,
        "ends": _ENDS,
        "unseen": "".join(sorted(_NOT_SEEN)),
        "spaces": _SPACES,
        "patterns": {
            name: [pattern.pattern.removeprefix("(?i)"), "gi" if pattern.flags & re.I else "g"]
            for name, pattern in patterns.items()
        },
    }


def _without_ends(text: str) -> str:
    """`text` up to a tab that ends a question, and without what asks for the answer, such as `= ?`."""
    operator, last = False, ""
    for at, each in enumerate(text):
        if each == "\t" and operator and (last.isalnum() or last in ")²=?"):
            text = text[:at]
            break
        operator = operator or each in "+-*^²"
        last = last if each.isspace() else each
    return _TO_FILL_IN.sub("", text.rstrip(_ENDS)).rstrip(_ENDS)


def _seen(text: str) -> str:
    """`text` with plain blanks and tabs, and without what nobody can see."""
    if text.isascii() and text.isprintable():
        return text
    spaced = text.translate(_PLAIN_SPACES)
    return "".join(
        each for each in spaced if each == "\t" or not (each in _NOT_SEEN or unicodedata.category(each) in ("Cc", "Cf"))
    )
