"""Look inside a trained network while it answers."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from adder.analysis.carry_probe import carry_probe
from adder.analysis.look_inside import Inside, look_inside
from adder.base.errors import QuestionError
from adder.base.messages import counted, marked
from adder.presets import preset
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.ui import inside_pictures, question_box, solver_choice
from adder.ui.charts.unit_activity import CANDIDATE, NAMES
from adder.ui.language import say
from adder.ui.lesson import choices, lesson_runs, prose
from adder.ui.markdown import plain, sentence

TITLE = marked("Look inside")

_TEXTBOOK, _LOOKING, _CARRYING = "seq2seq", "nine-digits", "binary"
_LAYER = "encoder"
_GATES = ("", "forget", "input", "output", CANDIDATE)


def show() -> dict[str, str]:
    """Draw one of four views into a network answering a question of one's own."""
    prose.about(
        "A trained network is no black box: every number in it can be read while it answers. See how the "
        "encoder's state moves with each character, which of its gates open, where a network with attention "
        "looks, and which unit of another has learned to carry."
    )
    name = choices.one_of("view", say("See"), {view: label for view, (label, *_) in _VIEWS.items()}, "state")
    _, preset_name, view, notice = _VIEWS[name]
    solver, own = lesson_runs.own_or_shipped(preset(preset_name))
    examples = {_TEXTBOOK: "3+10", _LOOKING: "123456789+987654321", _CARRYING: "1011+1101"}
    question = st.text_input(
        say("Ask it a question"),
        key=choices.start(f"q.{preset_name}", examples[preset_name]),
        persist_state="session",
        help=question_box.askable(solver),
    )
    try:
        inside = look_inside(solver, question)
    except QuestionError as error:
        st.warning(sentence(error), icon=":material/edit:")
    else:
        _answer_line(solver, question)
        view(inside)
    st.caption(
        say("Answered by the network that you trained in this lesson.")
        if own
        else solver_choice.shipped_note(preset_name)
    )
    prose.notice(notice)
    return {"view": name, f"q.{preset_name}": question}


def _answer_line(solver: Solver, question: str) -> None:
    """The answer in one line."""
    answer = solver.solve(question)
    verdict = question_box.verdict(answer, solver.experiment)
    st.markdown(f"**{plain(answer.question)} = {plain(answer.unpadded)}** · {verdict}")


def _state(inside: Inside) -> None:
    inside_pictures.draw_path(inside, _LAYER, say("The way of the encoder's state through the question"))
    st.caption(
        say(
            counted(
                "○ is where it starts, before anything was read. The {n} number of the state is drawn on a line; "
                "darker is later.",
                "○ is where it starts, before anything was read. The {n} numbers of the state are drawn on the plane "
                "in which they move most; darker is later.",
                n=inside.layer(_LAYER).units,
            )
        )
    )


def _gates(inside: Inside) -> None:
    offered = {gate: NAMES[gate] for gate in _GATES if not gate or gate in inside.layer(_LAYER).gates}
    gate = choices.one_of("gate", say("What of the encoder's units"), offered, "forget")
    inside_pictures.draw_units(inside, _LAYER, gate, say("Each unit of the encoder at each step"))
    st.caption(
        say(
            "A column is a unit, a row a step. Where the forget gate is blue the unit keeps what it remembers; where "
            "it is pale it forgets."
        )
    )


def _attention(inside: Inside) -> None:
    caption = say("A row is a character of the answer, the units first; it looks at the columns that are dark.")
    inside_pictures.draw_attention(inside, caption)


def _carries(inside: Inside) -> None:
    inside_pictures.draw_carry_unit(inside, carry_probe(shipped_solver(_CARRYING)))


_View = tuple[str, str, Callable[[Inside], None], str]
_VIEWS: dict[str, _View] = {
    "state": (
        marked("The state's way"),
        _TEXTBOOK,
        _state,
        marked(
            "Each character pushes the state somewhere else, and where it ends is all that the decoder gets. Ask the "
            "same sum the other way round, and see whether the way ends at the same place."
        ),
    ),
    "gates": (
        marked("Gates"),
        _TEXTBOOK,
        _gates,
        marked(
            "A gate is a number from 0 to 1 for each unit at each step, worked out from what is read and what is "
            "remembered. Nobody told any unit what to do; look for those that go pale at the second number, while "
            "the others stay open."
        ),
    ),
    "attention": (
        marked("Attention"),
        _LOOKING,
        _attention,
        marked(
            "Nobody told it which digits belong together, and yet it looks at the two digits of the same place at "
            "once, one in each number, half and half. Change the digits: the looks stay where they are."
        ),
    ),
    "carry": (
        marked("The carry"),
        _CARRYING,
        _carries,
        marked(
            "Columns go by from right to left, and this one unit says whether there is something to carry. It was "
            "never told that there is such a thing: the network found it because the next column needs it."
        ),
    ),
}
