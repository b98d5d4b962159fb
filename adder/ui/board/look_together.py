"""Phones follow the lesson: they get the question of a step, and the projector shows what the class expects."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import streamlit as st

from adder.rooms.events import Asked, Revealed
from adder.rooms.room import ASKED, OVER, Room
from adder.rooms.round import GUESS, Round
from adder.ui import moving_part
from adder.ui.board import led_room
from adder.ui.board.screens import SECONDS_BETWEEN_LOOKS
from adder.ui.draw_lock import one_at_a_time
from adder.ui.language import say
from adder.ui.lesson.sketch import Sketch
from adder.ui.markdown import plain

_MARKDOWN = re.compile(r"[*`]")


def show(title: str, question: str, answers: Sequence[str], sketch: Callable[[], Sketch]) -> None:
    """Draw the button that asks the phones, and what they said; nothing if this session leads no room.

    Args:
        title: The title of the step, in the session's language.
        question: What the class is to guess, in the session's language; phones leave out its Markdown.
        answers: The possible guesses.
        sketch: Makes the step's picture for phones.
    """
    room = led_room.room()
    if room is None or room.state == OVER:
        return
    if title.endswith(("?", "？")):
        both = say("{title} {question}", title=title, question=question)
    else:
        both = say("{title}: {question}", title=title, question=question)
    text, options = _MARKDOWN.sub("", both), tuple(_MARKDOWN.sub("", each) for each in answers)
    asked = next((each for each in reversed(room.rounds) if each.question == text), None)
    is_open = room.state == ASKED and asked is room.round
    if asked is not None:

        def look() -> None:
            now = led_room.room()
            if now is None or (now.state, len(now.rounds)) != (room.state, len(room.rounds)):
                st.rerun()
            tally(now, now.rounds[asked.number - 1])

        moving_part.alone(one_at_a_time(look), SECONDS_BETWEEN_LOOKS if is_open else None)
    if is_open:
        st.button(say("Close"), icon=":material/check:", on_click=_close, key="class close guess")
    elif room.state != ASKED:
        asking = (text, options, sketch)
        st.button(say("Ask the phones"), icon=":material/group:", on_click=_ask, args=asking, key="class guess")


def board(room: Room) -> Callable[[Room], None]:
    """Draw what the phones said on the board, for a teacher who has left the lesson."""
    asked = room.rounds[-1]
    st.header(plain(asked.question), anchor=False)
    return lambda now: tally(now, now.rounds[asked.number - 1])


def tally(room: Room, asked: Round) -> None:
    """Draw how many expect what."""
    given = [answer.given for answer in asked.answers.values()]
    counts = [f"{plain(option)} **{given.count(str(place))}**" for place, option in enumerate(asked.options)]
    st.markdown(" · ".join(counts))
    st.caption(led_room.answered(len(given), len(room.present)))


def _ask(text: str, options: tuple[str, ...], sketch: Callable[[], Sketch]) -> None:
    if room := led_room.room():
        drawn, number = sketch(), len(room.rounds) + 1
        led_room.tell(Asked(number, text, kind=GUESS, options=options, picture=drawn.svg, described=drawn.described))


def _close() -> None:
    room = led_room.room()
    if room and room.state == ASKED and room.round:
        led_room.tell(Revealed(room.round.number))
