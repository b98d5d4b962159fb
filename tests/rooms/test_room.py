from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.base.errors import AdderError, QuizError, RoomError
from adder.presets import preset
from adder.rooms import events
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
    Removed,
    Revealed,
    Skipped,
    TakenBack,
    Trained,
)
from adder.rooms.room import MOST_PLAYERS, Room, digest_of, player_of

CODE = "QX74KF"
OPENED = Opened(digest_of("secret"), "en", preset("two-digits").to_dict())
MIA, TOM, ANN = (player_of(name) for name in ("mia", "tom", "ann"))


def opened(event: Opened = OPENED) -> Room:
    return Room.opened_by(CODE, event, 0.0)


def after(room: Room, *happened: AnyEvent, at: float = 1.0) -> Room:
    for event in happened:
        room = room.after(event, at)
    return room


def joined(*players: str) -> Room:
    return after(opened(), *(Joined(player, f"Name {player[:3]}") for player in players))


def asked(number: int = 1, question: str = "12+50", truth: str = "62") -> Asked:
    return Asked(number, question, truth)


players = st.sampled_from([MIA, TOM, ANN, "f" * 32, "no key"])
numbers = st.integers(0, 5)
happenings = st.one_of(
    st.builds(Joined, players, st.sampled_from(["Mia", "Tom", " ", "\u200b", "x" * 200])),
    st.builds(Answered, players, numbers, st.sampled_from(["62", "7", "", "9" * 200])),
    st.builds(asked, numbers),
    st.builds(Revealed, numbers, st.just("60"), st.sampled_from([None, True, False])),
    st.builds(TakenBack, numbers),
    st.builds(Skipped, numbers),
    st.just(BreakBegan()),
    st.builds(Trained, numbers, st.floats(0, 1)),
    st.builds(Locked, st.booleans()),
    st.builds(NamesHidden, st.booleans()),
    st.builds(Removed, players),
    st.builds(Noted, st.dictionaries(st.sampled_from("ab"), st.sampled_from(["", "1", "2"]))),
    st.just(Ended()),
)


@given(st.lists(happenings, max_size=60))
def test_a_room_is_what_its_events_made_of_it(tried: list[AnyEvent]) -> None:
    room = opened()
    told: list[tuple[float, str]] = [(0.0, events.written(OPENED))]
    for at, event in enumerate(tried, start=1):
        try:
            changed = room.after(event, float(at))
        except RoomError as error:
            assert str(error)  # noqa: PT017
            continue
        if changed is not room:
            told.append((float(at), events.written(event)))
        room = changed
    read = [(at, events.read(text)) for at, text in told]
    assert Room.of(CODE, read) == room
    assert room.version == len(told)
    _recount(room, [event for _, event in read])


def _recount(room: Room, happened: list[AnyEvent]) -> None:
    """Count again without the room: whose answers are right, in the rounds that count."""
    gone = {event.player for event in happened if isinstance(event, Removed)}
    shown: dict[int, bool] = {}
    for event in happened:
        if isinstance(event, Revealed | TakenBack):
            shown[event.number] = isinstance(event, Revealed)
    answers = [event for event in happened if isinstance(event, Answered) and event.player not in gone]
    assert len({(answer.player, answer.number) for answer in answers}) == len(answers), "one answer a round"
    right = Counter(answer.player for answer in answers if answer.given == "62" and shown.get(answer.number))
    for each in room.rounds:
        mine = [answer for answer in answers if answer.number == each.number]
        assert (each.answered, each.right) == (len(mine), sum(answer.given == "62" for answer in mine))
        assert sum(count for _, count in each.commonest) == each.answered
    for player in room.present:
        assert player.id not in gone
        assert room.right_of(player.id) == right[player.id]
        assert room.place_of(player.id) == 1 + sum(right[other.id] > right[player.id] for other in room.present)
    names = [player.name for player in room.players.values()]
    assert len(set(names)) == len(names)


