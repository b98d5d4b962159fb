"""The networks that can be chosen: those that ship, those of this session's runs, and one that was uploaded.

Each has a key, a short text that widgets and addresses hold. A key may end with an age, as in `two-digits@6`: the
network as it was after so many epochs.
"""

from __future__ import annotations

import streamlit as st

from adder.base.errors import ExperimentError, RunError, SolverFileError
from adder.base.messages import marked
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.query import decoded, nearest_preset, to_query
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.ui import run_service, setting_widgets, watched_run
from adder.ui.language import say

UPLOADED = "uploaded"
_RUN = "run "
_OPPONENTS = {
    "two-digits@6": (marked("Pip"), marked("very easy")),
    "two-digits@7": (marked("Bo"), marked("easy")),
    "two-digits@8": (marked("Max"), marked("medium")),
    "two-digits@10": (marked("Ada"), marked("hard")),
}
"""Key of a half-trained solver -> its name in the quiz, and how strong it is."""


def labels() -> dict[str, str]:
    """Key and label of every solver there is now, those of runs first."""
    found = {f"{_RUN}{run}": run_label(view) for run, view in watched_run.kept_views().items() if view.events}
    if UPLOADED in st.session_state:
        found[UPLOADED] = say("uploaded: {name}", name=experiment_label(st.session_state[UPLOADED].experiment))
    return found | half_trained_labels() | {name: say(preset.label) for name, preset in PRESETS.items()}


def half_trained_labels() -> dict[str, str]:
    """Key and label of the shipped solvers that stopped on their way, the weakest first."""
    return {
        key: say("{name}: {strength}, {share} right", name=say(name), strength=say(strength), share=f"{right:.0%}")
        for key, (name, strength) in _OPPONENTS.items()
        if (right := _share_right(key)) is not None
    }


def _share_right(key: str) -> float | None:
    report = solver(key).report
    return None if report is None else report.exact_match


def name(key: str) -> str:
    """What a solver is called in a few words, as an opponent."""
    if key in _OPPONENTS:
        return say(_OPPONENTS[key][0])
    preset = PRESETS.get(key.partition("@")[0])
    return say(preset.label) if preset else say("Your network")


def aged(key: str) -> str:
    """A key that keeps naming the solver as it is now, even if its run goes on.

    Raises:
        RunError: Its run is not on the server any more.
        SolverFileError: It has not finished an epoch yet.
    """
    return f"{key}@{len(solver(key).history)}" if key.startswith(_RUN) and "@" not in key else key


def solver(key: str) -> Solver:
    """The solver of a key, as it is now, or of the age that the key ends with.

    Raises:
        ExperimentError: None of that name or age ships.
        RunError: Its run is not on the server any more.
        SolverFileError: It is gone, or its file is damaged.
    """
    name, at, age = key.partition("@")
    if at:
        if not (age.isascii() and age.isdecimal()) or len(age) > 9:
            raise ExperimentError("epoch", "a whole number", age)
        return _of_run(name, int(age)) if name.startswith(_RUN) else shipped_solver(name, int(age))
    if key == UPLOADED and UPLOADED in st.session_state:
        uploaded: Solver = st.session_state[UPLOADED]
        return uploaded
    if not key.startswith(_RUN):
        return shipped_solver(key)
    run = key.removeprefix(_RUN)
    found = run_service.get().solver(run)
    if found is None and run_service.get().view(run).status is Status.LOADING:
        raise RunLoading("this run is being read from the server's disk; please try again in a moment")
    if found is None:
        raise SolverFileError("this run has not finished an epoch yet")
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _of_run(key: str, epoch: int) -> Solver:
    """The solver of a run after an epoch; cached, because the run goes on and keeps only its latest solver."""
    found = solver(key)
    if len(found.history) != epoch:
        raise RunError("the network as it was after epoch {epoch} is not kept any more", epoch=epoch)
    return found


def shipped_note(name: str) -> str:
    """The note under an answer of a solver that ships."""
    return say("Answered by the trained network that ships with adder: {preset}.", preset=say(PRESETS[name].label))


def run_label(view: RunView) -> str:
    """What a run is called: its experiment, and how far it is."""
    label = experiment_label(view.experiment)
    return say("{experiment} · epoch {epoch}", experiment=label, epoch=view.events[-1].epoch) if view.events else label


def experiment_label(experiment: Experiment) -> str:
    """What an experiment is called: the nearest preset, what differs from it, and the seed.

    >>> from adder import preset
    >>> experiment_label(preset("two-digits").replaced({"training.epochs": 9, "seed": 3}))
    'Two digits · Epochs 9 · seed 3'
    """
    name = nearest_preset(experiment)
    settings = {key: value for key, value in decoded(to_query(experiment)) if key not in ("preset", "seed")}
    changed = [
        f"{setting_widgets.label(key, experiment)} {value}" for key, value in settings.items() if len(value) < 20
    ]
    return " · ".join([say(PRESETS[name].label), *changed[:3], say("seed {seed}", seed=experiment.seed)])
