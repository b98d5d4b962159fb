"""A list of one's own: handed in, shown as it was understood, and with a hint if the network cannot learn it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from adder import encodings
from adder.analysis import list_recipe
from adder.base.errors import AdderError
from adder.base.messages import counted, marked
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.tasks import pairs
from adder.tasks.file_text import decoded
from adder.tasks.pairs import Pair, PairsFile, Rule
from adder.ui import session, visitors
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import plain, sentence
from adder.ui.uploads import HOLDINGS

_UPLOAD = "own list"
_HEADING = "own list heading"
_WRONG = "own list trouble"
_HEADINGS = {
    "told": marked("told by its cells"),
    "heading": marked("a heading"),
    "data": marked("a question and its answer"),
}
_ROWS_SHOWN = 5
_BYTES_OF_A_CHARACTER = 4  # A file is held as text and as what was read from it.


@dataclasses.dataclass(frozen=True)
class _Upload:
    """A file that was handed in, as it was last read."""

    text: str
    read: PairsFile


def show(experiment: Experiment, on_change: Callable[[], None]) -> None:
    """Draw what is known of the list, what is wrong with one just handed in, and an uploader for another.

    Args:
        experiment: The chosen experiment.
        on_change: What to do when another list is chosen.
    """
    task = experiment.task if isinstance(experiment.task, Rule) else None
    upload: _Upload | None = st.session_state.get(_UPLOAD)
    if wrong := st.session_state.get(_WRONG):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(say("Nothing was changed yet. {text}", text=wrong), icon=":material/error:")
            st.button(say("Undo"), icon=":material/undo:", key="undo list", on_click=_forget)
    if upload and upload.read.contradictions:
        _preview(upload.read, None)
    elif task:
        st.caption(
            say(
                "Your own list of {questions}, with answers of up to {characters}.",
                questions=counted("{n:,} question", "{n:,} questions", n=len(task.pairs)),
                characters=counted("{n:,} character", "{n:,} characters", n=task.longest_answer),
            )
        )
        if upload and task.pairs == upload.read.distinct:
            _preview(upload.read, task)
        else:
            _rows(task.pairs[:_ROWS_SHOWN])
            _facts(task)
        if list_recipe.advised(experiment):
            _advise(experiment, task)
    if shows("list"):
        _hand_in(experiment, on_change)


def _hand_in(experiment: Experiment, on_change: Callable[[], None]) -> None:
    file = st.file_uploader(
        say("Train on your own list (CSV)"),
        type=["csv", "tsv", "txt"],
        key=f"list {st.session_state.get('lists', 0)}",
        help=say(
            "One question and its answer a row: question,answer. At most {pairs:,} different questions of up to "
            "{characters} characters.",
            pairs=pairs.MOST_PAIRS,
            characters=pairs.MOST_QUESTION_CHARACTERS,
        ),
    )
    if file is None:
        return
    st.session_state["lists"] = st.session_state.get("lists", 0) + 1  # The next uploader is empty.
    _forget()
    try:
        text = decoded(file.getvalue())
        HOLDINGS.hold(visitors.this(), _UPLOAD, _BYTES_OF_A_CHARACTER * len(text))
    except AdderError as error:
        st.session_state[_WRONG] = sentence(error)
    else:
        if _take(experiment, text, None):
            on_change()
    st.rerun()


def _forget() -> None:
    for key in (_UPLOAD, _HEADING, _WRONG):
        st.session_state.pop(key, None)


def _take(experiment: Experiment, text: str, heading: bool | None) -> bool:
    """Choose the experiment with the list of a file, and return whether that works; what is wrong is kept."""
    try:
        read = pairs.read_pairs(text, heading)
        if read.contradictions:
            st.session_state[_UPLOAD] = _Upload(text, read)
        task = read.rule()
        if isinstance(experiment.task, Rule):
            new = dataclasses.replace(experiment, task=dataclasses.replace(task, held_out=experiment.task.held_out))
        else:
            network = PRESETS["seq2seq"].experiment.network
            new = Experiment(task=task, encoding=encodings.TextEncoding(), network=network)
    except AdderError as error:
        st.session_state[_WRONG] = sentence(error)
        return False
    st.session_state[_UPLOAD] = _Upload(text, read)
    st.session_state.pop(_WRONG, None)
    session.choose(new)
    return True


def _preview(read: PairsFile, task: Rule | None) -> None:
    """The first rows of a file as understood, and what there is to say about all of them."""
    _rows([(pair.question, pair.answer) for pair in read.pairs[:_ROWS_SHOWN]], read.pairs)
    heading = read.read.heading
    said = (
        say("Heading: {cells}.", cells=plain(", ".join(heading)))
        if heading
        else say("No heading: the first row counts.")
    )
    st.caption(said)
    st.selectbox(
        say("The first row is"),
        list(_HEADINGS),
        format_func=lambda each: say(_HEADINGS[each]),
        key=_HEADING,
        on_change=_read_again,
        help=say(
            "The first row counts as a heading if it has a usual name, such as question or answer, or if it has words "
            "where all rows below have only figures, or letters of another script."
        ),
    )
    if read.repeats:
        st.info(repeated([(later.row, before.row) for later, before in read.repeats]), icon=":material/content_copy:")
    if read.contradictions:
        first = pairs.contradiction(*read.contradictions[0])
        text = say(
            "Rows that contradict others: {n:,}. The first: {first}.", n=len(read.contradictions), first=say(first)
        )
        st.error(plain(text), icon=":material/error:")
    if task:
        _facts(task)


def _read_again() -> None:
    """Read the file with what the person says of its first row."""
    upload: _Upload = st.session_state[_UPLOAD]
    heading = {"told": None, "heading": True, "data": False}[st.session_state[_HEADING]]
    if not _take(session.experiment(), upload.text, heading) and heading is not None:
        wrong = st.session_state[_WRONG]
        st.session_state[_HEADING] = "told"
        _take(session.experiment(), upload.text, None)
        st.session_state[_WRONG] = wrong


def _rows(shown: Sequence[tuple[str, str]], numbered: Sequence[Pair] = ()) -> None:
    numbers = {say("Row"): [pair.row for pair in numbered[: len(shown)]]} if numbered else {}
    columns = {say("Question"): [question for question, _ in shown], say("Answer"): [answer for _, answer in shown]}
    st.dataframe(pd.DataFrame(numbers | columns), hide_index=True, width="stretch")


def _facts(task: Rule) -> None:
    """How many questions are held out, and the characters of the list."""
    characters = " ".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in task.alphabet[:-1])
    questions = say(
        "Different questions: {all:,}, held out: {n:,}.", all=task.distinct_questions, n=task.held_out_questions
    )
    alphabet = say(
        "Characters: {n:,} and the blank ({characters}).", n=len(task.alphabet) - 1, characters=plain(characters)
    )
    st.caption(f"{questions} {alphabet}")


def _advise(experiment: Experiment, task: Rule) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            say(
                "The textbook network seldom finds the rule behind a list. One that reads both ways and looks back at "
                "each character (attention) often does."
            ),
            icon=":material/lightbulb:",
        )
        st.button(
            say("Use that recipe"),
            icon=":material/check:",
            on_click=lambda: session.choose(list_recipe.recipe(task, experiment.seed)),
        )


def repeated(repeats: Sequence[tuple[int, int]]) -> str:
    """A sentence about the rows of an uploaded list that repeat others."""
    row, before = repeats[0]
    return say(
        counted(
            "Row {row} repeats row {before}; it is taken once.",
            "{n:,} rows repeat others and are taken once; the first is row {row}, which repeats row {before}.",
            n=len(repeats),
            row=row,
            before=before,
        )
    )
