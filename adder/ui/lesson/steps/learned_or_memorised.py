"""Learned, or memorised? People choose the sums that a network never sees, and ask it for exactly those."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from adder.base.messages import marked
from adder.presets import PRESETS
from adder.solvers.shipped import shipped_solver
from adder.ui import training_view
from adder.ui.formats import percent
from adder.ui.language import say
from adder.ui.lesson import choices, lesson_runs, pair_map, prose
from adder.ui.lesson.sketch import AWAY, HEAD, TILE, Sketch

TITLE = marked("Learned, or memorised?")
NAME = marked("Memorised?")

_AWAY = "away"
_KEPT_AWAY = "lesson away"
_FIRST = ("1+2", "2+6", "3+4", "3+8", "4+9", "5+5", "6+7", "7+9")
_BETTER = "two-digits"

Away = tuple[str, ...]
"""Sums that are held out, as `3+4`, the smaller number first; each also stands for `4+3`."""


def show() -> dict[str, str]:
    """Hold sums out, train on all the others, and see which come right."""
    if _KEPT_AWAY not in st.session_state:
        given = re.findall(r"[0-9]{2}", choices.given_at_first(_AWAY))
        st.session_state[_KEPT_AWAY] = _known(pair_map.named(int(each[0]), int(each[1])) for each in given)
    away: Away = st.session_state[_KEPT_AWAY]
    experiment = pair_map.without(away)
    left, right = prose.sides()
    with left:
        prose.about(
            "From 0 to 9 there are 55 different sums, and it practises each some 500 times. Tap those to hold out: "
            "it never sees them."
        )
        answers = say("Nearly all"), say("About half"), say("Few")
        guessed = prose.guess(
            "memory", say("How many of those held out will come right?"), answers, lambda: _sketch(away)
        )
    with right:
        if guessed or lesson_runs.poll(experiment):
            lesson_runs.train([experiment], say("Train on the others"), lambda: _results(away))
        else:
            pair_map.show(away, [], locked=False, chosen=_choose)
    if lesson_runs.over(experiment):
        report = shipped_solver(_BETTER).report
        assert report is not None
        with left:
            prose.notice(
                "What it practised is right, and most of what it never saw is wrong: it learned a table by heart. "
                "“{recipe}” learns to add: of new sums, {share} are right.",
                recipe=say(PRESETS[_BETTER].label),
                share=percent(report.exact_match),
            )
    return {_AWAY: ".".join(each.replace("+", "") for each in away)} | lesson_runs.address([experiment])


def _sketch(away: Away) -> Sketch:
    numbers = range(10)
    rows = [[("+", HEAD), *((str(number), HEAD) for number in numbers)]]
    for first in numbers:
        kinds = [AWAY if pair_map.named(first, second) in away else TILE for second in numbers]
        rows.append([(str(first), HEAD), *(("", kind) for kind in kinds)])
    return Sketch(rows, say("Held out: {sums}", sums=", ".join(away)))


def _results(away: Away) -> None:
    """What changes while it trains."""
    if away != st.session_state[_KEPT_AWAY]:
        st.rerun()  # This draws the whole page, whose button trains without these.
    experiment = pair_map.without(away)
    view, solver = lesson_runs.poll(experiment), lesson_runs.solver(experiment)
    if view:
        training_view.progress(view)
    pair_map.show_results(solver, away, locked=view is not None and view.active, chosen=_choose)


def _choose() -> None:
    """Hold the sums out that are chosen on the map."""
    st.session_state[_KEPT_AWAY] = _known(st.session_state[pair_map.KEY].away)


def _known(names: Iterable[str]) -> Away:
    """Those of these names that are sums on the map, or the first choice if none is."""
    return (
        tuple(sorted({pair_map.named(*pair) for pair in pair_map.PAIRS}.intersection(names)))[: pair_map.MOST_KEPT_AWAY]
        or _FIRST
    )
