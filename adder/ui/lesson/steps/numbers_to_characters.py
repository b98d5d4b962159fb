"""From numbers to characters, and back: a sum of one's own through the encoding."""

from __future__ import annotations

import streamlit as st

from adder.base.errors import QuestionError
from adder.base.messages import marked
from adder.encodings import ORDERS, PADDINGS, TextEncoding
from adder.tasks.arithmetic import Task
from adder.ui.charts import encoding_steps
from adder.ui.drawing import draw
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, prose
from adder.ui.markdown import sentence

TITLE = marked("From numbers to characters")

_OFFERED = {name: label for name, label in PADDINGS.items() if name != "marks"}  # marks are no characters
_TASK = Task(smallest=0, largest=999)


def show() -> dict[str, str]:
    """Show a sum padded, numbered, one-hot and read back, the character under the pointer lit up in each."""
    prose.about(
        "A network computes with numbers, so each of the {n} characters gets one. All questions must be of one "
        "length, so short ones are **padded** with spaces. And since a 7 is no more of a character than a 3 is, "
        "each becomes a **one-hot** vector: a row of zeros with a single 1 at its place.",
        n=len(_TASK.alphabet),
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        question = st.text_input(
            say("Your sum, of two numbers from 0 to {largest}", largest=_TASK.largest),
            key=choices.start("sum", "12+50"),
            persist_state="session",
            width=280,
        )
        padding = choices.one_of("padding", say("Padding"), _OFFERED, "left")
        reading = choices.one_of("read", say("Question is read"), ORDERS, "written")
        writing = choices.one_of("write", say("Answer is written"), ORDERS, "written")
    encoding = TextEncoding(padding=padding, question_order=reading, answer_order=writing)
    own = {
        "sum": question,
        "padding": encoding.padding,
        "read": encoding.question_order,
        "write": encoding.answer_order,
    }
    try:
        _picture(question, encoding)
    except QuestionError as error:
        st.warning(sentence(error), icon=":material/edit:")
    prose.notice(
        "Point at a character, or touch it: it is the same one in every row, wherever padding and order have "
        "moved it. Padding each number on its own keeps units under units at every sum; an answer written in "
        "reverse begins with the units, where adding on paper begins too."
    )
    return own


def _picture(question: str, encoding: TextEncoding) -> None:
    read = _TASK.read([question])
    found = encoding_steps.characters(_TASK, encoding, read)
    followed = min(choices.count("follow") - 1, len(found) - 1)
    choice = st.segmented_control(
        say("Follow one character"),
        range(len(found)),
        format_func=lambda each: found[each],
        default=followed,
        key=f"lesson follow {len(found)}",
        required=True,
        help=say("Or point at one in the picture."),
    )
    language = session_language()
    frame = encoding_steps.pipeline_frame(language, _TASK, encoding, read)
    columns = encoding_steps.width(_TASK, encoding)
    chart = encoding_steps.pipeline_chart(language, _TASK.alphabet, columns, choice or 0)
    inputs = encoding.encode_questions(_TASK, read)[0].tolist()
    answer = encoding.encode_answers(_TASK, read)[0].tolist()
    draw(
        frame,
        chart,
        say(
            "{question} becomes the integers {inputs}, and its answer {answer}, each as a one-hot vector, and back",
            question=_TASK.texts(read)[0],
            inputs=inputs,
            answer=answer,
        ),
    )
    st.caption(
        say(
            "Left the question, right the answer. ␣ is padding. The network reads {inputs} and has to write {answer}.",
            inputs=inputs,
            answer=answer,
        )
    )
