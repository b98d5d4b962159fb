"""Every error that adder raises on purpose: `AdderError`, and below it one class for each kind of fault.

The checks that raise them live in `adder.base.validation` and where each thing is built.
"""

from __future__ import annotations

import reprlib
from typing import Any

from adder.base.messages import Sentence


class AdderError(Exception):
    """The root of adder's errors. `str(error)` is a sentence to show to the person who caused it.

    Args:
        text: A sentence, or the template of one.
        values: What the template is filled in with.

    >>> AdderError("{n} runs are waiting already", n=3).sentence.template
    '{n} runs are waiting already'
    """

    def __init__(self, text: str, /, **values: Any) -> None:
        super().__init__(text if isinstance(text, Sentence) else Sentence(text, **values))

    @property
    def sentence(self) -> Sentence:
        """The same text, which a page can translate."""
        return self.args[0]


class ExperimentError(AdderError, ValueError):
    """A setting that cannot work.

    >>> str(ExperimentError("task.largest", "a whole number from 1 to 99", 0))
    'task.largest must be a whole number from 1 to 99; received: 0'
    """

    def __init__(self, field: str, expected: str, received: object) -> None:
        self.field = field
        self.expected = expected
        self.received = received
        super().__init__(
            Sentence(
                "{field} must be {expected}; received: {received}",
                field=field if isinstance(field, Sentence) else shorten(field, _LONGEST_NAME_SHOWN),
                expected=expected,
                received=shown(received),
            )
        )

    def __reduce__(self) -> tuple[type[ExperimentError], tuple[str, str, object]]:
        return type(self), (self.field, self.expected, self.received)


class CombinationError(ExperimentError):
    """Settings that do not go together; the text says why in one sentence."""

    def __init__(self, why: str) -> None:
        self.field, self.expected = "experiment", Sentence("of parts that go together")
        self.received = why
        AdderError.__init__(self, why)

    def __reduce__(self) -> tuple[type[CombinationError], tuple[str]]:  # type: ignore[override]
        return type(self), (self.sentence,)


class QuestionError(AdderError, ValueError):
    """A question that cannot be asked of this network."""


class QuizError(AdderError, ValueError):
    """A game that cannot be played, or a typed answer that could be neither right nor wrong."""


class QuestionFileError(AdderError, ValueError):
    """A file of questions that cannot be read; the text names the row."""


class SolverFileError(AdderError, ValueError):
    """A file that is not a whole, well-formed solver or checkpoint, or cannot be read or written."""


class TrainingError(AdderError, RuntimeError):
    """A run that cannot go on, such as one whose loss is no longer finite."""


class RunError(AdderError, RuntimeError):
    """A background run that cannot be started, found or continued."""


class RoomError(AdderError, RuntimeError):
    """A room of a class that is not there, or refuses what somebody wants."""


class StoreError(AdderError, RuntimeError):
    """Runs that cannot be kept on disk, or read from it."""


def shown(value: object) -> str:
    """`value` as Python would write it, for use inside a message; a long value is cut short.

    >>> shown("ten"), shown([0] * 1_000_000)
    ("'ten'", '[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ..…')
    """
    if isinstance(value, Sentence):  # A sentence already describes the value.
        return value
    try:
        return shorten(_SHORT_REPR.repr(value))
    except ValueError:  # Python refuses to write whole numbers of more than a few thousand digits.
        return Sentence("a number too long to write out")


def shorten(text: str, limit: int = 40) -> str:
    r"""`text`, cut to at most `limit` characters for use inside a message; control characters become escapes.

    >>> shorten("1+" * 5000, limit=12)
    '1+1+1+1+1+1…'
    >>> print(shorten("12\n+50"))
    12\n+50
    """
    beginning = text[: limit + 1]
    if not beginning.isprintable():
        codes = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in beginning)
        beginning = "".join(codes)
    return beginning if len(beginning) <= limit else beginning[: limit - 1] + "…"


class _ShortRepr(reprlib.Repr):
    """A repr that stops after what a message may quote, however long or deep the value is."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 12
        self.maxother = self.maxlong = 100

    def repr_str(self, x: str, level: int) -> str:
        return repr(x[:100])


_SHORT_REPR = _ShortRepr()
_LONGEST_NAME_SHOWN = 60