def test_a_game_goes_through_its_states_and_nothing_else() -> None:
    room = joined(MIA, TOM)
    assert room.state == "lobby"
    room = after(room, asked(), Answered(MIA, 1, "62"), Answered(TOM, 1, "52"), Revealed(1, "63", False, 0.4))
    assert room.round is not None
    assert (room.state, room.round.accuracy, room.round.written, room.round.network_right) == (
        "revealed",
        0.5,
        "63",
        False,
    )
    assert (room.place_of(MIA), room.place_of(TOM)) == (1, 2)
    hidden = after(room, TakenBack(1))
    assert hidden.round is not None
    assert (hidden.state, hidden.round.answered, hidden.round.written, hidden.right_of(MIA)) == ("asked", 2, "", 0)
    room = after(room, BreakBegan(), Trained(3, 0.4), Trained(2, 0.3), Trained(4, 0.5), asked(2), Skipped(2))
    assert [(told.epoch, told.after) for told in room.progress] == [(3, 1), (4, 1)]
    assert (room.state, [each.number for each in room.counted]) == ("break", [1])
    assert after(room, Ended()).state == "over"


@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        ((), Revealed(1), "this cannot be done now: nothing has been asked yet"),
        ((asked(),), asked(2), "this cannot be done now: a question is open"),
        ((asked(),), BreakBegan(), "this cannot be done now: a question is open"),
        ((asked(),), Revealed(2), "question 2 is not the open one"),
        ((), asked(2), "question 2 is not the next one"),
        ((), asked(truth=""), "nobody knows the true answer to 12+50"),
        ((), Asked(1, "?" * 301, "1"), "a question has 1 to 300 characters"),
        ((), Asked(1, "what?", kind="guess", options=("yes",)), "a guess is one of 2 to 6 answers"),
        ((), Asked(1, "tap", kind="cells", largest=13), "a table has 2 to 12 numbers, none below 0"),
        ((), Asked(1, "tap", kind="cells", smallest=-1, largest=3), "a table has 2 to 12 numbers, none below 0"),
        ((), Asked(1, "12+50", "62", seconds=3), "a question has 15 to 240 seconds"),
        ((), Answered(MIA, 1, "62"), "the answers to this question are closed"),
        ((asked(), Revealed(1)), Answered(MIA, 1, "62"), "the answers to this question are closed"),
        ((asked(),), Answered(ANN, 1, "62"), "you are not in this room"),
        ((Locked(True),), Joined(ANN, "Ann"), "this room is locked; ask your teacher to open it"),
        ((Removed(MIA),), Joined(MIA, "Mia"), "your teacher has taken you out of this room"),
        ((asked(), Removed(MIA)), Answered(MIA, 1, "62"), "you are not in this room"),
        ((Ended(),), Joined(ANN, "Ann"), "the game is over"),
        ((Ended(),), BreakBegan(), "this cannot be done now: the game is over"),
        ((), Joined(ANN, "\u200b\u202e"), "there is no name yet; type one"),
        ((), Joined("ann", "Ann"), "a phone needs a key of its own"),
        ((), Removed(ANN), "there is nobody of that name in this room"),
        ((), Noted({"a": "x" * 100_001}), "a room keeps at most 100,000 characters of notes"),
        ((), OPENED, "a room is opened once"),
    ],
)
def test_a_room_refuses_in_a_sentence(before: tuple[AnyEvent, ...], event: AnyEvent, why: str) -> None:
    room = after(joined(MIA), *before)
    with pytest.raises(RoomError) as refused:
        room.after(event, 2.0)
    assert str(refused.value) == why


def test_what_is_sent_twice_counts_once_and_the_first_answer_stands() -> None:
    room = after(joined(MIA), asked(), Answered(MIA, 1, "62"))
    assert room.after(Answered(MIA, 1, "62"), 2.0) is room
    assert room.after(Answered(MIA, 1, "7"), 2.0) is room
    assert room.after(Joined(MIA, f"Name {MIA[:3]}"), 2.0) is room
    shown = after(room, Revealed(1))
    assert shown.after(Answered(MIA, 1, "62"), 3.0) is shown, "its acknowledgement was lost"


def test_names_are_one_each_and_may_be_changed() -> None:
    room = after(opened(), Joined(MIA, "Mia"), Joined(TOM, "Mia"), Joined(TOM, "Mia"))
    assert [player.name for player in room.present] == ["Mia", "Mia 2"]
    assert [player.name for player in after(room, Joined(TOM, "Tom")).present] == ["Mia", "Tom"]


