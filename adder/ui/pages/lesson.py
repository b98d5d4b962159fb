"""The lesson: eight steps of one screen each. A guess comes first, then something to do, and then what to notice.

The address holds the step as `step=3`. Arrow keys, PageDown and the space bar lead on, and so does a clicker.
"""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.ui import address, header, run_service, step_keys
from adder.ui.language import say
from adder.ui.lesson import choices, lesson_runs, prose
from adder.ui.lesson.steps import STEPS
from adder.ui.pages import classroom, quiz

TITLE = marked("Learn")
ICON = ":material/school:"
PATH = "learn"
DRAWN_WITH = ("BidiComponent", "Button", "ButtonGroup")

_STEP = "step"


def show() -> None:
    """Draw the present step."""
    if _STEP not in st.session_state:
        given = st.query_params.get(_STEP, "")
        st.session_state[_STEP] = int(given) if given in map(str, range(1, len(STEPS) + 1)) else 1
    choices.begin()
    lesson_runs.begin()
    number = st.session_state[_STEP]
    step = STEPS[number - 1]
    _steps(number)
    header.show(say("{n}. {title}", n=number, title=say(step.TITLE)), projector=True)
    prose.begin(say(step.TITLE))
    own = step.show()
    step_keys.listen(str(number), ("lesson next", "lesson quiz"), "lesson previous")
    address.write({_STEP: str(number), **own})
    run_service.draw_again_once_known(lesson_runs.named())  # This comes last, because it starts the engine.


def _steps(number: int) -> None:
    """Draw the names of all steps, and the buttons to those before and after, which never change their places."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.session_state["lesson step"] = number
        st.segmented_control(
            say("Step"),
            range(1, len(STEPS) + 1),
            format_func=lambda each: f"**{each}** {say(STEPS[each - 1].NAME)}",
            key="lesson step",
            on_change=_jump,
            required=True,
            label_visibility="collapsed",
        )
        last = number == len(STEPS)
        with st.container(horizontal=True, width="content", key="lesson ways"):
            if last and st.button(say("With a class"), icon=classroom.ICON, key="lesson class"):
                st.switch_page(st.Page(classroom.show, url_path=classroom.PATH))
            st.button(
                say("Back"),
                icon=":material/arrow_back:",
                disabled=number == 1,
                on_click=_go,
                args=(number - 1,),
                key="lesson previous",
            )
            pressed = st.button(
                say("Play the quiz") if last else say("Next"),
                type="primary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=None if last else _go,
                args=(number + 1,),
                key="lesson quiz" if last else "lesson next",  # Otherwise a press of Next could count twice.
            )
            if last and pressed:
                st.switch_page(st.Page(quiz.show, url_path=quiz.PATH))


def _go(number: int) -> None:
    st.session_state[_STEP] = number


def _jump() -> None:
    st.session_state[_STEP] = st.session_state["lesson step"] or st.session_state[_STEP]
