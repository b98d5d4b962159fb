"""Many questions at once: pasted or uploaded, answered, and the answers to take home."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from adder.analysis.question_csv import Answered, Row, answer_rows, answers_file, rows_of
from adder.base.errors import AdderError, QuestionError
from adder.base.messages import counted
from adder.solvers.cost import answers_in_a_moment
from adder.tasks.file_text import decoded
from adder.ui import evaluations, on_stage, take_home
from adder.ui.language import say
from adder.ui.markdown import sentence

ICON = ":material/checklist:"

MOST_ROWS = 2_000
MOST_CHARACTERS = 50_000
SECONDS = 2.0
_NOTES_IN_SIGHT = 4
_NOTES_PIXELS = 200  # More notes are moved within a box, so that the answers stay near.


def show() -> None:
    """Draw the box and the table of answers."""
    solver, who = on_stage.answering()
    st.caption(who)
    take_home.show("batch", on_stage.newest()[0])
    try:
        rows = rows_of(_given(solver.experiment.task.example))
    except AdderError as error:
        st.warning(sentence(error), icon=":material/edit:")
        return
    shown = first(rows, answers_in_a_moment(solver.experiment, MOST_ROWS, SECONDS))
    if len(shown) < len(rows):
        too_many = counted(
            "{n:,} question is too many for a page; here are the first {most:,}.",
            "{n:,} questions are too many for a page; here are the first {most:,}.",
            n=len(rows),
            most=len(shown),
        )
        st.warning(say(too_many), icon=":material/content_cut:")
    try:
        answered = evaluations.found(solver, tuple(shown), lambda: answer_rows(shown, solver))
    except QuestionError as error:
        st.warning(sentence(error), icon=":material/hourglass_disabled:")
        return
    _show_answers(answered)


def _given(example: str) -> str:
    """The text of the file that was uploaded, or what was pasted."""
    file = st.file_uploader(say("Upload a CSV of questions"), type=["csv", "txt"], key="batch file")
    pasted = st.text_area(
        say("Or paste them, one a line"),
        value=example,
        key=f"batch {example}",
        disabled=file is not None,
        help=say("One question a line; after a comma the answer you expect, if you like: 3+10,13."),
    )
    if file is None:
        return pasted
    st.caption(say("The file above is asked; remove it to paste questions instead."))
    return decoded(file.getvalue())


def _show_answers(answered: Sequence[Answered]) -> None:
    right = sum(bool(each.answer and each.answer.correct) for each in answered)
    asked = sum(each.answer is not None for each in answered)
    st.markdown(say("**{right:,} of {asked:,}** answered right.", right=right, asked=asked))
    if unread := len(answered) - asked:
        st.warning(say("Lines that could not be read: {n:,}; their notes say why.", n=unread), icon=":material/edit:")
    _show_notes(answered)
    st.dataframe(pd.DataFrame([_row(each) for each in answered]), hide_index=True, width="stretch")
    st.download_button(
        say("Download the answers (CSV)"),
        answers_file(answered),
        file_name="answers.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_notes(answered: Sequence[Answered]) -> None:
    """Say what is wrong with which lines, in a table of its own: among the answers, a sentence would be cut."""
    line, note = say("Line"), say("Note")
    notes = [{line: each.row.line, note: sentence(each.problem)} for each in answered if each.problem is not None]
    if notes:
        st.table(notes, hide_index=True, height="content" if len(notes) <= _NOTES_IN_SIGHT else _NOTES_PIXELS)


def first(rows: list[Row], most: int = MOST_ROWS) -> list[Row]:
    """The rows that a page answers at once; if questions are long, these are fewer."""
    characters = itertools.accumulate(len(row.question) for row in rows[:most])
    return rows[: sum(total <= MOST_CHARACTERS for total in characters)] or rows[:1]


def _row(found: Answered) -> dict[str, object]:
    answer = found.answer
    if answer is None:
        verdict = ""
    elif answer.correct is None:
        verdict = say("nobody knows")
    else:
        verdict = say("✓ right") if answer.correct else say("✗ wrong")
    return {
        say("Line"): found.row.line,
        say("Question"): found.row.question,
        say("Predicted"): "" if answer is None else answer.unpadded,
        say("Expected"): "" if answer is None else answer.expected_unpadded or "",
        say("Verdict"): verdict,
        say("Sure"): "" if answer is None or answer.number is not None else f"{answer.confidence:.1%}",
    }
