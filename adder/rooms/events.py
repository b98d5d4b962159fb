"""What can happen in a room. Each event is a few plain values, and is kept as JSON.

Opened                                          the first of all
Asked, Revealed, TakenBack, Skipped             a round
BreakBegan, Trained                             between rounds: the network practises
Locked, NamesHidden, Removed, Noted, Ended      whatever else a teacher does
Entrusted                                       a browser or a link that leads the room, too
Joined, Answered                                what phones do; the rest needs the teacher's secret
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, tag=str.lower, tag_field="event"):
    """Something that happens in a room."""

    by_teacher: ClassVar[bool] = True


class Question(msgspec.Struct, frozen=True):
    """What is asked in a round.

    Attributes:
        number: The round's number, counted from 1.
        question: What is asked.
        truth: The right answer; for a guess the number of the right option, or nothing if nobody knows.
        kind: `sum` to be worked out, `cells` of the table to be tapped, or `guess` among options.
        options: The options of a guess.
        smallest: The smallest number of the table whose cells are tapped.
        largest: The largest number of that table.
        most: How many sums of it one phone may tap.
        picture: The picture beside the question, as SVG.
        described: That picture in words.
        carries: How many columns of the sum carry; None if nobody knows.
        seconds: How long it may be answered, in place of the room's.
    """

    number: int
    question: str
    truth: str = ""
    kind: str = "sum"
    options: tuple[str, ...] = ()
    smallest: int = 1
    largest: int = 0
    most: int = 1
    picture: str = ""
    described: str = ""
    carries: int | None = None
    seconds: int | None = None


class Opened(Event, frozen=True):
    """A teacher opens a room.

    Attributes:
        secret: A digest of the teacher's secret; the secret itself is kept nowhere.
        language: The language of the room.
        experiment: The opponent's experiment, as `Experiment.to_dict` describes it; its task judges answers.
        planned: How many rounds are planned.
        seconds: How long each sum may be answered; None for as long as the teacher waits.
    """

    secret: str
    language: str
    experiment: dict[str, Any]
    planned: int = 10
    seconds: int | None = None


class Asked(Question, Event, frozen=True):
    """A round begins."""


class Revealed(Event, frozen=True):
    """The truth is shown, and what the network wrote.

    Attributes:
        number: The round's number.
        written: The network's answer.
        right: Whether it is right; None if the network was not asked.
        confidence: How likely the network found it, from 0 to 1.
    """

    number: int
    written: str = ""
    right: bool | None = None
    confidence: float | None = None


class TakenBack(Event, frozen=True):
    """What was shown is hidden again, and the round goes on."""

    number: int


class Skipped(Event, frozen=True):
    """A round ends and does not count."""

    number: int


class BreakBegan(Event, frozen=True):
    """The network practises, and the class watches."""


class Trained(Event, frozen=True):
    """How good the network has become.

    Attributes:
        epoch: The epoch of its training that is over.
        accuracy: Its share of right answers, from 0 to 1.
        samples: How many questions it has practised.
    """

    epoch: int
    accuracy: float
    samples: int = 0


class Locked(Event, frozen=True):
    """Nobody else comes in, or everybody may again."""

    on: bool


class NamesHidden(Event, frozen=True):
    """The board shows numbers for names, or names again."""

    on: bool


class Removed(Event, frozen=True):
    """A player is taken out of the room, with all answers."""

    player: str


class Entrusted(Event, frozen=True):
    """Another secret is the teacher's, too: that of a browser, or of a link for another machine.

    Attributes:
        secret: A digest of it.
    """

    secret: str


class Noted(Event, frozen=True):
    """The board keeps something of its own for when it is opened again; an empty text forgets it."""

    notes: dict[str, str]


class Ended(Event, frozen=True):
    """The game is over."""


class Joined(Event, frozen=True):
    """A phone comes in, or gives itself another name.

    Attributes:
        player: Who comes in, as `player_of` makes it from the phone's own key.
        name: What the board calls them.
    """

    by_teacher: ClassVar[bool] = False

    player: str
    name: str


class Answered(Event, frozen=True):
    """A phone answers.

    Attributes:
        player: Who answers.
        number: The round's number.
        given: The answer as `Room.read` read it.
    """

    by_teacher: ClassVar[bool] = False

    player: str
    number: int
    given: str


AnyEvent = (
    Opened | Asked | Revealed | TakenBack | Skipped | BreakBegan | Trained | Locked | NamesHidden | Removed | Entrusted
    | Noted | Ended | Joined | Answered
)  # fmt: skip
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def written(event: AnyEvent) -> str:
    """An event as JSON.

    >>> written(Locked(True)), read(written(Locked(True)))
    ('{"event":"locked","on":true}', Locked(on=True))
    """
    return msgspec.json.encode(event).decode()


def read(text: str) -> AnyEvent:
    """The event that `written` wrote.

    Raises:
        msgspec.MsgspecError: It is no event, or one of a newer adder.
    """
    return _decoder.decode(text)
