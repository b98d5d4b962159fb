"""What a teacher can do at any time: lock the room, hide names, take somebody out, take the room elsewhere, end it."""

from __future__ import annotations

import streamlit as st

from adder.query import encoded
from adder.rooms.events import Locked, NamesHidden, Removed
from adder.rooms.room import OVER, Room
from adder.ui import widget_values
from adder.ui.board import led_room, steps
from adder.ui.language import say
from adder.ui.phone_address import PhoneAddress


def show(room: Room, where: PhoneAddress) -> None:
    """Draw what is wanted more rarely, in a box that opens."""
    with st.popover(say("Room"), icon=":material/tune:", key="class controls"):
        # It comes first, where its help covers no other button.
        shown = st.button(
            say("Link for another machine"),
            icon=":material/open_in_new:",
            key="class link",
            help=say("Whoever has it leads this room, so ask for it while nobody else looks."),
        )
        if shown and (link := led_room.link()):
            st.code(f"{where.base}/class?{encoded(link)}", language=None, wrap_lines=True)
        if room.state != OVER:
            widget_values.show("class locked", room.locked)
            st.toggle(say("Nobody else may come in"), key="class locked", on_change=_lock)
            widget_values.show("class names hidden", room.names_hidden)
            st.toggle(say("Show numbers for names"), key="class names hidden", on_change=_hide)
            if room.present:
                names = {each.id: f"{each.number} · {each.name}" for each in room.present}
                gone = st.selectbox(
                    say("Take somebody out"),
                    list(names),
                    index=None,
                    placeholder=say("Nobody"),
                    format_func=lambda each: names.get(each, each),
                    key="class gone",
                )
                st.button(
                    say("Take out"), icon=":material/close:", on_click=_remove, args=(gone,), disabled=gone is None
                )
            st.button(say("End the game"), icon=":material/stop:", on_click=steps.end, key="class end")
        if st.button(
            say("Delete the room with all names and answers"), icon=":material/close:", key="class delete"
        ):  # Nothing brings a room back, and its button is near others.
            st.button(say("Yes, delete it"), icon=":material/check:", on_click=led_room.forget, key="class delete now")
        st.caption(say("It is deleted by itself after eight hours."))


def _lock() -> None:
    led_room.tell(Locked(bool(st.session_state["class locked"])))


def _hide() -> None:
    led_room.tell(NamesHidden(bool(st.session_state["class names hidden"])))


def _remove(player: str | None) -> None:
    if player:
        led_room.tell(Removed(player))
