"""Every sum of a small world by its two numbers: right or wrong, and whether it was held out."""

from __future__ import annotations

import altair as alt
import pandas as pd

from adder.solvers.evaluation import ask_all
from adder.solvers.solver import Solver
from adder.tasks import AnyTask
from adder.ui.charts.style import AMBER, BLUE, GREY, INK, ORANGE, cell_axis, specification
from adder.ui.language import Language

_HEIGHT = 360


def pair_frame(language: Language, task: AnyTask, solver: Solver | None) -> pd.DataFrame:
    """One row a pair of numbers: first, second, written, sign, verdict, held_out, kind (the latter in words).

    Args:
        language: What the words are in.
        task: A small world of sums of two numbers.
        solver: Who is asked, or None while nobody has learned anything.
    """
    numbers = task.grid
    assert numbers is not None
    questions = task.of([[first, second] for first in numbers for second in numbers])
    assert questions.numbers is not None
    held_out = task.is_held_out(questions)
    said = ask_all(solver, questions, task) if solver else None
    rows = []
    for row, (first, second) in enumerate(questions.numbers.tolist()):
        right = bool(said.correct[row]) if said else False
        rows.append(
            (
                first,
                second,
                said.texts[row].strip() if said else "",
                ("✓" if right else "✗") if said else "",
                "" if said is None else "right" if right else "wrong",
                bool(held_out[row]),
                language.say("never trained on") if held_out[row] else language.say("trained on"),
            )
        )
    return pd.DataFrame(rows, columns=["first", "second", "written", "sign", "verdict", "held_out", "kind"])


@specification
def pair_chart(language: Language) -> alt.LayerChart:
    """✓ or ✗ for each pair of numbers; a frame marks those that were never trained on."""
    say = language.say
    base = alt.Chart().encode(
        x=alt.X("second:O", title=say("second number"), axis=cell_axis(), scale=alt.Scale(padding=0.1)),
        y=alt.Y("first:O", title=say("first number"), axis=cell_axis(), scale=alt.Scale(padding=0.1)),
        tooltip=[
            alt.Tooltip("first:O", title=say("first number")),
            alt.Tooltip("second:O", title=say("second number")),
            alt.Tooltip("written:N", title=say("it writes")),
            alt.Tooltip("sign:N", title=say("right or wrong")),
            alt.Tooltip("kind:N", title=say("this pair was")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color(
            "verdict:N", scale=alt.Scale(domain=["right", "wrong", ""], range=[BLUE, ORANGE, GREY]), legend=None
        ),
        fillOpacity=alt.when("datum.verdict == 'wrong'").then(alt.value(0.75)).otherwise(alt.value(0.22)),
        stroke=alt.when("datum.held_out").then(alt.value(AMBER)).otherwise(alt.value("transparent")),
        strokeWidth=alt.value(3),
    )
    signs = base.mark_text(fontSize=14, fontWeight="bold").encode(
        text="sign:N", color=alt.when("datum.verdict == 'wrong'").then(alt.value("white")).otherwise(alt.value(INK))
    )
    return (cells + signs).properties(height=_HEIGHT)
