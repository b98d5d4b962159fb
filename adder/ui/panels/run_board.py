"""The board: this server's finished runs of the same task, sortable by every figure, each opening its experiment.

A run of somebody's own list is shown only to those who have the same list, because its questions may be private.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from adder.runs.run import RunRecord
from adder.ui import run_service, session, solver_choice
from adder.ui.language import say

ICON = ":material/leaderboard:"

_MOST_ROWS = 200


def show() -> None:
    """Draw the table, the best first; a row that is chosen opens its experiment."""
    task = session.experiment().task
    everything = st.toggle(say("All tasks"), key="board all")
    shown = [
        each
        for each in run_service.get().runs()
        if each.exact_match_interval is not None  # Only a run that was evaluated has one.
        and (each.experiment.task == task or (everything and not each.experiment.task.own_list))
    ]
    rows = sorted(shown, key=lambda each: -(each.exact_match or 0))[:_MOST_ROWS]
    if not rows:
        st.info(
            say("No run of this task was finished on this server yet. Finish one, and it stands here."),
            icon=":material/leaderboard:",
        )
        return
    chosen = st.dataframe(
        pd.DataFrame([_row(each) for each in rows]),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="board",
        column_config={
            say("Whole answers right"): st.column_config.NumberColumn(format="%.2f %%"),
            say("Weights"): st.column_config.NumberColumn(format="localized"),
            say("Samples"): st.column_config.NumberColumn(format="localized"),
            say("Seconds"): st.column_config.NumberColumn(format="%.1f"),
            say("Begun"): st.column_config.DatetimeColumn(format="localized"),
        },
    )
    picked = rows[chosen.selection.rows[0]] if chosen.selection.rows and chosen.selection.rows[0] < len(rows) else None
    st.button(
        say("Open the chosen row's experiment"),
        icon=":material/open_in_new:",
        disabled=picked is None,
        on_click=session.choose,
        args=(picked.experiment if picked else session.experiment(),),
        help=say("Choose a row by its box on the left, or with the keyboard; a click on a heading sorts."),
    )


def _row(record: RunRecord) -> dict[str, object]:
    return {
        say("Experiment"): solver_choice.experiment_label(record.experiment),
        say("Whole answers right"): 100 * (record.exact_match or 0),
        say("Asked"): say("never seen") if record.split == "held_out" else say("new"),
        say("Weights"): record.weights,
        say("Samples"): record.samples,
        say("Seconds"): record.seconds,
        say("Begun"): record.created,
    }
