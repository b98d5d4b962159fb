from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import QuestionError, Task
from tests.experiments import tasks
from tests.tasks.worlds import BINARY, RAGGED, SQUARES


def test_lists_of_numbers_may_be_ragged() -> None:
    ragged = RAGGED.of([[1, 2], [1, 4, 7], [1, 1, 9, 6]])
    assert RAGGED.texts(ragged) == ["1+2", "1+4+7", "1+1+9+6"]
    assert ragged.values is not None
    assert ragged.numbers is not None
    assert ragged.values.tolist() == [3, 12, 17]
    assert ragged.numbers.tolist() == [[1, 2, 0, 0], [1, 4, 7, 0], [1, 1, 9, 6]]


def test_lists_of_numbers_are_joined_by_the_first_operator_or_the_one_asked_for() -> None:
    task = Task(smallest=0, largest=255, operators="-*", base=16)
    assert task.texts(task.of([[255, 16]])) == ["FF-10"]
    assert task.texts(task.of([[255, 16]], operator="*")) == ["FF*10"]
    assert SQUARES.texts(SQUARES.of([[12], [0]])) == ["12^2", "0^2"]
    with pytest.raises(QuestionError, match="row 2 has 1 number; this network takes 2 to 4"):
        RAGGED.of([[1, 2], [3]])


@pytest.mark.parametrize(
    ("task", "numbers", "operator", "sentence"),
    [
        (SQUARES, [[5], [5, 2]], None, "row 2 has 2 numbers; this network takes exactly 1, as in 12^2"),
        (Task(), [[1, 2]], "+ 1 +", "operator must be one of +; received: '+ 1 +'"),
        (Task(), [[1.0, 2.0]], None, "each number in row 1 must be a whole number from 1 to 10; received: 1.0"),
        (Task(), [[1, 2], ["1", "2"]], None, "each number in row 2 must be a whole number from 1 to 10; received: '1'"),
        (Task(), [[True, 2]], None, "each number in row 1 must be a whole number from 1 to 10; received: True"),
        (Task(), [[1, 11]], None, "each number in row 1 must be a whole number from 1 to 10; received: 11"),
        (
            Task(),
            [[1, 10**5_000]],
            None,
            "each number in row 1 must be a whole number from 1 to 10; received: a number",
        ),
        (Task(), [1, 2], None, "row 1 must be a list of numbers; received: 1"),
        (Task(), [[]], None, "row 1 has 0 numbers; this network takes exactly 2, as in 3+10"),
        (Task(), [[1, 2, 3]], None, "row 1 has 3 numbers; this network takes exactly 2, as in 3+10"),
    ],
)
def test_a_list_of_numbers_that_is_no_question_is_refused_by_its_row(
    task: Task, numbers: Any, operator: str | None, sentence: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        task.of(numbers, operator)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("task", "text", "sentence"),
    [
        (Task(), "", "there is nothing to solve; write a question such as 3+10"),
        (Task(), "=?", "there is nothing to solve; write a question such as 3+10"),
        (Task(), "3.5+2", '"3.5+2" has "." in it at character 2; write only digits and operators'),
        (
            Task(),
            "3*4",
            '"3*4" has a times sign; this network only adds, and only numbers from 1 to 10, as in 3+10',
        ),
        (
            Task(),
            "3^2",
            '"3^2" has a square; this network only adds, and only numbers from 1 to 10, as in 3+10',
        ),
        (
            Task(),
            "5−3",
            '"5−3" has a minus sign; this network only adds, and only numbers from 1 to 10, as in 3+10',
        ),
        (
            Task(operators="*", largest=9),
            "3+4",
            '"3+4" has a plus sign; this network only multiplies, and only numbers from 1 to 9, as in 2*7',
        ),
        (
            Task(operators="*-", largest=9),
            "3+4",
            (
                '"3+4" has a plus sign; this network only subtracts and multiplies, and only numbers from 1 to 9, '
                "as in 2*7"
            ),
        ),
        (Task(), "1+2+3", '"1+2+3" has 3 numbers; this network takes exactly 2, as in 3+10'),
        (Task(), "35", '"35" has 1 number; this network takes exactly 2, as in 3+10'),
        (
            Task(terms=4, fewest_terms=2),
            "1+2+3+4+5",
            '"1+2+3+4+5" has 5 numbers; this network takes 2 to 4, as in 3+10+7',
        ),
        (Task(terms=3), "(3+4)+5", '"(3+4)+5" has brackets; this network knows none, as in 3+10+7'),
        (
            Task(terms=4, brackets=1),
            "1+(2+(3+4))",
            '"1+(2+(3+4))" nests its brackets deeper than this network knows, which is 1 deep',
        ),
        (SQUARES, "12", '"12" is no square; this network squares one number, as in 12^2'),
        (
            SQUARES,
            "12^2+1",
            '"12^2+1" has a plus sign; this network only squares, and only numbers from 0 to 999, as in 12^2',
        ),
        (Task(largest=100), "999+1", "999 is outside 1 to 100, the numbers this network was trained on"),
        (Task(largest=9_999), "0+3", "0 is outside 1 to 9,999, the numbers this network was trained on"),
        (
            BINARY,
            "100000000+1",
            "100000000 is outside 0 to 11111111 in base 2, the numbers this network was trained on",
        ),
        (Task(), "1+" * 5_000, "that is 10,000 characters long; write a question such as 3+10"),
        (Task(), 35, "a question must be text, such as '3+10'; received: 35"),
    ],
)
def test_a_bad_question_gets_its_sentence(task: Task, text: Any, sentence: str) -> None:
    for refuse in (lambda: task.read([text]), lambda: task.check_question(text)):
        with pytest.raises(QuestionError) as caught:
            refuse()
        assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3+10", (3, 10)),
        ("3 + 10", (3, 10)),
        ("  3+10\n", (3, 10)),
        ("3\t+\u00a010", (3, 10)),
        ("３＋１０", (3, 10)),
        ("3+10=", (3, 10)),
        ("3+10=?", (3, 10)),
        ("3+10 = ?", (3, 10)),
        ("３＋１０＝？", (3, 10)),
        ("03+4", (3, 4)),
        ("0000000003+4", (3, 4)),
        ("(3+10)", (3, 10)),
        ("(3)+((10))", (3, 10)),
    ],
)
def test_a_question_may_be_written_in_many_ways(text: str, numbers: tuple[int, int]) -> None:
    assert Task().parse(text).numbers == numbers


