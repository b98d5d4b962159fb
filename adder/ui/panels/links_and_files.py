"""Links, downloads (the solver, its history, report, card, Keras model and script), and the upload of a solver."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import streamlit as st

from adder.analysis.model_card import card_body, model_card
from adder.base.errors import AdderError
from adder.query import encoded
from adder.script import keras_script
from adder.solvers.history_csv import history_csv
from adder.solvers.solver import Solver
from adder.ui import (
    address,
    moving_part,
    on_stage,
    run_service,
    session,
    solver_choice,
    take_home,
    visitors,
    watched_run,
)
from adder.ui.hiding import HIDE, HIDEABLE
from adder.ui.language import say, session_language
from adder.ui.markdown import plain, sentence
from adder.ui.phone_address import phone_address
from adder.ui.uploads import HOLDINGS
from adder.ui.watched_run import RUN, RUNS

_log = logging.getLogger(__name__)

ICON = ":material/folder_open:"

_PREPARING_SECONDS = 0.5
_WANTED = "keras wanted"


def show() -> None:
    """Draw the panel."""
    left, right = st.columns(2, gap="large")
    with left:
        _link()
        _upload()
    with right:
        _downloads()


def _link() -> None:
    st.markdown("## " + say("Copy link"))
    if not address.fits():
        st.info(say("Your list is too long for a link. Share the solver's file instead."), icon=":material/link_off:")
        return
    hidden = st.multiselect(
        say("Student link: hide these controls"),
        list(HIDEABLE),
        format_func=lambda each: say(HIDEABLE[each]),
        key="link hides",
        placeholder=say("Nothing is hidden"),
        help=say("What is chosen here is not on the page that the link opens."),
    )
    wanted = {key: value for key, value in address.of_experiment().items() if key not in (RUN, RUNS)}
    if hidden:
        wanted[HIDE] = ",".join(hidden)
    page = phone_address().base or (st.context.url or "").rstrip("/")  # A teacher's own address may be localhost.
    st.code(f"{page}/?{encoded(wanted)}", language=None, wrap_lines=True)
    st.caption(say("The same experiment, and so the same result on a machine of the same kind."))


def _downloads() -> None:
    st.markdown("## " + say("Download"))
    solver, who = on_stage.newest()
    st.caption(who)
    name, language = f"adder-{solver.experiment.digest}", session_language().code
    with st.container(horizontal=True):
        take_home.show("files", solver)
        _download(say("Solver (.adder)"), solver.to_bytes, f"{name}.adder")
        _download(say("History (CSV)"), lambda: history_csv(solver.history).encode("utf-8-sig"), f"{name}-history.csv")
        if (report := solver.report) is not None:
            _download(say("Report (JSON)"), lambda: json.dumps(report.to_dict(), indent=2), f"{name}-report.json")
        _download(say("Model card (.md)"), lambda: model_card(solver, language), f"{name}.md")
        label = say("Keras script (.py)")
        try:
            script = keras_script(solver.experiment)
        except Exception as error:  # noqa: BLE001  a script that cannot be written takes nothing else away
            st.caption(_trouble(error, label))
        else:
            _download(label, script, f"{name}.py")

    def interval() -> float | None:
        """Seconds between two looks, from the press of the button until the file is there."""
        wanted = _wanted(solver)
        return _PREPARING_SECONDS if wanted and not run_service.get().keras_file_ready(wanted) else None

    moving_part.show(lambda: _keras(solver, name), interval, interval())
    with st.expander(say("Model card"), icon=":material/info:"):
        st.markdown(card_body(solver, language))


def _download(label: str, content: bytes | str | Callable[[], bytes | str], name: str) -> None:
    """The button for a file; if a file is made at the press and cannot be, Streamlit says so."""
    st.download_button(
        label, content, file_name=name, icon=":material/download:", on_click="ignore", key=f"get {name} {label}"
    )


def _trouble(error: Exception, label: str) -> str:
    """What to say of a file that could not be made."""
    if isinstance(error, AdderError):
        return sentence(error)
    _log.error("%s could not be made", label, exc_info=error)
    return say("{file} could not be made; the server's log says why.", file=label)


def _keras(solver: Solver, name: str) -> None:
    """The Keras model; a worker makes it on request, because only workers load TensorFlow."""
    if (wanted := _wanted(solver)) is not None and _prepared(wanted, name, latest=len(solver.history)):
        return
    st.button(
        say("Prepare the Keras model (.keras)"),
        icon=":material/deployed_code:",
        on_click=_want,
        args=(solver,),
        help=say("A worker writes it, which takes some seconds. Load it after `import adder.networks.keras_layers`."),
    )


def _prepared(wanted: Solver, name: str, latest: int) -> bool:
    """The Keras model that was asked for; returns whether it is, or will be, that of the latest epoch."""
    label = say("Keras model (.keras)")
    try:
        content = run_service.get().keras_file(wanted)
    except Exception as error:  # noqa: BLE001  a model that cannot be made takes nothing else away
        _want(None)
        st.error(_trouble(error, label), icon=":material/error:")
        return False
    if content is None:
        st.button(say("Preparing the Keras model …"), disabled=True, icon=":material/hourglass:")
        return True
    epochs = len(wanted.history)
    if epochs != latest:
        label, name = say("Keras model after epoch {epoch} (.keras)", epoch=epochs), f"{name}-epoch-{epochs}"
    _download(label, content, f"{name}.keras")
    return epochs == latest


def _wanted(solver: Solver) -> Solver | None:
    """The network whose Keras model was asked for: one of this experiment, which may have learned more since."""
    wanted: Solver | None = st.session_state.get(_WANTED)
    return wanted if wanted is not None and wanted.experiment == solver.experiment else None


def _want(solver: Solver | None) -> None:
    st.session_state[_WANTED] = solver


def _upload() -> None:
    st.markdown("## " + say("Upload a solver"))
    file = st.file_uploader(
        say("A solver's file (.adder)"),
        type="adder",
        key="solver file",
        help=say("It answers in the box above, and may be compared and played against. Nothing in it is ever run."),
    )
    if file is None:
        return
    try:
        solver = Solver.from_bytes(file.getvalue())
    except AdderError as error:
        reason = plain(say(error.sentence))
        st.error(say("This is not a solver's file: {reason}.", reason=reason), icon=":material/error:")
        return
    try:
        HOLDINGS.hold(visitors.this(), solver_choice.UPLOADED, solver.array_bytes)
    except AdderError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    label = plain(solver_choice.experiment_label(solver.experiment))
    st.success(say("Read: {experiment}.", experiment=label), icon=":material/check:")
    st.button(say("Ask it"), icon=":material/chat:", on_click=_adopt, args=(solver,))


def _adopt(solver: Solver) -> None:
    st.session_state[solver_choice.UPLOADED] = solver
    session.choose(solver.experiment)
    watched_run.forget()
