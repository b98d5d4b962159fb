"""What a session keeps, and how it follows the address bar: choices and ids, and nothing more.

The address holds the language as `lang=zh` and what a teacher's link hides as `hide=train,more` on every page; in the
playground the experiment as a query string and the run as `run=ID`; other pages add what is theirs. So a reload, a
link, or a session that Streamlit dropped while it slept finds all of it again. The runs themselves belong to the job
service, which all sessions share.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from adder.base import logs
from adder.base.errors import AdderError, ExperimentError, RunError
from adder.experiment import Experiment
from adder.presets import DEFAULT_PRESET, preset
from adder.query import from_query, to_query
from adder.runs.run import RunView
from adder.runs.service import RunService
from adder.runs.store import Store
from adder.ui import turns
from adder.ui.language import LANGUAGES, Language

LANGUAGE = "lang"
HIDE = "hide"
RUN = "run"
RUNS = "runs"
PANEL = "panel"
PRESENT = "present"
MOST_RUNS = 8  # that a session keeps side by side
_NO_SETTINGS = (LANGUAGE, HIDE, RUN, RUNS, PANEL)
_LONGEST_ADDRESS = 4_000  # characters; browsers and proxies cut longer ones
_EXPERIMENT = "experiment_query"
_CHOSEN = "language_chosen"
_JOINER = "\u2060"


@st.cache_resource(show_spinner=False)
def jobs() -> RunService:
    """The one job service of this server; asking for it the first time starts its engine in the background."""
    logs.begin()
    turns.begin()
    service = RunService(store=Store())
    # Runs that are in training are paused, and kept. What `atexit` calls comes too late for this: by then no executor
    # takes anything on any more, and Dask's need to.
    threading._register_atexit(service.close)  # type: ignore[attr-defined]
    return service


def begin() -> None:
    """Take from the address what holds on every page, where a session begins."""
    if LANGUAGE not in st.session_state:
        given = st.query_params.get(LANGUAGE, "")
        browsers = (st.context.locale or "").partition("-")[0]
        st.session_state[LANGUAGE] = next((code for code in (given, browsers) if code in LANGUAGES), "en")
        st.session_state[_CHOSEN] = given in LANGUAGES
        st.session_state[HIDE] = frozenset(filter(None, st.query_params.get(HIDE, "").split(",")))


def language() -> Language:
    """The language that this session reads."""
    return LANGUAGES[st.session_state.get(LANGUAGE, "en")]


def speak(code: str) -> None:
    """Read in another language from now on, here and behind the links copied here."""
    st.session_state[LANGUAGE] = code
    st.session_state[_CHOSEN] = True


def say(text: str, /, **values: Any) -> str:
    """`text` in the session's language; see `Language.say`."""
    return language().say(text, **values)


def shows(control: str) -> bool:
    """Whether a control is there, or was hidden by the link that this session began with."""
    return control not in st.session_state.get(HIDE, ())


def load_address() -> str:
    """Take the experiment from the address where a session begins.

    Returns:
        What is wrong with the address, as a sentence, or an empty text.
    """
    if _EXPERIMENT in st.session_state:
        return ""
    given = {key: value for key, value in st.query_params.items() if key not in _NO_SETTINGS}
    st.session_state[RUNS] = [run for run in st.query_params.get(RUNS, "").split(",") if run][:MOST_RUNS]
    trouble = ""
    if not given and (view := look()[0]):  # its experiment was too long for an address
        st.session_state[_EXPERIMENT] = to_query(view.experiment)
        return ""
    try:
        for key in given:
            if len(values := st.query_params.get_all(key)) > 1:
                raise ExperimentError(key, "given once", ", ".join(values))
        experiment = from_query(given)
    except ExperimentError as error:
        experiment = preset(DEFAULT_PRESET)
        trouble = say("The address describes no experiment that can work, so this is the default one.")
        trouble = f"{trouble} {sentence(error)}"
    st.session_state[_EXPERIMENT] = to_query(experiment)
    return trouble


def experiment() -> Experiment:
    """The experiment that this session looks at."""
    return from_query(st.session_state.get(_EXPERIMENT, ""))


def choose(new: Experiment) -> None:
    """Look at another experiment; a run of the former one goes on for whoever watches it."""
    if new != experiment():
        st.session_state[_EXPERIMENT] = to_query(new)
        forget_run()


