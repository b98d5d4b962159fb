"""The playground: choose an experiment, train it live, watch it learn, and ask it any question.

The page is drawn once a click. What moves while a run trains are three fragments, which redraw themselves alone.
"""

from __future__ import annotations

import streamlit as st

from adder.errors import JobError
from adder.experiment import LARGEST_SEED, Experiment
from adder.jobs import JobView
from adder.presets import PRESETS, nearest_preset, preset
from adder.ui import ask, header, knobs, live, state
from adder.ui.drawing import short
from adder.ui.state import say
from adder.wording import marked

TITLE = marked("Playground")
ICON = ":material/model_training:"
PATH = "playground"

_LIVE_SECONDS = 0.3
_UNFINISHED = ("paused", "stopped", "failed")


def show() -> None:
    """Draw the page."""
    trouble = state.load_address()
    header.show(say("Watch a neural network learn to add"))
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    view, lost = state.look()
    if lost:
        st.info(lost, icon=":material/history:")
    active = view is not None and view.active
    often = _LIVE_SECONDS if active else None
    left, right = st.columns([2, 3], gap="large")
    with left:  # first, since the browser takes longest over its chart
        st.fragment(ask.show, run_every=often)()
    with right:
        _choose_experiment()
        _transport(view)
        st.fragment(live.status, run_every=often)()
    st.fragment(live.curves, run_every=often)(active)
    state.write_address(state.experiment_address())
    state.jobs()  # the engine starts once there is a page to look at


def _choose_experiment() -> None:
    experiment = state.experiment()
    name = nearest_preset(experiment)
    is_preset = experiment.replaced({"seed": 1}) == preset(name)

    def pick() -> None:
        state.choose(preset(st.session_state["preset"]))

    st.session_state["preset"] = name
    st.selectbox(
        "Experiment",
        list(PRESETS),
        format_func=lambda each: PRESETS[each].label,
        key="preset",
        on_change=pick,
        help="Each is a task, a way of writing it down, a network and a recipe for training it.",
    )
    st.caption(PRESETS[name].blurb if is_preset else f"Changed from: {PRESETS[name].label}.")
    more = st.expander("More", icon=":material/tune:", key="more", on_change="rerun")
    if more.open:  # closed, its seven widgets would only hold up the first paint
        with more:
            knobs.show(experiment)
            if not is_preset:
                st.button("Back to the preset's settings", icon=":material/undo:", on_click=pick)
    st.markdown(_facts(experiment))


def _facts(experiment: Experiment) -> str:
    task = experiment.task
    held_out = f"**{short(task.held_out_questions)}** of them held out" if task.held_out else "none held out"
    weights = "weight" if experiment.weights == 1 else "weights"
    samples = experiment.training.epochs * experiment.training.samples
    return (
        f"**{experiment.weights:,}** {weights} · **{short(task.distinct_questions)}** distinct questions, {held_out} · "
        f"**{samples:,}** samples in {experiment.training.epochs:,} epochs · seed {experiment.seed}"
    )


def _transport(view: JobView | None) -> None:
    status = view.status if view else None
    with st.container(horizontal=True):
        if view is None or not view.active:
            label = {"done": "Train again"} | dict.fromkeys(_UNFINISHED, "Train from the start")
            if status in _UNFINISHED:
                st.button("Continue", type="primary", icon=":material/resume:", on_click=_continue)
            st.button(
                label.get(status or "", "Train"),
                type="secondary" if status in _UNFINISHED else "primary",
                icon=":material/play_arrow:",
                on_click=_train,
                help="Train this experiment live, from its first weights.",
            )
        else:
            st.button(
                "Stop",
                type="primary",
                icon=":material/stop:",
                on_click=_stop,
                help="End after the present epoch; you can go on later.",
            )
        if view is not None:
            st.button(
                "Reset",
                icon=":material/restart_alt:",
                on_click=_reset,
                help="Back to the untrained network with the same seed: the same first weights.",
            )
        st.button(
            "New seed",
            icon=":material/casino:",
            on_click=_new_seed,
            help="Other first weights and other questions. Is the result luck?",
        )


def _train() -> None:
    view, _ = state.look()
    try:
        state.watch(state.jobs().submit(state.experiment(), again=view is not None))
    except JobError as error:
        st.toast(f"{error}", icon=":material/error:")


def _stop() -> None:
    if run := state.run_id():
        state.jobs().stop(run)


def _continue() -> None:
    if run := state.run_id():
        try:
            state.jobs().resume(run)
        except JobError as error:
            st.toast(f"{error}", icon=":material/error:")


def _reset() -> None:
    if state.leave_run():
        st.toast("Somebody else watches that run, so it goes on for them.", icon=":material/group:")


def _new_seed() -> None:
    _reset()
    experiment = state.experiment()
    state.choose(experiment.replaced({"seed": (experiment.seed + 1) % LARGEST_SEED}))
