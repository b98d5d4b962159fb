"""Learned, or memorised? People choose the sums that a network never sees, and ask it for exactly those."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import streamlit as st

from adder.base.messages import marked
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.solvers import evaluation
from adder.solvers.shipped import shipped_solver
from adder.tasks.pairs import Rule
from adder.ui import training_view
from adder.ui.formats import percent
from adder.ui.language import say
from adder.ui.lesson import choices, lesson_runs, pair_map, prose

TITLE = marked("Learned, or memorised?")
NAME = marked("Memorised?")

_AWAY = "away"
_KEPT_AWAY = "lesson away"
_FIRST = ("1+2", "2+6", "3+4", "3+8", "4+9", "5+5", "6+7", "7+9")
_MOST = 20
_PAIRS = [(first, second) for first in range(10) for second in range(10)]
_BETTER = "two-digits"

Away = tuple[str, ...]
"""Sums that are kept away from training, as `3+4`, the smaller number first; each also stands for `4+3`."""


def show() -> dict[str, str]:
    """Keep sums away, train on all the others, and see which come right."""
    if _KEPT_AWAY not in st.session_state:
        given = re.findall(r"[0-9]{2}", choices.given_at_first(_AWAY))
        st.session_state[_KEPT_AWAY] = _known(_named(int(each[0]), int(each[1])) for each in given)
    away: Away = st.session_state[_KEPT_AWAY]
    experiment = _without(away)
    left, right = prose.sides()
    with left:
        prose.about(
            "From 0 to 9 there are 55 different sums, and it practises each some 500 times. Tap those that it shall "
            "never see."
        )
        answers = say("Nearly all"), say("About half"), say("Few")
        guessed = prose.guess("memory", say("How many of those kept away will come right?"), answers)
    with right:
        if guessed or lesson_runs.poll(experiment):
            lesson_runs.train([experiment], say("Train on the others"), lambda: _results(away))
        else:
            _map(away, [], locked=False)
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


def _results(away: Away) -> None:
    """What changes while it trains."""
    if away != st.session_state[_KEPT_AWAY]:
        st.rerun()  # the whole page, whose button trains without these
    experiment = _without(away)
    view, solver = lesson_runs.poll(experiment), lesson_runs.solver(experiment)
    if view:
        training_view.progress(view)
    written = []
    if solver:
        task = experiment.task
        questions = task.read([f"{first}+{second}" for first, second in _PAIRS])
        written = [text.strip() for text in evaluation.ask_all(solver, questions, task).texts]
    _map(away, written, locked=view is not None and view.active)
    if written:
        right = {pair: text == str(sum(pair)) for pair, text in zip(_PAIRS, written, strict=True)}
        kept = [right[pair] for pair in _PAIRS if _named(*pair) in away]
        seen = sum(right.values()) - sum(kept)
        st.markdown(
            say(
                "Practised: **{seen}** of {n} right. Kept away: **{kept}** of {all_kept} right.",
                seen=seen,
                n=len(_PAIRS) - len(kept),
                kept=sum(kept),
                all_kept=len(kept),
            )
        )


def _map(away: Away, written: list[str], *, locked: bool) -> None:
    pair_map.show(away, written, most=_MOST, locked=locked, chosen=_choose)


def _choose() -> None:
    """Keep the sums away that are chosen on the map."""
    st.session_state[_KEPT_AWAY] = _known(st.session_state[pair_map.KEY].away)


def _known(names: Iterable[str]) -> Away:
    """Those of these that are sums on the map, or the first ones where none is."""
    return tuple(sorted({_named(*pair) for pair in _PAIRS}.intersection(names)))[:_MOST] or _FIRST


def _named(first: int, second: int) -> str:
    return f"{min(first, second)}+{max(first, second)}"


@lru_cache(maxsize=64)
def _without(away: Away) -> Experiment:
    """The textbook's experiment on all sums of two digits but these."""
    seen = [pair for pair in _PAIRS if _named(*pair) not in away]
    return Experiment(task=Rule(tuple((f"{first}+{second}", str(first + second)) for first, second in seen)))
