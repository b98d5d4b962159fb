from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.base.csv_files import csv_file, csv_text, shielded, unshielded


@pytest.mark.parametrize("cell", ["=1+1", "+-*", "-3+5", "@SUM(A1)", "'=1", "＝1+1", "\t=1"])
def test_a_cell_that_a_spreadsheet_would_work_out_is_shielded(cell: str) -> None:
    assert shielded(cell) == f"'{cell}"
    assert unshielded(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["-7", "+7", "-7.5", "-1,5", "12+50", "cat", "'tis", "", 5, -5, None, True])
def test_any_other_cell_stays_as_it_is(cell: object) -> None:
    assert shielded(cell) == cell


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_shielded_comes_back(cell: str) -> None:
    assert unshielded(shielded(cell)) == cell or cell.startswith("'")


def test_a_file_says_that_it_is_utf_8() -> None:
    content = csv_file([("question", "answer"), ("猫", None), ("a,b", 3)])
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        ["question", "answer"],
        ["猫", ""],
        ["a,b", "3"],
    ]
    assert csv_text([("=1",)]) == "'=1\n"
