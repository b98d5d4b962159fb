"""A room as its events have made it, and what it refuses.

A room is frozen: an event makes a new one out of it, or is refused in a sentence, or changes nothing and gives the
room itself. There is no clock here. The same events always make the same room, so every count on the board can be
worked out again.

    >>> from adder.presets import preset
    >>> from adder.rooms.events import Answered, Asked, Joined, Opened, Revealed
    >>> room = Room.opened_by("QX74KF", Opened("", "en", preset("two-digits").to_dict()), 0.0)
    >>> for event in (Joined("a" * 32, "Mia"), Asked(1, "12+50", "62"), Answered("a" * 32, 1, "62"), Revealed(1)):
    ...     room = room.after(event, 1.0)
    >>> room.state, room.rounds[0].right, room.place_of("a" * 32)
    ('revealed', 1, 1)
    >>> room.after(Answered("a" * 32, 2, "7"), 2.0)
    Traceback (most recent call last):
    adder.base.errors.RoomError: the answers to this question are closed
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from adder.base.errors import AdderError, RoomError
from adder.base.messages import marked
from adder.experiment import Experiment
from adder.rooms.codes import spoken
from adder.rooms.events import (
    Answered,
    AnyEvent,
    Asked,
    BreakBegan,
    Ended,
    Entrusted,
    Joined,
    Locked,
    NamesHidden,
    Noted,
    Opened,
    Question,
    Removed,
    Revealed,
    Skipped,
    TakenBack,
    Trained,
)
from adder.rooms.names import clean_name, distinct
from adder.rooms.round import GUESS, KINDS, SUM, Answer, Round
from adder.tasks import AnyTask

LOBBY, ASKED, REVEALED, BREAK, OVER = ("lobby", "asked", "revealed", "break", "over")
NOW = {
    LOBBY: marked("nothing has been asked yet"),
    ASKED: marked("a question is open"),
    REVEALED: marked("an answer is shown"),
    BREAK: marked("the network practises"),
    OVER: marked("the game is over"),
}
ROOM_SECONDS = 8 * 3_600.0
MOST_PLAYERS = 1_500
MOST_ROUNDS = 60
LONGEST_QUESTION = 300
LONGEST_PICTURE = 60_000
LONGEST_DESCRIPTION = 2_000
MOST_NUMBERS_A_SIDE = 12  # A side of a table of sums has at most this many.
MOST_CHARACTERS_NOTED = 100_000
MOST_SECRETS = 50
LEAST_TIMER_SECONDS, MOST_TIMER_SECONDS = 15, 240
_GRACE_SECONDS = 2.0  # An answer that was sent in time may come this much later.
_PLAYER = re.compile("[0-9a-f]{32}")
_BEFORE: dict[type, tuple[str, ...]] = {  # In these states, a teacher may do what changes the state.
    Asked: (LOBBY, REVEALED, BREAK),
    Revealed: (ASKED,),
    TakenBack: (REVEALED,),
    Skipped: (ASKED,),
    BreakBegan: (LOBBY, REVEALED),
    Ended: (LOBBY, ASKED, REVEALED, BREAK),
    Trained: (LOBBY, ASKED, REVEALED, BREAK),
}


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody in the room.

    Attributes:
        id: A digest of the key that only their phone has.
        name: What the board calls them; nobody else has the same.
        number: Their place in the order of coming in, counted from 1.
        joined: When they came in, in seconds since 1970.
        removed: Whether the teacher has taken them out.
    """

    id: str
    name: str
    number: int
    joined: float
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How good the network had become; `after` is how many rounds had begun by then. See `Trained`."""

    epoch: int
    accuracy: float
    samples: int
    after: int


@dataclass(frozen=True)
class Room:
    """A room. See `Opened` for what is not told here.

    Attributes:
        code: What phones type.
        opened: When it was opened, in seconds since 1970.
        secrets: Digests of the teacher's secrets.
        experiment: The opponent's experiment.
        state: One of `lobby`, `asked`, `revealed`, `break` and `over`.
        players: Everybody who came in, by id, in that order.
        rounds: All rounds that have begun.
        progress: How the network became better.
        notes: What the board keeps.
        locked: Whether nobody else may come in.
        names_hidden: Whether the board shows numbers for names.
        version: How many events there were.
        shown: How many of them phones have to be told of.
    """

    code: str
    opened: float
    secrets: tuple[str, ...]
    language: str
    experiment: Experiment
    planned: int = 10
    seconds: int | None = None
    state: str = LOBBY
    players: Mapping[str, Player] = field(default_factory=dict)
    rounds: tuple[Round, ...] = ()
    progress: tuple[Progress, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    locked: bool = False
    names_hidden: bool = False
    version: int = 1
    shown: int = 1

    @classmethod
    def opened_by(cls, code: str, event: Opened, at: float) -> Room:
        """The room that an event opens.

        Raises:
            ExperimentError: The experiment cannot be read.
            RoomError: A value cannot work.
        """
        if not 1 <= event.planned <= MOST_ROUNDS:
            raise RoomError("a game has 1 to {most} rounds", most=MOST_ROUNDS)
        _check_seconds(event.seconds)
        experiment = Experiment.from_dict(event.experiment)
        return cls(code, at, (event.secret,), event.language, experiment, event.planned, event.seconds)

    @classmethod
    def of(cls, code: str, events: Iterable[tuple[float, AnyEvent]]) -> Room:
        """The room that these events made. The first opened it, and each comes with its time.

        Raises:
            RoomError: The first event does not open a room.
        """
        (at, first), *others = events
        if not isinstance(first, Opened):
            raise no_room(code)
        room = cls.opened_by(code, first, at)
        for at, event in others:
            room = room.following(event, at)
        return room

    def following(self, event: AnyEvent | None, at: float) -> Room:
        """The room after an event that is known to have happened; None is one that this adder does not understand."""
        try:
            after = self if event is None else self.after(event, at)
        except AdderError:  # An adder with other rules has allowed it.
            after = self
        return after if after.version > self.version else dataclasses.replace(self, version=self.version + 1)

    def after(self, event: AnyEvent, at: float) -> Room:
        """The room after an event; the room itself if that changes nothing.

        Raises:
            RoomError: It is refused.
        """
        self._check(event)
        match event:
            case Joined():
                return self._joined(event, at)
            case Answered():
                return self._answered(event, at)
            case Asked():
                return self._begun(event, at)
            case Removed():
                return self._without(event.player)
            case Revealed():
                network = {"written": event.written, "network_right": event.right, "confidence": event.confidence}
                return self._changed(state=REVEALED, rounds=self._last(revealed=True, **network))
            case TakenBack():
                network = {"written": "", "network_right": None, "confidence": None}
                # Its time may be up, so it is open until the teacher closes it.
                return self._changed(state=ASKED, rounds=self._last(revealed=False, seconds=None, **network))
            case Skipped():
                return self._changed(state=BREAK, rounds=self._last(skipped=True))
            case BreakBegan():
                return self._changed(state=BREAK)
            case Ended():
                return self._changed(state=OVER)
            case Trained():
                if self.progress and event.epoch <= self.progress[-1].epoch:
                    return self  # Another board has told it.
                told = Progress(event.epoch, event.accuracy, event.samples, len(self.rounds))
                return self._changed(shown=self.shown, progress=(*self.progress, told))
            case Locked():
                return self if event.on == self.locked else self._changed(shown=self.shown, locked=event.on)
            case NamesHidden():
                same = event.on == self.names_hidden
                return self if same else self._changed(shown=self.shown, names_hidden=event.on)
            case Entrusted():
                return self._entrusted(event.secret)
            case Noted():
                return self._noted(event.notes)
        raise RoomError("a room is opened once")

    # What a board and a phone ask.

    @property
    def task(self) -> AnyTask:
        """What is asked."""
        return self.experiment.task

    @property
    def ends(self) -> float:
        """When the room ends by itself, in seconds since 1970."""
        return self.opened + ROOM_SECONDS

    @property
    def round(self) -> Round | None:
        """The last round that has begun."""
        return self.rounds[-1] if self.rounds else None

    @property
    def until(self) -> float | None:
        """When the time for the open question is up; None without a timer or an open question."""
        asked = self.round if self.state == ASKED else None
        return asked.asked + asked.seconds if asked is not None and asked.seconds else None

    @cached_property
    def present(self) -> tuple[Player, ...]:
        """Everybody in the room, in the order of coming in."""
        return tuple(player for player in self.players.values() if not player.removed)

    @cached_property
    def counted(self) -> tuple[Round, ...]:
        """The rounds that count: sums whose truth is shown."""
        return tuple(each for each in self.rounds if each.kind == SUM and each.revealed and not each.skipped)

    @cached_property
    def scores(self) -> Mapping[str, int]:
        """How many sums everybody in the room has right."""
        found = {player.id: 0 for player in self.present}
        for each in self.counted:
            for player, answer in each.answers.items():
                found[player] += answer.right is True
        return found

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Everybody's place: one more than how many have more right answers, so that equals share it."""
        first: dict[int, int] = {}
        for place, score in enumerate(sorted(self.scores.values(), reverse=True), start=1):
            first.setdefault(score, place)
        return {player: first[score] for player, score in self.scores.items()}

    def left(self, now: float) -> float | None:
        """How many seconds are left for the open question; None without a timer."""
        return None if self.until is None else max(0.0, self.until - now)

    def right_of(self, player: str) -> int:
        """How many sums a player has right."""
        return self.scores.get(player, 0)

    def place_of(self, player: str) -> int | None:
        """A player's place; None for somebody who is not in the room."""
        return self.places.get(player)

    def teaches(self, secret: str) -> bool:
        """Whether this is one of the teacher's secrets."""
        given = digest_of(secret).encode()
        return any(hmac.compare_digest(given, each.encode()) for each in self.secrets)

    def read(self, number: int, typed: str, thousands: str = ",") -> str:
        """What a phone sent as the answer to a round, as it is kept.

        Raises:
            RoomError: It could not be an answer here, or there is no such round any more.
            QuizError: It could not be an answer to a sum.
        """
        if not 1 <= number <= len(self.rounds):
            raise RoomError("the answers to this question are closed")
        return self.rounds[number - 1].read(self.task, typed, thousands)

    # What events do.

    def _check(self, event: AnyEvent) -> None:
        if type(event) in _BEFORE and self.state not in _BEFORE[type(event)]:
            raise RoomError("this cannot be done now: {now}", now=NOW[self.state])
        if isinstance(event, Revealed | TakenBack | Skipped) and event.number != len(self.rounds):
            raise RoomError("question {number} is not the open one", number=event.number)

    def _changed(self, **changes: object) -> Room:
        """The room with something changed; phones are told of it unless `shown` is among the changes."""
        return dataclasses.replace(self, **{"version": self.version + 1, "shown": self.shown + 1, **changes})  # type: ignore[arg-type]

    def _last(self, **changes: object) -> tuple[Round, ...]:
        """All rounds, with something changed in the last."""
        return (*self.rounds[:-1], msgspec.structs.replace(self.rounds[-1], **changes))

    def _joined(self, event: Joined, at: float) -> Room:
        known = self.players.get(event.player)
        if known is not None and known.removed:
            raise RoomError("your teacher has taken you out of this room")
        if self.state == OVER:
            raise RoomError("the game is over")
        if known is None:
            if self.locked:
                raise RoomError("this room is locked; ask your teacher to open it")
            if len(self.players) >= MOST_PLAYERS:
                raise RoomError("this room is full; {most:,} people are in", most=MOST_PLAYERS)
            if not _PLAYER.fullmatch(event.player):
                raise RoomError("a phone needs a key of its own")
        name = clean_name(event.name)
        if not name:
            raise RoomError("there is no name yet; type one")
        name = distinct(name, {other.name for other in self.players.values() if other.id != event.player})
        if known is None:
            player = Player(event.player, name, len(self.players) + 1, at)
        elif known.name == name:
            return self
        else:
            player = dataclasses.replace(known, name=name)
        return self._changed(shown=self.shown, players={**self.players, player.id: player})

    def _answered(self, event: Answered, at: float) -> Room:
        player = self.players.get(event.player)
        if player is None or player.removed:
            raise RoomError("you are not in this room")
        asked = self.round
        if asked is None or event.number != asked.number:
            raise RoomError("the answers to this question are closed")
        if event.player in asked.answers:
            return self  # The first answer counts, and a phone may have to send it twice.
        if self.state != ASKED or (self.until is not None and at > self.until + _GRACE_SECONDS):
            raise RoomError("the answers to this question are closed")
        answer = Answer(event.given, at, asked.judged(self.task, event.given))
        return self._changed(shown=self.shown, rounds=self._last(answers={**asked.answers, event.player: answer}))

    def _begun(self, event: Asked, at: float) -> Room:
        if event.number != len(self.rounds) + 1:
            raise RoomError("question {number} is not the next one", number=event.number)
        if event.number > MOST_ROUNDS:
            raise RoomError("a game has 1 to {most} rounds", most=MOST_ROUNDS)
        if event.kind not in KINDS or not 0 < len(event.question) <= LONGEST_QUESTION:
            raise RoomError("a question has 1 to {most} characters", most=LONGEST_QUESTION)
        if event.kind == GUESS and not 2 <= len(event.options) <= 6:
            raise RoomError("a guess is one of 2 to 6 answers")
        if event.kind not in (SUM, GUESS) and not (
            0 <= event.smallest < event.largest < event.smallest + MOST_NUMBERS_A_SIDE and event.most >= 1
        ):
            raise RoomError("a table has 2 to {most} numbers, none below 0", most=MOST_NUMBERS_A_SIDE)
        for text, most in ((event.picture, LONGEST_PICTURE), (event.described, LONGEST_DESCRIPTION)):
            if len(text) > most:
                raise RoomError("a picture has at most {most:,} characters", most=most)
        _check_seconds(event.seconds)
        values = {name: getattr(event, name) for name in Question.__struct_fields__}
        begun = Round(**values | {"asked": at, "seconds": event.seconds or self.seconds})
        if event.kind == SUM and not (event.truth and begun.judged(self.task, event.truth)):
            raise RoomError("nobody knows the true answer to {question}", question=event.question)
        return self._changed(state=ASKED, rounds=(*self.rounds, begun))

    def _without(self, player: str) -> Room:
        known = self.players.get(player)
        if known is None:
            raise RoomError("there is nobody of that name in this room")
        if known.removed:
            return self
        rounds = tuple(
            msgspec.structs.replace(
                each, answers={who: answer for who, answer in each.answers.items() if who != player}
            )
            for each in self.rounds
        )
        return self._changed(players={**self.players, player: dataclasses.replace(known, removed=True)}, rounds=rounds)

    def _entrusted(self, secret: str) -> Room:
        if secret in self.secrets:
            return self
        if len(self.secrets) >= MOST_SECRETS:
            raise RoomError("a room is led from at most {most} browsers and links", most=MOST_SECRETS)
        return self._changed(shown=self.shown, secrets=(*self.secrets, secret))

    def _noted(self, given: Mapping[str, str]) -> Room:
        notes = {name: text for name, text in {**self.notes, **given}.items() if text}
        if sum(map(len, [*notes, *notes.values()])) > MOST_CHARACTERS_NOTED:
            raise RoomError("a room keeps at most {most:,} characters of notes", most=MOST_CHARACTERS_NOTED)
        return self if notes == self.notes else self._changed(shown=self.shown, notes=notes)


def no_room(code: str) -> RoomError:
    """The error for a room that is not there, or not there any more."""
    return RoomError("there is no room {code}; look at the board again", code=spoken(code))


def digest_of(secret: str) -> str:
    """What is kept of a secret: a digest, from which nobody finds it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def player_of(key: str) -> str:
    """Who has this key: the digest that names a player."""
    return digest_of(key)[:32]


def _check_seconds(seconds: int | None) -> None:
    if seconds is not None and not LEAST_TIMER_SECONDS <= seconds <= MOST_TIMER_SECONDS:
        raise RoomError("a question has {least} to {most} seconds", least=LEAST_TIMER_SECONDS, most=MOST_TIMER_SECONDS)
