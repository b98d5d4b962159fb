from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import QuestionError
from adder.tasks.expression import DEEPEST, SQUARE, Parsed, Tree, bounds, parse, tree, work_out
from adder.tasks.forms import forms_of
from adder.tasks.typed_text import plain
from tests.experiments import expressions, written


def value(node: Tree) -> int:
    """What a tree of numbers comes to, worked out apart from the package."""
    if isinstance(node, int):
        return node
    if node[0] == SQUARE:
        return int(node[1]) ** 2
    work = {"+": operator.add, "-": operator.sub, "*": operator.mul}[node[0]]
    return int(work(value(node[1]), value(node[2])))


def asked(text: str, base: int = 10) -> int:
    parsed = parse(text, base)
    return int(work_out(tree(parsed.form), parsed.numbers))


@given(expressions())
def test_the_parser_agrees_with_pythons_own_arithmetic(node: Tree) -> None:
    text = written(node)
    assert asked(text) == value(node) == eval(text.replace("^", "**"))


@given(expressions(largest=10**100))
def test_huge_numbers_are_exact(node: Tree) -> None:
    assert asked(written(node)) == value(node)


@given(expressions(), st.integers(2, 16), st.booleans())
def test_a_question_may_be_asked_in_any_base(node: Tree, base: int, lower: bool) -> None:
    text = written(node, base)
    assert asked(text.lower() if lower else text, base) == value(node)


@given(expressions(), st.data())
def test_brackets_that_change_nothing_are_dropped(node: Tree, data: st.DataObject) -> None:
    def bracketed(node: Tree, times: Callable[[int], int]) -> str:
        if isinstance(node, int):
            text, least = str(node), 0
        elif node[0] == SQUARE:
            text, least = f"{bracketed(node[1], times)}^2", 1
        else:
            text, least = bracketed(node[1], times) + node[0] + bracketed(node[2], times), 1
        brackets = times(least)
        return "(" * brackets + text + ")" * brackets

    plainly = bracketed(node, lambda least: least)
    lavishly = bracketed(node, lambda least: least + data.draw(st.integers(0, 1)))
    assert asked(plainly) == value(node)
    assert parse(lavishly) == parse(plainly)


