"""What a notebook shows of an experiment, a solver, an answer, a report and a history: small, escaped, plain HTML."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

import adder
from adder.solvers.results import History
from tests.experiments import random_solver

HOSTILE = adder.Rule((("<b>&1", "<i>"), ('"x"', "y")))
SOLVER = adder.shipped_solver("two-digits")
SHOWN = {
    "experiment": adder.preset("calculator"),
    "a rule of strangers": adder.Experiment(task=HOSTILE),
    "solver": SOLVER,
    "answer": SOLVER.solve("57+68"),
    "answer of a number": adder.shipped_solver("mapping-lstm").solve("7+8"),
    "a long answer": adder.shipped_solver("pen-and-paper").solve("9" * 100 + "+1"),
    "an answer to strangers": random_solver(adder.Experiment(task=HOSTILE)).solve("<b>&1"),
    "report": SOLVER.report,
    "history": SOLVER.history,
    "no history": History(),
}


def shown(thing: object) -> str:
    return thing._repr_html_()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_small_and_well_formed_and_has_neither_scripts_nor_colours(name: str) -> None:
    html = shown(SHOWN[name])
    tags = {each.tag for each in ET.fromstring(f"<div>{html}</div>").iter()}
    assert tags <= {"div", "p", "b", "table", "tr", "th", "td"}, "what a question holds is no HTML"
    assert len(html) < 8_000
    assert "color" not in html
    assert "background" not in html
    assert "_repr_html_" not in repr(SHOWN[name])


def words(thing: object) -> str:
    return " ".join(ET.fromstring(f"<div>{shown(thing)}</div>").itertext())


def test_it_says_what_matters() -> None:
    assert re.search(r"57\+68 = 125 ✓ right.*99\.9%", words(SHOWN["answer"]))
    assert "7+8 = 16 ✗ wrong, it is 15" in words(SHOWN["answer of a number"])
    assert "first 24 of 101 characters" in words(SHOWN["a long answer"])
    assert "operators=+-*" in words(SHOWN["experiment"])
    assert "held_out=0.1" in words(SOLVER)
    assert "never trained on" in words(SOLVER.report)
    assert f'<td style="text-align:left">{SOLVER.history[-1].samples:,}</td>' in shown(SOLVER.history)


def test_a_history_is_still_a_tuple() -> None:
    assert SOLVER.history == tuple(SOLVER.history)
    assert repr(SOLVER.history) == repr(tuple(SOLVER.history))
    ten = History(SOLVER.history[:10])
    assert [row[0].text for row in list(ET.fromstring(f"<d>{ten._repr_html_()}</d>")[1])[1:]] == [
        *map(str, range(1, 11))
    ]
