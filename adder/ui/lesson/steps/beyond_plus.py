"""A hundred digits with two fingers, brackets, and a question that breaks a network."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import marked
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.ui import answers, take_home
from adder.ui.language import say
from adder.ui.lesson import choices, living_picture, prose
from adder.ui.lesson.sketch import Sketch, tiles
from adder.ui.markdown import sentence

TITLE = marked("Beyond plus")
NAME = marked("Beyond")

_FINGERS, _BRACKETS, _BROKEN = "fingers", "brackets", "broken"
_OFFERED = {
    _FINGERS: marked("A hundred digits"),
    _BRACKETS: marked("Brackets"),
    _BROKEN: marked("Break it"),
}
_EXAMPLES = {_BRACKETS: "2*(3+4)", _BROKEN: "11+11"}
_ADDING_ANY_LENGTH = "pen-and-paper"
_DIGITS = 100
_LARGEST = 49  # Sums of numbers up to this are no longer than those of the textbook.


def show() -> dict[str, str]:
    """Ask networks more than sums of two digits, and one of them more than it can know."""
    left, right = prose.sides()
    with left:
        prose.about(
            "Nobody told a network what adding is, so the same parts learn more from other examples. How far does "
            "that go?"
        )
        name = choices.one_of("ask", say("Ask about"), _OFFERED, _FINGERS)
        seed = choices.count("seed")
        if not _guessed(name, _sum(seed) if name == _FINGERS else _EXAMPLES[name]):
            return {"ask": name}
        with st.container(horizontal=True):
            if name == _FINGERS:
                st.button(
                    say("Another sum of {n} digits", n=_DIGITS),
                    icon=":material/casino:",
                    on_click=choices.raise_count,
                    args=("seed",),
                )
            # Its page says how it was trained, so the one to break goes home with the range of its training.
            take_home.show("lesson", shipped_solver("seq2seq") if name == _BROKEN else _network(name))
    with right:
        return {"ask": name, **(_hundred_digits(seed) if name == _FINGERS else _asked(name))}


def _guessed(name: str, asked: str) -> bool:
    if name == _FINGERS:
        offered = say("None"), say("The last five"), say("All")
        question = say("Trained on at most 5 digits, it gets two numbers of {n}. How many digits are right?", n=_DIGITS)
    elif name == _BRACKETS:
        offered = say("It works out the bracket first"), say("It goes from left to right"), say("It guesses")
        question = say("It has seen brackets, and no rules. What does it do with 2×(3+4)?")
    else:
        offered = "22", "20", "3"
        question = say("The textbook network practised 1 to 10. What does it write for 11+11?")
    return prose.guess(name, question, offered, lambda: Sketch(tiles(f"{asked}=")))


def _sum(seed: int) -> str:
    """A sum of two numbers of a hundred digits."""
    digits = np.random.default_rng(seed).integers(1, 10, (2, _DIGITS)).tolist()
    return "+".join("".join(map(str, number)) for number in digits)


def _hundred_digits(seed: int) -> dict[str, str]:
    living_picture.show(_ADDING_ANY_LENGTH, _sum(seed))
    prose.notice(
        "Two fingers walk over the digits, as on paper, and one state carries. It learned the walk on short sums, and "
        "a long sum is the same walk, only longer."
    )
    return {"seed": str(seed)}


def _asked(name: str) -> dict[str, str]:
    solver = _network(name)
    question = st.text_input(
        say("Ask it a question"),
        key=choices.start(f"q.{name}", _EXAMPLES[name]),
        persist_state="session",
        help=answers.askable(solver),
    )
    try:
        answers.show_answer(solver.solve(question), solver.experiment)
    except AdderError as error:
        st.warning(sentence(error), icon=":material/edit:")
    if name == _BRACKETS:
        prose.notice(
            "It learned what comes first from examples alone. Ask it more, and look how sure it is of each character."
        )
    else:
        prose.notice(
            "It was never trained beyond 10, but it answers anyway. What a network can do ends where its examples "
            "end, and it does not say so."
        )
    return {f"q.{name}": question}


def _network(name: str) -> Solver:
    """The network that is asked."""
    if name == _BROKEN:
        return _beyond_its_range()
    return shipped_solver("calculator" if name == _BRACKETS else _ADDING_ANY_LENGTH)


@lru_cache(maxsize=1)
def _beyond_its_range() -> Solver:
    """The textbook's network, which may be asked all sums that are no longer than those it was trained on."""
    solver = shipped_solver("seq2seq")
    return Solver(solver.experiment.replaced({"task.largest": _LARGEST}), solver.weights)
