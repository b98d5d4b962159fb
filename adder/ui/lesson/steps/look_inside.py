"""Look inside a trained network while it answers: where it looks, and which unit carries."""

from __future__ import annotations

import streamlit as st

from adder.base.errors import QuestionError
from adder.base.messages import marked
from adder.solvers.shipped import shipped_solver
from adder.ui import answers, solver_choice, take_home
from adder.ui.language import say
from adder.ui.lesson import choices, living_picture, prose
from adder.ui.lesson.sketch import Sketch, tiles
from adder.ui.markdown import plain, sentence

TITLE = marked("Look inside")
NAME = marked("Inside")

_VIEWS = {"attention": marked("Where it looks"), "carry": marked("What it carries")}
_NETWORKS = {"attention": "nine-digits", "carry": "binary"}
_EXAMPLES = {"attention": "123456789+987654321", "carry": "1011+1101"}


def show() -> dict[str, str]:
    """Draw one of two views into a network that answers a question of one's own."""
    left, right = prose.sides()
    with left:
        prose.about(
            "Every number in a network can be read while it answers. Nobody told this one where to look, or what a "
            "carry is."
        )
        view = choices.one_of("view", say("See"), _VIEWS, "attention")
        solver = shipped_solver(_NETWORKS[view])
        question = st.text_input(
            say("Ask it a question"),
            key=choices.start(f"q.{view}", _EXAMPLES[view]),
            persist_state="session",
            help=answers.askable(solver),
        )
        guessed = _guessed(view, question)
        if guessed:
            take_home.show("lesson", solver)
    with right:
        try:
            answer = solver.solve(question)
        except QuestionError as error:
            st.warning(sentence(error), icon=":material/edit:")
        else:
            if guessed:
                living_picture.show(_NETWORKS[view], question)
                _notice(view)
            else:
                verdict = answers.verdict(answer, solver.experiment)
                st.markdown(f"**{plain(answer.question)} = {plain(answer.unpadded)}** · {verdict}")
        st.caption(solver_choice.shipped_note(_NETWORKS[view]))
    return {"view": view, f"q.{view}": question}


def _guessed(view: str, asked: str) -> bool:
    def sketch() -> Sketch:
        return Sketch(tiles(f"{asked}="))

    if view == "attention":
        offered = say("At the plus"), say("At two digits"), say("At all digits alike")
        return prose.guess(view, say("It writes the ones first. Where does it look?"), offered, sketch)
    offered = say("At every 1"), say("Where a column carries"), say("At the end")
    return prose.guess(view, say("When does this unit of it light up?"), offered, sketch)


def _notice(view: str) -> None:
    if view == "attention":
        prose.notice(
            "It looks at the two digits of the same place at once, one in each number. Change the digits: the looks "
            "stay where they are."
        )
    else:
        prose.notice(
            "One unit is like a lamp, and it is lit where a column carries. The network found it by itself, because "
            "the next column needs it."
        )
