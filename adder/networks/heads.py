"""Reading heads: a network that reads a sum as people write it, as with two fingers, and adds numbers of any length.

Heads walk over the question from right to left (see `adder.networks.layers.heads`). What they read goes into a
recurrent layer, whose state is all that it remembers, and a softmax on that state writes the answer. Trained on sums
of a few digits, it puts one head on the last digit of each number, walks both to the left, and carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from adder.base.messages import Sentence, marked
from adder.base.settings import Choice, Number, Whole, check_settings, setting
from adder.encodings import Encoding
from adder.networks.base import CELL, MOST_UNITS, Network, question
from adder.networks.layers import Dense, Dropout, Heads, Layer, Recurrent
from adder.networks.layers.heads import STARTS
from adder.tasks import AnyTask

MOST_HEADS = 4
MOST_CHARACTERS = 40  # Its steps are unrolled, so that longer answers would take minutes to compile.


@dataclass(frozen=True, slots=True)
class ReadingHeads(Network):
    """Reading heads, a recurrent layer, and a softmax at each step.

    Attributes:
        cell: The recurrent cell.
        units: How many units it has.
        heads: How many heads there are.
        start: Where they start, one of `STARTS`.
        hardens: The share of the run after which the heads' choices are hard.
    """

    name: ClassVar[str] = "heads"
    label: ClassVar[str] = marked("Reading heads")
    blurb: ClassVar[str] = marked(
        "Fingers walk over the question from right to left, and a recurrent layer remembers the carry."
    )
    any_length: ClassVar[bool] = True

    cell: str = setting("gru", CELL)
    units: int = setting(64, Whole(marked("Units"), marked("The recurrent layer has this many units."), 1, MOST_UNITS))
    heads: int = setting(2, Whole(marked("Heads"), marked("This many fingers walk over the question."), 1, MOST_HEADS))
    start: str = setting(
        "best",
        Choice(
            marked("Heads start"),
            marked(
                "Each symbol has a learned score for each head. A head starts at the best symbol of the whole "
                "question, or it looks to the left of the head before it, for the next symbol that suits it."
            ),
            STARTS,
        ),
        later=True,
    )
    hardens: float = setting(
        0.2,
        Number(
            marked("Choices are hard after (%)"),
            marked("After this share of the run, each head stands at exactly one place, and either moves or stays."),
            0,
            1,
            percent=True,
        ),
    )

    def __post_init__(self) -> None:
        check_settings(self, "network")

    @classmethod
    def reads(cls, encoding: type[Encoding]) -> bool:
        return encoding.writes_characters and not encoding.in_columns

    def refusal(self, task: AnyTask, encoding: Encoding) -> Sentence | None:
        if encoding.question_length(task) == 1:
            return Sentence("a question of a single character is too short for {network}", network=self.name)
        if encoding.answer_length(task) > MOST_CHARACTERS:
            return Sentence(
                "{network} is trained on answers of at most {most} characters, or compiling it would take minutes; it "
                "then answers longer questions as well",
                network=self.name,
                most=MOST_CHARACTERS,
            )
        return Network.refusal(self, task, encoding)

    def describe(self, task: AnyTask, encoding: Encoding) -> Iterator[Layer]:
        yield from question(task, encoding, masking=True)
        steps = encoding.answer_length(task)
        yield Heads("heads", self.heads, self.start, steps, self.hardens, of="question", mask="mask")
        yield Recurrent("decoder", self.cell, self.units, "heads", role="decoder")
        yield Dropout("states", of="decoder")
        yield Dense("character", len(task.alphabet), "softmax", of="states")
