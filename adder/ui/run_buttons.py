"""The buttons of a run: the two that its state asks for, and a menu with what is wanted more rarely."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import counted
from adder.experiment import LARGEST_SEED
from adder.experiment.training import MOST_EPOCHS
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.ui import run_service, session, visitors, watched_run
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import sentence

_PLAY = "plays"
_PRESSED = "pressed"  # It holds what was pressed for a run that is still being read from the disk.
_PATIENCE_SECONDS = 30.0
_LEAST_EPOCHS_PLAYED = 2  # With fewer there is nothing to watch.


def show(view: RunView | None) -> None:
    """Draw the buttons that the run's state allows."""
    rare: dict[str, tuple[str, Callable[[], None]]] = {}
    if shows("train"):
        rare |= _train_buttons(view)
    if view is not None and shows("reset"):
        rare["reset"] = say("Reset"), _reset
    if shows("seed"):
        rare["seed"] = say("New seed"), _new_seed
    if rare:
        st.menu_button(
            say("More"),
            list(rare),
            format_func=lambda each: rare[each][0],
            icon=":material/more_horiz:",
            key="run menu",
            on_click=lambda: rare[st.session_state["run menu"]][1](),
        )


def plays() -> int:
    """How often this session has asked for a run that was trained before, which then is played from its first epoch."""
    found: int = st.session_state.get(_PLAY, 0)
    return found


def play() -> None:
    """Have the stage play the epochs of what it shows from the first one."""
    st.session_state[_PLAY] = plays() + 1


def _train_buttons(view: RunView | None) -> dict[str, tuple[str, Callable[[], None]]]:
    """Draw at most two buttons; the other actions are returned for the menu."""
    status = view.status if view else None
    if view is not None and view.active:
        if status != Status.LOADING:
            _button(say("Pause"), ":material/pause:", _pause, primary=True)
            _button(say("Stop"), ":material/stop:", _stop)
        return {}
    if view is None:
        _button(say("Train"), ":material/play_arrow:", _train, primary=True)
        _button(say("One epoch"), ":material/skip_next:", _one_epoch)
        return {}
    if status == Status.DONE:
        _button(say("Train a new one"), ":material/play_arrow:", _train, primary=True)
        if more := _more_epochs(view):
            label = say(counted("{n} more epoch", "{n} more epochs", n=more))
            _button(label, ":material/resume:", lambda: _continue(more))
        return {}
    if view.lost:
        _button(say("Train from the start"), ":material/play_arrow:", _train, primary=True)
        return {}
    _button(say("Continue"), ":material/resume:", _continue, primary=True)
    _button(say("One epoch"), ":material/skip_next:", _one_epoch)
    rare = {"again": (say("Train from the start"), or_toast(_train))}
    return rare | ({"stop": (say("Stop"), or_toast(_stop))} if status == Status.PAUSED else {})


def _button(label: str, icon: str, act: Callable[[], None], *, primary: bool = False) -> None:
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    st.button(label, type=kind, icon=icon, on_click=or_toast(act))


def _more_epochs(view: RunView) -> int:
    if view.lost:
        return 0
    training = view.experiment.training
    return min(training.epochs, MOST_EPOCHS - training.epochs)


def or_toast(action: Callable[[], None]) -> Callable[[], None]:
    """An action that shows a toast if it is refused; `press_again` takes it up if its run has to be read first."""

    def act() -> None:
        _try(action, watched_run.run_id(), time.monotonic() + _PATIENCE_SECONDS)

    return act


def press_again() -> bool:
    """Do what was pressed before its run was there, and say whether it still is not; another press takes its place."""
    action, run, until = st.session_state.get(_PRESSED, (None, None, 0.0))
    if action is not None and run == watched_run.run_id():
        _try(action, run, until)
    return _PRESSED in st.session_state


def _try(action: Callable[[], None], run: str | None, until: float) -> None:
    st.session_state.pop(_PRESSED, None)
    try:
        action()
    except AdderError as error:
        if isinstance(error, RunLoading) and time.monotonic() < until:
            st.session_state[_PRESSED] = action, run, until
        else:
            st.toast(sentence(error), icon=":material/error:")


def _train() -> None:
    """Train live; or play what was trained here before, since a press of this button always shows learning."""
    view, _ = watched_run.poll()
    service, experiment = run_service.get(), session.experiment()
    run = service.submit(experiment, again=view is not None, asker=visitors.this())
    before = service.view(run)
    if before.status == Status.DONE and len(before.snapshots) < _LEAST_EPOCHS_PLAYED:
        run = service.submit(experiment, again=True, asker=visitors.this())
    elif before.status in (Status.DONE, Status.LOADING):
        play()
    watched_run.watch(run)


def _one_epoch() -> None:
    if run := watched_run.run_id():
        switch_to(run, run_service.get().resume(run, only=1, asker=visitors.this()))
    else:
        watched_run.watch(run_service.get().submit(session.experiment(), only=1, asker=visitors.this()))


def _pause() -> None:
    if run := watched_run.run_id():
        switch_to(run, run_service.get().pause(run, visitors.this()), shared=True)


def _stop() -> None:
    if run := watched_run.run_id():
        switch_to(run, run_service.get().stop(run, visitors.this()), shared=True)


def _continue(more: int = 0) -> None:
    view, _ = watched_run.poll()
    if view is None:
        return
    epochs = view.experiment.training.epochs + more if more else None
    switch_to(view.id, run_service.get().resume(view.id, epochs=epochs, asker=visitors.this()))


def switch_to(run: str, own: str, *, shared: bool = False) -> None:
    """Watch the run that a button led to: the same one, or a copy of this session's own."""
    if own != run:
        watched_run.remove(run)
    session.choose(run_service.get().view(own).experiment)  # A run that goes on for longer has another experiment.
    watched_run.watch(own)
    if shared and own != run:
        st.toast(
            say("That run is not yours alone, so it goes on. This is your own copy, as it was a moment ago."),
            icon=":material/group:",
        )


def _reset() -> None:
    if watched_run.leave():
        st.toast(say("That run is not yours alone, so it goes on for the others."), icon=":material/group:")


def _new_seed() -> None:
    _reset()
    experiment = session.experiment()
    session.choose(experiment.replaced({"seed": (experiment.seed + 1) % LARGEST_SEED}))