QUESTION_TEXTS = st.text() | st.text("0123456789+-*()^=? ０１＋−.²×AF", max_size=60) | st.integers(0, 10**18).map(str)


@given(tasks(), QUESTION_TEXTS)
@example(Task(), "1" * 999)
@example(Task(), "1+" * 499 + "1")
@example(Task(), "(" * 999)
@example(Task(), "(" * 19 + "1" + ")" * 19)
@example(Task(terms=1, operators="^"), "1^2^2")
@example(Task(), "\ufdfa" * 1_000)
@example(Task(largest=10**15, smallest=10**14, terms=10), "9" * 900)
@example(Task(largest=10**15, smallest=10**14, terms=10), "1+" * 400 + "a")
@example(Task(), "\ud800+1")
def test_any_text_is_read_or_refused_with_a_short_sentence(task: Task, text: str) -> None:
    started = time.perf_counter()
    try:
        parsed = task.parse(text)
    except QuestionError as error:
        assert 10 < len(str(error)) < 400  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert parsed.form in task.forms
        assert all(task.smallest <= number <= task.largest for number in parsed.numbers)
    assert time.perf_counter() - started < 2


@given(tasks())
def test_the_example_of_a_task_can_be_asked(task: Task) -> None:
    assert len(task.parse(task.example).numbers) in task.term_counts


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (Task(), "3+10"),
        (Task(largest=100), "12+50"),
        (Task(largest=9), "2+7"),
        (Task(largest=3), "1+3"),
        (Task(largest=100, operators="+-*", terms=3, brackets=1), "(12+50)*37"),
        (SQUARES, "12^2"),
        (BINARY, "1100+110010"),
    ],
)
def test_an_example_is_easy_to_follow(task: Task, text: str) -> None:
    assert task.example == text
