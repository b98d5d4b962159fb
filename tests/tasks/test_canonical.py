from __future__ import annotations

import itertools
import math
from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.tasks.canonical import count_questions, question_hash, structure
from adder.tasks.expression import SQUARE, Tree, parse, tree, work_out
from adder.tasks.forms import count_forms, forms_of
from tests.experiments import expressions, filled, rearranged, written


def canonical(node: Tree) -> Any:
    """A tree of numbers without the order of what is added or multiplied, and without signs that cancel."""
    whole, sign = unsigned(node)
    if isinstance(node, int) or node[0] in ("*", SQUARE):
        return whole if sign >= 0 else ("sum", (), (whole,))
    return added_up(node)


def unsigned(node: Tree) -> tuple[Any, int]:
    """What is left of an addend or a factor when it and its opposite are one, and its sign; 0 if they are the same."""
    if isinstance(node, int) or node[0] == SQUARE:
        return node, 1
    if node[0] == "*":
        parts = [unsigned(each) for each, _ in leaves(node, "*")]
        return ("product", *sorted((part for part, _ in parts), key=repr)), math.prod(sign for _, sign in parts)
    _, added, subtracted = added_up(node)
    if added == subtracted:
        return ("sum", added, subtracted), 0
    first = max((added, subtracted), (subtracted, added), key=repr)
    return ("sum", *first), 1 if first[0] == added else -1


def added_up(node: Tree) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    """What a sum adds and what it subtracts; a part that is its own opposite stands on both sides."""
    parts = [(unsigned(each), sign) for each, sign in leaves(node, "+-")]
    added, subtracted = (
        tuple(sorted((part for (part, own), sign in parts if own * sign in (0, wanted)), key=repr))
        for wanted in (1, -1)
    )
    return "sum", added, subtracted


def leaves(node: Tree, operators: str, sign: int = 1) -> list[tuple[Tree, int]]:
    """The operands that these operators join, each with its sign."""
    if isinstance(node, int) or node[0] not in operators:
        return [(node, sign)]
    return leaves(node[1], operators, sign) + leaves(node[2], operators, -sign if node[0] == "-" else sign)


def hashed(node: Tree) -> int:
    """The hash of a tree of numbers, by way of its text."""
    parsed = parse(written(node))
    columns = [np.array([number % 2**64], np.uint64) for number in parsed.numbers]
    return int(question_hash(tree(parsed.form), columns)[0])


def nesting(form: str) -> int:
    depth = [0, *itertools.accumulate((each == "(") - (each == ")") for each in form)]
    return max(depth)


@pytest.mark.parametrize(("terms", "count"), [(2, 3), (3, 27), (4, 297)])
def test_all_ways_to_write_plus_minus_and_times_are_counted(terms: int, count: int) -> None:
    assert len(forms_of(terms, "+-*", terms)) == count


@pytest.mark.parametrize(("terms", "count"), [(2, 1), (3, 3), (4, 11), (5, 45), (6, 197)])
def test_there_are_as_many_bracketings_as_schroeder_counted(terms: int, count: int) -> None:
    assert len(forms_of(terms, "+", terms)) == count


@pytest.mark.parametrize("operators", ["+", "+-", "+-*", SQUARE])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("terms", [2, 3, 4, 5])
def test_forms_are_counted_without_making_them(terms: int, operators: str, depth: int) -> None:
    forms = forms_of(terms, operators, depth)
    assert len(forms) == len(set(forms)) == count_forms(terms, operators, depth)


def test_without_brackets_every_place_has_every_operator() -> None:
    assert forms_of(3, "+-", 0) == ("n+n+n", "n+n-n", "n-n+n", "n-n-n")


def test_each_depth_adds_to_the_one_before() -> None:
    shallow, deep = forms_of(4, "+", 1), forms_of(4, "+", 2)
    assert set(shallow) < set(deep)
    assert set(deep) - set(shallow) == {"n+(n+(n+n))", "n+((n+n)+n)", "(n+(n+n))+n", "((n+n)+n)+n"}


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("terms", [2, 3, 4])
def test_a_form_is_what_the_parser_makes_of_its_questions(terms: int, depth: int) -> None:
    for form in forms_of(terms, "+-*", depth):
        assert parse(form.replace("n", "7")).form == form
        assert form.count("n") == terms
        assert nesting(form) <= depth


