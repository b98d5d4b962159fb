from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import QuestionFileError, shipped_solver
from adder.question_file import Row, answer_rows, read_questions, rows_of
from adder.questions import texts


def test_a_heading_and_empty_rows_are_no_questions() -> None:
    assert rows_of("question,answer\n\n3+10,13\n , \n7+8") == [Row(3, "3+10", "13"), Row(5, "7+8", "")]


@pytest.mark.parametrize("text", ["", "\n\n", "question,answer\n", "\ufeff"])
def test_a_text_without_questions_says_so(text: str) -> None:
    with pytest.raises(QuestionFileError, match="it holds no questions"):
        rows_of(text)


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1, max_size=20))
def test_every_question_that_is_written_is_read(pairs: list[tuple[int, int]]) -> None:
    rows = rows_of("\n".join(f"{a}+{b},{a + b}" for a, b in pairs))
    task, questions = read_questions(rows, shipped_solver("seq2seq"))
    assert task.texts(questions) == [f"{a}+{b}" for a, b in pairs]
    assert [text.strip() for text in texts(questions.answers, task.alphabet)] == [str(a + b) for a, b in pairs]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3+10\n3+", 'row 2: "3+" ends with an operator; write a number after it'),
        ("3+10,14", "row 1: 3+10 is 13; the file says 14"),
        ("3+10,thirteen", "row 1: 3+10 is 13; the file says thirteen"),
    ],
)
def test_the_row_that_is_wrong_is_named(text: str, sentence: str) -> None:
    with pytest.raises(QuestionFileError) as caught:
        read_questions(rows_of(text), shipped_solver("seq2seq"))
    assert str(caught.value) == sentence


def test_a_row_that_is_wrong_spoils_no_other() -> None:
    good, bad, contradicted = answer_rows(rows_of("3+10,13\n3+\n7+8,16"), shipped_solver("seq2seq"))
    assert good.problem is None
    assert good.answer is not None
    assert good.answer.text == "13"
    assert bad.answer is None
    assert str(bad.problem) == '"3+" ends with an operator; write a number after it'
    assert contradicted.answer is not None
    assert str(contradicted.problem) == "7+8 is 15; the file says 16"


def test_an_answer_may_be_written_with_leading_zeros() -> None:
    assert answer_rows(rows_of("3+10,013"), shipped_solver("seq2seq"))[0].problem is None
