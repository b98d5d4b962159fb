"""What a game comes to: the class and the network round by round, by carries, and sum by sum."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adder.quiz.slips import slip
from adder.rooms.room import Room
from adder.rooms.round import Round

CSV_COLUMNS = (
    "round", "question", "truth", "carries", "network", "network_right", "network_confidence", "player", "answer",
    "answer_right", "seconds", "slip",
)  # fmt: skip


class Point(NamedTuple):
    """A place in the chart of a game, whose horizontal axis counts its rounds."""

    at: float
    share: float


@dataclass(frozen=True, slots=True)
class Kind:
    """Rounds of one kind.

    Attributes:
        kind: How many columns carry.
        rounds: How many rounds there were.
        class_share: The share of the class's answers that were right; None if nobody answered.
        network_right: How many the network had right.
    """

    kind: int
    rounds: int
    class_share: float | None
    network_right: int


@dataclass(frozen=True, slots=True)
class Race:
    """Both sides of a game.

    Attributes:
        own: The class's share of right answers so far, after each round.
        network: The network's share of right answers after each of its epochs, between the rounds; if it does not
            learn, its share of all questions so far.
        overtaking: Where a network that learns became as good as the class for the first time; None before that.
    """

    own: Sequence[Point]
    network: Sequence[Point]
    overtaking: Point | None


def share_of(rounds: Sequence[Round]) -> float | None:
    """The share of the class's answers in these rounds that were right; None if nobody answered."""
    answered = sum(each.answered for each in rounds)
    return sum(each.right for each in rounds) / answered if answered else None


def race(room: Room, planned: int = 0) -> Race:
    """How far both sides have come.

    Args:
        room: The game.
        planned: How many epochs the present break has; with it, the last point is not taken for its end.
    """
    answered = itertools.accumulate(each.answered for each in room.counted)
    right = itertools.accumulate(each.right for each in room.counted)
    shares = zip(itertools.count(1), right, answered, strict=False)
    own = [Point(number, some / every) for number, some, every in shares if every]
    if not room.progress:
        marks = itertools.accumulate(each.network_right is True for each in room.counted)
        return Race(own, [Point(number, some / number) for number, some in enumerate(marks, start=1)], None)
    network = _learned(room, planned)
    return Race(own, network, _overtaking(own, network))


def _learned(room: Room, planned: int) -> list[Point]:
    counted = {each.number for each in room.counted}
    found = []
    # Rounds that were skipped count for nothing, so that what is learned before and after them stands in one gap.
    gaps = itertools.groupby(room.progress, lambda each: len(counted & set(range(1, each.after + 1))))
    for before, told in gaps:
        if before >= room.planned:
            break  # It has practised on after the last round, and is not asked any more.
        epochs = list(told)
        length = max(len(epochs), planned if before == len(counted) else 0)
        found += [Point(before + place / length, each.accuracy) for place, each in enumerate(epochs, start=1)]
    return found


def _overtaking(own: Sequence[Point], network: Sequence[Point]) -> Point | None:
    for point in network:
        before = [each.share for each in own if each.at < point.at]
        if before and point.share >= before[-1]:
            return point
    return None


def by_carries(room: Room) -> list[Kind]:
    """Both sides by how many columns carry; nothing if questions are not sums."""
    kinds = sorted({each.carries for each in room.counted if each.carries is not None})
    found = []
    for kind in kinds:
        rounds = [each for each in room.counted if each.carries == kind]
        right = sum(each.network_right is True for each in rounds)
        found.append(Kind(kind, len(rounds), share_of(rounds), right))
    return found


def hardest(room: Room, most: int = 5) -> list[Round]:
    """The rounds in which the class had least right, the hardest first."""
    missed = [each for each in room.counted if each.accuracy is not None and each.accuracy < 1]
    return sorted(missed, key=lambda each: (each.accuracy, each.number))[:most]


def network_right(room: Room) -> int:
    """How many rounds the network had right."""
    return sum(each.network_right is True for each in room.counted)


def csv_rows(room: Room) -> list[Sequence[object]]:
    """A row for each answer, and one for a round that nobody answered. Players are numbers: no name leaves a room."""
    rows: list[Sequence[object]] = [CSV_COLUMNS]
    for number, each in enumerate(room.counted, start=1):
        task = room.task.widened_for([each.question])
        sure = None if each.confidence is None else round(each.confidence, 6)
        asked = [number, each.question, each.truth, each.carries, each.written, each.network_right, sure]
        answers = [(room.players[player].number, answer) for player, answer in each.answers.items()]
        for player, answer in sorted(answers, key=lambda pair: pair[0]):
            why = slip(task, each.question, answer.given, each.truth)
            rows.append([*asked, player, answer.given, answer.right, round(answer.at - each.asked, 1), why])
        if not answers:
            rows.append([*asked, *[None] * 5])
    return rows