@given(expressions(most_numbers=4).filter(lambda node: not isinstance(node, int) and SQUARE not in written(node)))
def test_whatever_can_be_written_is_a_form(node: Tree) -> None:
    form = parse(written(node)).form
    assert form in forms_of(form.count("n"), "+-*", nesting(form))


@pytest.mark.parametrize(
    ("terms", "operators", "depth", "numbers"),
    [
        ([2], "+", 0, 6),
        ([3], "+", 1, 4),
        ([2, 3, 4], "+", 0, 3),
        ([2, 3], "-", 1, 4),
        ([3], "+-", 1, 4),
        ([4], "+-", 2, 3),
        ([2, 3], "*", 1, 4),
        ([2, 3], "+-*", 1, 4),
        ([4], "+-*", 2, 2),
        ([4], "+-*", 2, 3),
        ([1], SQUARE, 0, 9),
    ],
)
def test_in_a_small_world_questions_share_a_hash_exactly_when_they_are_one(
    terms: list[int], operators: str, depth: int, numbers: int
) -> None:
    hashes: dict[Any, set[int]] = defaultdict(set)
    values: dict[Any, set[int]] = defaultdict(set)
    structures = {}
    for form in [form for each in terms for form in forms_of(each, operators, depth)]:
        node = tree(form)
        structures[structure(node)] = form
        world = np.array(list(itertools.product(range(numbers), repeat=form.count("n"))), np.uint64)
        found = question_hash(node, list(world.T)).tolist()
        for row, key in zip(world.tolist(), found, strict=True):
            question = canonical(filled(node, row))
            hashes[question].add(key)
            values[question].add(work_out(node, row))
    assert all(len(keys) == 1 for keys in hashes.values())
    assert all(len(each) == 1 for each in values.values())
    distinct = {key for keys in hashes.values() for key in keys}
    assert len(distinct) == len(hashes) == sum(count_questions(each, numbers) for each in structures)


@pytest.mark.parametrize(
    "form",
    [
        "(n-n)*(n-n)",
        "(n-n)*(n-n)*n",
        "n-(n-n)*(n-n)",
        "(n-n)*n-(n-n)*n",
        "((n-n)*n-n)*n",
        "((n-n)*n+(n-n)*n)*n",
        "(n*n-n)*(n-n*n)",
        "(n+n-n)*(n-n)",
    ],
)
def test_signs_that_cancel_are_counted_in_a_small_world(form: str) -> None:
    numbers = 3 if form.count("n") < 7 else 2
    world = np.array(list(itertools.product(range(numbers), repeat=form.count("n"))), np.uint64)
    questions = {canonical(filled(tree(form), row)) for row in world.tolist()}
    found = question_hash(tree(form), list(world.T))
    assert len(set(found.tolist())) == len(questions) == count_questions(structure(tree(form)), numbers)


def test_all_products_of_two_differences_are_held_out_with_their_opposites() -> None:
    first, second, third, fourth = (each.ravel().astype(np.uint64) for each in np.meshgrid(*[np.arange(10)] * 4))
    form = tree("(n-n)*(n-n)")
    keys = question_hash(form, [first, second, third, fourth])
    assert np.array_equal(keys, question_hash(form, [second, first, fourth, third]))
    assert np.array_equal(keys, question_hash(form, [fourth, third, second, first]))
    same = (first == second) | (third == fourth)
    assert np.array_equal(keys == question_hash(form, [second, first, third, fourth]), same)


@given(expressions(), st.randoms(use_true_random=False))
def test_a_question_asked_otherwise_has_the_same_hash_and_structure(node: Tree, random: Random) -> None:
    again = rearranged(node, random)
    assert hashed(again) == hashed(node)
    first, second = (tree(parse(written(each)).form) for each in (node, again))
    assert structure(first) == structure(second)
    assert canonical(again) == canonical(node)


