"""What a run, a question and an evaluation give back: frozen values that may cross any border.

Nothing here computes. `adder.training` makes epochs, `Solver` makes answers and `adder.solvers.evaluation` reports.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from dataclasses import dataclass, field
from typing import Any

from adder.base import validation
from adder.tasks.questions import unpadded


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a network's answer.

    Attributes:
        char: The character it found likeliest.
        probability: How likely it found it, 0..1.
        distribution: The probability of every character of the alphabet, in the alphabet's order.
    """

    char: str
    probability: float
    distribution: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A network's answer to one question.

    Attributes:
        question: The question, without padding, as in `3+10`.
        text: What the network wrote, with its padding, in human order.
        value: The number that `text` spells, or None where it spells none, as `"1 3"` does.
        expected: The true answer, padded alike; None where nobody knows it.
        correct: Whether `text` is `expected`, character by character; None where the true answer is not known.
        characters: One entry a character of `text`; empty for networks that give a number, not characters.
        number: What a network on scaled numbers gave before rounding; None for the others.
        steps: What the network read at each step, in human order.
        attention: For each character of `text`, how much the network looked at each of `steps`, adding up to 1;
            empty in a network without attention.
        fill: What both texts are padded with, `"space"` or `"zero"`.
    """

    question: str
    text: str
    value: int | None
    expected: str | None
    correct: bool | None
    characters: tuple[Character, ...] = ()
    number: float | None = None
    steps: tuple[str, ...] = ()
    attention: tuple[tuple[float, ...], ...] = ()
    fill: str = "space"

    @property
    def unpadded(self) -> str:
        """What the network wrote, as a person would write it: `13` where `text` is ` 13`."""
        return unpadded(self.text, self.fill)

    @property
    def expected_unpadded(self) -> str | None:
        """The true answer likewise; None where nobody knows it."""
        return None if self.expected is None else unpadded(self.expected, self.fill)

    @property
    def confidence(self) -> float:
        """The probability the network gave to the whole of `text`: the product over its characters, 0..1."""
        return math.prod(character.probability for character in self.characters)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer that a network found possible, and the probability it gave to the whole of it, 0..1."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Example:
    """One of the fixed questions that a run answers after every epoch."""

    question: str
    expected: str
    predicted: str

    @property
    def correct(self) -> bool:
        """Whether every character is right."""
        return self.predicted == self.expected


@dataclass(frozen=True, slots=True)
class Epoch:
    """The figures of one finished epoch.

    `loss` and `accuracy` are means over the epoch's training batches, taken while the weights moved, as Keras
    reports them. The `check_…` figures are of the weights the epoch ended with, on a fixed list of questions:
    held-out ones where the task holds any out, fresh ones otherwise.

    Attributes:
        epoch: Counted from 1.
        loss: Cross-entropy a character in nats, or the mean squared error of scaled sums.
        accuracy: Share of characters right, or of sums right after rounding.
        check_loss: The loss on the fixed list.
        check_accuracy: The accuracy on the fixed list.
        unpadded_accuracy: The accuracy on the fixed list where the true character is no padding.
        exact_match: Share of the fixed list answered wholly right.
        held_out_exact_match: The same where the list is held out; None where the task holds nothing out.
        seconds: Time this epoch took, sampling and checking included.
        samples: Training questions seen since the run began.
    """

    epoch: int
    loss: float
    accuracy: float
    check_loss: float
    check_accuracy: float
    unpadded_accuracy: float
    exact_match: float
    held_out_exact_match: float | None
    seconds: float
    samples: int


EPOCH_COLUMNS = tuple(column.name for column in dataclasses.fields(Epoch))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many questions of one kind were asked, and how many answered right."""

    kind: int | str
    asked: int
    right: int

    @property
    def share(self) -> float:
        """The share answered right, 0..1."""
        return self.right / self.asked


@dataclass(frozen=True, slots=True)
class Calibration:
    """Answers whose confidence lies in one tenth of 0..1: does 90 % sure mean 90 % right?

    Attributes:
        confidence: Their mean confidence.
        asked: How many there are.
        right: How many of them are right.
    """

    confidence: float
    asked: int
    right: int

    @property
    def share(self) -> float:
        """The share answered right, 0..1."""
        return self.right / self.asked


REPORT_SPLITS = ("held_out", "fresh", "given")


