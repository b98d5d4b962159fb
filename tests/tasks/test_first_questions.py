from __future__ import annotations

import itertools

import pytest

from adder import PRESETS, Rule, Task
from adder.tasks.first_questions import notable_numbers
from adder.tasks.numerals import Span
from tests.tasks.worlds import HUGE, everything

TERMS = Task(smallest=0, largest=99, terms=5, fewest_terms=2)


def first(task: Task, n: int = 2_000) -> list[str]:
    return task.texts(task.first_questions(n))


@pytest.mark.parametrize(
    "task",
    [
        Task(),
        Task(smallest=0, largest=99, terms=1, operators="^"),
        Task(smallest=3, largest=7, terms=3, fewest_terms=2, operators="+-*", brackets=1),
        Task(smallest=0, largest=0b111, terms=2, base=2),
    ],
    ids=["sums", "squares", "brackets", "binary"],
)
def test_of_a_small_world_they_are_every_question_in_every_order(task: Task) -> None:
    whole = task.texts(everything(task))
    assert sorted(first(task, 10_000)) == sorted(whole)


def test_small_numbers_of_terms_are_whole_beside_large_ones() -> None:
    task = Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-*", brackets=2)
    asked = set(first(task))
    assert {f"{a}{sign}{b}" for a in range(10) for b in range(10) for sign in "+-*"} <= asked
    assert {len(task.parse(text).numbers) for text in asked} == {2, 3, 4}


def test_they_hold_what_people_ask_first() -> None:
    asked = set(first(TERMS, 20_000))
    assert {"10+10+10", "10+10+10+10", "99+99+99+99+99", "0+0", "99+1", "50+50", "90+9+1"} <= asked
    sums = set(first(Task(smallest=0, largest=999_999_999), 20_000))
    assert {"99999999+0", "999999999+1", "500000000+500000000", "9+99999999", "100+900000000"} <= sums


@pytest.mark.parametrize("task", [TERMS, HUGE, Task(smallest=5, largest=0x777, base=8), Task(smallest=0, largest=999)])
@pytest.mark.parametrize("n", [1, 7, 500])
def test_they_are_different_questions_of_the_task_and_always_the_same(task: Task, n: int) -> None:
    asked = first(task, n)
    assert asked == first(task, n)
    assert len(asked) == len(set(asked)) == n
    assert task.texts(task.read(asked)) == asked


def test_no_setting_of_the_split_or_the_draw_changes_them() -> None:
    other = Task(smallest=0, largest=99, terms=5, fewest_terms=2, held_out=0.3, draw="lengths")
    assert first(other) == first(TERMS)


@pytest.mark.parametrize("span", [Span(0, 999), Span(0, 0xFFFF, 16), Span(10**20, 10**21 + 7, 10, object), Span(5, 6)])
def test_notable_numbers_lie_in_the_span_with_both_its_ends(span: Span) -> None:
    found = notable_numbers(span)
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (span.smallest, span.largest)


def test_notable_numbers_are_round_repeated_near_a_power_or_in_order() -> None:
    found = set(notable_numbers(Span(0, 99_999)))
    powers = {10**power for power in range(5)}
    assert {power + near for power, near in itertools.product(powers, (-1, 0, 1))} <= found
    assert {0, 240, 960, 500, 7_000, 77, 888, 55_555, 12_345, 54_321, 99_998} <= found
    assert not found & {47, 538, 1_250}


def test_a_list_has_none() -> None:
    assert Rule((("one", "1"), ("two", "2"))).first_questions(10) is None


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_as_many_as_are_asked_for_or_its_whole_world(name: str) -> None:
    task = PRESETS[name].experiment.task
    questions = task.first_questions(2_000)
    assert questions is not None
    assert len(questions) == (100 if name in ("seq2seq", "squares") else 2_000)
