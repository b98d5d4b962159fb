"""Opens a room: the opponent, how many sums and which, and how fast the opponent learns."""

from __future__ import annotations

import json

import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import marked
from adder.presets import PRESETS, preset
from adder.rooms import questions
from adder.rooms.events import Noted
from adder.ui import room_service, solver_choice
from adder.ui.board import led_room, opponent
from adder.ui.language import say, session_language
from adder.ui.markdown import sentence

LEVEL, LIST, HOLD_OUT = "level", "list", "hold out"  # The notes of a room have these names.

_LISTED = -1
_CROSSINGS = {
    "0.34": marked("after a third"),
    "0.67": marked("after two thirds"),
    "1": marked("at the end, if at all"),
}
_LEVELS = {
    0: marked("Adapts to the class"),
    1: marked("Very easy"),
    2: marked("Easy"),
    3: marked("Medium"),
    4: marked("Hard"),
    5: marked("Very hard"),
    _LISTED: marked("A list of your own"),
}
_TIMER_SECONDS = (0, 15, 30, 60, 120, 240)
_LEARNS, _DONE = "learns", "done"
_OFFERED_FIRST = "two-digits"  # In a game of ten rounds, this network learns from nothing to nearly all.


def show() -> None:
    """Draw the form."""
    st.markdown(
        say(
            "Your class and a network get the same sums. Everyone answers on a phone, and between the rounds the "
            "network practises. When will it overtake you?"
        )
    )
    with st.container(width=720):
        _form()
        st.button(
            say("Open the room"), type="primary", icon=":material/arrow_forward:", on_click=_open, key="class open"
        )
    st.caption(
        say(
            "Names are optional and never leave the room. After eight hours, or when you press *Delete*, the room is "
            "forgotten with all names and answers."
        )
    )


def _form() -> None:
    kinds = {_LEARNS: say("Learns while you play"), _DONE: say("Has learned already")}
    kind = st.segmented_control(
        say("Opponent"),
        list(kinds),
        format_func=kinds.__getitem__,
        default=_LEARNS,
        required=True,
        key="class kind",
    )
    left, right = st.columns([3, 2])  # The names of networks are long.
    with left:
        if kind == _LEARNS:
            labels = {name: say(each.label) for name, each in PRESETS.items() if each.races}
        else:
            labels = {key: label for key, label in solver_choice.labels().items() if key != solver_choice.UPLOADED}
        st.selectbox(
            say("Network"),
            list(labels),
            index=list(labels).index(_OFFERED_FIRST) if kind == _LEARNS else 0,
            format_func=lambda each: labels.get(each, each),
            key=f"class network {kind}",
        )
    with right:
        if kind == _LEARNS:
            crossings = {each: say(label) for each, label in _CROSSINGS.items()}
            st.selectbox(
                say("It overtakes you"),
                list(crossings),
                index=1,
                format_func=crossings.__getitem__,
                key="class crossing",
                help=say(
                    "Estimated from how such a network learned before, and corrected after each round by how good it "
                    "and the class are."
                ),
            )
    left, right = st.columns(2)
    with left:
        levels = {each: say(label) for each, label in _LEVELS.items()}
        level = st.selectbox(say("Sums"), list(levels), format_func=levels.__getitem__, key="class level")
    with right:
        times = {each: say("{seconds} s", seconds=each) for each in _TIMER_SECONDS} | {0: say("as long as you wait")}
        st.selectbox(say("Time for each sum"), list(times), format_func=times.__getitem__, key="class seconds")
    if level == _LISTED:
        st.text_area(say("Your sums, one a line"), key="class list", placeholder="12+50\n27+15", height=140)
    else:
        st.slider(say("Rounds"), questions.FEWEST_ROUNDS, questions.MOST_ROUNDS, 10, key="class rounds")
    st.toggle(
        say("First the class holds sums out"),
        key="class hold out",
        help=say(
            "Phones tap sums of the table from 0 to 9. A network practises all others, and you see which it knows."
        ),
    )


def _open() -> None:
    chosen = st.session_state  # Arguments of the button would be older than a choice made just before.
    learns = chosen["class kind"] == _LEARNS
    crossing = chosen["class crossing"] if learns else ""
    key, level = chosen[f"class network {chosen['class kind']}"], chosen["class level"]
    try:
        key = key if learns else solver_choice.aged(key)
        experiment = preset(key) if learns else solver_choice.solver(key).experiment
        listed = questions.pasted(experiment, chosen["class list"]) if level == _LISTED else ()
        rounds = len(listed) or chosen["class rounds"]
        if learns:
            experiment = opponent.pace(key, rounds, float(crossing)).experiment(experiment)
        opened = room_service.get().open(
            experiment, language=session_language().code, planned=rounds, seconds=chosen["class seconds"] or None
        )
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")
        return
    led_room.lead(opened.code, opened.secret)
    notes = {
        opponent.OPPONENT: key,
        opponent.CROSSING: crossing,
        LEVEL: str(max(0, level)),
        LIST: json.dumps(listed) if listed else "",
        HOLD_OUT: "1" if chosen["class hold out"] else "",
    }
    if led_room.tell(Noted(notes)) and (room := led_room.room()):
        opponent.begin(room)
