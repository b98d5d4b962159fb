"""Menus for what may change while a network learns: learning rate, batch size, and how questions are drawn.

Before a run these menus choose what it begins with, as those under Settings do. While it trains or rests, they hold
from the next epoch on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from adder.base.language import Language
from adder.base.settings import written
from adder.experiment.training import CHANGEABLE
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.ui import moving_part, run_buttons, run_service, session, visitors, watched_run
from adder.ui.formats import menu_label
from adder.ui.hiding import shows
from adder.ui.language import say, session_language

_LEARNING_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
_WIDTHS_IN_PIXELS = {"learning_rate": 130, "batch_size": 120, "draw": 220}
_KEY = "change "
_LOOK_SECONDS = 0.5


def show(view: RunView | None) -> None:
    """Draw a menu for each, with what holds in the epoch to come."""
    if view is not None and view.status == Status.LOADING:
        return
    session.follow(view)
    experiment = session.experiment() if view is None else view.experiment
    training, task = experiment.training, experiment.task
    goes_on = _goes_on(view)
    over = view.events[-1].epoch if view is not None and view.events and goes_on else 0
    held = training.at(min(over + 1, training.epochs))
    offered: dict[str, Sequence[Any]] = {
        "learning_rate": sorted({*_LEARNING_RATES, held.learning_rate}),
        "batch_size": _divisors(training.samples),
        "draw": [None, *(name for name in CHANGEABLE["draw"].menu if name and task.draw_refusal(name) is None)],
    }
    with st.container(horizontal=True):
        for name, values in offered.items():
            if len(values) > 1 and shows(f"training.{name}"):
                wanted = {} if view is None else view.wanted
                _menu(name, values, wanted.get(name, getattr(held, name)), later=goes_on)
    if view is not None and view.wanted:
        moving_part.alone(_await, _LOOK_SECONDS)


def _goes_on(view: RunView | None) -> bool:
    """Whether there is a run in which something can still change."""
    return view is not None and view.status != Status.DONE and not view.lost


def _menu(name: str, values: Sequence[Any], value: Any, *, later: bool) -> None:
    declared, key = CHANGEABLE[name], f"{_KEY}{name}"
    labels = _labels(name, tuple(values), session_language())
    st.session_state[key] = written(value)
    text, then = say(declared.help), say("It changes with the next epoch.")
    st.selectbox(
        say(declared.label),
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        on_change=lambda: run_buttons.or_toast(partial(_change, name, st.session_state[key]))(),
        help=f"{text} {then}" if later else text,
        width=_WIDTHS_IN_PIXELS[name],
    )


@lru_cache(maxsize=256)
def _labels(name: str, values: tuple[Any, ...], language: Language) -> dict[str, str]:
    """The values that a menu offers, each with what a language calls it."""
    marked = {written(each): menu_label(CHANGEABLE[name], each) for each in values}
    return {each: language.say(label) for each, label in marked.items()}


@lru_cache(maxsize=256)
def _divisors(samples: int) -> tuple[int, ...]:
    """The sizes of a batch that divide an epoch's samples."""
    return tuple(size for size in range(1, samples + 1) if samples % size == 0)


def _change(name: str, chosen: str) -> None:
    value = CHANGEABLE[name].read(name, chosen)
    view, _ = watched_run.poll()
    if view is not None and _goes_on(view):
        own = run_service.get().change(view.id, {name: value}, visitors.this())
        run_buttons.switch_to(view.id, own, shared=True)
    else:
        session.choose(session.experiment().replaced({f"training.{name}": value}))


def _await() -> None:
    """Draw the page again once the run has changed, because the address holds its experiment."""
    view, _ = watched_run.poll()
    if view is None or not view.wanted:
        st.rerun()
