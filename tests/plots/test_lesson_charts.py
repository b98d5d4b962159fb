"""The charts of the lesson: what they draw is what the encoding, the network and the sum on paper say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adder
from adder import Task, TextEncoding
from adder.analysis.layer_summary import parts
from adder.base.language import LANGUAGES
from adder.encodings import ORDERS, PADDINGS
from adder.plots import encoding_steps, network_diagram, run_comparison
from adder.ui.drawing import larger, specification
from tests.plots.test_playground_charts import event

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
    frame = encoding_steps.pipeline_frame(ENGLISH, TASK, encoding, question)
    for place, character in enumerate(f"{first}+{second}{first + second}"):
        mine = frame[frame["place"] == place]
        by_row = mine.set_index("row")["text"]
        assert by_row[encoding_steps.TYPED] == by_row[encoding_steps.PADDED] == by_row[encoding_steps.BACK] == character
        assert by_row[encoding_steps.NUMBERED] == str(TASK.alphabet.index(character))
        assert mine[mine["hot"]]["row"].tolist() == [f"is it {character}?"]


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


def test_the_diagram_has_a_box_a_part_and_a_square_a_step() -> None:
    found = parts(adder.preset("seq2seq"))
    frame = network_diagram.diagram_frame(ENGLISH, found)
    assert frame[frame["what"] == "part"]["label"].tolist() == [str(part.label) for part in found]
    assert frame[frame["what"] == "step"].groupby("row").size().tolist() == [5, 5, 1, 2, 2, 2]
    assert frame["end"].max() <= 100
    bridgeless = network_diagram.diagram_frame(ENGLISH, found, bridge=False)
    assert "nothing: the bridge is taken away" in bridgeless["label"].tolist()
    assert "2 × 100" not in bridgeless["shape"].tolist()


def test_the_error_of_scaled_sums_is_shown_in_units_of_the_sum() -> None:
    frame = run_comparison.error_frame({"mine": ([event(1, loss=0.5 * 0.1**2)], 200)})
    assert frame["value"].tolist() == pytest.approx([0.1 * 200])


def test_a_projectors_chart_is_the_same_one_larger() -> None:
    usual = specification(network_diagram.diagram_chart, ENGLISH, 6)
    enlarged = larger(usual)
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
    lines = specification(run_comparison.error_chart, ENGLISH, names, 10)
    others = (
        specification(network_diagram.diagram_chart, ENGLISH, 6),
        specification(encoding_steps.pipeline_chart, ENGLISH, TASK.alphabet, 12),
    )
    for chart in (lines, *others):
        assert '"data"' not in json.dumps(chart)
    assert len({tuple(dash) for dash in lines["encoding"]["strokeDash"]["scale"]["range"]}) == 4
