from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import ExperimentError, Task
from adder.tasks.canonical import question_hash
from adder.tasks.draws import DRAWS
from adder.tasks.expression import parse, tree, work_out
from adder.tasks.numerals import digits
from adder.tasks.questions import ALPHABET, texts
from tests.experiments import same_questions, tasks
from tests.tasks.worlds import BINARY, HUGE, RAGGED, SQUARES, everything, in_python, rng


@given(tasks(), st.integers(0, 2**31 - 1))
def test_whatever_is_drawn_is_in_range_and_worth_what_python_says(task: Task, seed: int) -> None:
    drawn = task.sample(20, rng(seed), split="any")
    assert drawn.symbols.shape == (20, task.longest_question)
    assert drawn.answers.shape == (20, task.longest_answer)
    assert max(drawn.symbols.max(), drawn.answers.max()) < len(task.alphabet)
    assert drawn.numbers is not None
    assert drawn.values is not None
    for text, value, row in zip(task.texts(drawn), drawn.values.tolist(), drawn.numbers.tolist(), strict=True):
        parsed = task.parse(text)
        assert all(task.smallest <= number <= task.largest for number in parsed.numbers)
        assert len(parsed.numbers) in task.term_counts
        assert row == [*parsed.numbers, *[0] * (task.terms - len(parsed.numbers))]
        assert value == in_python(text, task.base) == task.answer(text)
        assert task.smallest_answer <= value <= task.largest_answer


@given(tasks(), st.integers(0, 2**31 - 1))
def test_what_a_task_writes_it_reads_back(task: Task, seed: int) -> None:
    drawn = task.sample(10, rng(seed), split="any")
    assert same_questions(task.read(task.texts(drawn)), drawn)


@given(tasks(), st.integers(0, 2**31 - 1))
def test_answers_are_spelled_on_the_right(task: Task, seed: int) -> None:
    drawn = task.sample(10, rng(seed), split="any")
    assert drawn.values is not None
    spelled = texts(drawn.answers, task.alphabet)
    assert spelled == [task.spell(value).rjust(task.longest_answer) for value in drawn.values.tolist()]
    assert [task.value(text) for text in spelled] == drawn.values.tolist()


def test_a_hundred_digits_are_exact() -> None:
    drawn = HUGE.sample(200, rng())
    assert drawn.values is not None
    assert drawn.values.dtype == object
    assert drawn.values.tolist() == [in_python(text, 10) for text in HUGE.texts(drawn)]
    assert min(drawn.values) < -(10**99)
    assert max(drawn.values) > 10**199
    assert len(np.unique(drawn.keys)) == 200
    assert HUGE.answer(f"{10**99}*{10**99 + 1}-1") == 10**198 + 10**99 - 1


@pytest.mark.parametrize(
    ("task", "question", "shown"),
    [
        (Task(smallest=0, largest=99), "3+10", " 3+10"),
        (RAGGED, "3+10", " 3+10      "),
        (RAGGED, "3+10+0+99", " 3+10+ 0+99"),
        (Task(smallest=0, largest=99, operators="+-", terms=3), "3-10+7", " 3-10+ 7"),
        (Task(smallest=0, largest=99, terms=3, brackets=1), "3+10+7", "3+10+7    "),
        (Task(smallest=0, largest=99, terms=3, brackets=1), "3+(10+7)", "3+(10+7)  "),
        (SQUARES, "7^2", "  7^2"),
        (Task(smallest=0, largest=31, base=2), "1+1010", "    1+ 1010"),
        (Task(smallest=0, largest=255, base=16), "F+a0", " F+A0"),
    ],
)
def test_each_number_has_columns_of_its_own_where_questions_share_a_layout(
    task: Task, question: str, shown: str
) -> None:
    assert texts(task.read([question]).symbols, task.alphabet) == [shown]
    assert task.aligned == (task.brackets == 0)


