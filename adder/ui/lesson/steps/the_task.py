"""The task: sums in signs that mean nothing to a network, and at first nothing to the reader either."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from adder.base.messages import marked
from adder.tasks.arithmetic import Task
from adder.ui.language import say
from adder.ui.lesson import choices, prose
from adder.ui.lesson.sketch import HEAD, OPEN, TILE, Box, Sketch

TITLE = marked("The task")
NAME = marked("Task")

_TASK = Task(smallest=1, largest=10)
_CHARACTERS, _SIGNS = "0123456789+", "◆●▲■★◇○△□☆▼"
_DRAWN = 8


def show() -> dict[str, str]:
    """Show examples in signs without a meaning, ask for an answer, and only then say what they mean."""
    seed = choices.count("seed")
    rng = np.random.default_rng(seed)
    signs = str.maketrans(_CHARACTERS, "".join(rng.permutation(list(_SIGNS))))
    questions = _TASK.sample(_DRAWN, rng, split="any")
    assert questions.values is not None
    sums = list(zip(_TASK.texts(questions), map(str, questions.values), strict=True))
    truth = int(sums[-1][1])
    offered = sorted({truth, *(truth + rng.permutation([-9, -3, -2, -1, 1, 2, 3, 9])[:3]).tolist()})
    left, right = prose.sides()
    with left:
        prose.about(
            "A network learns from examples such as these. Nobody tells it what the signs mean, only which answer "
            "belongs to which question."
        )
        answers = [str(abs(each)).translate(signs) for each in offered]
        guessed = prose.guess(
            f"task {seed}", say("What belongs where the question mark stands?"), answers, lambda: _sketch(sums, signs)
        )
        st.button(say("Draw others"), icon=":material/casino:", on_click=choices.raise_count, args=("seed",))
    with right:
        with st.container(key="lesson signs"):
            st.table([_row(*each, signs, guessed, last=each is sums[-1]) for each in sums], hide_index=True)
        if guessed:
            prose.notice(
                "They are sums, and `{plus}` is +. The network is told no more than you were. From 1 to 10 there are "
                "{n} different sums, and it will see 30,000 examples of them.",
                plus="+".translate(signs),
                n=_TASK.distinct_questions,
            )
    return {"seed": str(seed)}


def _sketch(sums: Sequence[tuple[str, str]], signs: dict[int, int]) -> Sketch:
    rows: list[list[Box]] = [[(say("It reads"), HEAD), (say("It should write"), HEAD)]]
    rows += [[(question.translate(signs), TILE), (answer.translate(signs), TILE)] for question, answer in sums]
    rows[-1][1] = "?", OPEN
    return Sketch(rows)


def _row(question: str, answer: str, signs: dict[int, int], told: bool, *, last: bool) -> dict[str, str]:
    row = {
        say("It reads"): question.translate(signs),
        say("It should write"): "**?**" if last and not told else answer.translate(signs),
    }
    return row | ({say("Which means"): f"{question}={answer}"} if told else {})
