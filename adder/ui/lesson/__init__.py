"""The lesson: eight short steps, each a few sentences, one live thing to do, and what to notice.

A step is a file with a title and `show`, which draws it and returns what of it belongs into the address; this is their
list, in order. The address holds the step as `step=3`, and `present=1` draws for a projector: larger type, and neither
header nor menu.
"""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.ui import header, state
from adder.ui.lesson import asked, beyond, characters, inside, learning, memory, mistake, network, runs
from adder.ui.state import say

TITLE = marked("Learn")
ICON = ":material/school:"
PATH = "learn"

STEPS = (asked, mistake, characters, network, learning, memory, inside, beyond)

_STEP = "step"
_SWITCH = "lesson present"
_STAGE = """<style>
html { font-size: clamp(16px, 1.75vw, 30px) !important; }
[data-testid=stHeader] { display: none; }
[data-testid=stMainBlockContainer] { padding-top: 1.5rem; }
</style>"""


def show() -> None:
    """Draw the step that the session is at."""
    _begin()
    number = st.session_state[_STEP]
    step = STEPS[number - 1]
    if state.presented():
        st.html(_STAGE)
    else:
        header.show(say("How a network learns to add"))
    _steps(number)
    st.header(say("{n}. {title}", n=number, title=say(step.TITLE)), anchor=False)
    own = step.show()
    _turn(number)
    wanted = {_STEP: str(number), **own}
    state.write_address(wanted | {state.PRESENT: "1"} if state.presented() else wanted)
    state.jobs()  # the engine starts once there is a page to look at


def _begin() -> None:
    if _STEP not in st.session_state:
        given = st.query_params.get(_STEP, "")
        st.session_state[_STEP] = int(given) if given in map(str, range(1, len(STEPS) + 1)) else 1
        st.session_state[_SWITCH] = st.query_params.get(state.PRESENT) == "1"
        runs.begin()
    state.present(bool(st.session_state.get(_SWITCH)))


def _steps(number: int) -> None:
    """Where in the lesson this is, with the way to every other step, and the switch for a projector."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.session_state["lesson step"] = number
        st.segmented_control(
            say("Step"),
            range(1, len(STEPS) + 1),
            key="lesson step",
            on_change=_jump,
            required=True,
            label_visibility="collapsed",
        )
        if state.shows(state.PRESENT):
            st.toggle(
                say("Present"),
                key=_SWITCH,
                persist_state="session",
                help=say("For a projector: larger type, without header and menu."),
            )


def _turn(number: int) -> None:
    """The buttons to the step before and after, each with that step's title."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if number > 1:
            before = say(STEPS[number - 2].TITLE)
            label = say("Previous: {title}", title=before)
            st.button(label, icon=":material/arrow_back:", on_click=_go, args=(number - 1,), key="lesson previous")
        if number < len(STEPS):
            after = say(STEPS[number].TITLE)
            label = say("Next: {title}", title=after)
            st.button(
                label,
                type="primary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=_go,
                args=(number + 1,),
                key="lesson next",
            )


def _go(number: int) -> None:
    st.session_state[_STEP] = number


def _jump() -> None:
    st.session_state[_STEP] = st.session_state["lesson step"] or st.session_state[_STEP]
