"""The playground, on one screen: a network at work, the slider through its training, and a drawer for the rest.

A click draws the page. What moves while a run trains is in the browser's hands (`adder.ui.stage`), but for the line
that says how far the run is, a fragment that redraws itself.
"""

from __future__ import annotations

import streamlit as st

from adder.base.errors import RunError
from adder.base.messages import marked
from adder.presets import PRESETS, preset
from adder.query import nearest_preset
from adder.ui import (
    address,
    change_controls,
    header,
    moving_part,
    on_stage,
    panels,
    run_buttons,
    run_service,
    session,
    stage,
    training_view,
    watched_run,
)
from adder.ui.draw_lock import one_at_a_time
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import plain, sentence

TITLE = marked("Playground")
ICON = ":material/model_training:"
PATH = "playground"
DRAWN_WITH = ("BidiComponent", "Button", "Checkbox", "MenuButton", "Selectbox")

_STALE = "panels are stale"


def show() -> None:
    """Draw the page."""
    unknown = watched_run.unknown()
    trouble = address.load_experiment()
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="heading"):
            header.show(say("Watch a neural network learn to add"), projector=True)
        with st.container(horizontal=True, width="content", key="closer"):
            panels.menu()
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    view, lost = watched_run.poll()
    if lost:
        st.info(lost, icon=":material/history:")
    with st.container(horizontal=True, vertical_alignment="center"):
        _choose_experiment()
        with st.container(horizontal=True, width="content", key="transport"):
            run_buttons.show(view)
        if shows("train"):
            with st.popover(say("Change"), icon=":material/tune:"):
                change_controls.show(view)
        if view is not None:
            with st.container(key="standing"):
                moving_part.show(one_at_a_time(_progress), training_view.interval, training_view.poll_seconds(view))
    if view is None and (why := run_service.get().refusal(session.experiment())):
        st.warning(sentence(RunError(why)), icon=":material/hourglass_disabled:")
    st.fragment(_stage)()
    panels.show()
    address.write(address.of_experiment() | panels.address())
    run_service.draw_again_once_known(unknown)  # last, because this starts the engine: the page comes first
    if text := run_service.get().store_trouble:
        st.warning(plain(say(text)), icon=":material/hard_drive:")


def _choose_experiment() -> None:
    if not shows("preset"):
        return
    st.session_state["preset"] = nearest_preset(session.experiment())
    with st.container(key="experiment"):
        st.selectbox(
            say("Experiment"),
            list(PRESETS),
            format_func=lambda each: say(PRESETS[each].label),
            key="preset",
            on_change=lambda: session.choose(preset(st.session_state["preset"])),
            label_visibility="collapsed",
        )


def _progress() -> None:
    """How far the run is."""
    view, _ = watched_run.poll()
    if view is not None:
        training_view.progress(view)


def _stage() -> None:
    """The network and the slider; the panels beside it are drawn again where they show what it shows."""
    if st.session_state.pop(_STALE, False):
        st.rerun()
    view, _ = watched_run.poll()
    on = on_stage.shown()
    stage.show(
        on.kind,
        on.name,
        view.experiment if view else session.experiment(),
        live=view is not None,
        who=on.who,
        asks=shows("ask"),
        plays=run_buttons.plays(),
        on_change=_draw_panels,
    )


def _draw_panels() -> None:
    """Have the whole page drawn if a panel shows what the stage shows."""
    st.session_state[_STALE] = panels.opened() in panels.FOLLOWING
