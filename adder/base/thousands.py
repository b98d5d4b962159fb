"""Numbers whose thousands are grouped, as the page prints them and as people type them: `1,000,000` or `1 000 000`."""

from __future__ import annotations

import re

_BLANKS = " \u00a0\u2009\u202f"

GROUPED = {
    own: re.compile(
        rf"(?<![0-9A-Za-z])(?<![0-9][{_BLANKS},.'’_])[1-9][0-9]{{0,2}}"
        rf"(?:([{_BLANKS}{own}'’_])[0-9]{{3}}(?:\1[0-9]{{3}})*(?!\1[0-9])|(?:[{other}][0-9]{{3}}){{2,}}(?![{other}][0-9]))"
        rf"(?![0-9A-Za-z])"
    )
    for own, other in (",.", ".,")
}
"""These find grouped thousands, by what the language groups with. Two groups or more are clear in any language."""


def whole_number(text: str) -> int:
    """The whole number that a text spells, with or without its thousands grouped.

    Raises:
        ValueError: It spells none.

    >>> whole_number("12,000"), whole_number(" -7 "), whole_number("1 000 000")
    (12000, -7, 1000000)
    """
    number = text.strip()
    sign = number[: number.startswith(("-", "+"))]
    if len(number) < 10_000 and GROUPED[","].fullmatch(number[len(sign) :]):
        number = sign + re.sub("[^0-9]", "", number)
    return int(number)
