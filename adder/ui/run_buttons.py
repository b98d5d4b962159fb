"""The buttons of a run: train, pause, continue, one epoch, stop, reset, another seed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import counted
from adder.experiment import LARGEST_SEED
from adder.experiment.training import MOST_EPOCHS
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.ui import run_service, session, visitors, watched_run
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import sentence


def show(view: RunView | None) -> None:
    """Draw the buttons that the run's state allows."""
    with st.container(horizontal=True):
        if shows("train"):
            _train_buttons(view)
        if view is not None and shows("reset"):
            st.button(
                say("Reset"),
                icon=":material/restart_alt:",
                on_click=_reset,
                help=say("Back to the untrained network with the same seed: the same first weights."),
            )
        if shows("seed"):
            st.button(
                say("New seed"),
                icon=":material/casino:",
                on_click=_new_seed,
                help=say("Other first weights and other questions. Is the result luck?"),
            )


def _train_buttons(view: RunView | None) -> None:
    if view is not None and view.status is Status.LOADING:
        return
    if view is not None and view.active:
        st.button(
            say("Pause"),
            type="primary",
            icon=":material/pause:",
            on_click=or_toast(_pause),
            help=say("Rest; Continue goes on from there as if nothing had happened."),
        )
        st.button(
            say("Stop"),
            icon=":material/stop:",
            on_click=or_toast(_stop),
            help=say("End, and evaluate what was learned."),
        )
        return
    status = view.status if view else ""
    unfinished = status in ("paused", "stopped", "failed") and view is not None and not view.lost
    if unfinished:
        st.button(say("Continue"), type="primary", icon=":material/resume:", on_click=or_toast(_continue))
    more = _more_epochs(view)
    if status == "done" and more:
        st.button(
            say(counted("{n} more epoch", "{n} more epochs", n=more)),
            icon=":material/resume:",
            on_click=or_toast(lambda: _continue(more)),
            help=say("Go on from here with twice as many epochs in all."),
        )
    labels = {"": say("Train"), "done": say("Train again")}
    st.button(
        labels.get(status, say("Train from the start")),
        type="secondary" if unfinished else "primary",
        icon=":material/play_arrow:",
        on_click=or_toast(_train),
        help=say("Train this experiment live, from its first weights."),
    )
    if status != "done":
        st.button(
            say("One epoch"),
            icon=":material/skip_next:",
            on_click=or_toast(_one_epoch),
            help=say("Train for one epoch and rest."),
        )
    if status == "paused":
        st.button(
            say("Stop"),
            icon=":material/stop:",
            on_click=or_toast(_stop),
            help=say("End here, and evaluate what was learned."),
        )


def _more_epochs(view: RunView | None) -> int:
    if view is None or view.lost:
        return 0
    training = view.experiment.training
    return min(training.epochs, MOST_EPOCHS - training.epochs)


def or_toast(action: Callable[[], None]) -> Callable[[], None]:
    """An action that shows a toast if it is refused."""

    def act() -> None:
        try:
            action()
        except AdderError as error:
            st.toast(sentence(error), icon=":material/error:")

    return act


def _train() -> None:
    view, _ = watched_run.poll()
    run = run_service.get().submit(session.experiment(), again=view is not None, asker=visitors.this())
    watched_run.watch(run)
    if run_service.get().view(run).status in (Status.DONE, Status.LOADING):
        st.toast(
            say("This experiment was trained here before. “Train again” trains it anew."), icon=":material/history:"
        )


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
    session.choose(run_service.get().view(own).experiment)  # a run that goes on for longer is one of another experiment
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
