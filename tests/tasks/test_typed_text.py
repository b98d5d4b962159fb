from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import QuestionError, Task
from adder.tasks.typed_question import longest_number
from adder.tasks.typed_text import plain, read
from tests.experiments import tasks

CALCULATOR = Task(smallest=0, largest=99_999_999, terms=3, fewest_terms=2, operators="+-*", brackets=1)

WAVES = "〜〰"  # They stand between the two ends of a range.
DASHES = [each for each in map(chr, range(0x10000)) if unicodedata.category(each) == "Pd" and each not in WAVES]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        # Blanks, full-width characters and the ends of a question do not matter.
        (" 3 + 10 ", "3+10"),
        ("3\t+\u00a010\n", "3+10"),
        ("3\u3000+\u202f10", "3+10"),
        ("３＋１０＝？", "3+10"),
        ("（３×４）−５", "(3*4)-5"),
        ("12²", "12^2"),
        ("１２²＝", "12^2"),
        ("3+10=", "3+10"),
        ("3+10 = ?", "3+10"),
        ("3+10?", "3+10"),
        ("3+10。", "3+10"),
        ("3+10 = ___", "3+10"),
        ("3+10=（　　）", "3+10"),
        ("3+10=()", "3+10"),
        ("3+10 = …", "3+10"),
        ("3+10=□。", "3+10"),
        ("3+10;", "3+10"),
        ("3+10!", "3+10"),
        ("3+10=x", "3+10"),
        ("=3+10", "3+10"),
        ('"3+10"', "3+10"),
        ("“3+10”", "3+10"),
        ("`3+10`", "3+10"),
        ("3\ufe0f\u20e3+4\ufe0f\u20e3", "3+4"),
        ("=?", ""),
        ("3=4=", "3=4"),
        # A sign has many shapes.
        *((f"7{dash}2", "7-2") for dash in "−➖⁻─━ー"),
        *((f"7{dash}2", "7-2") for dash in DASHES),
        *((f"7{cross}2", "7+2") for cross in "+＋﹢➕✚⁺﬩"),
        *((f"7{times}2", "7*2") for times in "*＊×⋅·∙•･✕✖∗⨉╳xXｘХх"),
        ("7–2·3", "7-2*3"),
        ("2 x 3 x 4", "2*3*4"),
        ("(1+2)x(3+4)", "(1+2)*(3+4)"),
        ("3² x 4", "3^2*4"),
        ("7✖\ufe0f2", "7*2"),
        ("[3×(4+5)]", "(3*(4+5))"),
        ("【3＋4】×5", "(3+4)*5"),
        ("12——5", "12-5"),
        # Words may stand for signs.
        ("12 plus 50", "12+50"),
        ("12 squared", "12^2"),
        ("12的平方", "12^2"),
        ("12 Minus 5 equals", "12-5"),
        ("3 mal 4 gleich", "3*4"),
        ("3 times 4?", "3*4"),
        ("12加50等于多少？", "12+50"),
        ("12减去5等于几", "12-5"),
        ("３乘以（４加上５）", "3*(4+5)"),
        ("What is 12 + 50?", "12+50"),
        ("Was ist 12 + 50?", "12+50"),
        ("12+50 is", "12+50"),
        ("请问12加50是多少？", "12+50"),
        ("12除以4", "12÷4"),
        ("surplus", "surplus"),
        ("this", "this"),
        ("3 plu\u017f 4", "3plu\u017f4"),
        # An x is a times sign only between numbers.
        ("x+3", "x+3"),
        ("3x+4", "3x+4"),
        ("2xx3", "2xx3"),
        # Thousands may be grouped.
        ("1,000,000+2", "1000000+2"),
        ("1 000 + 2", "1000+2"),
        ("12\u00a0345\u00a0678+1", "12345678+1"),
        ("12\u202f345+1", "12345+1"),
        ("１，０００＋２", "1000+2"),
        ("1'000+1’000", "1000+1000"),
        ("1_000+2", "1000+2"),
        ("1.000.000+2", "1000000+2"),
        ("2(1,000+3)", "2(1000+3)"),
        # What groups no thousands stays.
        ("1.000+2", "1.000+2"),
        ("12+50 62", "12+50 62"),
        ("1  000", "1 000"),
        ("1 000 00", "1 000 00"),
        ("1234 567", "1234 567"),
        ("0 123", "0 123"),
        ("0,500+1", "0,500+1"),
        ("1,00+2", "1,00+2"),
        ("1,000 000", "1000 000"),
        # A tab ends a question.
        ("12+50\t62", "12+50"),
        ("12–50\t–38", "12-50"),
        ("12²\t144", "12^2"),
        ("(3+4)\t7\t9", "(3+4)"),
        ("12+50=\t62", "12+50"),
        ("12\t50", "12 50"),
        # What cannot be seen is dropped.
        ("\ufeff12\u200b+\u200e50\u2060", "12+50"),
        ("12\u00ad+50\x00", "12+50"),
    ],
)
def test_what_people_type_is_read(text: str, question: str) -> None:
    assert plain(text) == question


