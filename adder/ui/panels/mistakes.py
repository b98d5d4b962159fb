"""The mistakes of the network: a map of both numbers, and the share right by place, carries, length and kind."""

from __future__ import annotations

import streamlit as st

from adder.analysis.error_map import MOST_ASKED, error_map
from adder.base.errors import ExperimentError, QuestionError
from adder.base.messages import counted
from adder.plots import accuracy_bars, calibration
from adder.plots.error_map import map_chart, map_frame
from adder.solvers import evaluation
from adder.solvers.cost import answers_in_a_moment
from adder.solvers.results import KINDS, Report
from adder.solvers.solver import Solver
from adder.ui import evaluations, on_stage, take_home
from adder.ui.drawing import draw, specification
from adder.ui.formats import percent
from adder.ui.language import say, session_language
from adder.ui.markdown import sentence

ICON = ":material/troubleshoot:"

MAP_SECONDS = 2.0
_MOST_KINDS = 30  # More bars cannot be told apart.


def show() -> None:
    """Draw the panel for the network as it was when the panel was opened or brought up to date."""
    solver, who = on_stage.answering()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(who, width="content")
        st.button(say("Refresh"), icon=":material/refresh:", help=say("Ask the network as it is now."))
        take_home.show("errors", on_stage.newest()[0])
    try:
        report = solver.report or evaluations.found(solver, "report", lambda: evaluation.final_report(solver))
    except QuestionError as error:
        st.warning(sentence(error), icon=":material/hourglass_disabled:")
        return
    _summary(report)
    left, right = st.columns(2, gap="large")
    with left:
        _map(solver)
    with right:
        _tallies(report)


def _summary(report: Report) -> None:
    if report.split == "held_out":
        asked = counted("{n:,} question it never saw", "{n:,} questions it never saw", n=report.questions)
    else:
        asked = counted("{n:,} new question", "{n:,} new questions", n=report.questions)
    st.markdown(
        say("**{share}** right on {questions}.", share=percent(report.exact_match), questions=asked)
        + " "
        + say(
            counted(
                "{n:,} of them is different, which leaves {low} to {high} ({sure} sure).",
                "{n:,} of them are different, which leaves {low} to {high} ({sure} sure).",
                n=report.distinct,
                **_interval(report.exact_match_interval),
            )
        )
    )
    if report.trained_exact_match is not None:
        practised = say("On questions it practised: **{share}**.", share=percent(report.trained_exact_match))
        st.markdown(f"{practised} {_memorised(report)}")
    if report.first_exact_match is not None and report.first_exact_match_interval is not None:
        st.markdown(
            say(
                counted(
                    "On {n:,} question that people ask first: **{share}**, {low} to {high} ({sure} sure).",
                    "On {n:,} questions that people ask first: **{share}**, {low} to {high} ({sure} sure).",
                    n=report.first_questions or 0,
                    share=percent(report.first_exact_match),
                    **_interval(report.first_exact_match_interval),
                )
            ),
            help=say(
                "Round numbers, repeated digits, the smallest and the largest numbers, zeros, numbers of unlike "
                "length; of a small task, all questions. A network may have practised them, and random questions "
                "hardly ever hold them."
            ),
        )
    if report.rmse is not None and report.mean_absolute_error is not None:
        st.markdown(
            say(
                "RMSE {rmse:,.3g}, mean absolute error {error:,.3g}, answers that are not numbers: {malformed:,}.",
                rmse=report.rmse,
                error=report.mean_absolute_error,
                malformed=round(report.malformed * report.questions),
            )
        )


def _interval(found: tuple[float, float]) -> dict[str, str]:
    return {"low": percent(found[0]), "high": percent(found[1]), "sure": "95%"}


def _memorised(report: Report) -> str:
    """What the shares of practised and of new questions say together."""
    low, high = report.exact_match_interval
    assert report.trained_exact_match is not None
    if report.trained_exact_match > high:
        return say("That is more, so some of it is memorised.")
    if report.trained_exact_match < low:
        return ""
    return say("About equal, so it is not memorising.")


def _map(solver: Solver) -> None:
    most = answers_in_a_moment(solver.experiment, MOST_ASKED, MAP_SECONDS)
    try:
        found = evaluations.found(solver, "map", lambda: error_map(solver, most))
    except QuestionError as error:
        st.warning(sentence(error), icon=":material/hourglass_disabled:")
        return
    except ExperimentError:
        st.info(say("A map needs questions of exactly two numbers."), icon=":material/grid_on:")
        return
    chart = specification(map_chart, session_language())
    draw(map_frame(found), chart, say("Share right by first and second number"), square=True)
    st.caption(
        say("Every question of the task was asked.")
        if found.whole
        else say(
            counted(
                "{n:,} question was drawn; each cell stands for several numbers.",
                "{n:,} questions were drawn; each cell stands for several numbers.",
                n=found.asked * found.right.size,
            )
        )
    )


def _tallies(report: Report) -> None:
    language = session_language()
    kinds = {name: getattr(report, name) for name in KINDS if 1 < len(getattr(report, name)) <= _MOST_KINDS}
    if kinds:
        name = st.selectbox(
            say("Share right by"), list(kinds), format_func=lambda each: say(KINDS[each]), key="errors by"
        )
        frame = accuracy_bars.tally_frame(kinds[name])
        chart = specification(accuracy_bars.tally_chart, language, tuple(frame["kind"]), say(KINDS[name]))
        draw(frame, chart, say("Share right by {kind}", kind=say(KINDS[name])))
    if report.calibration:
        st.markdown(say("Does {share} sure mean {share} right?", share="90%"))
        frame = calibration.calibration_frame(report.calibration)
        chart = specification(calibration.calibration_chart, language)
        draw(frame, chart, say("Share right by how sure the network was"))
        st.caption(say("On the dashed line the network would be as right as it is sure; under it, it is too sure."))
