"""The playground, on one screen: a network at work, the slider through its training, and a drawer for the rest.

A click draws the page. While a run trains, the browser itself moves the network (`adder.ui.stage`), and a fragment
that redraws itself says how far the run is.
"""

from __future__ import annotations

import time
from functools import lru_cache

import streamlit as st

from adder.base.language import LANGUAGES, Language
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
    take_home,
    training_view,
    watched_run,
)
from adder.ui.draw_lock import one_at_a_time
from adder.ui.hiding import shows
from adder.ui.language import say, session_language
from adder.ui.markdown import sentence

TITLE = marked("Playground")
ICON = ":material/model_training:"
PATH = "playground"
DRAWN_WITH = ("BidiComponent", "Button", "Checkbox", "DownloadButton", "MenuButton", "Selectbox", *stage.DRAWN_WITH)

_STALE = "panels are stale"
_RETRY_SECONDS = 0.5


def show() -> None:
    """Draw the page."""
    unknown = watched_run.unknown()
    trouble = address.load_experiment()
    tried, is_pressed = time.monotonic(), run_buttons.press_again()
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="heading"):
            header.show(say("Watch a neural network learn to add"), projector=True)
        with st.container(horizontal=True, width="content", key="closer"):
            panels.menu()
    view, lost = watched_run.poll()
    with st.container():  # It keeps its place, empty or not, so that what stands below is not drawn at another place.
        if trouble:
            st.warning(trouble, icon=":material/link_off:")
        if lost:
            st.info(lost, icon=":material/history:")
    with st.container(horizontal=True, vertical_alignment="center"):
        _choose_experiment()
        with st.container(horizontal=True, width="content", key="transport"):
            run_buttons.show(view)
        if shows("train"):
            with st.popover(say("Change"), icon=":material/tune:"):
                change_controls.show(view)
        narrow = panels.opened() or session.presented()
        if (view is None or not view.active) and not narrow:  # The drawer has it, too.
            take_home.show("stage", on_stage.newest()[0])
        if view is not None:
            with st.container(key="standing"):
                seconds = training_view.look_seconds(view)
                moving_part.show(one_at_a_time(_progress), training_view.look_interval, seconds)
    with st.container():
        if view is None and (why := run_service.get().refusal(session.experiment())):
            st.warning(sentence(why), icon=":material/hourglass_disabled:")
    moving_part.alone(_stage)
    panels.show()
    address.write(address.of_experiment() | panels.address())
    run_service.draw_again_once_known(unknown)  # This comes last, because it starts the engine.
    if is_pressed:
        run_service.draw_again_once(lambda: time.monotonic() > tried + _RETRY_SECONDS)
    if text := run_service.get().store_trouble:
        st.warning(sentence(text), icon=":material/hard_drive:")


def _choose_experiment() -> None:
    if not shows("preset"):
        return
    st.session_state["preset"] = nearest_preset(session.experiment())
    with st.container(key="experiment"):
        st.selectbox(
            say("Experiment"),
            list(PRESETS),
            format_func=_preset_labels(session_language()).__getitem__,
            key="preset",
            on_change=lambda: session.choose(preset(st.session_state["preset"])),
            label_visibility="collapsed",
        )


@lru_cache(maxsize=len(LANGUAGES))
def _preset_labels(language: Language) -> dict[str, str]:
    """What a language calls the presets."""
    return {name: language.say(each.label) for name, each in PRESETS.items()}


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
