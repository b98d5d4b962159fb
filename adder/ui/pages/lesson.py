"""The lesson: eight steps of one screen each. A guess comes first, then something to do, and then what to notice.

The address holds the step as `step=3`. Arrow keys, PageDown and the space bar lead on, and so does a clicker.
"""

from __future__ import annotations

import streamlit as st

from adder.base.messages import marked
from adder.ui import address, header, run_service
from adder.ui.language import say
from adder.ui.lesson import choices, lesson_runs, step_keys
from adder.ui.lesson.steps import STEPS
from adder.ui.pages import quiz

TITLE = marked("Learn")
ICON = ":material/school:"
PATH = "learn"
DRAWN_WITH = ("BidiComponent", "Button", "ButtonGroup", "Html")

_STEP = "step"
_SCREEN = """<style>
[data-testid=stMainBlockContainer] { padding: 4.25rem 2.5rem 0.5rem; }
[data-testid=stMainBlockContainer] h1 { font-size: 1.6rem; padding: 0; }
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] { gap: 0.6rem; }
[data-testid=stButtonGroup] [data-selected] p { color: light-dark(#0063a3, #8ac9f4); }
.st-key-lesson-step button { padding: 0 0.6rem; }
.st-key-lesson-step p { font-size: 0.82rem; }
.st-key-lesson-signs td { font-size: 1.3rem; letter-spacing: 0.25em; line-height: 1.3; }
.st-key-lesson-keys { position: absolute; left: 0; max-width: 1px; overflow: hidden; }
@media (max-width: 640px) {
  [data-testid=stMainBlockContainer] { padding: 4.25rem 1rem 5rem; }
  .st-key-lesson-step button { padding: 0; min-width: 2.6rem; min-height: 44px; }
  .st-key-lesson-step p { font-size: 0; }
  .st-key-lesson-step strong { font-size: 1rem; }
  .st-key-lesson-ways {
    position: fixed; inset: auto 0 0 0; z-index: 10; padding: 0.5rem 1rem; width: auto;
    background: Canvas; background: light-dark(#ffffff, #0b0f15); justify-content: space-between;
  }
  .st-key-lesson-ways button { min-height: 44px; }
}
</style>"""


def show() -> None:
    """Draw the present step."""
    if _STEP not in st.session_state:
        given = st.query_params.get(_STEP, "")
        st.session_state[_STEP] = int(given) if given in map(str, range(1, len(STEPS) + 1)) else 1
    choices.begin()
    lesson_runs.begin()
    number = st.session_state[_STEP]
    step = STEPS[number - 1]
    st.html(_SCREEN)
    _steps(number)
    header.show(say("{n}. {title}", n=number, title=say(step.TITLE)), projector=True)
    own = step.show()
    step_keys.listen(number)
    address.write({_STEP: str(number), **own})
    run_service.draw_again_once_known(lesson_runs.named())  # last, because this starts the engine: the page comes first


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
        with st.container(horizontal=True, width="content", key="lesson ways"):
            st.button(
                say("Back"),
                icon=":material/arrow_back:",
                disabled=number == 1,
                on_click=_go,
                args=(number - 1,),
                key="lesson previous",
            )
            last = number == len(STEPS)
            pressed = st.button(
                say("Play the quiz") if last else say("Next"),
                type="primary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=None if last else _go,
                args=(number + 1,),
                key="lesson quiz" if last else "lesson next",  # else who pressed Next would be led on twice
            )
            if last and pressed:
                st.switch_page(st.Page(quiz.show, url_path=quiz.PATH))


def _go(number: int) -> None:
    st.session_state[_STEP] = number


def _jump() -> None:
    st.session_state[_STEP] = st.session_state["lesson step"] or st.session_state[_STEP]
