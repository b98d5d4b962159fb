"""What a game comes to, worked out from its events."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.base.csv_files import csv_file
from adder.base.errors import QuizError
from adder.presets import preset
from adder.quiz.slips import CARRY
from adder.rooms import questions, results
from adder.rooms.events import (
    Answered,
    AnyEvent,
    Asked,
    BreakBegan,
    Joined,
    Opened,
    Removed,
    Revealed,
    Skipped,
    Trained,
)
from adder.rooms.results import Point
from adder.rooms.room import Room

EXPERIMENT = preset("two-digits")
MIA, TOM = "a" * 32, "b" * 32


def opened(*events: AnyEvent) -> Room:
    room = Room.opened_by("QX74KF", Opened("", "en", EXPERIMENT.to_dict()), 0.0)
    for at, event in enumerate((Joined(MIA, "=Mia"), Joined(TOM, "Tom"), *events), start=1):
        room = room.after(event, float(at))
    return room


def round_of(number: int, mia: str, tom: str, network: bool | None, question: str = "27+15") -> list[AnyEvent]:
    asked = questions.asked(EXPERIMENT, number, question)
    said = [Answered(who, number, given) for who, given in ((MIA, mia), (TOM, tom)) if given]
    return [asked, *said, Revealed(number, "42" if network else "41", network, 0.5)]


def test_the_class_and_the_network_round_by_round() -> None:
    room = opened(
        Trained(1, 0.1), *round_of(1, "42", "32", False), BreakBegan(), Trained(2, 0.2), Trained(3, 0.4),
        Asked(2, "1+1", "2"), Skipped(2), *round_of(3, "42", "42", False), BreakBegan(), Trained(4, 0.7),
        Trained(5, 0.9), *round_of(4, "", "", True),
    )  # fmt: skip
    race = results.race(room)
    assert race.own == [Point(1, 0.5), Point(2, 0.75), Point(3, 0.75)]
    assert race.network == [Point(1, 0.1), Point(1.5, 0.2), Point(2, 0.4), Point(2.5, 0.7), Point(3, 0.9)]
    assert race.overtaking == Point(3, 0.9)
    assert results.network_right(room) == 1
    assert [(each.kind, each.rounds, each.class_share, each.network_right) for each in results.by_carries(room)] == [
        (1, 3, 0.75, 1)
    ]
    assert [each.number for each in results.hardest(room)] == [1]


def test_the_hardest_sums_come_first() -> None:
    answers = [("42", "32"), ("32", "32"), ("42", "42"), ("32", "42")]
    rounds = [round_of(number, mia, tom, True) for number, (mia, tom) in enumerate(answers, start=1)]
    room = opened(*itertools.chain.from_iterable(rounds))
    assert [each.number for each in results.hardest(room)] == [2, 1, 4]
    assert [each.number for each in results.hardest(room, most=1)] == [2]


def test_epochs_of_a_break_that_goes_on_leave_room_for_the_rest() -> None:
    room = opened(*round_of(1, "42", "32", False), BreakBegan(), Trained(1, 0.5))
    race = results.race(room, planned=4)
    assert (race.network, race.overtaking) == ([Point(1.25, 0.5)], Point(1.25, 0.5))


def test_what_is_learned_after_the_last_round_is_not_shown() -> None:
    room = opened(Trained(1, 0.1), *round_of(1, "42", "32", False), Trained(2, 0.9))
    assert results.race(dataclasses.replace(room, planned=1)).network == [Point(1, 0.1)]


def test_a_network_that_is_done_has_what_it_had_right_so_far() -> None:
    room = opened(*round_of(1, "42", "", True), *round_of(2, "42", "", False))
    assert results.race(room).network == [Point(1, 1.0), Point(2, 0.5)]
    assert results.race(room).overtaking is None


def test_whoever_is_taken_out_counts_nowhere() -> None:
    room = opened(*round_of(1, "42", "32", True), Removed(TOM))
    assert results.race(room).own == [Point(1, 1.0)]


def test_the_file_has_every_answer_and_no_name() -> None:
    room = opened(*round_of(1, "42", "32", False), *round_of(2, "", "", True))
    content = csv_file(results.csv_rows(room))
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"Mia" not in content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(row["round"], row["player"], row["answer"], row["answer_right"], row["slip"]) for row in rows] == [
        ("1", "1", "42", "True", ""),
        ("1", "2", "32", "False", CARRY),
        ("2", "", "", "", ""),
    ]
    assert [row["network_right"] for row in rows] == ["False", "False", "True"]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_the_level_follows_the_class_and_stays_a_level(rounds: list[tuple[bool, bool]]) -> None:
    events = [
        event
        for number, (mia, tom) in enumerate(rounds, start=1)
        for event in round_of(number, "42" if mia else "1", "42" if tom else "1", None)
    ]
    room, before = opened(*events), opened(*events[:-4])
    level = questions.level_for(room.counted)
    assert 1 <= level <= 5
    if rounds:
        rise = level - questions.level_for(before.counted)
        assert rise in {(True, True): (0, 1), (False, False): (0, -1)}.get(rounds[-1], (0,))


def test_a_sum_is_drawn_of_its_level_and_seldom_twice() -> None:
    room, asked = opened(), set[str]()
    for number in range(1, 31):
        question = questions.drawn(room, 5)
        asked.add(question)
        for event in round_of(number, "", "", None, question):
            room = room.after(event, 100.0)
    assert len(asked) == 30


def test_a_pasted_list_is_read_as_people_write() -> None:
    assert questions.pasted(EXPERIMENT, " 12 + 50 \n\n27+15\n") == ("12+50", "27+15")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no sum in the list"), ("1+1\n" * 31, "at most 30"), ("1+1\nhello", "hello"), ("9" * 61, "at most 60")],
)
def test_a_list_that_cannot_be_asked_is_refused(text: str, why: str) -> None:
    with pytest.raises(QuizError, match=why):
        questions.pasted(EXPERIMENT, text)
