"""The one form of a cell of a list: composed, with plain blanks, and without what cannot be seen."""

from __future__ import annotations

import re
import unicodedata

LONGEST_CELL = 1_000  # A longer cell is no question, and cleaning it would take long.

BLANK = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0001-\U000e007f\U000e0100-\U000e01ef]"
)
_KEYCAP = "\u20e3"
_VIRAMA_CLASS = 9  # A sign of this class takes a letter's vowel away.


def plain_cell(text: str) -> str:
    r"""A cell's text in one form: composed (NFC), with spaces for all blanks, without what cannot be seen.

    Joiners and marks that a letter or an emoji needs stay.

    >>> plain_cell(" ab\u00a0cd\u200b "), plain_cell("👩\u200d🚀"), plain_cell("a\u200db")
    ('ab cd', '👩\u200d🚀', 'ab')
    """
    if len(text) > LONGEST_CELL or (text.isascii() and text.isprintable()):
        return text.strip()
    text = unicodedata.normalize("NFC", INVISIBLE.sub(_kept, BLANK.sub(" ", text)))
    return text.strip()


def plain_question(text: str) -> str:
    """A question in one form: that of `plain_cell`, with every run of blanks as one.

    >>> plain_question(" ab  cd ")
    'ab cd'
    """
    return re.sub("  +", " ", plain_cell(text))


def _kept(found: re.Match[str]) -> str:
    """An invisible character where the characters around it need it; otherwise nothing."""
    text, at, it = found.string, found.start(), found[0]
    before, after = (text[at - 1] if at else " "), text[at + 1 : at + 2] or " "
    if it in "\u200c\u200d":  # They join or part letters, and make one emoji of several.
        shaped = any(unicodedata.bidirectional(each) == "AL" for each in (before, after))
        joined = any(unicodedata.combining(each) == _VIRAMA_CLASS for each in (before, after))
        emoji = it == "\u200d" and _pictured(before) and unicodedata.category(after) == "So"
        return it if shaped or joined or emoji else ""
    if "\ufe00" <= it <= "\ufe0f":
        return it if _pictured(before) or after == _KEYCAP else ""
    if "\U000e0020" <= it <= "\U000e007f":  # They are the letters of a flag.
        return it if _pictured(before) or "\U000e0020" <= before <= "\U000e007f" else ""
    return ""


def _pictured(character: str) -> bool:
    """Whether a character is a picture, or changes how one looks."""
    return unicodedata.category(character) in ("So", "Sk", "Sm") or character == "\ufe0f"