@pytest.mark.parametrize(
    ("task", "question", "answer"),
    [
        (Task(), "3+10", "13"),
        (Task(), "1+1", " 2"),
        (Task(smallest=0, largest=99, operators="-"), "3-10", " -7"),
        (Task(smallest=0, largest=99, operators="-"), "0-99", "-99"),
        (Task(smallest=0, largest=99, operators="-"), "99-0", " 99"),
        (Task(smallest=0, largest=99, operators="-"), "7-7", "  0"),
        (Task(largest=9, terms=3, fewest_terms=2, operators="+-*", brackets=1), "2*(3+4)", " 14"),
        (Task(largest=9, terms=3, fewest_terms=2, operators="+-*", brackets=1), "1-9*9", "-80"),
        (Task(smallest=0, largest=99, terms=1, operators="^"), "99^2", "9801"),
        (Task(smallest=0, largest=99, terms=1, operators="^"), "12²", " 144"),
        (BINARY, "11111111+1", "100000000"),
        (Task(smallest=0, largest=255, base=16, operators="+-"), "F+A0", " AF"),
        (Task(smallest=0, largest=255, base=16, operators="+-"), "0-ff", "-FF"),
        (Task(smallest=0, largest=255, base=16, operators="+-"), "FF+FF", "1FE"),
    ],
)
def test_answers_are_true_signed_and_in_the_tasks_base(task: Task, question: str, answer: str) -> None:
    read = task.read([question])
    assert texts(read.answers, task.alphabet) == [answer]
    assert task.value(answer) == task.answer(question)


@pytest.mark.parametrize(
    ("task", "alphabet"),
    [
        (Task(), "0123456789+ "),
        (BINARY, "0123456789+ "),
        (Task(operators="+-"), "0123456789+ -"),
        (Task(operators="*"), "0123456789+ -*"),
        (Task(brackets=1), "0123456789+ -*()"),
        (Task(terms=1, operators="^"), "0123456789+ -*()^"),
        (Task(base=11), "0123456789+ -*()^A"),
        (Task(base=16, operators="+-*", brackets=1), ALPHABET),
    ],
)
def test_the_alphabet_ends_with_the_last_character_that_is_needed(task: Task, alphabet: str) -> None:
    assert task.alphabet == alphabet
    assert task.alphabet[task.blank] == " "


@pytest.mark.parametrize(
    "task",
    [
        Task(smallest=0, largest=12),
        Task(smallest=5, largest=11, operators="+-"),
        Task(smallest=8, largest=11, operators="-", terms=3, brackets=1),
        Task(smallest=0, largest=5, base=2, operators="+-*", terms=3, fewest_terms=2, brackets=1),
        Task(smallest=0, largest=12, operators="^", terms=1),
        Task(smallest=97, largest=102, base=16, operators="*-"),
    ],
)
def test_the_longest_question_and_the_bounds_of_answers_are_exact(task: Task) -> None:
    every = everything(task)
    assert every.values is not None
    assert task.longest_question == max(map(len, task.texts(every)))
    assert (task.smallest_answer, task.largest_answer) == (min(every.values), max(every.values))
    assert task.longest_answer == max(len(task.spell(value)) for value in every.values.tolist())


@pytest.mark.parametrize(
    ("task", "levels"),
    [
        (Task(), 2),
        (Task(smallest=0, largest=9), 1),
        (Task(smallest=10, largest=99), 1),
        (Task(smallest=0, largest=99_999), 5),
        (Task(smallest=100, largest=99_999), 3),
        (Task(smallest=0, largest=9, terms=5, fewest_terms=2), 4),
        (Task(smallest=0, largest=99_999, terms=3, fewest_terms=2), 5),
        (BINARY, 8),
        (SQUARES, 3),
    ],
)
def test_a_task_has_a_level_for_each_digit_or_term_more(task: Task, levels: int) -> None:
    assert task.levels == levels
    assert task.at_level(levels) is task
    easier = [task.at_level(level) for level in range(1, levels + 1)]
    for lower, higher in itertools.pairwise(easier):
        assert (lower.largest, lower.terms) != (higher.largest, higher.terms)
        assert lower.largest <= higher.largest
        assert lower.terms <= higher.terms
    assert easier[0].number_width == digits(task.smallest, task.base)
    assert easier[0].terms == task.term_counts[0]


def test_a_wider_task_asks_the_same_with_longer_numbers() -> None:
    task = Task(smallest=3, largest=99, terms=3, operators="+-", held_out=0.1, base=12)
    wider = task.widened(10**100)
    assert wider == Task(smallest=0, largest=10**100, terms=3, operators="+-", base=12)
    assert task.widened(5).largest == 99


SO_FEW = "so few that there are at most 5,000 forms of questions (with operators {} deep there are {})"


def test_a_question_may_have_fifteen_numbers() -> None:
    task = Task(largest=99, terms=15, fewest_terms=2)
    assert task.answer(" + ".join(map(str, range(1, 16))) + " =") == 120
    assert task.answer("1+2") == 3