@given(expressions(largest=3), expressions(largest=3))
def test_two_questions_have_one_hash_exactly_when_they_are_one(first: Tree, second: Tree) -> None:
    assert (hashed(first) == hashed(second)) == (canonical(first) == canonical(second))


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("1+2", "2+1", True),
        ("1-2", "2-1", False),
        ("1*2", "2*1", True),
        ("1+2", "1*2", False),
        ("2+2", "2*2", False),
        ("1+2", "1-2", False),
        ("1-(2-3)", "1-2+3", True),
        ("1-(2-3)", "1-2-3", False),
        ("1-(2+3)", "1-3-2", True),
        ("(1+2)+3", "3+(2+1)", True),
        ("(1*2)*3", "3*(2*1)", True),
        ("1+2*3", "3*2+1", True),
        ("1+2*3", "(1+2)*3", False),
        ("(1+2)*3", "3*(2+1)", True),
        ("(1-2)*3", "3*(2-1)", False),
        ("(8-1)*(8-5)", "(1-8)*(5-8)", True),
        ("(8-1)*(8-5)", "(1-8)*(8-5)", False),
        ("(8-1)*(8-5)*(2-3)", "(1-8)*(8-5)*(3-2)", True),
        ("9-(1-2)*3", "9+3*(2-1)", True),
        ("9-(1-2)*3", "9-3*(2-1)", False),
        ("9-(2-2)*3", "9+3*(2-2)", True),
        ("(1+2-3)*4", "(3-2-1)*4", False),
        ("5-(1+2-3)*4", "5+(3-2-1)*4", True),
        ("(1-(2-3)*4)*(5-6)", "((3-2)*4+1)*(5-6)", True),
        ("(1-(2-3)*4)*(5-6)", "((2-3)*4-1)*(6-5)", True),
        ("1+2", "1+2+0", False),
        ("1*2", "1*2*1", False),
        ("3^2", "3*3", False),
        ("3", "3^2", False),
        ("2*(3+4)", "2*3+2*4", False),
    ],
)
def test_what_is_one_question_and_what_is_two(first: str, second: str, one: bool) -> None:
    def of(text: str) -> Tree:
        parsed = parse(text)
        return filled(tree(parsed.form), parsed.numbers)

    assert (hashed(of(first)) == hashed(of(second))) is one
    assert (canonical(of(first)) == canonical(of(second))) is one


def test_the_hash_of_plain_sums_is_the_same_on_every_machine_and_for_ever() -> None:
    columns = [np.array(column, np.uint64) for column in ([3, 0, 99], [10, 0, 99])]
    assert question_hash(tree("n+n"), columns).tolist() == [
        7088723081602902580,
        814277273372256191,
        7137916308229574072,
    ]
    assert question_hash(tree("n+n"), columns[::-1]).tolist() == question_hash(tree("n+n"), columns).tolist()


def test_the_hash_of_every_other_form_is_the_same_on_every_machine_and_for_ever() -> None:
    columns = [np.array([number], np.uint64) for number in (3, 4, 5)]
    hashes = {form: int(question_hash(tree(form), columns)[0]) for form in ("n-n", "n*n", "n^2", "(n+n)*n", "n-n*n")}
    assert hashes == {
        "n-n": 8956970760035843649,
        "n*n": 7641735113588692418,
        "n^2": 3169721552462461528,
        "(n+n)*n": 18433209868344302165,
        "n-n*n": 16843556744192884945,
    }


def test_hashes_are_spread_evenly() -> None:
    columns = [each.ravel().astype(np.uint64) for each in np.meshgrid(np.arange(300), np.arange(300))]
    for form in ("n+n", "n-n", "n*n"):
        hashes = np.unique(question_hash(tree(form), columns))
        counts, _ = np.histogram(hashes.astype(np.float64), bins=16, range=(0, 2.0**64))
        expected = len(hashes) / 16
        assert np.abs(counts - expected).max() < 6 * math.sqrt(expected)


@pytest.mark.parametrize(
    ("form", "numbers", "count"),
    [
        ("n+n", 10, 55),
        ("n-n", 10, 100),
        ("n*n", 10, 55),
        ("n+n+n", 10, 220),
        ("n+n-n", 10, 550),
        ("n*n+n*n", 10, 55 * 56 // 2),
        ("n^2", 100, 100),
        ("(n+n)*(n+n)", 2, 6),
        ("n+n", 10**100, 10**100 * (10**100 + 1) // 2),
    ],
)
def test_questions_of_a_form_are_counted(form: str, numbers: int, count: int) -> None:
    assert count_questions(structure(tree(form)), numbers) == count