@pytest.mark.parametrize(
    ("text", "form", "numbers"),
    [
        ("3", "n", (3,)),
        ("((3))", "n", (3,)),
        ("(((3+4)))", "n+n", (3, 4)),
        ("(3)+(4)", "n+n", (3, 4)),
        ("((3+4))*5", "(n+n)*n", (3, 4, 5)),
        ("((3+4)*5)", "(n+n)*n", (3, 4, 5)),
        ("(3+4)*(5+6)", "(n+n)*(n+n)", (3, 4, 5, 6)),
        ("(3*4)+5", "(n*n)+n", (3, 4, 5)),
        ("3(4)", "n*n", (3, 4)),
        ("(3)4", "n*n", (3, 4)),
        ("2(3+4)", "n*(n+n)", (2, 3, 4)),
        ("(3+4)(5+6)-7", "(n+n)*(n+n)-n", (3, 4, 5, 6, 7)),
        ("8-2(3)4", "n-n*n*n", (8, 2, 3, 4)),
        ("3^2(4+5)", "n^2*(n+n)", (3, 4, 5)),
        ("3+(4-(5*(6-7)))", "n+(n-(n*(n-n)))", (3, 4, 5, 6, 7)),
        ("12^2", "n^2", (12,)),
        ("(12)^2", "n^2", (12,)),
        ("(12^2)", "n^2", (12,)),
        ("3+4^2*5", "n+n^2*n", (3, 4, 5)),
        ("007+00", "n+n", (7, 0)),
    ],
)
def test_a_question_is_taken_apart_into_its_form_and_numbers(text: str, form: str, numbers: tuple[int, ...]) -> None:
    assert parse(text) == Parsed(form, numbers)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3+", "ends with an operator; write a number after it"),
        ("(", "ends with a bracket; write a number after it"),
        ("3*(", "ends with a bracket; write a number after it"),
        ("+3", "starts with an operator; write a number before it"),
        ("*3", "starts with an operator; write a number before it"),
        ("^2", "starts with an operator; write a number before it"),
        ("-3+5", "starts with a minus sign; every number in a question is 0 or more"),
        ("3+*4", "has two operators in a row at character 3; write a number between them"),
        ("12+34--5", "has two operators in a row at character 7; write a number between them"),
        ("3+^2", "has two operators in a row at character 3; write a number between them"),
        ("(+3)", "has an operator at character 2 right after a bracket; write a number before it"),
        ("5*(-3)", "has an operator at character 4 right after a bracket; write a number before it"),
        ("()", "closes a bracket at character 2 right after a bracket; write a number there"),
        ("3+()", "closes a bracket at character 4 right after a bracket; write a number there"),
        ("(3+)", "closes a bracket at character 4 right after an operator; write a number there"),
        (")", "starts with a bracket; write a number before it"),
        ("(3+4", "has a bracket at character 1 that is never closed"),
        ("3*(4+(5)", "has a bracket at character 3 that is never closed"),
        ("3+4)", "has a closing bracket at character 4 that nothing opened"),
        ("(3+4))*2", "has a closing bracket at character 6 that nothing opened"),
        ("12 50", "has a blank between two digits at character 3; write an operator there, or no blank"),
        ("12^3", "has ^ at character 3; only the square is known, as in 12^2"),
        ("12^22", "has ^ at character 3; only the square is known, as in 12^2"),
        ("1+12^", "has ^ at character 5; only the square is known, as in 12^2"),
        ("(3+4)^2", "squares a bracket at character 6; square a number"),
        ("(3^2)^2", "squares a bracket at character 6; square a number"),
        ("12^2^2", "squares a square at character 5; square a number"),
        ("3.5+2", 'has "." in it at character 2; write only digits and operators'),
        ("1+2/3", 'has "/" in it at character 4; write only digits and operators'),
        ("1+٣", 'has "٣" in it at character 3; write only digits and operators'),
        ("[1]", 'has "[" in it at character 1; write only digits and operators'),
        ("abc", 'has "a" in it at character 1; in base 10 the digits are 0 to 9'),
        ("12+3z", 'has "z" in it at character 5; in base 10 the digits are 0 to 9'),
        ("1+(2*3F)", 'has "F" in it at character 7; in base 10 the digits are 0 to 9'),
        ("(" * 30, f"has brackets more than {DEEPEST} deep at character {DEEPEST + 1}"),
        ("1" * 4_001, "has a number of 4,001 digits; write at most 4,000"),
    ],
)
def test_a_bad_question_is_refused_at_the_right_character(text: str, sentence: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse(text)
    shown = text if len(text) <= 40 else text[:39] + "…"
    assert str(caught.value) == f'"{shown}" {sentence}'


def test_no_question_at_all_is_refused() -> None:
    with pytest.raises(QuestionError, match=r"^there is nothing to solve; write a question$"):
        parse("")


@pytest.mark.parametrize(
    ("base", "text", "sentence"),
    [
        (2, "101+12", '"101+12" has "2" in it at character 6; in base 2 the digits are 0 to 1'),
        (8, "8", '"8" has "8" in it at character 1; in base 8 the digits are 0 to 7'),
        (16, "FF+fG", '"FF+fG" has "G" in it at character 5; in base 16 the digits are 0 to F'),
    ],
)
def test_a_digit_that_the_base_lacks_is_pointed_at(base: int, text: str, sentence: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse(text, base)
    assert str(caught.value) == sentence


@given(expressions(), st.data())
def test_a_stray_character_is_pointed_at_wherever_it_stands(node: Tree, data: st.DataObject) -> None:
    text = written(node, 10)
    at = data.draw(st.integers(0, len(text)).filter(lambda at: not text[:at].endswith("^")))
    stray = data.draw(st.sampled_from("!$%&/?[]{}.,;:=~#'猫"))
    with pytest.raises(QuestionError, match=rf"at character {at + 1}; write only digits and operators") as caught:
        parse(text[:at] + stray + text[at:])
    assert f'has "{stray}" in it' in str(caught.value)


@given(st.text("0123+-*()^2 ", max_size=20))
def test_any_text_is_worth_what_python_says_or_refused(text: str) -> None:
    question = plain(text)
    try:
        found = asked(question)
    except QuestionError as error:
        assert str(error).startswith((f'"{question}" ', "there is nothing to solve"))  # noqa: PT017
    else:
        numbers = parse(question).numbers
        bare = re.sub(r"\d+", "n", question.replace("^2", "**2"))
        bare = re.sub(r"(?<=[n)])(?=\()|(?<=\))(?=n)", "*", bare)  # 2(3+4) is a product, too.
        spelled = iter(map(str, numbers))
        assert found == eval("".join(next(spelled) if each == "n" else each for each in bare.replace("**n", "**2")))


FORMS = [*forms_of(4, "+-*", 3), *forms_of(3, "+-*", 0), "n^2"]


@given(st.sampled_from(FORMS), st.lists(st.lists(st.integers(-99, 99), min_size=4, max_size=4), min_size=1))
def test_columns_of_numbers_are_worked_out_as_each_row_alone(form: str, rows: list[list[int]]) -> None:
    node = tree(form)
    together = work_out(node, np.array(rows).T)
    assert together.tolist() == [work_out(node, row) for row in rows]


def sizes(node: Tree, numbers: Sequence[int]) -> list[int]:
    """The size of every value on the way."""
    children = [] if isinstance(node, int) or node[0] == SQUARE else node[1:]
    return [abs(work_out(node, numbers)), *(size for child in children for size in sizes(child, numbers))]


@pytest.mark.parametrize("form", [*FORMS[::7], "n^2"])
@pytest.mark.parametrize(("smallest", "largest"), [(0, 3), (2, 4)])
def test_the_bounds_of_a_form_are_exact(form: str, smallest: int, largest: int) -> None:
    node = tree(form)
    world = list(itertools.product(range(smallest, largest + 1), repeat=form.count("n")))
    values = [work_out(node, numbers) for numbers in world]
    low, high, size = bounds(node, smallest, largest)
    assert (low, high) == (min(values), max(values))
    assert size == max(size for numbers in world for size in [*sizes(node, numbers), *numbers])
