from __future__ import annotations

import pytest

from adder import QuizError, Rule, Task
from adder.quiz.typed_answer import is_right, read_answer

TO_99 = Task(smallest=0, largest=99)
WORDS = Rule((("1", "one"), ("10", "1"), ("a_b~c", "x_y~z"), ("猫", "-5")))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("23", "23"), ("2 3", "23"), ("+23", "23"), ("23.0", "23"), ("23.", "23"), ("＋２３．０", "23"), ("023", "23"),
        ("−23", "-23"), ("-0", "0"), ("000", "0"), ("=23", "23"), ("\t23\n", "23"), ("　２３　", "23"),
    ],
)  # fmt: skip
def test_a_typed_number_is_understood(typed: str, read: str) -> None:
    assert read_answer(TO_99, typed) == read
    assert is_right(TO_99, read, "23") is (read == "23")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1,234,567", "1234567"), ("1 234 567", "1234567"), ("1\u202f234\u202f567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,000", "1000"), ("１，０００", "1000"), ("1'000", "1000"), ("1’000", "1000"), ("1,000.00", "1000"),
        ("1.000,00", "1000"), ("-1,000", "-1000"), ("23,0", "23"), ("23,00", "23"), ("1.0000", "1"), ("0.000", "0"),
        ("62。", "62"), ("62 =", "62"), ("62?", "62"), ("(-5)", "-5"), ("（5）", "5"), ("—5", "-5"), ("‐5", "-5"),
        ("\u200b62\ufeff", "62"), ("＋６２", "62"), ("➖5", "-5"), ("62\t7", "62"), ("minus 5", "-5"), ("负5", "-5"),
        ("12+50=62", "62"), ("x = 62", "62"), ("is 62", "62"),
    ],
)  # fmt: skip
def test_a_number_may_be_typed_as_people_write_it(typed: str, read: str) -> None:
    assert read_answer(Task(largest=999_999), typed) == read


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("1.000", '"1.000" could be 1 or 1000; type it in digits alone'),
        ("１．０００", '"１．０００" could be 1 or 1000; type it in digits alone'),
        ("-23.000", '"-23.000" could be -23 or -23000; type it in digits alone'),
        ("1.234", '"1.234" could be a fraction or 1234; type it in digits alone'),
    ],
)
def test_what_may_be_thousands_or_a_fraction_is_asked_back(typed: str, question: str) -> None:
    with pytest.raises(QuizError) as asked:
        read_answer(Task(largest=999_999), typed)
    assert str(asked.value) == question


def test_a_language_may_group_thousands_with_a_point() -> None:
    task = Task(largest=999_999)
    assert read_answer(task, "1.000", thousands=".") == read_answer(task, "1.000,0", thousands=".") == "1000"
    assert read_answer(task, "1,000.0", thousands=".") == read_answer(task, "1,000.0") == "1000"
    with pytest.raises(QuizError, match='"1,000" could be 1 or 1000'):
        read_answer(task, "1,000", thousands=".")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "there is no answer yet"),
        ("　", "there is no answer yet"),
        ("\u200b", "there is no answer yet"),
        ("=", "there is no answer yet"),
        ("?", "there is no answer yet"),
        ("twenty", '"twenty" is no number; type digits alone, such as 62'),
        ("二十三", "is no number"),
        ("--5", "is no number"),
        ("-", "is no number"),
        ("1e2", "is no number"),
        ("$x$", "is no number"),
        ("23.5", '"23.5" is between two whole numbers'),
        (".5", "is between two whole numbers"),
        ("23,5", "is between two whole numbers"),
        ("10+13", "still has to be worked out"),
        ("5²", "still has to be worked out"),
        ("1,000+2", r'^"1,000\+2" still has to be worked out'),
        ("1.000+2", r'^"1.000\+2" still has to be worked out'),
        ("1234", "1234 is too long; no answer here has more than 3 digits"),
        ("9" * 5_000, "is too long"),
    ],
)
def test_what_is_no_answer_is_refused_kindly(typed: str, why: str) -> None:
    with pytest.raises(QuizError, match=why) as refusal:
        read_answer(TO_99, typed)
    assert len(str(refusal.value)) < 120


def test_answers_in_another_base_are_read_in_it() -> None:
    binary, hexadecimal = Task(largest=255, base=2), Task(largest=255, base=16)
    assert read_answer(binary, "0101") == "101"
    assert read_answer(hexadecimal, "ff") == read_answer(hexadecimal, "ＦＦ") == "FF"
    with pytest.raises(QuizError, match='"12" is no number in base 2, whose digits are 0 to 1'):
        read_answer(binary, "12")
    with pytest.raises(QuizError, match="whose digits are 0 to F"):
        read_answer(hexadecimal, "fog")


@pytest.mark.parametrize(
    ("typed", "truth", "right"),
    [
        (" one ", "one", True),
        ("o\u200bne\ufeff", "one", True),
        ("one\t2", "one", True),
        ("One", "one", False),
        ("1.0", "1", True),
        ("1.5", "1", False),
        ("１", "1", True),
        ("1,000", "1000", True),
        ("1.000", "1", False),
        ("1000", "1,000", True),
        ("1 000", "1,000", True),
        ("1.000", "1,000", False),
        ("-05", "-5", True),
        ("(5)", "5", True),
        ("x_y~z", "x_y~z", True),
        ("anything at all", "one", False),
    ],
)
def test_in_a_list_of_ones_own_any_text_is_an_answer_and_numbers_are_read_as_such(
    typed: str, truth: str, right: bool
) -> None:
    assert is_right(WORDS, read_answer(WORDS, typed), truth) is right


def test_in_a_list_of_ones_own_nothing_and_what_is_too_long_are_refused() -> None:
    with pytest.raises(QuizError, match="40 characters at most"):
        read_answer(WORDS, "x" * 41)
    with pytest.raises(QuizError, match="no answer yet"):
        read_answer(WORDS, " ")
