"""The runs of the lesson: the run service trains them like any other, and a step finds its run by the experiment.

The address holds the runs of the step that is shown as `run=ID,ID`, so that a reload finds them.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.query import to_query
from adder.runs.run import RunView
from adder.runs.status import ACTIVE, Status
from adder.solvers.solver import Solver
from adder.ui import moving_part, run_buttons, run_service, session, take_home, training_view, visitors, watched_run
from adder.ui.draw_lock import one_at_a_time
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import sentence
from adder.ui.pages import playground
from adder.ui.watched_run import RUN

_RUNS = "lesson runs"  # It maps an experiment's query to the id of its run.
_NAMED = "lesson runs of the address"  # It holds the ids that were not looked up yet.
_PACED = "lesson pace"
_MOST_RUNS_IN_AN_ADDRESS = 8
_MOST_EPOCHS_A_SECOND = 8


@dataclass(slots=True)
class _Pace:
    """How a run is shown: from when on, by `time.monotonic`, and whether it was over before that."""

    begun: float
    replay: bool


def begin() -> None:
    """Take the runs from the address when a session begins, or as soon as the server knows whether it has them."""
    if _NAMED not in st.session_state:
        st.session_state[_NAMED] = [run for run in st.query_params.get(RUN, "").split(",") if run][
            :_MOST_RUNS_IN_AN_ADDRESS
        ]
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
    """This session's run of an experiment as it is to be shown, or None.

    What was trained before is replayed, and a run that is faster than eyes is shown epoch by epoch.
    """
    run = _kept().get(to_query(experiment))
    view = _view(run) if run else None
    if run and view is None:
        del _kept()[to_query(experiment)]
    if view is None or view.id not in _paced():
        return view
    pace = _paced()[view.id]
    if not view.events:
        pace.begun = time.monotonic()
        return view
    shown = 1 + int((time.monotonic() - pace.begun) * _MOST_EPOCHS_A_SECOND)
    if shown < len(view.events):
        message = Sentence("Replay") if pace.replay else ""
        return dataclasses.replace(
            view, status=Status.RUNNING, events=view.events[:shown], moving=False, part=0.0, message=message
        )
    if not view.active:
        del _paced()[view.id]
    return view


def active(experiments: Sequence[Experiment]) -> bool:
    """Whether any of them is being trained, waits for it, or is replayed."""
    return any(view is not None and view.active for view in map(poll, experiments))


def over(experiment: Experiment) -> RunView | None:
    """This session's run of an experiment, once all its epochs were shown."""
    view = poll(experiment)
    return view if view and view.events and not view.active else None


def solver(experiment: Experiment) -> Solver | None:
    """The experiment's network after the epoch that is shown, or None if there is none yet."""
    view = poll(experiment)
    if view is None:
        return None
    if view.id in _paced():
        kept = [epoch for epoch in view.snapshots if epoch <= len(view.events)]
        return run_service.get().snapshot(view.id, kept[-1]) if kept else None
    return run_service.get().solver(view.id)


def train(experiments: Sequence[Experiment], label: str, draw: Callable[[], None], *, replays: bool = True) -> None:
    """Draw buttons for experiments, and below them a part that is drawn again while any of these is trained.

    Args:
        experiments: What the buttons train, stop and open.
        label: The label of the button that trains.
        draw: Draws the part that moves.
        replays: Whether a button replays them.
    """

    def interval() -> float | None:
        return training_view.redraw_seconds() if active(experiments) else None

    seconds, training = interval(), active(experiments)

    def moving() -> None:
        if training != active(experiments):
            st.rerun()  # This draws the whole page, which holds the buttons.
        draw()

    _buttons(experiments, label, training, replays)
    moving_part.show(one_at_a_time(moving), interval, seconds)


def _buttons(experiments: Sequence[Experiment], label: str, training: bool, replays: bool) -> None:
    """Draw buttons to train all of them at once, to stop, replay or retrain them, and to open the first elsewhere.

    A single one can be taken home as well. Several are only compared: two such buttons would not fit a phone's row, and
    the playground has one for each.
    """
    with st.container(horizontal=True):
        if not shows("train"):
            return
        if training:
            st.button(
                say("Stop"), icon=":material/stop:", type="primary", on_click=_stop, args=(experiments,), key="stop"
            )
        elif all(map(over, experiments)):
            if replays:
                st.button(
                    say("Replay"),
                    icon=":material/replay:",
                    type="primary",
                    on_click=_show_from_the_start,
                    args=(experiments,),
                    key="replay",
                )
            anew = say("Train a new one") if len(experiments) == 1 else say("Train new ones")
            st.button(anew, icon=":material/play_arrow:", on_click=_train, args=(experiments, True), key="anew")
        else:
            st.button(
                label, icon=":material/play_arrow:", type="primary", on_click=_train, args=(experiments,), key="train"
            )
        playground_button(experiments[0])
        if len(experiments) == 1 and over(experiments[0]) and (network := solver(experiments[0])):
            take_home.show("lesson", network)


def address(experiments: Sequence[Experiment]) -> dict[str, str]:
    """The runs of these experiments as they stand in an address."""
    ids = [view.id for view in map(poll, experiments) if view]
    return {RUN: ",".join(ids)} if ids else {}


def playground_button(experiment: Experiment) -> None:
    """Open the playground with an experiment and this session's run of it."""
    if not shows("playground"):
        return
    if st.button(say("Open in the playground"), icon=playground.ICON, type="tertiary", key="playground"):
        session.choose(experiment)
        if view := poll(experiment):
            watched_run.watch(view.id)
        st.switch_page(st.Page(playground.show, url_path=playground.PATH, default=True))


def _train(experiments: Sequence[Experiment], again: bool = False) -> None:
    """Train experiments; those that somebody has trained before are replayed, unless they are to be trained again."""
    for experiment in experiments:
        try:
            run = run_service.get().submit(experiment, again=again, asker=visitors.this())
        except RunError as error:
            st.toast(sentence(error), icon=":material/error:")
            return
        _kept()[to_query(experiment)] = run
    _show_from_the_start(experiments)


def _show_from_the_start(experiments: Sequence[Experiment]) -> None:
    """Show the epochs of runs that are over one after another."""
    for view in filter(None, map(poll, experiments)):
        _paced()[view.id] = _Pace(time.monotonic(), replay=view.status not in ACTIVE)
    run_buttons.play()


def _stop(experiments: Sequence[Experiment]) -> None:
    """Stop those that are this visitor's alone, and what is replayed."""
    for view in map(poll, experiments):
        if view is None:
            continue
        pace = _paced().pop(view.id, None)
        if not (pace and pace.replay) and view.active and not run_service.get().leave(view.id, visitors.this()):
            st.toast(say("That run is not yours alone, so it goes on for the others."), icon=":material/group:")


def _view(run: str) -> RunView | None:
    try:
        return run_service.get().view(run)
    except RunError:
        return None


def _kept() -> dict[str, str]:
    kept: dict[str, str] = st.session_state.setdefault(_RUNS, {})
    return kept


def _paced() -> dict[str, _Pace]:
    """The runs whose epochs are shown one after another."""
    paced: dict[str, _Pace] = st.session_state.setdefault(_PACED, {})
    return paced
