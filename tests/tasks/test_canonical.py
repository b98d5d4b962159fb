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
    """A tree of numbers without the order of what is added or multiplied: what makes two questions one."""
    if isinstance(node, int) or node[0] == SQUARE:
        return node
    parts: dict[int, list[Any]] = {1: [], -1: []}
    waiting: list[tuple[Tree, int]] = [(node, 1)]
    product = node[0] == "*"
    while waiting:
        child, sign = waiting.pop()
        if not isinstance(child, int) and (child[0] == "*" if product else child[0] in ("+", "-")):
            waiting += [(child[1], sign), (child[2], -sign if child[0] == "-" else sign)]
        else:
            parts[sign].append(canonical(child))
    return ("product" if product else "sum", *(tuple(sorted(each, key=repr)) for each in parts.values()))


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
@pytest.mark.parametrize("terms", [2, 3, 4])
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