@dataclass(frozen=True, slots=True)
class Report:
    """How well a solver answers.

    Attributes:
        questions: How many questions were asked.
        distinct: How many of them were different; a small task has few to ask.
        split: `"held_out"`: none of them was ever trained on. `"fresh"`: drawn anew from a task that holds nothing
            out, so most were. `"given"`: a list from elsewhere.
        exact_match: Share of answers right in every character.
        exact_match_interval: Where that share lies with a confidence of 95 %, counting each distinct question once
            (Wilson 1927).
        character_accuracy: Share of characters right, padding counted; for numbers, of sums right after rounding.
        unpadded_accuracy: The same where the true character is no padding.
        rmse: Root mean squared error of the answers in the task's units, malformed ones left out; None where all
            are malformed, or the errors too large for a float. The numbers of networks on scaled numbers are rounded
            first, as the tutorial does.
        mean_absolute_error: The mean size of the error, likewise.
        malformed: Share of answers that spell no number.
        guess_exact_match: The exact match of always writing the commonest character of each position.
        guess_character_accuracy: The character accuracy of the same guess.
        by_position: Characters right, from the left of the answer, counted from 1.
        by_length: Answers right, by characters in the question without padding.
        by_carries: Answers right, by how many columns carry when the sum is worked on paper; only of sums.
        by_terms: Answers right, by how many numbers the question has; only of arithmetic.
        by_operator: Answers right, by operator, each question counted once for every one it has.
        calibration: Answers by how sure the network was of the whole of them; empty for networks on numbers.
        trained_exact_match: Exact match on as many questions from the side of the split that was trained on; None
            where nothing is held out.
    """

    questions: int
    distinct: int
    split: str
    exact_match: float
    exact_match_interval: tuple[float, float]
    character_accuracy: float
    unpadded_accuracy: float
    rmse: float | None
    mean_absolute_error: float | None
    malformed: float
    guess_exact_match: float
    guess_character_accuracy: float
    by_position: tuple[Tally, ...] = ()
    by_length: tuple[Tally, ...] = ()
    by_carries: tuple[Tally, ...] = ()
    by_terms: tuple[Tally, ...] = ()
    by_operator: tuple[Tally, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    trained_exact_match: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Report:
        """The report that `to_dict` described.

        Raises:
            ExperimentError: A figure that none can be.
        """
        kinds = ("by_position", "by_length", "by_carries", "by_terms", "by_operator")
        parts: dict[str, Any] = {key: tuple(_tally(tally) for tally in values[key]) for key in kinds}
        parts["calibration"] = tuple(_calibration(each) for each in values["calibration"])
        low, high = values["exact_match_interval"]
        parts["exact_match_interval"] = (low, high)
        report = cls(**{**values, **parts})
        validation.choice("report.split", report.split, REPORT_SPLITS)
        for count in ("questions", "distinct"):
            validation.whole_number(f"report.{count}", getattr(report, count), 1, MOST_COUNTED)
        for share in _SHARES:
            validation.number(f"report.{share}", getattr(report, share), 0, 1)
        for end in (low, high):
            validation.number("report.exact_match_interval", end, 0, 1)
        for error in ("rmse", "mean_absolute_error"):
            if getattr(report, error) is not None:
                validation.number(f"report.{error}", getattr(report, error), 0, sys.float_info.max)
        if report.trained_exact_match is not None:
            validation.number("report.trained_exact_match", report.trained_exact_match, 0, 1)
        return report


MOST_COUNTED = 10**9  # a thousand times what may be asked at once
_LONGEST_KIND = 40
_SHARES = (
    "exact_match", "character_accuracy", "unpadded_accuracy", "malformed", "guess_exact_match",
    "guess_character_accuracy",
)  # fmt: skip


def _tally(values: dict[str, Any]) -> Tally:
    """A tally from a file."""
    tally = Tally(**values)
    if not isinstance(tally.kind, str) or len(tally.kind) > _LONGEST_KIND:
        validation.whole_number("report, kind", tally.kind, 0, MOST_COUNTED)
    _check_counts(tally)
    return tally


def _calibration(values: dict[str, Any]) -> Calibration:
    """A tenth of the confidences from a file."""
    calibration = Calibration(**values)
    validation.number("report.calibration, confidence", calibration.confidence, 0, 1)
    _check_counts(calibration)
    return calibration


def _check_counts(counted: Tally | Calibration) -> None:
    validation.whole_number("report, asked", counted.asked, 1, MOST_COUNTED)
    validation.whole_number("report, right", counted.right, 0, counted.asked)


@dataclass(frozen=True, slots=True)
class Memory:
    """Memorised or learned?

    Attributes:
        distinct_questions: How many questions the task has.
        seen: How many of them the run was trained on at least once.
        trained_exact_match: Exact match on questions drawn from the side of the split that is trained on, whether
            the run came across them or not.
        held_out_exact_match: Exact match on held-out questions; None where nothing is held out.
        seen_exact_match: Exact match on questions that the run was trained on, each once: all of them, or so many as
            were to be asked, chosen at random. None for a run that has not begun.
        unseen_exact_match: Where nothing is held out, exact match on those of the fresh questions that the run was
            never trained on; None where there were none among them, and where questions are held out.
        unseen: How many of the fresh questions those are.
    """

    distinct_questions: int
    seen: int
    trained_exact_match: float
    held_out_exact_match: float | None
    seen_exact_match: float | None = None
    unseen_exact_match: float | None = None
    unseen: int = 0
