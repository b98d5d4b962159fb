"""What a refusal must be: one clear sentence, short, in words that name nothing of the program behind it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote_plus

from adder.base.errors import AdderError
from tests.fuzz.mutation import members_of

MOST_CHARACTERS = 500
_OF_THE_PROGRAM = re.compile(
    r"Traceback|\b[A-Z]\w*(?:Error|Exception|Warning)\b|<class|object at 0x|__\w+__|NoneType|\w+\(\)|<\w+Info"
    r"|\bdict\b|\bstr\b|\bkwarg|codec|struct|set_int_max"
)
_JSON_CODES = re.compile(r"\\u([0-9a-fA-F]{4})")
_CODES = re.compile(r"\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])")  # They stand for characters that cannot be shown.


class UnclearRefusal(AssertionError):  # noqa: N818  # What was raised is a refusal.
    """A refusal that is no clear sentence."""


@contextmanager
def refusals(data: bytes) -> Iterator[None]:
    """Lets what the product refuses on purpose pass, if it does so in a clear sentence.

    Args:
        data: What was fed, which may be quoted.
    """
    try:
        yield
    except AdderError as error:
        check(error.sentence, data)


def check(text: str, data: bytes) -> None:
    """Raise where a sentence is not fit for the person who caused it."""
    if not text.strip():
        raise UnclearRefusal("says nothing")
    if len(text) > MOST_CHARACTERS:
        raise UnclearRefusal(f"{len(text)} characters: {text[:200]!r}")
    if not text.isprintable():
        raise UnclearRefusal(f"holds what cannot be shown: {text!r}")
    found = _OF_THE_PROGRAM.findall(_CODES.sub("", text))
    written = _readings(data) if found else []
    for word in found:
        if not any(_plain(word) in each for each in written):
            raise UnclearRefusal(f"speaks of {word}: {text!r}")


def _readings(data: bytes) -> list[str]:
    """What was fed, with what is packed in it, in every way in which its characters may be quoted."""
    text = _content(data).decode("utf-8", "ignore")
    read = _JSON_CODES.sub(lambda found: chr(int(found[1], 16)), text)
    return [_plain(each) for each in (text, unquote_plus(text), read, _CODES.sub("", text))]


def _plain(text: str) -> str:
    """Wide characters made narrow, capitals small, and nothing between the characters."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def _content(data: bytes) -> bytes:
    return b"\n".join([data, *(_content(member) for _, member in members_of(data))])
