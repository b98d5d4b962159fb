"""From numbers to characters, and back: a sum of one's own through the encoding."""

from __future__ import annotations

import streamlit as st

from adder.base.errors import QuestionError
from adder.base.messages import marked
from adder.encodings import ORDERS, PADDINGS, TextEncoding
from adder.plots import encoding_steps
from adder.tasks.arithmetic import Task
from adder.ui.drawing import draw, specification
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, prose
from adder.ui.lesson.sketch import Sketch, tiles
from adder.ui.markdown import sentence

TITLE = marked("From numbers to characters")
NAME = marked("Characters")

_OFFERED = {name: label for name, label in PADDINGS.items() if name != "marks"}  # Marks are no characters.
_TASK = Task(smallest=0, largest=999)


def show() -> dict[str, str]:
    """Show a sum padded, numbered, one-hot and read back, the character under the pointer lit up in each."""
    left, right = prose.sides()
    with left:
        prose.about(
            "A network computes with numbers, so characters have to become numbers. All sums must be of one length; "
            "spaces **pad** the short ones."
        )
        question = st.text_input(
            say("Your sum, of two numbers from 0 to {largest}", largest=_TASK.largest),
            key=choices.start("sum", "12+50"),
            persist_state="session",
        )
        asked = say("How many numbers does the network read for this sum?")
        guessed = prose.guess("characters", asked, ("2", "5", "7", "84"), lambda: Sketch(tiles(question)))
        if guessed:
            padding = choices.one_of("padding", say("Padding"), _OFFERED, "left")
            reading = choices.one_of("read", say("Question is read"), ORDERS, "written")
            writing = choices.one_of("write", say("Answer is written"), ORDERS, "written")
    if not guessed:
        return {"sum": question}
    with right:
        try:
            _picture(question, TextEncoding(padding=padding, question_order=reading, answer_order=writing))
        except QuestionError as error:
            st.warning(sentence(error), icon=":material/edit:")
        prose.notice(
            "84: each of 7 characters becomes a row of 12 numbers, with a single 1 at its place (**one-hot**), since "
            "a 7 is no more of a character than a 3. Point at one, or touch it."
        )
    return {"sum": question, "padding": padding, "read": reading, "write": writing}


def _picture(question: str, encoding: TextEncoding) -> None:
    read, language = _TASK.read([question]), session_language()
    inputs = encoding.encode_questions(_TASK, read)[0].tolist()
    answer = encoding.encode_answers(_TASK, read)[0].tolist()
    columns = encoding_steps.width(_TASK, encoding)
    draw(
        encoding_steps.pipeline_frame(language, _TASK, encoding, read),
        specification(encoding_steps.pipeline_chart, language, _TASK.alphabet, columns),
        say(
            "{question} becomes the integers {inputs}, and its answer {answer}, each as a one-hot vector, and back",
            question=_TASK.texts(read)[0],
            inputs=inputs,
            answer=answer,
        ),
        projected=405,
    )
    st.caption(say("␣ is padding. The network reads {inputs} and has to write {answer}.", inputs=inputs, answer=answer))