@pytest.mark.parametrize(
    ("text", "base", "question"),
    [
        ("ff x 1f", 16, "ff*1f"),
        ("0xFF + 0X1f", 16, "FF+1f"),
        ("0b11 + 0b1", 2, "11+1"),
        ("0o17", 8, "17"),
        ("0b11", 16, "0b11"),
        ("0x3", 10, "0*3"),
        ("A mal 5", 16, "A*5"),
        ("1 000 + 1", 2, "1 000+1"),
        ("1,000+1", 16, "1,000+1"),
        ("F F", 16, "F F"),
        ("1 2", 2, "12"),
    ],
)
def test_numbers_in_another_base_have_prefixes_and_no_thousands(text: str, base: int, question: str) -> None:
    assert read(text, base).plain == question


def test_a_language_may_group_thousands_with_a_point() -> None:
    assert read("1.000+2", thousands=".").plain == "1000+2"
    assert read("1,000+2", thousands=".").plain == "1,000+2"
    assert read("1,000,000+2", thousands=".").plain == "1000000+2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3 + 4 $", '"3 + 4 $" has "$" in it at character 7; write only digits and operators'),
        ("1,000 + ÷", '"1,000 + ÷" has "÷" in it at character 9; write only digits and operators'),
        ("12 ÷ 4", '"12 ÷ 4" has a division sign at character 4; no network here divides'),
        ("(12+3) : 5", '"(12+3) : 5" has a division sign at character 8; no network here divides'),
        ("１２ ＋ ５．５", '"１２ ＋ ５．５" has "．" in it at character 7; write only digits and operators'),
        ("12 a + 3", '"12 a + 3" has "a" in it at character 4; in base 10 the digits are 0 to 9'),
        ("5 − × 3", '"5 − × 3" has two operators in a row at character 5; write a number between them'),
        ("−5 + 3", '"−5 + 3" starts with a minus sign; every number in a question is 0 or more'),
        (" 12 +\u200b ", '"12 +" ends with an operator; write a number after it'),
        (
            "12+50 62",
            '"12+50 62" has a blank between two digits at character 6; write an operator there, or no blank',
        ),
        (
            "1.000 + 2",
            (
                '"1.000 + 2" has "1.000" in it, which is a fraction to some and 1000 to others; write whole numbers '
                "without a point"
            ),
        ),
        ("12+50 = 62", '"12+50 = 62" has an answer in it; write only what stands before the "="'),
        ("1 + 100,000,000", "100,000,000 is outside 0 to 99,999,999, the numbers this network was trained on"),
        (
            "1 + １００ ０００ ０００",
            "１００ ０００ ０００ is outside 0 to 99,999,999, the numbers this network was trained on",
        ),
        ("12\u3000＋\t", '"12 ＋" ends with an operator; write a number after it'),
    ],
)
def test_a_refusal_quotes_what_was_typed_and_counts_in_it(text: str, sentence: str) -> None:
    with pytest.raises(QuestionError) as caught:
        CALCULATOR.parse(text)
    assert str(caught.value) == sentence


def test_grouped_thousands_are_one_number_when_digits_are_counted() -> None:
    assert longest_number(["1,000,000+2"], 10) == longest_number(["1 000 000+2"], 10) == 7


@given(tasks(), st.text(" \u00a0\u202f\u3000", max_size=2), st.sampled_from(["", "=", " = ?", "＝？", "。", "=( )"]))
def test_blanks_around_operators_and_ends_change_nothing(task: Task, blank: str, end: str) -> None:
    spaced = "".join(f"{blank}{each}{blank}" if each in "+-*()" else each for each in task.example)
    assert task.parse(spaced + end) == task.parse(task.example)


@given(st.text() | st.text("0123456789 ,.'\t=?+x−()²", max_size=40), st.sampled_from([2, 10, 16]))
@example("\t" * 20_000, 10)
@example("1 " * 10_000, 10)
@example("= " * 10_000 + "(", 10)
@example("1,000" * 5_000, 10)
def test_each_character_that_is_read_was_typed(text: str, base: int) -> None:
    started = time.perf_counter()
    typed = read(text, base)
    assert time.perf_counter() - started < 2
    assert len(typed.places) == len(typed.plain)
    assert list(typed.places) == sorted(typed.places)
    assert all(1 <= place <= len(typed.shown) for place in typed.places)
    assert set(typed.shown) <= {*text, " "}
    for at, each in enumerate(typed.plain):
        if each.isalnum() and not typed.plain[:at].endswith("^"):
            assert plain(typed.quoted(at, at + 1)) == each
