"""The results of runs, questions and evaluations: frozen values that any room may use.

Nothing here computes. `adder.training` makes epochs, `Solver` makes answers and `adder.solvers.evaluation` makes
reports. The limits of a figure stand in its type; they are checked when it is read from a file, by msgspec.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from adder.base.html import table
from adder.base.messages import marked
from adder.experiment.training import MOST_EPOCHS, MOST_SAMPLES_A_RUN
from adder.tasks.questions import unpadded

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0, le=sys.float_info.max)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]  # That is a thousand times what may be asked at once.
CountFromOne = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
_MOST_CHARACTERS_SHOWN = 24
_MOST_EPOCHS_SHOWN = 12
Split = Literal["held_out", "fresh", "given"]


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a network's answer.

    Attributes:
        char: The character it found likeliest.
        probability: The probability that the network gave it, 0..1.
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
        value: The number that `text` spells, or None if it spells none, like `"1 3"`.
        expected: The true answer, padded alike; None if it is not known.
        correct: Whether `text` is `expected`, character by character; None if the true answer is not known.
        characters: One entry for each character of `text`; empty for networks that give a number, not characters.
        number: What a network on scaled numbers gave before rounding; None for other networks.
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
        """The true answer likewise; None if it is not known."""
        return None if self.expected is None else unpadded(self.expected, self.fill)

    @property
    def confidence(self) -> float:
        """The probability the network gave to the whole of `text`: the product over its characters, 0..1."""
        return math.prod(character.probability for character in self.characters)

    def _repr_html_(self) -> str:
        """The answer as notebooks show it: whether it is right, and how sure the network was of each character."""
        verdicts = {None: "", True: " ✓ right", False: f" ✗ wrong, it is {self.expected_unpadded}"}
        caption = f"{self.question} = {self.unpadded or 'nothing'}{verdicts[self.correct]}"
        if self.number is not None:
            return table(caption, [("before rounding", f"{self.number:.7g}")])
        shown = self.characters[:_MOST_CHARACTERS_SHOWN]
        rows = [
            ("writes", *(each.char.replace(" ", "␣") for each in shown)),
            ("sure", *(f"{each.probability:.1%}" for each in shown)),
        ]
        if self.expected is not None:
            rows.append(("truth", *self.expected[:_MOST_CHARACTERS_SHOWN].replace(" ", "␣")))
        if len(self.characters) > len(shown):
            caption += f" (below, the first {len(shown)} of {len(self.characters)} characters)"
        return table(caption, rows)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One whole answer that a network could give.

    Attributes:
        text: The answer, with its padding, in human order.
        probability: The probability that the network gave to the whole of it, 0..1.
    """

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Example:
    """One of the twenty check questions whose answers a page shows after every epoch.

    Attributes:
        question: The question, without padding, as in `3+10`.
        expected: The true answer, with its padding.
        predicted: What the network wrote, padded alike.
    """

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
    reports them. The figures of the check questions are of the weights the epoch ended with. These questions are the
    same in all epochs: held-out ones where the task holds any out, fresh ones otherwise.

    Attributes:
        epoch: The epoch's number, counted from 1.
        loss: Cross-entropy a character in nats, or the mean squared error of scaled sums.
        accuracy: Share of characters right, or of sums right after rounding.
        check_loss: The loss on the check questions.
        check_accuracy: The accuracy on the check questions.
        unpadded_accuracy: The same where the true character is no padding.
        exact_match: Share of the check questions answered right in every character.
        held_out_exact_match: The same if they are held out; None if the task holds nothing out.
        seconds: Time this epoch took, sampling and checking included.
        samples: Training questions seen since the run began.
        by_place: Share of the check questions right at each place of the answer, to four digits. Places are counted
            from the right, so ones come first; a report's `by_position` counts from the left. Empty for networks on
            numbers, and for runs of an adder that did not count it.
    """

    epoch: Annotated[int, msgspec.Meta(ge=1, le=MOST_EPOCHS)]
    loss: float
    accuracy: Share
    check_loss: float
    check_accuracy: Share
    unpadded_accuracy: Share
    exact_match: Share
    held_out_exact_match: Share | None
    seconds: NotNegative
    samples: Annotated[int, msgspec.Meta(ge=0, le=MOST_SAMPLES_A_RUN)]
    by_place: tuple[Share, ...] = ()


class History(tuple[Epoch, ...]):
    """The epochs of a run, in their order: a tuple that notebooks show as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """The first epoch, the last one, and as many between them as can be read, evenly spaced."""
        steps = min(len(self), _MOST_EPOCHS_SHOWN) - 1
        shown = [self[len(self) * step // (steps + 1)] for step in range(steps)] + list(self[-1:])
        rows = [
            (
                f"{each.epoch:,}",
                f"{each.samples:,}",
                f"{each.loss:.4g}",
                f"{each.check_loss:.4g}",
                f"{each.check_accuracy:.1%}",
                f"{each.exact_match:.1%}",
                f"{each.seconds:.2f}",
            )
            for each in shown
        ]
        head = "epoch", "samples", "training loss", "check loss", "digits right", "whole answers right", "seconds"
        return table(f"{len(self):,} epoch{'s' * (len(self) != 1)}", rows, head)


EPOCH_COLUMNS = tuple(column.name for column in dataclasses.fields(Epoch))


class _Counted:
    """Questions that were asked, and how many were answered right: the base of `Tally` and `Calibration`."""

    __slots__ = ()

    asked: int
    right: int

    def __post_init__(self) -> None:
        if self.right > self.asked:
            raise ValueError("right must be at most asked")

    @property
    def share(self) -> float:
        """The share answered right, 0..1."""
        return self.right / self.asked


@dataclass(frozen=True, slots=True)
class Tally(_Counted):
    """How many questions of one kind were asked, and how many answered right.

    Attributes:
        kind: A count, such as a place or a number of carries; or an operator.
        asked: How many were asked, at least one.
        right: How many of them were answered right.
    """

    kind: Count | Annotated[str, msgspec.Meta(max_length=40)]
    asked: CountFromOne
    right: Count


@dataclass(frozen=True, slots=True)
class Calibration(_Counted):
    """Answers whose confidence lies in one tenth of 0..1: does 90 % sure mean 90 % right?

    Attributes:
        confidence: Their mean confidence.
        asked: How many there are.
        right: How many of them are right.
    """

    confidence: Share
    asked: CountFromOne
    right: Count


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
        mean_absolute_error: The mean absolute error, likewise.
        malformed: Share of answers that spell no number.
        guess_exact_match: The exact match of always writing the commonest character of each position.
        guess_character_accuracy: The character accuracy of the same guess.
        by_position: Characters right at each position, from the left of the answer and counted from 1; an epoch's
            `by_place` counts from the right.
        by_length: Answers right, by characters in the question without padding.
        by_carries: Answers right, by how many columns carry when the sum is worked on paper; only for sums.
        by_terms: Answers right, by how many numbers the question has; only for arithmetic.
        by_operator: Answers right, by operator, each question counted once for every one it has.
        calibration: Answers by how sure the network was of the whole of them; empty for networks on numbers.
        trained_exact_match: Exact match on as many questions from the side of the split that was trained on; None
            if nothing is held out.
        first_questions: How many of the questions that people ask first were asked beside these: round numbers,
            repeated digits, the ends. Most of them are not held out.
        first_exact_match: Exact match on those; None if there are none, as in a list.
        first_exact_match_interval: Where it lies with a confidence of 95 %.
    """

    questions: CountFromOne
    distinct: CountFromOne
    split: Split
    exact_match: Share
    exact_match_interval: tuple[Share, Share]
    character_accuracy: Share
    unpadded_accuracy: Share
    rmse: NotNegative | None
    mean_absolute_error: NotNegative | None
    malformed: Share
    guess_exact_match: Share
    guess_character_accuracy: Share
    by_position: tuple[Tally, ...] = ()
    by_length: tuple[Tally, ...] = ()
    by_carries: tuple[Tally, ...] = ()
    by_terms: tuple[Tally, ...] = ()
    by_operator: tuple[Tally, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    trained_exact_match: Share | None = None
    first_questions: Count = 0
    first_exact_match: Share | None = None
    first_exact_match_interval: tuple[Share, Share] | None = None

    def _repr_html_(self) -> str:
        """The report as notebooks show it."""
        asked = {"held_out": "never trained on", "fresh": "drawn anew", "given": "given"}
        low, high = self.exact_match_interval
        rows = [("whole answers right", f"{self.exact_match:.2%}", f"{low:.2%} to {high:.2%}, 95% sure")]
        if self.trained_exact_match is not None:
            rows.append(("of questions it practised", f"{self.trained_exact_match:.2%}", ""))
        if self.first_exact_match is not None:
            asked_first = f"such as round numbers; {self.first_questions:,} asked"
            rows.append(("of those that people ask first", f"{self.first_exact_match:.2%}", asked_first))
        if self.by_position:
            rows.append(("digits right", f"{self.unpadded_accuracy:.2%}", "padding left out"))
        rows.append(("a lucky guess", f"{self.guess_exact_match:.2%}", "of whole answers"))
        if self.rmse is not None:
            rows.append(("RMSE", f"{self.rmse:.4g}", ""))
        caption = f"{self.questions:,} questions ({self.distinct:,} different), {asked[self.split]}"
        return table(caption, rows)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Report:
        """The report that `to_dict` described.

        Raises:
            ValueError: A figure is missing, of another type, or out of range.
        """
        return msgspec.convert(values, cls)


KINDS = {
    "by_position": marked("place in the answer, from the left"),
    "by_carries": marked("how many columns carry"),
    "by_length": marked("characters in the question"),
    "by_terms": marked("numbers in the question"),
    "by_operator": marked("operator"),
}
"""The tallies of a report, each with what its kinds are called."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memorised or learned?

    Attributes:
        distinct_questions: How many questions the task has.
        seen: How many of them the run was trained on at least once.
        trained_exact_match: Exact match on questions drawn from the side of the split that is trained on, whether
            the run came across them or not.
        held_out_exact_match: Exact match on held-out questions; None where nothing is held out.
        seen_exact_match: Exact match on questions that the run was trained on, each once: all of them, or a random
            choice if there are more than were to be asked. None for a run that has not begun.
        unseen_exact_match: If nothing is held out, exact match on those fresh questions that the run was never
            trained on; None if there were none, or if questions are held out.
        unseen: How many of the fresh questions those are.
    """

    distinct_questions: int
    seen: int
    trained_exact_match: float
    held_out_exact_match: float | None
    seen_exact_match: float | None = None
    unseen_exact_match: float | None = None
    unseen: int = 0
