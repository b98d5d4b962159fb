"""The runs of the lesson: the run service trains them like any other, and a step finds its run by the experiment.

The address holds the runs of the step that is shown as `run=ID,ID`, so that a reload finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from adder.base.errors import RunError
from adder.experiment import Experiment
from adder.query import nearest_preset, to_query
from adder.runs.run import RunView
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.ui import moving_part, run_service, session, training_view, visitors, watched_run
from adder.ui.draw_lock import one_at_a_time
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import sentence
from adder.ui.pages import playground
from adder.ui.watched_run import RUN

_RUNS = "lesson runs"  # an experiment's query -> the id of its run
_NAMED = "lesson runs of the address"  # the ids that were not looked up yet
_MOST = 8  # runs that an address may name


def begin() -> None:
    """Take the runs from the address when a session begins, or as soon as the server knows whether it has them."""
    if _NAMED not in st.session_state:
        st.session_state[_NAMED] = [run for run in st.query_params.get(RUN, "").split(",") if run][:_MOST]
    if named() and not any(map(run_service.get().unknown, named())):
        for run in named():
            if view := _view(run):
                _kept()[to_query(view.experiment)] = run
            else:
                st.toast(
                    say("A run of this address is not on the server any more; it can be trained again."),
                    icon=":material/history:",
                )
        st.session_state[_NAMED] = []


def held() -> list[str]:
    """The ids of this session's runs of the lesson."""
    return list(_kept().values())


def named() -> list[str]:
    """The runs of the address that were not looked up yet."""
    runs: list[str] = st.session_state[_NAMED]
    return runs


def poll(experiment: Experiment) -> RunView | None:
    """This session's run of an experiment, or None."""
    run = _kept().get(to_query(experiment))
    view = _view(run) if run else None
    if run and view is None:
        del _kept()[to_query(experiment)]
    return view


def active(experiments: Sequence[Experiment]) -> bool:
    """Whether any of them is being trained, or waits for it."""
    return any(view is not None and view.active for view in map(poll, experiments))


def solver(experiment: Experiment) -> Solver | None:
    """The experiment's network as far as this session's run is, or None where there is none yet."""
    view = poll(experiment)
    return run_service.get().solver(view.id) if view else None


def own_or_shipped(experiment: Experiment) -> tuple[Solver, bool]:
    """A network of an experiment that ships, and whether it is this session's own by now."""
    own = solver(experiment)
    return (own, True) if own else (shipped_solver(nearest_preset(experiment)), False)


def train(
    experiments: Sequence[Experiment], label: str, draw: Callable[[], None], *, beside: Sequence[Experiment] = ()
) -> None:
    """Buttons for experiments, and below them what is drawn again and again while any of these is trained.

    Args:
        experiments: What the buttons train, stop and open.
        label: What the button that trains says.
        draw: Draws what moves.
        beside: Other experiments whose runs it shows.
    """
    shown = list(dict.fromkeys([*experiments, *beside]))

    def interval() -> float | None:
        return training_view.redraw_seconds() if active(shown) else None

    seconds, training = interval(), active(experiments)

    def moving() -> None:
        if training != active(experiments):
            st.rerun()  # the whole page, which holds the buttons
        draw()

    _buttons(experiments, label, training)
    moving_part.show(one_at_a_time(moving), interval, seconds)


def _buttons(experiments: Sequence[Experiment], label: str, training: bool) -> None:
    """Train all of them at once, stop them, and open the first in the playground."""
    with st.container(horizontal=True):
        if not shows("train"):
            return
        if training:
            st.button(
                say("Stop"), icon=":material/stop:", type="primary", on_click=_stop, args=(experiments,), key="stop"
            )
        else:
            st.button(
                label,
                icon=":material/play_arrow:",
                type="primary",
                on_click=_train,
                args=(experiments,),
                key="train",
                help=say("Trains on this server, now, from random weights."),
            )
        playground_button(experiments[0])


def address(experiments: Sequence[Experiment]) -> dict[str, str]:
    """The runs of these experiments as they stand in an address."""
    ids = [view.id for view in map(poll, experiments) if view]
    return {RUN: ",".join(ids)} if ids else {}


def waiting() -> str:
    """What to say while a run has no epoch yet."""
    return say(
        "The first epoch is on its way. A server that has just started loads TensorFlow first, which can take a minute."
    )


def playground_button(experiment: Experiment) -> None:
    """Open the playground with an experiment and this session's run of it."""
    if not shows("playground"):
        return
    if st.button(say("Open in the playground"), icon=playground.ICON, type="tertiary", key="playground"):
        session.choose(experiment)
        if view := poll(experiment):
            watched_run.watch(view.id)
        session.present(False)
        st.switch_page(st.Page(playground.show, url_path=playground.PATH, default=True))


def _train(experiments: Sequence[Experiment]) -> None:
    for experiment in experiments:
        try:
            _kept()[to_query(experiment)] = run_service.get().submit(experiment, asker=visitors.this())
        except RunError as error:
            st.toast(sentence(error), icon=":material/error:")
            return


def _stop(experiments: Sequence[Experiment]) -> None:
    """Stop those that are this visitor's alone."""
    for view in map(poll, experiments):
        if view and view.active and not run_service.get().leave(view.id, visitors.this()):
            st.toast(say("That run is not yours alone, so it goes on for the others."), icon=":material/group:")


def _view(run: str) -> RunView | None:
    try:
        return run_service.get().view(run)
    except RunError:
        return None


def _kept() -> dict[str, str]:
    kept: dict[str, str] = st.session_state.setdefault(_RUNS, {})
    return kept
