"""The settings of an experiment that a person may change, folded away behind "More"."""

from __future__ import annotations

import streamlit as st

from adder.errors import AdderError, shorten
from adder.experiment import LARGEST_SEED, MOST_EPOCHS, MOST_SAMPLES, Experiment
from adder.task import MOST_HELD_OUT, MOST_TERMS, Task
from adder.ui import state

_MOST_IN_A_BROWSER = 2**53 - 1  # JavaScript's largest exact whole number
_TARGETS = {"never": None, "90 %": 0.9, "99 %": 0.99, "100 %": 1.0}


def show(experiment: Experiment) -> None:
    """Draw the settings; a change that cannot work is refused in words and changes nothing."""
    flat = experiment.flat()

    def change(setting: str) -> None:
        value = st.session_state[setting]
        if setting == "training.target":
            value = _TARGETS.get(value, flat[setting])
        if setting == "task.held_out":
            value = value / 100
        try:
            state.choose(experiment.replaced({setting: value}))
        except AdderError as error:
            st.session_state["knob_trouble"] = state.plain(f"{error}.")

    def whole(setting: str, label: str, low: int, high: int, text: str) -> None:
        if flat[setting] > _MOST_IN_A_BROWSER:
            st.text_input(label, f"{shorten(str(flat[setting]))}", disabled=True, help=text)
            return
        st.session_state[setting] = flat[setting]
        st.number_input(label, low, high, step=1, key=setting, on_change=change, args=(setting,), help=text)

    if trouble := st.session_state.pop("knob_trouble", ""):
        st.error(f"Nothing was changed: {trouble}", icon=":material/error:")
    first, second, third = st.columns(3)
    with first:
        if isinstance(experiment.task, Task):
            whole("task.smallest", "Smallest number", 0, _MOST_IN_A_BROWSER, "The smallest number in a question.")
            whole("task.largest", "Largest number", 1, _MOST_IN_A_BROWSER, "The largest number in a question.")
            whole("task.terms", "Numbers in a question", 1, MOST_TERMS, "How many numbers, or at most how many.")
    with second:
        st.session_state["task.held_out"] = round(flat["task.held_out"] * 100)
        st.number_input(
            "Held out (%)",
            0,
            round(MOST_HELD_OUT * 100),
            step=5,
            key="task.held_out",
            on_change=change,
            args=("task.held_out",),
            help="The share of distinct questions never trained on, mirrors such as 3+4 and 4+3 being one. "
            "0 is as in the textbook.",
        )
        whole("training.epochs", "Epochs", 1, MOST_EPOCHS, "How many times fresh questions are drawn.")
        whole("training.samples", "Questions an epoch", 1, MOST_SAMPLES, "How many questions are drawn for each epoch.")
    with third:
        whole("training.batch_size", "Batch size", 1, MOST_SAMPLES, "Questions between two changes of the weights.")
        options = dict(_TARGETS)
        chosen = next((label for label, value in options.items() if value == flat["training.target"]), None)
        if chosen is None:
            chosen = f"{flat['training.target']:.2%}"
        st.session_state["training.target"] = chosen
        st.selectbox(
            "Stop at exact match",
            [*options, *([chosen] if chosen not in options else [])],
            key="training.target",
            on_change=change,
            args=("training.target",),
            help="End the run once this share of the check questions is answered wholly right.",
        )
        whole("seed", "Seed", 0, LARGEST_SEED, "Decides the first weights and every question drawn.")
