"""Every error that adder raises on purpose.

    AdderError                   anything below; its text is one sentence a person can act on
    ├── ExperimentError          an experiment that cannot work: which field, what was expected, what came
    │   └── CombinationError     settings that each can work, but not together
    ├── QuestionError            a question that cannot be asked of this network
    ├── QuizError                a game that cannot be, or an answer that can be neither right nor wrong
    ├── QuestionFileError        a file of questions that cannot be read, with the row
    ├── SolverFileError          a file that is not a whole, well-formed solver or checkpoint
    ├── TrainingError            a run that cannot go on, such as one whose loss is no longer finite
    ├── JobError                 a background run that cannot be started, found or continued
    └── StoreError               runs that cannot be kept on disk, or read from it

This module is not a place for checks; those live in `adder.checks` and where each thing is built.
"""

from __future__ import annotations

from adder.wording import Sentence


class AdderError(Exception):
    """The root of adder's errors. `str(error)` is a sentence to show to the person who caused it."""

    @property
    def sentence(self) -> str:
        """The same text; a `Sentence`, which can be said in another language, where it was raised with one."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


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
                field=field,
                expected=expected,
                received=_shown(received),
            )
        )

    def __reduce__(self) -> tuple[type[ExperimentError], tuple[str, str, object]]:
        return type(self), (self.field, self.expected, self.received)


class CombinationError(ExperimentError):
    """Settings that do not go together; the text says why in one sentence."""

    def __init__(self, why: str) -> None:
        self.field, self.expected = "experiment", Sentence("of parts that go together")
        self.received = why
        Exception.__init__(self, why)

    def __reduce__(self) -> tuple[type[CombinationError], tuple[str]]:  # type: ignore[override]
        return type(self), (self.sentence,)


class QuestionError(AdderError, ValueError):
    """A question that cannot be asked of this network."""


class QuizError(AdderError, ValueError):
    """A game that cannot be played, or a typed answer that could be neither right nor wrong."""


class QuestionFileError(AdderError, ValueError):
    """A file of questions that cannot be read."""


class SolverFileError(AdderError, ValueError):
    """A file that is not a whole, well-formed solver or checkpoint, or cannot be read or written."""


class TrainingError(AdderError, RuntimeError):
    """A run that cannot go on."""


class JobError(AdderError, RuntimeError):
    """A background run that cannot be started, found or continued."""


class StoreError(AdderError, RuntimeError):
    """Runs that cannot be kept on disk, or read from it."""


def _shown(value: object) -> str:
    if isinstance(value, Sentence):  # words about what came in, such as how many there were
        return value
    try:
        return shorten(repr(value))
    except ValueError:  # Python writes out no whole number of more than a few thousand digits
        return Sentence("a number too long to write out")


def shorten(text: str, limit: int = 40) -> str:
    """`text`, cut to at most `limit` characters for use inside a message.

    >>> shorten("1+" * 5000, limit=12)
    '1+1+1+1+1+1…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"
