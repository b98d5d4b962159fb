"""The written forms of a game: its turns as CSV, and a few short texts for an address, from which it is replayed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

from adder.base.csv_files import csv_text
from adder.base.errors import QuizError, shorten
from adder.quiz.turn import Turn

CSV_COLUMNS = (
    "number", "question", "truth", "human", "human_right", "network", "network_right", "network_confidence",
    "seconds", "level", "carries", "again", "held_out",
)  # fmt: skip
TEXTS = ("seed", "length", "level", "ask", "answers")


def turns_csv(turns: Iterable[Turn]) -> str:
    """The turns as CSV, one row each."""
    rows: list[Sequence[object]] = [CSV_COLUMNS]
    for number, turn in enumerate(turns, start=1):
        sure = None if turn.network.number is not None else f"{turn.network.confidence:.6f}"
        row = [number, turn.question, turn.truth, turn.given, turn.right, turn.written, turn.network.correct, sure]
        rows.append([*row, turn.seconds, turn.level, turn.carries, turn.again, turn.held_out])
    return csv_text(rows)


def check_names(texts: Mapping[str, str]) -> None:
    """Refuse texts with a name that no game has.

    Raises:
        QuizError: The first such name.
    """
    strange = next((name for name in texts if name not in TEXTS), None)
    if strange is not None:
        raise QuizError("a game has no {key}", key=shorten(strange))


def questions_text(questions: Iterable[str]) -> str:
    """Questions as one text.

    >>> questions_text(["3*(4+5)", "a_b~c"]), questions_from("3*(4+5)~a%5Fb%7Ec", most=2)
    ('3*(4+5)~a%5Fb%7Ec', ('3*(4+5)', 'a_b~c'))
    """
    return "~".join(map(_escaped, questions))


def questions_from(text: str, most: int) -> tuple[str, ...]:
    """The questions that `questions_text` wrote.

    Raises:
        QuizError: There are more than `most`.
    """
    if text.count("~") >= most:
        raise QuizError("a game has at most {most} questions", most=most)
    return tuple(map(unquote, text.split("~")))


def answers_text(turns: Iterable[Turn]) -> str:
    """The person's answers as one text, each with its tenths of a second, as `62_25~7_8`."""
    return "~".join(f"{_escaped(turn.given)}_{round(10 * turn.seconds)}" for turn in turns)


def answers_from(text: str, most: int) -> list[tuple[str, float]]:
    """The answers that `answers_text` wrote, each with its seconds.

    Raises:
        QuizError: There are more than `most`, or one has no time.
    """
    if text.count("~") >= most:
        raise QuizError("the game has more answers than questions")
    parts = [each.rpartition("_") for each in text.split("~")] if text else []
    return [(unquote(answer), whole_number("answers", tenths) / 10) for answer, _, tenths in parts]


def whole_number(name: str, text: str) -> int:
    """The number that a text spells in plain digits.

    Raises:
        QuizError: It spells none.
    """
    if not re.fullmatch("[0-9]{1,10}", text):
        raise QuizError("{key} must be a whole number; received: {text}", key=name, text=shorten(text))
    return int(text)


def _escaped(text: str) -> str:
    """`text` without the two characters that separate answers and times."""
    return quote(text, safe="+*^()").replace("_", "%5F").replace("~", "%7E")
