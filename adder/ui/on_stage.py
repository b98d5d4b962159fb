"""The network that the playground shows: the watched run's, one that was uploaded, or one that ships."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from adder.base.messages import counted
from adder.experiment import Experiment
from adder.presets import PRESETS, preset
from adder.query import nearest_preset
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.ui import run_service, session, solver_choice, stage, watched_run
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.stage import story

_LENT = "lent"


@dataclass(frozen=True, slots=True)
class Shown:
    """A network on the stage.

    Attributes:
        kind: One of the kinds in `adder.ui.stage.story`.
        name: Its name there.
        who: A sentence that says whose it is; empty for a visitor's own run with the settings of a preset.
    """

    kind: str
    name: str
    who: str = ""


def shown() -> Shown:
    """The network that is shown now."""
    view, _ = watched_run.poll()
    if view:
        name = nearest_preset(view.experiment)
        own = view.experiment.replaced({"seed": 1}) != preset(name)
        who = say("Changed from: {preset}.", preset=say(PRESETS[name].label)) if own else ""
        return Shown(story.RUN, view.id, who + _pace(view.experiment))
    experiment = session.experiment()
    uploaded: Solver | None = st.session_state.get(solver_choice.UPLOADED)
    if uploaded is not None and uploaded.experiment == experiment:
        lent: story.Lent | None = st.session_state.get(_LENT)
        if lent is None or lent.solver is not uploaded:
            lent = st.session_state[_LENT] = story.Lent(secrets.token_urlsafe(12), uploaded)
        return Shown(story.LENT, lent.name, say("The solver that you uploaded.") + _pace(experiment))
    name = nearest_preset(experiment)
    label = say(PRESETS[name].label)
    if shipped_solver(name).experiment == experiment:
        return Shown(story.SHIPPED, name, say("This run ships with adder. Press Train to watch one of your own, live."))
    if shows("train"):
        who = say("Not your settings yet, but those of {preset}. Press Train for yours.", preset=label)
    else:
        who = say("Answered by the nearest trained network that ships with adder: {preset}.", preset=label)
    return Shown(story.SHIPPED, name, who)


def _pace(experiment: Experiment) -> str:
    """One more sentence about a network that is slow to answer, or an empty text."""
    if not story.is_slow(experiment):
        return ""
    slow = counted(
        "It is slow to answer, so it is asked {n} question after each epoch, not twenty.",
        "It is slow to answer, so it is asked {n} questions after each epoch, not twenty.",
        n=story.asked(experiment),
    )
    return f" {say(slow)}"


def answering() -> tuple[Solver, str]:
    """The network on the stage at the epoch that the stage shows, and a sentence that says which one it is."""
    on = shown()
    told = story.story_of(on.kind, on.name)
    epoch = stage.epoch()
    if told is None or epoch is None or epoch not in told.kept or on.kind == story.LENT:
        return newest()
    if (solver := told.network(epoch)) is None:
        return newest()
    if on.kind == story.RUN:
        return solver, say("Answered by your network after epoch {epoch}.", epoch=epoch)
    note = solver_choice.shipped_note(on.name)
    return solver, say("{note} Here it is as it was after epoch {epoch}.", note=note, epoch=epoch)


def newest() -> tuple[Solver, str]:
    """The network on the stage as it is now, and a sentence that says which one it is."""
    on = shown()
    if on.kind == story.LENT:
        return st.session_state[_LENT].solver, say("Answered by the solver that you uploaded.")
    solver = run_service.get().solver(on.name) if on.kind == story.RUN else shipped_solver(on.name)
    if on.kind == story.RUN and solver:
        return solver, say("Answered by your network after epoch {epoch}.", epoch=len(solver.history))
    name = nearest_preset(session.experiment())
    return shipped_solver(name), solver_choice.shipped_note(name)
