"""The charts of `adder.plots`: each draws in both languages, from data that its docstring lists."""

from __future__ import annotations

import re
from collections.abc import Callable

import altair as alt
import pytest

from adder import ExperimentError, QuestionError, plots, shipped_solver
from adder.plots.style import Chart

CHARTS: dict[str, Callable[[str], Chart | alt.VConcatChart]] = {
    "curves": lambda language: plots.curves(shipped_solver("two-digits"), language),
    "answer": lambda language: plots.answer(shipped_solver("two-digits"), "57+68", language),
    "mistakes": lambda language: plots.mistakes(shipped_solver("seq2seq"), language),
    "right_by": lambda language: plots.right_by(report(), "by_carries", language),
    "units": lambda language: plots.units(shipped_solver("two-digits"), "57+68", "decoder", "forget", language),
    "attention": lambda language: plots.attention(shipped_solver("pen-and-paper"), "57+68", language),
}


def report() -> plots.Report:
    found = shipped_solver("two-digits").report
    assert found is not None
    return found


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_what_its_docstring_lists(name: str) -> None:
    english, chinese = CHARTS[name]("en"), CHARTS[name]("zh")
    parts = english.vconcat if isinstance(english, alt.VConcatChart) else [english]
    documented = (getattr(plots, name).__doc__ or "").partition("Returns:")[2]
    for part in parts:
        assert len(part.data)
        assert [column for column in part.data.columns if not re.search(rf"\b{column}\b", documented)] == []
    specification = english.to_dict()  # Altair checks it against its schema.
    assert specification["config"]["background"] == "transparent", "so that it can be read in a dark notebook"
    said = str(chinese.to_dict())
    assert re.search("[\u4e00-\u9fff]", said)
    assert said != str(specification)


def test_a_line_keeps_its_colour_beside_the_other_chart() -> None:
    assert plots.curves(shipped_solver("seq2seq")).to_dict()["resolve"]["scale"]["color"] == "independent"


def test_reading_heads_stand_on_the_digits_that_they_add() -> None:
    frame = plots.attention(shipped_solver("pen-and-paper"), "57+68").data
    first = frame[frame["written"] == "1: 5"].set_index("read")["share"]
    assert set(first[first > 0.5].index) == {"3: 7", "6: 8"}


def test_attention_has_a_row_for_each_pair_of_steps_and_adds_up() -> None:
    frame = plots.attention(shipped_solver("nine-digits"), "57+68").data
    assert frame.groupby("written")["share"].sum().tolist() == pytest.approx([1] * 10, abs=1e-5)


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (lambda: plots.curves(shipped_solver("seq2seq"), "fr"), "language"),
        (lambda: plots.answer(shipped_solver("mapping-mlp"), "1+2"), "writes characters"),
        (lambda: plots.attention(shipped_solver("seq2seq"), "1+2"), "attention or reading heads"),
        (lambda: plots.attention(shipped_solver("pen-and-paper"), "9" * 50 + "+1"), "too many steps"),
        (lambda: plots.mistakes(shipped_solver("terms")), "two numbers"),
        (lambda: plots.right_by(report(), "by_colour"), "kind"),
        (lambda: plots.units(shipped_solver("seq2seq"), "1+2", "bridge"), "layer"),
        (lambda: plots.units(shipped_solver("seq2seq"), "1+2", gate="reset"), "gate"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw: Callable[[], object], why: str) -> None:
    with pytest.raises((ExperimentError, QuestionError), match=why):
        draw()
