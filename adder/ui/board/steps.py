"""What a teacher does, step by step: ask a sum, show the answers, let the network practise, and end."""

from __future__ import annotations

import json

import streamlit as st

from adder.base.errors import AdderError
from adder.rooms import questions
from adder.rooms.events import Asked, BreakBegan, Ended, Revealed, Skipped, TakenBack
from adder.rooms.room import ASKED, BREAK, LOBBY, REVEALED, Room
from adder.rooms.round import CELLS, SUM
from adder.ui.board import led_room, opponent
from adder.ui.board.opening import LEVEL, LIST
from adder.ui.language import say
from adder.ui.markdown import sentence


def is_last(room: Room) -> bool:
    """Whether no further sum is to be asked."""
    return len(room.counted) >= room.planned or (bool(_listed(room)) and _sums(room) >= len(_listed(room)))


def waits(room: Room) -> bool:
    """Whether what comes next needs a network that is still on its way."""
    here = room.state in (ASKED, REVEALED) and room.round is not None and room.round.kind == SUM
    return here and opponent.returning(room)


def ask() -> None:
    """Ask the next sum."""
    if (room := _room_in(LOBBY, REVEALED, BREAK)) is None:
        return
    opponent.catch_up(room)
    listed = _listed(room)
    level = int(room.notes.get(LEVEL) or 0) or None
    question = listed[_sums(room) % len(listed)] if listed else questions.drawn(room, level)
    try:
        led_room.tell(questions.asked(room.experiment, len(room.rounds) + 1, question))
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")


def ask_for_cells() -> None:
    """Have the class hold sums out."""
    if room := _room_in(LOBBY, REVEALED):
        question = say("Which sums shall the network never practise?")
        led_room.tell(Asked(len(room.rounds) + 1, question, kind=CELLS, smallest=0, largest=9, most=3))


def reveal() -> None:
    """Show how the class answered, what the network writes, and the truth."""
    room = _room_in(ASKED)
    if room is None or room.round is None or waits(room):
        return
    number = room.round.number
    solver = opponent.solver(room) if room.round.kind == SUM else None
    try:
        answer = solver.solve(room.round.question) if solver else None
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")
        return
    if answer is None:
        led_room.tell(Revealed(number))
    else:
        sure = answer.confidence if answer.characters else None
        led_room.tell(Revealed(number, answer.unpadded, answer.correct, sure))


def take_back() -> None:
    """Ask the same sum again, with the answers that came."""
    if (room := _room_in(REVEALED)) and room.round:
        led_room.tell(TakenBack(room.round.number))


def skip() -> None:
    """Leave the present sum out."""
    if (room := _room_in(ASKED)) and room.round:
        led_room.tell(Skipped(room.round.number))


def practise() -> None:
    """Let the network practise while the class watches."""
    room = _room_in(REVEALED)
    if room and not waits(room) and led_room.tell(BreakBegan()) and (room := led_room.room()):
        opponent.practise(room)


def end() -> None:
    """End the game."""
    if room := _room_in(LOBBY, ASKED, REVEALED, BREAK):
        opponent.catch_up(room)
        led_room.tell(Ended())


def _room_in(*states: str) -> Room | None:
    """The room, if it is in one of these states; a button that is pressed twice finds it in the next one."""
    room = led_room.room()
    return room if room and room.state in states else None


def _listed(room: Room) -> list[str]:
    found: list[str] = json.loads(room.notes.get(LIST) or "[]")
    return found


def _sums(room: Room) -> int:
    """How many sums were asked so far, skipped ones too."""
    return sum(each.kind == SUM for each in room.rounds)
