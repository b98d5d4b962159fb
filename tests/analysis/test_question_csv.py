from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import Experiment, QuestionFileError, Rule, Seq2Seq, Solver, evaluate_on, shipped_solver
from adder.analysis.question_csv import Row, answer_rows, answers_file, read_questions, rows_of
from adder.tasks.file_text import decoded
from adder.tasks.questions import texts
from tests.experiments import random_solver


def test_a_heading_and_empty_rows_are_no_questions() -> None:
    assert rows_of("question,answer\n\n3+10,13\n , \n7+8") == [Row(3, "3+10", "13"), Row(5, "7+8", "")]


@pytest.mark.parametrize("text", ["", "\n\n", "question,answer\n", "\ufeff"])
def test_a_text_without_questions_says_so(text: str) -> None:
    with pytest.raises(QuestionFileError, match="it holds no questions"):
        rows_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffQuestion,Answer\n3+10,13\n1+1,2",
        "3+10,13\r\n1+1,2\r\n",
        '"3 + 10","13"\n1+1, 2\n',
        "３＋１０,13\n1+1,\n",
    ],
    ids=["byte order mark", "windows", "quoted", "full width"],
)
def test_tables_are_read_as_programs_write_them(text: str) -> None:
    task, questions = read_questions(rows_of(text), shipped_solver("seq2seq"))
    assert task.texts(questions) == ["3+10", "1+1"]


@pytest.mark.parametrize(
    ("solver", "text"),
    [
        ("plus-minus", "5-12,-7\n12-5,7\n3+4-50,-43"),
        ("binary", "101+11,1000\n1+1,10"),
        ("squares", "12^2,144\n9²,81"),
        ("calculator", "2*(3-4),-2\n2*3-4,2"),
        ("columns", "9" * 60 + "+1," + "1" + "0" * 60 + "\n12+50,62"),
        ("seq2seq", "3+10,013"),
    ],
)
def test_answers_are_checked_whatever_the_task(solver: str, text: str) -> None:
    assert read_questions(rows_of(text), shipped_solver(solver))[1].answered
    with pytest.raises(QuestionFileError, match=r"^row 1: "):
        read_questions(rows_of(text.replace("\n", "1\n", 1) if "\n" in text else text + "1"), shipped_solver(solver))


def test_a_field_without_end_is_no_table() -> None:
    with pytest.raises(QuestionFileError, match="it must be a CSV file in UTF-8"):
        rows_of("1+" * 100_000)


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
        ("3+10\n\n99+1", "row 3: 99 is outside 1 to 10"),
        ("3+10\n,13", "row 2: there is nothing to solve"),
        ("3+10\n\x01\x02", "row 2: "),
        ("3+10,thirteen", "row 1: 3+10 is 13; the file says thirteen"),
        ("q\n3+10", 'row 1: "q" has "q" in it at character 1; in base 10 the digits are 0 to 9; a heading must be q'),
    ],
)
def test_the_row_that_is_wrong_is_named(text: str, sentence: str) -> None:
    with pytest.raises(QuestionFileError) as caught:
        read_questions(rows_of(text), shipped_solver("seq2seq"))
    assert str(caught.value).startswith(sentence)


def test_a_row_that_is_wrong_spoils_no_other() -> None:
    good, bad, contradicted = answer_rows(rows_of("3+10,13\n3+\n7+8,16"), shipped_solver("seq2seq"))
    assert good.problem is None
    assert good.answer is not None
    assert good.answer.text == "13"
    assert bad.answer is None
    assert str(bad.problem) == '"3+" ends with an operator; write a number after it'
    assert contradicted.answer is not None
    assert str(contradicted.problem) == "7+8 is 15; the file says 16"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        *(
            (f"5-9-1;{answer}", "plus-minus")
            for answer in ("-5", "−5", "–05", "=-5", "-5.0", "- 5", "minus 5", "?", "-5?")
        ),
        *(
            (f"1000+2;{answer}", "nine-digits")
            for answer in ("1,002", "1.002", "1 002", "１００２", "+1002", "1002,000")
        ),
        ("101+1;0b110", "binary"),
    ],
)
def test_an_answer_may_be_written_as_people_write_numbers(row: str, name: str) -> None:
    assert answer_rows(rows_of(row), shipped_solver(name))[0].problem is None


@pytest.fixture
def turning() -> Solver:
    """A network for a list of words, untrained."""
    rule = Rule((("cat", "tac"), ("dog", "god"), ("act", "tca")))
    return random_solver(Experiment(task=rule, network=Seq2Seq(encoder_units=4, decoder_units=4)))


def test_questions_outside_a_list_are_judged_by_the_answers_beside_them(turning: Solver) -> None:
    task, questions = read_questions(rows_of("cat\n tag ,gat\ndog,god\ntag"), turning)
    assert questions.answered
    assert [text.strip() for text in texts(questions.answers, task.alphabet)] == ["tac", "gat", "god", "gat"]
    assert evaluate_on(turning, questions, task).questions == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cat\ntag", "row 2: tag is not in the list that was trained on; write its true answer beside it"),
        ("tag,gat\n\ntag,gta", "row 3: tag is gat; the file says gta"),
        ("tag,gat\ncat,act", "row 2: cat is tac; the file says act"),
        ("tag,gatto", "row 1: the answer is 5 characters long; the longest this network writes is 3"),
        ("tag,gax", 'row 1: "gax" has "x" in it at character 3; this network has never seen that one'),
    ],
)
def test_a_row_without_a_true_answer_is_named(text: str, sentence: str, turning: Solver) -> None:
    with pytest.raises(QuestionFileError) as caught:
        read_questions(rows_of(text), turning)
    assert str(caught.value) == sentence


def test_each_row_outside_a_list_is_judged_by_the_answer_beside_it(turning: Solver) -> None:
    wrote = turning.solve("tag").unpadded
    right, wrong, unknown = answer_rows(rows_of(f"tag,{wrote}\ntag,gattone\ntag"), turning)
    assert all(each.problem is None for each in (right, wrong, unknown))
    assert [each.answer and each.answer.correct for each in (right, wrong, unknown)] == [
        bool(wrote) or None,
        False,
        None,
    ]
    assert wrong.answer is not None
    assert wrong.answer.expected_unpadded == "gattone"


@pytest.mark.parametrize("name", ["plus-minus", "calculator"])
def test_the_file_of_answers_is_read_back_as_its_questions(name: str) -> None:
    rows = rows_of("5-8,-3\n3+\n=1\n7+8\n")
    content = answers_file(answer_rows(rows, shipped_solver(name)))
    assert content.startswith(b"\xef\xbb\xbfline,question,predicted,expected,verdict,confidence,note\n")
    assert b"\n3,'=1," in content
    again = rows_of(decoded(content))
    assert [row.question for row in again] == [row.question for row in rows]
    assert [row.answer for row in again] == ["-3", "", "", "15"]


def test_row_numbers_beside_sums_are_no_questions() -> None:
    assert rows_of("1,3+10\n2,7 + 8\n") == [Row(1, "3+10", ""), Row(2, "7 + 8", "")]
    assert rows_of("1)\t3+10\n2)\t7 + 8\n") == [Row(1, "3+10", ""), Row(2, "7 + 8", "")]
    assert rows_of("1,one\n2,two\n") == [Row(1, "1", "one"), Row(2, "2", "two")]
    assert rows_of("3+10,13\n") == [Row(1, "3+10", "13")]
