"""The lesson: eight short steps, each a few sentences, one live thing to do, and what to notice.

The address holds the step as `step=3`, and `present=1` draws for a projector: larger type, and neither
header nor menu.
"""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.ui import address, header, run_service, session
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.lesson import lesson_runs
from adder.ui.lesson.steps import STEPS
from adder.ui.session import PRESENT

TITLE = marked("Learn")
ICON = ":material/school:"
PATH = "learn"

_STEP = "step"
_SWITCH = "lesson present"
_STAGE = """<style>
html { font-size: clamp(16px, 1.75vw, 30px) !important; }
[data-testid=stHeader] { display: none; }
[data-testid=stMainBlockContainer] { padding-top: 1.5rem; }
</style>"""


def show() -> None:
    """Draw the present step."""
    _begin()
    number = st.session_state[_STEP]
    step = STEPS[number - 1]
    if session.presented():
        st.html(_STAGE)
    else:
        header.show(say("How a network learns to add"))
    _steps(number)
    st.header(say("{n}. {title}", n=number, title=say(step.TITLE)), anchor=False)
    own = step.show()
    _neighbours(number)
    wanted = {_STEP: str(number), **own}
    address.write(wanted | {PRESENT: "1"} if session.presented() else wanted)
    run_service.draw_again_once_known(lesson_runs.named())  # last, because this starts the engine: the page comes first


def _begin() -> None:
    if _STEP not in st.session_state:
        given = st.query_params.get(_STEP, "")
        st.session_state[_STEP] = int(given) if given in map(str, range(1, len(STEPS) + 1)) else 1
        st.session_state[_SWITCH] = st.query_params.get(PRESENT) == "1"
    lesson_runs.begin()
    session.present(bool(st.session_state.get(_SWITCH)))


def _steps(number: int) -> None:
    """Draw the number of this step, the way to every other step, and the switch for a projector."""
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
        if shows("present"):
            st.toggle(
                say("Present"),
                key=_SWITCH,
                persist_state="session",
                help=say("For a projector: larger type, without header and menu."),
            )


def _neighbours(number: int) -> None:
    """Draw the buttons to the steps before and after, with their titles."""
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
