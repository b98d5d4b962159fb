"""The networks a person may ask: those that ship, those of this session's runs, and one that was uploaded.

Each has a key, short plain text that may stand in a widget or an address.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from adder.assets import shipped_solver
from adder.errors import SolverFileError
from adder.experiment import Experiment
from adder.jobs import JobView
from adder.presets import PRESETS, nearest_preset, to_query
from adder.solver import Solver
from adder.ui import knobs, state
from adder.ui.state import say
from adder.wording import Sentence

UPLOADED = "uploaded"
_RUN = "run "


def labels() -> dict[str, str]:
    """Key and label of every solver there is now, those of runs first."""
    found = {f"{_RUN}{run}": run_label(view) for run, view in state.views().items() if view.events}
    if UPLOADED in st.session_state:
        found[UPLOADED] = say("uploaded: {name}", name=experiment_label(st.session_state[UPLOADED].experiment))
    return found | {name: say(preset.label) for name, preset in PRESETS.items()}


def solver(key: str) -> Solver:
    """The solver of a key, as it is now.

    Raises:
        JobError: Its run is not on the server any more.
        SolverFileError: It is gone, or its file is damaged.
    """
    if key == UPLOADED and UPLOADED in st.session_state:
        uploaded: Solver = st.session_state[UPLOADED]
        return uploaded
    if not key.startswith(_RUN):
        return shipped_solver(key)
    found = state.jobs().solver(key.removeprefix(_RUN))
    if found is None:
        raise SolverFileError(Sentence("this run has not finished an epoch yet"))
    return found


def run_label(view: JobView) -> str:
    """What a run is called: its experiment, and how far it is."""
    label = experiment_label(view.experiment)
    return say("{experiment} · epoch {epoch}", experiment=label, epoch=view.events[-1].epoch) if view.events else label


def experiment_label(experiment: Experiment) -> str:
    """What an experiment is called: the nearest preset, what differs from it, and the seed.

    >>> from adder import preset
    >>> experiment_label(preset("two-digits").replaced({"training.epochs": 9, "seed": 3}))
    'A recipe that learns, 0 to 99 · Epochs 9 · seed 3'
    """
    name = nearest_preset(experiment)
    settings = {key: value for key, value in parse_qsl(to_query(experiment)) if key not in ("preset", "seed")}
    changed = [f"{knobs.label(key, experiment)} {value}" for key, value in settings.items() if len(value) < 20]
    return " · ".join([say(PRESETS[name].label), *changed[:3], say("seed {seed}", seed=experiment.seed)])
