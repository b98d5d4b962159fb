"""The runs of this session laid over one another, each with its switch."""

from __future__ import annotations

import streamlit as st

from adder.base.figures import figure as shortened
from adder.plots import run_comparison
from adder.runs.run import RunView
from adder.ui import moving_part, run_service, session, solver_choice, take_home, training_view, watched_run
from adder.ui.draw_lock import one_at_a_time
from adder.ui.drawing import draw, specification
from adder.ui.formats import duration, percent
from adder.ui.language import say, session_language
from adder.ui.markdown import plain
from adder.ui.run_buttons import or_toast

ICON = ":material/stacked_line_chart:"


def show() -> None:
    """Draw the panel; what it shows of the runs redraws itself while one of them is active."""
    views = watched_run.kept_views()
    moving_part.show(one_at_a_time(_runs), _interval, _interval())
    if views:
        _choose(_names(views))


def _interval() -> float | None:
    looks = [seconds for view in watched_run.kept_views().values() if (seconds := training_view.look_seconds(view))]
    return 3 * min(looks) if looks else None


def _runs() -> None:
    kept = watched_run.kept_views()
    views = {run: view for run, view in kept.items() if view.events}
    if not views:
        st.info(
            say(
                "Each run that you train here is kept, at most {n}; their curves are laid over one another.",
                n=watched_run.MOST_RUNS,
            ),
            icon=":material/stacked_line_chart:",
        )
        return
    names = {run: name for run, name in _names(kept).items() if run in views}
    _curves(views, names)
    _table(views, names)


def _curves(views: dict[str, RunView], names: dict[str, str]) -> None:
    """Draw one figure of the runs that are switched on."""
    first = next(iter(run_comparison.FIGURES))
    figure = st.segmented_control(
        say("Show"),
        list(run_comparison.FIGURES),
        format_func=say,
        default=first,
        required=True,
        wrap=True,
        key="runs figure",
    )
    shown = st.pills(
        say("Runs"),
        list(names),
        format_func=lambda run: plain(names[run]),
        selection_mode="multi",
        default=list(names),
        key="runs shown",
    )
    chosen = {names[run]: view for run, view in views.items() if run in shown}
    epochs = max((view.experiment.training.epochs for view in chosen.values()), default=1)
    frame = run_comparison.runs_frame({name: view.events for name, view in chosen.items()}, figure or first)
    chart = specification(run_comparison.runs_chart, session_language(), tuple(names.values()), epochs, figure or first)
    draw(frame, chart, say("One figure of each run by epoch; the last values stand in the table below"))


def _table(views: dict[str, RunView], names: dict[str, str]) -> None:
    """Draw the last values of all runs."""
    st.table(
        [
            {
                say("Run"): plain(names[run]),
                say("Whole answers right"): percent(view.events[-1].exact_match),
                say("Loss"): shortened(view.events[-1].check_loss, 4),
                say("Epochs"): f"{view.events[-1].epoch:,}",
                say("Samples"): f"{view.events[-1].samples:,}",
                say("Time"): duration(sum(event.seconds for event in view.events)),
                say("Weights"): f"{view.experiment.weights:,}",
            }
            for run, view in views.items()
        ],
        hide_index=True,
    )


def _names(views: dict[str, RunView]) -> dict[str, str]:
    return {
        run: f"{place} · {solver_choice.experiment_label(view.experiment)}"
        for place, (run, view) in enumerate(views.items(), 1)
    }


def _choose(names: dict[str, str]) -> None:
    """Open one of the runs, or take it from the list: this changes the page, so it is apart from what moves."""
    run = st.selectbox(say("One of them"), list(names), format_func=names.__getitem__, key="runs one")
    with st.container(horizontal=True):
        st.button(say("Open"), icon=":material/open_in_full:", on_click=or_toast(lambda: session.open_run(run)))
        st.button(say("Remove from this list"), icon=":material/close:", on_click=watched_run.remove, args=(run,))
        if network := run_service.get().solver(run):
            take_home.show("runs", network)
