"""The class: a teacher's board for a room in which everybody answers the same sums as a network that learns meanwhile.

The board shows what the room is in; phones have a page of their own (`adder.ui.phones`). Arrow keys lead on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from adder.base.messages import marked
from adder.rooms import codes
from adder.rooms.room import ASKED, BREAK, LOBBY, OVER, REVEALED, Room
from adder.rooms.round import CELLS, GUESS, SUM
from adder.ui import address, header, moving_part, step_keys
from adder.ui.board import after, controls, holding_out, led_room, look_together, opening, opponent, screens, steps
from adder.ui.board.opening import HOLD_OUT
from adder.ui.draw_lock import one_at_a_time
from adder.ui.language import say
from adder.ui.phone_address import PhoneAddress, phone_address

TITLE = marked("Class")
ICON = ":material/group:"
PATH = "class"
DRAWN_WITH = ("BidiComponent", "Button", "Selectbox", "Slider")

_NEXT, _BACK = "class next", "class back"


@dataclass(frozen=True, slots=True)
class _Way:
    """A button that leads on or back."""

    label: str
    act: Callable[[], None]


def show() -> None:
    """Draw the board, or what opens a room."""
    trouble = led_room.begin()
    room = led_room.room()
    if room is None:
        with st.container(key="class_top"):
            header.show(say("Class"), projector=True)
        with st.container():
            if trouble:
                st.warning(trouble, icon=":material/link_off:")
            opening.show()
    else:
        _board(room)
    address.write(led_room.address())


def _board(room: Room) -> None:
    """Draw the header, the screen and the foot, each in a container.

    So they stand at the same places in every state. A container that Streamlit draws in the place of another one keeps
    what stood there until the whole page is drawn. If the foot moved, each of its buttons could be there twice.
    """
    where = phone_address()
    waits = steps.waits(room)
    with st.container(key="class_top"):
        header.show(say("Class {code}", code=codes.spoken(room.code)), projector=True)
    with st.container():
        if room.state == OVER:
            after.show(room)
        else:
            _moving(room, _screen(room, where), waits=waits)
    _foot(room, where, waits=waits)
    step = f"{room.state} {len(room.rounds)}"
    step_keys.listen(step, [f"{_NEXT} {state}" for state in (LOBBY, ASKED, REVEALED, BREAK)], _BACK)


def _screen(room: Room, where: PhoneAddress) -> Callable[[Room], None]:
    """Draw what stands still on the screen of this state, and return what draws the rest, again and again."""
    if room.round is not None and room.state in (ASKED, REVEALED):
        if room.round.kind == CELLS:
            return holding_out.choosing(room) if room.state == ASKED else holding_out.practising(room)
        if room.round.kind == GUESS:
            return look_together.board(room)
    if room.state == LOBBY:
        return screens.lobby(room, where)
    if room.state == ASKED:
        return screens.asked(room)
    return screens.revealed(room) if room.state == REVEALED else screens.practising(room)


def _moving(room: Room, draw: Callable[[Room], None], *, waits: bool) -> None:
    """Draw what moves, until what stands still has changed; then draw the whole page again."""

    def still(room: Room) -> tuple[object, ...]:
        return room.state, len(room.rounds), room.present, room.locked, room.names_hidden

    def look() -> None:
        now = led_room.room()
        if now is None or still(now) != still(room) or steps.waits(now) != waits:
            st.rerun()
        if waits:
            st.info(say("The server is getting the network back. In a moment the game goes on."))
        draw(now)

    moving_part.alone(one_at_a_time(look), screens.SECONDS_BETWEEN_LOOKS)


def _foot(room: Room, where: PhoneAddress, *, waits: bool) -> None:
    """Draw the buttons, and the way in for whoever comes late."""
    on, back = _ways(room)
    side: Literal["right", "distribute"] = "right" if room.state == LOBBY or not where.base else "distribute"
    with st.container(horizontal=True, horizontal_alignment=side, vertical_alignment="center", key="class_foot"):
        with st.container(width="content"):
            if room.state != LOBBY and where.base:
                st.caption(f"{screens.way_in(where)} · **{codes.spoken(room.code)}**", width="content")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            controls.show(room, where)
            if room.state == ASKED:
                st.button(say("Skip"), icon=":material/skip_next:", on_click=steps.skip, key="class skip")
            if back:
                st.button(back.label, icon=":material/undo:", on_click=back.act, key=_BACK)
            if on:
                st.button(
                    on.label,
                    type="primary",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    on_click=on.act,
                    disabled=waits,
                    key=f"{_NEXT} {room.state}",
                )


def _ways(room: Room) -> tuple[_Way | None, _Way | None]:
    """What leads on from here, and what leads back."""
    kind = room.round.kind if room.round else SUM
    back = None
    if room.state == ASKED:
        on = _Way(say("Show the answers"), steps.reveal)
        if kind == CELLS:
            on = _Way(say("Train on the others"), holding_out.train)
    elif room.state == OVER:
        return None, None
    elif room.notes.get(HOLD_OUT) and all(each.kind == GUESS for each in room.rounds):
        on = _Way(say("Hold sums out"), steps.ask_for_cells)
    elif steps.is_last(room):
        on = _Way(say("See the result"), steps.end)
    elif room.state == REVEALED and kind == SUM and opponent.learns(room):
        on = _Way(say("Let it practise"), steps.practise)
    else:
        on = _Way(say("Next sum") if room.counted else say("First sum"), steps.ask)
    if room.state == REVEALED and kind == SUM:
        back = _Way(say("Hide the answers again"), steps.take_back)
    return on, back