@pytest.mark.parametrize("largest", [99, 10**25])
def test_sums_of_thousands_of_forms_are_worked_out_together_as_each_alone(largest: int) -> None:
    task = Task(smallest=0, largest=largest, terms=15, fewest_terms=2, operators="+-", held_out=0.2)
    questions = task.sample(60, np.random.default_rng(1), split="held_out")
    assert (task.smallest_answer, task.largest_answer) == (-14 * largest, 15 * largest)
    for text, value, key in zip(task.texts(questions), questions.values, questions.keys, strict=True):
        parsed = parse(text)
        assert work_out(tree(parsed.form), parsed.numbers) == value
        columns = [np.array([number % 2**64], np.uint64) for number in parsed.numbers]
        assert question_hash(tree(parsed.form), columns) == key
    assert task.read(task.texts(questions)).symbols.tolist() == questions.symbols.tolist()


@pytest.mark.parametrize(
    ("settings", "field", "expected", "received"),
    [
        ({"largest": 0}, "task.largest", "a whole number from 1 to a number of 1,000 digits", 0),
        ({"largest": 10**1_000}, "task.largest", "a whole number from 1 to a number of 1,000 digits", 10**1_000),
        ({"largest": "10"}, "task.largest", "a whole number from 1 to a number of 1,000 digits", "10"),
        ({"smallest": -1}, "task.smallest", "a whole number from 0 to a number of 1,000 digits", -1),
        ({"smallest": 11}, "task.smallest", "a whole number from 0 to 10", 11),
        ({"terms": 1}, "task.terms", "a whole number from 2 to 15", 1),
        ({"terms": 16}, "task.terms", "a whole number from 1 to 15", 16),
        ({"operators": "^"}, "task.terms", "1", 2),
        ({"operators": "^", "terms": 1, "brackets": 1}, "task.brackets", "0", 1),
        ({"terms": 4, "fewest_terms": 5}, "task.fewest_terms", "a whole number from 2 to 4", 5),
        ({"terms": 4, "fewest_terms": 1}, "task.fewest_terms", "a whole number from 2 to 4", 1),
        ({"operators": "+/"}, "task.operators", "some of +-*, each once, or ^ for squares", "+/"),
        ({"operators": "++"}, "task.operators", "some of +-*, each once, or ^ for squares", "++"),
        ({"operators": "+^"}, "task.operators", "some of +-*, each once, or ^ for squares", "+^"),
        ({"brackets": 4}, "task.brackets", "a whole number from 0 to 3", 4),
        ({"base": 17}, "task.base", "a whole number from 2 to 16", 17),
        ({"terms": 9, "operators": "+-*"}, "task.terms", SO_FEW.format("+-* and brackets 0", "6,561"), 9),
        ({"terms": 15, "brackets": 3}, "task.terms", SO_FEW.format("+ and brackets 3", "21,334,663"), 15),
        (
            {"largest": 10**500, "terms": 8, "operators": "*"},
            "task.largest",
            "so small that answers have at most 4,000 digits",
            10**500,
        ),
        ({"draw": "normal"}, "task.draw", f"one of {', '.join(DRAWS)}", "normal"),
        (
            {"draw": "carries", "terms": 3},
            "task.draw",
            "one for this task; carries is for sums of exactly 2 numbers",
            "carries",
        ),
        ({"held_out": 1.0}, "task.held_out", "a number from 0 to 0.9", 1.0),
        ({"held_out": float("inf")}, "task.held_out", "a number from 0 to 0.9", float("inf")),
        ({"held_out": 0.001}, "task.held_out", "0 or at least 0.01", 0.001),
        (
            {"smallest": 3, "largest": 3, "held_out": 0.5},
            "task.held_out",
            "a share that leaves some of the 1 distinct question to train on and some to hold out",
            0.5,
        ),
    ],
)
def test_a_setting_that_cannot_work_is_refused(
    settings: dict[str, Any], field: str, expected: str, received: object
) -> None:
    with pytest.raises(ExperimentError) as caught:
        Task(**settings)
    error = caught.value
    assert (error.field, error.expected, error.received) == (field, expected, received)
    assert str(error).startswith(f"{field} must be {expected}; received: {repr(received)[:39]}")


def test_one_task_has_one_way_to_say_it() -> None:
    assert Task(operators=" * + -") == Task(operators="+-*")
    assert Task(terms=3, fewest_terms=3) == Task(terms=3)
    assert Task(terms=3).term_counts == range(3, 4)
    assert Task(terms=4, fewest_terms=2).term_counts == range(2, 5)


def test_numpy_numbers_become_plain_ones() -> None:
    task = Task(smallest=np.int64(1), largest=np.int64(20), terms=np.int32(3))  # type: ignore[arg-type]
    assert task == Task(largest=20, terms=3)
    assert [type(value) for value in (task.smallest, task.largest, task.terms)] == [int, int, int]
