"""A sum on its way through an encoding: typed, padded, numbered, one-hot, and back, one character followed throughout.

The encoding itself makes what is shown: it alone puts the characters of one question and its answer in their places.
"""

from __future__ import annotations

import json

import altair as alt
import numpy as np
import pandas as pd

from adder.base.language import Language
from adder.base.messages import marked
from adder.encodings import TextEncoding, one_hot
from adder.plots.style import AMBER, BLUE, GREY, INK, shown
from adder.tasks.arithmetic import Task
from adder.tasks.questions import Questions, texts

TYPED = marked("as people write it")
PADDED = marked("padded, as it is read")
NUMBERED = marked("as integers")
BACK = marked("read back")

_ROW_HEIGHT = 27
_GAP_COLUMNS = 1
_COLUMNS = ["column", "row", "text", "hot", "place", "part"]


def pipeline_frame(language: Language, task: Task, encoding: TextEncoding, question: Questions) -> pd.DataFrame:
    """One row a cell of the picture.

    Args:
        language: What the stages are named in.
        task: The task of the question.
        encoding: How it is written down; it pads with spaces, without marks, and reads each character once.
        question: One question.

    Returns:
        Columns column, row (the stage, or the symbol of a row of the one-hot picture), text, hot (whether a one-hot
        picture's cell is 1), place (names the character that it belongs to) and part.
    """
    grid, answer = encoding.encode_questions(task, question)[0], encoding.encode_answers(task, question)[0]
    orders = encoding.question_human_order, encoding.human_order
    rows: list[tuple[int, str, str, bool, int, str]] = []
    first, count = 0, 0
    for symbols, human_order, part in zip((grid, answer), orders, ("question", "answer"), strict=True):
        places = _places(symbols, human_order(np.arange(len(symbols))[None])[0], task.blank, count, first)
        columns = range(first, first + len(symbols))
        said = language.say(part)
        vectors = one_hot(symbols, len(task.alphabet))
        for column, symbol, place, vector in zip(columns, symbols.tolist(), places, vectors, strict=True):
            character = shown(task.alphabet[symbol])
            rows.append((column, language.say(PADDED), character, False, place, said))
            rows.append((column, language.say(NUMBERED), str(symbol), False, place, said))
            rows += [
                (column, _symbol_row(language, each), str(int(value)), bool(value), place, said)
                for each, value in zip(task.alphabet, vector.tolist(), strict=True)
            ]
        [back] = texts(human_order(vectors.argmax(axis=1)[None]), task.alphabet)
        written = [place for place in np.array(places)[human_order(np.arange(len(symbols))[None])[0]] if place >= 0]
        for text, row in ((back.replace(" ", ""), TYPED), (encoding.unpadded(back).replace(" ", ""), BACK)):
            start = first + len(symbols) - len(text)
            rows += [
                (start + index, language.say(row), character, False, int(place), said)
                for index, (character, place) in enumerate(zip(text, written, strict=True))
            ]
        first += len(symbols) + _GAP_COLUMNS
        count += len(written)
    return pd.DataFrame(rows, columns=_COLUMNS)


def pipeline_chart(language: Language, alphabet: str, columns: int) -> alt.LayerChart:
    """The stages under one another; the character under the pointer lights up in each, and at first the first one."""
    say = language.say
    one_hot = [_symbol_row(language, symbol) for symbol in alphabet]
    order = [say(TYPED), say(PADDED), say(NUMBERED), *one_hot, say(BACK)]
    under = alt.selection_point(
        name="under", fields=["place"], on="pointerover,click", clear=False, empty=False, value=[{"place": 0}]
    )
    base = alt.Chart().encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(domain=list(range(columns)), paddingInner=0.08)),
        y=alt.Y(
            "row:N",
            sort=order,
            title=None,
            scale=alt.Scale(domain=order, paddingInner=0.08),
            axis=alt.Axis(
                ticks=False, domain=False, labelFontSize=13, labelLimit=112, labelOverlap=False, labelFlush=False
            ),
        ),
        tooltip=[
            alt.Tooltip("row:N", title=say("stage")),
            alt.Tooltip("text:N", title=say("holds")),
            alt.Tooltip("part:N", title=say("part of the")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.when(under).then(alt.value(AMBER)).when("datum.hot").then(alt.value(BLUE)).otherwise(alt.value(GREY)),
        fillOpacity=alt.when("datum.hot")
        .then(alt.value(1))
        .when(under)
        .then(alt.value(0.45))
        .otherwise(alt.value(0.14)),
        stroke=alt.when(under).then(alt.value(AMBER)).otherwise(alt.value("transparent")),
        strokeWidth=alt.value(2),
    )
    words = base.mark_text(fontSize=14, fontWeight="bold").encode(
        text="text:N",
        color=alt.when("datum.hot").then(alt.value("white")).otherwise(alt.value(INK)),
        fillOpacity=alt.when(f"datum.text == '0' && indexof({json.dumps(one_hot)}, datum.row) >= 0")
        .then(alt.value(0.45))
        .otherwise(alt.value(1)),
    )
    return (cells.add_params(under) + words).properties(height=_ROW_HEIGHT * len(order))


def width(task: Task, encoding: TextEncoding) -> int:
    """Columns of the picture."""
    return encoding.question_length(task) + _GAP_COLUMNS + encoding.answer_length(task)


def _places(symbols: np.ndarray, human: np.ndarray, blank: int, count: int, first: int) -> list[int]:
    """The number of each step's character, from `count` on in human order; each padding has a number of its own."""
    places = [0] * len(symbols)
    for step in human.tolist():
        if symbols[step] == blank:
            places[step] = -1 - first - step
        else:
            places[step] = count
            count += 1
    return places


def _symbol_row(language: Language, symbol: str) -> str:
    return language.say("is it {symbol}?", symbol=shown(symbol))