def write_address(own: Mapping[str, str]) -> None:
    """Put what is a page's own, and what holds on every page, into the address bar, where it shows something else."""
    wanted = dict(own)
    if st.session_state.get(_CHOSEN):
        wanted[LANGUAGE] = language().code
    if hidden := st.session_state.get(HIDE):
        wanted[HIDE] = ",".join(sorted(hidden))
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def experiment_address() -> dict[str, str]:
    """The experiment, the run and the runs kept beside it, as they stand in an address."""
    wanted: dict[str, str] = {}
    if fits_address():
        wanted |= parse_qsl(st.session_state[_EXPERIMENT], keep_blank_values=True)
    if run := run_id():
        wanted[RUN] = run
    if kept := [each for each in kept_runs() if each != run]:
        wanted[RUNS] = ",".join(kept)
    return wanted


def fits_address() -> bool:
    """Whether the experiment is short enough to stand in an address; a long list of one's own is not."""
    return len(st.session_state[_EXPERIMENT]) <= _LONGEST_ADDRESS


def run_id() -> str | None:
    """The id of the run that this session watches, or None."""
    run: str | None = st.session_state.get(RUN, st.query_params.get(RUN))
    return run


def watch(job_id: str) -> None:
    """Watch this run, and keep it beside those that were watched before."""
    st.session_state[RUN] = job_id
    kept = [each for each in kept_runs() if each != job_id]
    st.session_state[RUNS] = [*kept, job_id][-MOST_RUNS:]


def kept_runs() -> list[str]:
    """The ids of the runs that this session keeps side by side, the latest last."""
    kept: list[str] = st.session_state.setdefault(RUNS, [])
    return kept


def forget_kept(job_id: str) -> None:
    """Keep this run no longer; it stays on the server."""
    st.session_state[RUNS] = [each for each in kept_runs() if each != job_id]


def views() -> dict[str, RunView]:
    """The runs that this session keeps and the server still has, by id."""
    found: dict[str, RunView] = {}
    for run in dict.fromkeys([*kept_runs(), *filter(None, [run_id()])]):
        try:
            found[run] = jobs().view(run)
        except RunError:
            forget_kept(run)
    return found


def open_run(job_id: str) -> None:
    """Watch a run and look at its experiment.

    Raises:
        RunError: There is no such run.
    """
    choose(jobs().view(job_id).experiment)
    watch(job_id)


def forget_run() -> None:
    """Watch no run."""
    st.session_state[RUN] = None


def look() -> tuple[RunView | None, str]:
    """The run that this session watches, or None, and what a person should know where it was lost."""
    run = run_id()
    if not run:
        return None, ""
    try:
        return jobs().view(run, _session()), ""
    except RunError as error:
        forget_run()
        return None, sentence(error)


def leave_run() -> bool:
    """Watch no run, and stop the one that was watched unless somebody else looks at it.

    Returns:
        Whether it goes on for somebody else.
    """
    view, _ = look()
    shared = view is not None and view.active and not jobs().leave(view.id, _session())
    forget_run()
    return shared


def watcher() -> str:
    """The name by which the job service knows that this session looks at a run."""
    return _session()


def present(shown: bool) -> None:
    """Draw for a projector from now on, or no longer."""
    st.session_state[PRESENT] = shown


def presented() -> bool:
    """Whether the page is drawn for a projector."""
    return bool(st.session_state.get(PRESENT))


def _session() -> str:
    name: str = st.session_state.setdefault("session", secrets.token_urlsafe(9))
    return name


def sentence(error: AdderError) -> str:
    """An error's text as a sentence of its own, in the session's language.

    >>> sentence(RunError("the queue is full"))
    'The queue is full.'
    """
    text = say(error.sentence)
    if "." not in text.partition(" ")[0]:  # the name of a setting stays as it is
        text = f"{text[:1].upper()}{text[1:]}"
    return plain(text + say("."))


def plain(text: str) -> str:
    r"""`text` so that Streamlit shows it as it is, whatever a person typed into it.

    Where no backslash helps, as in addresses and the names of icons, an invisible character that joins words does.

    >>> print(plain("$3+10$"))
    \$3+10\$
    """
    text = re.sub(r":(?=\S)", f":{_JOINER}", text)
    text = re.sub(r"(?i)www(?=\.)", rf"\g<0>{_JOINER}", text).replace("@", f"{_JOINER}@")
    text = re.sub(r"([\\`*_$\[\]<>:~|])", r"\\\1", text)
    return re.sub(r"(?m)^(\s*\d*)([-+#.)])(?=\s)", r"\1\\\2", text)


def code(text: str) -> str:
    r"""`text` as it is, in the letters of a typewriter.

    >>> print(code("3+10"), code("a`b"))
    `3+10` a\`b
    """
    return plain(text) if "`" in text or not text.strip() else f"`{text}`"
