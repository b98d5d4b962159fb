"""The codes of rooms: six characters that are easy to say and to type, and that spell no word.

There are neither vowels nor characters that are taken for one another: no 0 and O, no 1, I and L, no B, G, S and Z
beside 8, 6, 5 and 2.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from adder.base.errors import RoomError, shorten

ALPHABET = "23456789CDFHJKMNPQRTVWX"
LENGTH = 6
_MEANT = str.maketrans("BGSZ", "8652")
_BETWEEN = re.compile(r"[\s\-_./·–—−]+")


def new_code() -> str:
    """A random code, one of 148 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """The code that somebody typed; blanks, dashes, small letters and look-alikes are forgiven.

    Raises:
        RoomError: It cannot be a code.

    >>> read_code(" qx7-4kf "), read_code("２2S-4KF")
    ('QX74KF', '2254KF')
    >>> read_code("QX7")
    Traceback (most recent call last):
    adder.base.errors.RoomError: a code is six letters and digits, such as QX7 4KF; received: QX7
    """
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:60])).upper().translate(_MEANT)
    strange = next((each for each in code if each not in ALPHABET), "")
    if len(code) == LENGTH and strange and code.isascii() and code.isalnum():
        raise RoomError("no code has the character {strange}; look at the board again", strange=strange)
    if len(code) != LENGTH or strange:
        raise RoomError(
            "a code is six letters and digits, such as {example}; received: {typed}",
            example="QX7 4KF",
            typed=shorten(typed.strip(), 20),
        )
    return code


def spoken(code: str) -> str:
    """A code in two parts, as one says it.

    >>> spoken("QX74KF")
    'QX7 4KF'
    """
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"