def test_a_room_has_its_fill() -> None:
    room = opened()
    for number in range(MOST_PLAYERS):
        room = room.after(Joined(f"{number:032x}", f"Mia {number}"), 1.0)
    with pytest.raises(RoomError, match="this room is full; 1,500 people are in"):
        room.after(Joined(MIA, "Mia"), 2.0)


def test_an_answer_may_come_until_the_time_is_up() -> None:
    room = after(joined(MIA, TOM), Asked(1, "12+50", "62", seconds=15), at=100.0)
    assert (room.until, room.left(110.0), room.left(130.0)) == (115.0, 5.0, 0.0)
    assert room.after(Answered(MIA, 1, "62"), 116.5).version == room.version + 1, "it was on its way"
    with pytest.raises(RoomError, match="closed"):
        room.after(Answered(TOM, 1, "62"), 118.0)
    again = after(room, Revealed(1), TakenBack(1), at=118.0)
    assert again.left(118.0) is None, "the board would show the answers at once"
    assert TOM in again.after(Answered(TOM, 1, "62"), 200.0).rounds[0].answers
    timed = Room.opened_by(CODE, Opened("", "en", OPENED.experiment, seconds=30), 0.0)
    assert after(timed, asked(), at=10.0).until == 40.0


def test_answers_are_read_as_the_quiz_reads_them() -> None:
    room = after(joined(MIA), asked())
    assert [room.read(1, typed) for typed in ("62", " ６２ ", "= 62.0", "062")] == ["62"] * 4
    with pytest.raises(QuizError, match="still has to be worked out"):
        room.read(1, "12+50")
    with pytest.raises(RoomError, match="at most 150 characters"):
        room.read(1, "6" * 151)
    with pytest.raises(RoomError, match="closed"):
        room.read(2, "62")


def test_a_class_keeps_sums_from_the_network() -> None:
    room = after(joined(MIA, TOM), Asked(1, "Tap", kind="cells", largest=10, most=2))
    assert room.read(1, "4+3 3+4 10+1") == "1+10 3+4"
    for typed in ("", "0+4", "3+11", "1+1 1+2 1+3", "<b>", "3+4+5"):
        with pytest.raises(RoomError, match="choose 1 to 2 sums of numbers from 1 to 10"):
            room.read(1, typed)
    room = after(room, Answered(MIA, 1, "1+10 3+4"), Answered(TOM, 1, "3+4"), Revealed(1))
    assert room.round is not None
    assert room.round.cells == {(1, 10): 1, (3, 4): 2}
    assert (room.round.right, room.counted) == (0, ())
    table = after(room, Asked(2, "Tap", kind="cells", smallest=0, largest=9))
    assert table.read(2, "9+0") == "0+9"


def test_a_class_guesses_together() -> None:
    room = after(joined(MIA, TOM), Asked(1, "More?", "1", kind="guess", options=("no", "yes")))
    assert room.read(1, "1") == "1"
    with pytest.raises(RoomError, match="choose one of the 2 answers"):
        room.read(1, "2")
    room = after(room, Answered(MIA, 1, "1"), Answered(TOM, 1, "0"), Revealed(1))
    assert room.round is not None
    assert (room.round.right, room.round.commonest) == (1, [("1", 1), ("0", 1)])
    assert room.right_of(MIA) == 0, "a guess is no point"


def test_events_that_cannot_be_followed_any_more_are_passed_over() -> None:
    room = joined(MIA)
    for event in (None, Revealed(3)):
        later = room.following(event, 2.0)
        assert (later.version, later.state, later.players) == (room.version + 1, room.state, room.players)


def test_only_one_secret_teaches() -> None:
    assert opened().teaches("secret")
    assert not opened().teaches("")
    assert not opened().teaches("sécret")
    room = opened().after(Entrusted(digest_of("another")), 1.0)
    assert room.teaches("secret")
    assert room.teaches("another")
    assert room.after(Entrusted(digest_of("another")), 2.0) is room
    with pytest.raises(AdderError):
        Room.opened_by(CODE, Opened("", "en", {"task": {"largest": "x"}}), 0.0)
    with pytest.raises(RoomError, match="a game has 1 to 60 rounds"):
        Room.opened_by(CODE, Opened("", "en", OPENED.experiment, planned=0), 0.0)
