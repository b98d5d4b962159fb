"""The names of players: what is left of a typed one, and those that are offered."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Container

from adder.base.messages import marked

LONGEST_NAME = 24
_MOST_MARKS = 2  # A pile of accents on one letter reaches over the lines above and below.
_BLANK_LETTERS = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|[\ufe00-\ufe0f]")
_TRIES = 20

# A language has as many words as it likes, with blanks between; each adjective goes with each animal.
ADJECTIVES = marked(
    "Brave Bright Calm Clever Curious Eager Fast Funny Gentle Happy Jolly Kind Lucky Merry Nimble Polite Proud Quick "
    "Quiet Smart Sunny Swift Tidy Wise"
)
ANIMALS = marked(
    "Badger Bear Beaver Dolphin Eagle Falcon Fox Frog Gecko Hare Heron Koala Lynx Otter Owl Panda Parrot Penguin Puma "
    "Raven Robin Seal Tiger Turtle"
)
PAIR = marked("{adjective} {animal}")


def clean_name(typed: str) -> str:
    r"""What of a typed name can be shown: one line, without control and invisible characters, of 24 at most.

    >>> clean_name("  Mia\u200b \u202e(7b)\n"), clean_name("\u3164\u00ad"), clean_name("e" + "\u0301" * 40)
    ('Mia (7b)', '', 'é́́')
    """
    kept, marks = [], 0
    for each in _BLANK_LETTERS.sub("", unicodedata.normalize("NFKC", typed[: 20 * LONGEST_NAME])):
        kind = unicodedata.category(each)[0]
        if kind == "Z" or each in "\t\n\r":
            each, kind = " ", "Z"
        if kind == "C":  # What is left out parts no mark from the others on its letter.
            continue
        marks = marks + 1 if kind == "M" else 0
        if marks <= _MOST_MARKS:
            kept.append(each)
    return unicodedata.normalize("NFKC", " ".join("".join(kept).split()))[:LONGEST_NAME].strip()


def offered_name(adjectives: str, animals: str, pair: str, taken: Container[str]) -> str:
    """A random name that nobody has, as long as there are any.

    Args:
        adjectives: `ADJECTIVES` in the language of the room.
        animals: `ANIMALS` in that language.
        pair: How that language puts the two together, `PAIR`.
        taken: The names in the room.
    """
    name = ""
    for _ in range(_TRIES):
        name = pair.format(adjective=secrets.choice(adjectives.split()), animal=secrets.choice(animals.split()))
        if name not in taken:
            break
    return name


def distinct(name: str, taken: Container[str]) -> str:
    """A name that nobody else has; if it is taken, a number follows it.

    >>> distinct("Mia", {"Mia", "Mia 2"})
    'Mia 3'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name[: LONGEST_NAME - 1 - len(str(number))].rstrip()} {number}"
    return found
