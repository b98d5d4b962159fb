"""The charts of the lesson: what they draw is what the encoding, the network and the sum on paper say."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adder
from adder import Task, TextEncoding
from adder.analysis.layer_summary import parts
from adder.encodings import ORDERS, PADDINGS
from adder.solvers import evaluation
from adder.ui.charts import (
    digit_confusions,
    encoding_steps,
    every_pair,
    long_sum,
    network_diagram,
    run_comparison,
    style,
)
from adder.ui.language import LANGUAGES
from tests.ui.charts.test_playground_charts import event

ENGLISH = LANGUAGES["en"]
TASK = Task(smallest=0, largest=999)
WITHOUT_MARKS = [padding for padding in PADDINGS if padding != "marks"]


@given(
    st.integers(0, 999),
    st.integers(0, 999),
    st.sampled_from(WITHOUT_MARKS),
    st.sampled_from(list(ORDERS)),
    st.sampled_from(list(ORDERS)),
)
def test_a_followed_character_is_the_same_one_in_every_row(
    first: int, second: int, padding: str, question_order: str, answer_order: str
) -> None:
    encoding = TextEncoding(padding=padding, question_order=question_order, answer_order=answer_order)
    question = TASK.of([[first, second]])
    found = encoding_steps.characters(TASK, encoding, question)
    assert "".join(found) == f"{first}+{second}{first + second}"
    frame = encoding_steps.pipeline_frame(ENGLISH, TASK, encoding, question)
    for place, character in enumerate(found):
        mine = frame[frame["place"] == place]
        by_row = mine.set_index("row")["text"]
        assert by_row[encoding_steps.TYPED] == by_row[encoding_steps.PADDED] == by_row[encoding_steps.BACK] == character
        assert by_row[encoding_steps.NUMBERED] == str(TASK.alphabet.index(character))
        assert mine[mine["hot"]]["row"].tolist() == [f"1 = {character}"]


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from(WITHOUT_MARKS), st.sampled_from(list(ORDERS)))
def test_the_picture_is_what_the_network_reads(first: int, second: int, padding: str, order: str) -> None:
    encoding = TextEncoding(padding=padding, question_order=order)
    question = TASK.of([[first, second]])
    frame = encoding_steps.pipeline_frame(ENGLISH, TASK, encoding, question)
    shown = frame[(frame["row"] == encoding_steps.NUMBERED) & (frame["part"] == "question")].sort_values("column")
    assert [int(text) for text in shown["text"]] == encoding.encode_questions(TASK, question)[0].tolist()
    assert frame["column"].max() < encoding_steps.width(TASK, encoding)
    padded = frame[frame["row"] == encoding_steps.PADDED]
    assert padded["place"].is_unique


@given(st.integers(0, 10**45), st.integers(0, 10**45))
def test_a_carry_stands_above_the_column_that_receives_it(first: int, second: int) -> None:
    written = str(first + second)
    frame = long_sum.column_frame(ENGLISH, str(first), str(second), written, written)
    assert not frame["wrong"].any()
    place = zip((frame["line"] // 5 * long_sum.COLUMNS + frame["column"]).tolist(), frame["row"].tolist(), strict=True)
    texts = dict(zip(place, frame["text"].tolist(), strict=True))
    for column, row in list(texts):
        if row == 3:
            assert sum(int(texts.get((column, above), "0")) for above in (0, 1, 2)) % 10 == int(texts[column, row])


def test_a_wrong_digit_of_a_long_sum_is_marked_by_a_sign() -> None:
    right = long_sum.column_frame(ENGLISH, "58", "47", "105", "105")
    wrong = long_sum.column_frame(ENGLISH, "58", "47", "115", "105")
    assert not right["wrong"].any()
    assert wrong[wrong["wrong"]]["text"].tolist() == ["1", "✗"]
    assert long_sum.lines(right) == 5
    assert long_sum.lines(long_sum.column_frame(ENGLISH, "9" * 100, "1", "1" + "0" * 100, "1" + "0" * 100)) == 30


def test_the_diagram_has_a_box_a_part_and_a_square_a_step() -> None:
    found = parts(adder.preset("seq2seq"))
    frame = network_diagram.diagram_frame(ENGLISH, found)
    assert frame[frame["what"] == "part"]["label"].tolist() == [str(part.label) for part in found]
    assert frame[frame["what"] == "step"].groupby("row").size().tolist() == [5, 5, 1, 2, 2, 2]
    assert frame["end"].max() <= 100
    bridgeless = network_diagram.diagram_frame(ENGLISH, found, bridge=False)
    assert "nothing: the bridge is taken away" in bridgeless["label"].tolist()
    assert "2 × 100" not in bridgeless["shape"].tolist()


def test_a_confusion_matrix_counts_every_true_digit_once() -> None:
    solver = adder.shipped_solver("seq2seq-100")
    questions = solver.experiment.task.sample(300, np.random.default_rng(1), split="any")
    said = evaluation.ask_all(solver, questions, solver.experiment.task)
    found = evaluation.digit_confusions(said)
    assert found.sum() == sum(character.isdecimal() for text in said.expected for character in text)
    both = zip("".join(said.texts), "".join(said.expected), strict=True)
    assert np.trace(found) == sum(written == truth and truth != " " for written, truth in both)
    frame = digit_confusions.confusion_frame(found)
    assert frame["times"].sum() == found.sum()
    assert digit_confusions.confusion_frame(None)["times"].sum() == 0


def test_held_out_pairs_are_framed_whoever_answers() -> None:
    experiment = adder.preset("seq2seq").replaced({"task.held_out": 0.2})
    task = experiment.task
    solver = dataclasses.replace(adder.shipped_solver("seq2seq"), experiment=experiment)
    blank, asked = (every_pair.pair_frame(ENGLISH, task, each) for each in (None, solver))
    assert blank["held_out"].tolist() == asked["held_out"].tolist()
    held_out = {frozenset(pair) for pair in asked[asked["held_out"]][["first", "second"]].itertuples(index=False)}
    assert len(held_out) == task.held_out_questions
    assert set(blank["sign"]) == {""}
    assert (asked["sign"] == "✓").mean() > 0.9


def test_the_error_of_scaled_sums_is_shown_in_units_of_the_sum() -> None:
    frame = run_comparison.error_frame({"mine": ([event(1, loss=0.5 * 0.1**2)], 200)})
    assert frame["value"].tolist() == pytest.approx([0.1 * 200])


def test_runs_are_compared_by_the_questions_they_saw() -> None:
    frame = run_comparison.exact_match_frame({"mine": [event(1), event(2)], "none yet": []})
    assert frame["x"].tolist() == [1_000, 2_000]
    assert frame["value"].tolist() == [0.4, 0.4]


def test_a_projectors_chart_is_the_same_one_larger() -> None:
    usual = network_diagram.diagram_chart(ENGLISH, 6)
    enlarged = style.larger(usual)
    assert enlarged["height"] > 1.3 * usual["height"]
    fonts = [layer["mark"]["fontSize"] for layer in usual["layer"] if "fontSize" in layer["mark"]]
    assert all(
        layer["mark"]["fontSize"] > 1.2 * font
        for layer, font in zip([each for each in enlarged["layer"] if "fontSize" in each["mark"]], fonts, strict=True)
    )
    assert [layer["encoding"].keys() for layer in enlarged["layer"]] == [
        layer["encoding"].keys() for layer in usual["layer"]
    ]


def test_specifications_carry_no_data_and_lines_differ_by_more_than_colour() -> None:
    names = ("a", "b", "c", "d")
    lines = run_comparison.error_chart(ENGLISH, names, 10), run_comparison.exact_match_chart(ENGLISH, names, 10)
    others = (
        long_sum.column_chart(ENGLISH, 5),
        digit_confusions.confusion_chart(ENGLISH),
        network_diagram.diagram_chart(ENGLISH, 6),
        every_pair.pair_chart(ENGLISH),
        encoding_steps.pipeline_chart(ENGLISH, TASK.alphabet, 12, 0),
    )
    for chart in (*lines, *others):
        assert '"data"' not in json.dumps(chart)
    for chart in lines:
        assert len({tuple(dash) for dash in chart["encoding"]["strokeDash"]["scale"]["range"]}) == 4
