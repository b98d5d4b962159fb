from __future__ import annotations

import dataclasses
import itertools
import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import ExperimentError, QuestionError, Task
from adder.errors import AdderError
from adder.task import digits, question_hash
from tests.experiments import tasks

TO_99_HELD_OUT = Task(smallest=0, largest=99, held_out=0.1)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("task", "count"),
    [
        (Task(smallest=1, largest=10), 55),
        (Task(smallest=1, largest=100), 5_050),
        (Task(smallest=0, largest=99), 5_050),
        (Task(smallest=0, largest=9, terms=3), 220),
        (Task(smallest=4, largest=4), 1),
    ],
)
def test_distinct_questions_count_a_sum_and_its_mirror_once(task: Task, count: int) -> None:
    assert task.distinct_questions == count
    world = range(task.smallest, task.largest + 1)
    assert len(list(itertools.combinations_with_replacement(world, task.terms))) == count


@pytest.mark.parametrize("task", [TO_99_HELD_OUT, Task(held_out=0.2), Task(largest=30, terms=3, held_out=0.5)])
def test_held_out_questions_are_counted_exactly_in_a_small_world(task: Task) -> None:
    world = range(task.smallest, task.largest + 1)
    every = np.array(list(itertools.combinations_with_replacement(world, task.terms)))
    assert task.held_out_questions == int(task.is_held_out(every).sum())
    assert 0.6 < task.held_out_questions / (task.distinct_questions * task.held_out) < 1.4


def test_held_out_questions_are_expected_in_a_large_world() -> None:
    task = Task(largest=10**6, held_out=0.25)
    assert task.held_out_questions == round(task.distinct_questions * 0.25)
    assert abs(task.is_held_out(task.sample(100_000, rng(), split="any")).mean() - 0.25) < 0.01


def test_nothing_is_held_out_by_default() -> None:
    assert Task().held_out_questions == 0
    assert not Task().is_held_out(Task().sample(1_000, rng())).any()


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize(
    "task", [TO_99_HELD_OUT, Task(held_out=0.2), Task(largest=99_999, held_out=0.1, draw="lengths")]
)
def test_held_out_questions_are_never_drawn_for_training(task: Task, seed: int) -> None:
    drawn = task.sample(1_000_000, rng(seed))
    assert drawn.shape == (1_000_000, 2)
    assert not task.is_held_out(drawn).any()
    assert not task.is_held_out(drawn[:, ::-1]).any()


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_held_out_split_draws_only_held_out_questions(seed: int) -> None:
    drawn = TO_99_HELD_OUT.sample(20_000, rng(seed), split="held_out")
    assert drawn.shape == (20_000, 2)
    assert TO_99_HELD_OUT.is_held_out(drawn).all()
    assert len(np.unique(np.sort(drawn, axis=1), axis=0)) == TO_99_HELD_OUT.held_out_questions


def test_training_meets_every_question_that_is_not_held_out() -> None:
    seen = np.unique(np.sort(TO_99_HELD_OUT.sample(300_000, rng()), axis=1), axis=0)
    assert len(seen) == TO_99_HELD_OUT.distinct_questions - TO_99_HELD_OUT.held_out_questions


@given(st.data(), st.lists(st.integers(0, 10**15), min_size=2, max_size=6))
def test_a_question_and_its_mirror_are_held_out_together(data: st.DataObject, terms: list[int]) -> None:
    mirrored = data.draw(st.permutations(terms))
    assert question_hash(np.array([terms])) == question_hash(np.array([mirrored]))


def test_the_split_is_the_same_on_every_machine_and_for_ever() -> None:
    hashes = question_hash(np.array([[3, 10], [0, 0], [99, 99]]))
    assert hashes.tolist() == [7088723081602902580, 814277273372256191, 7137916308229574072]


def test_a_larger_share_holds_out_all_that_a_smaller_one_does() -> None:
    every = np.array(list(itertools.combinations_with_replacement(range(100), 2)))
    small = Task(smallest=0, largest=99, held_out=0.1).is_held_out(every)
    large = Task(smallest=0, largest=99, held_out=0.3).is_held_out(every)
    assert large[small].all()
    assert large.sum() > small.sum()


def test_asking_for_held_out_questions_where_there_are_none_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"task\.held_out must be over 0"):
        Task().sample(5, rng(), split="held_out")


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ExperimentError, match="split must be one of train, held_out, any"):
        Task().sample(5, rng(), split="test")


@pytest.mark.parametrize("split", ["train", "held_out", "any"])
def test_no_questions_are_an_empty_table(split: str) -> None:
    assert TO_99_HELD_OUT.sample(0, rng(), split=split).shape == (0, 2)


@given(tasks(), st.integers(0, 2**31 - 1))
def test_every_drawn_number_is_in_range(task: Task, seed: int) -> None:
    drawn = task.sample(50, rng(seed), split="any")
    assert drawn.shape == (50, task.terms)
    assert drawn.min() >= task.smallest
    assert drawn.max() <= task.largest
    assert task.answers(drawn).tolist() == [task.answer(row) for row in drawn.tolist()]
    assert max(task.answers(drawn)) <= task.largest_answer


def test_equal_seeds_draw_equal_questions_and_others_do_not() -> None:
    first, again, other = (TO_99_HELD_OUT.sample(50, rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_drawing_over_lengths_makes_every_length_as_likely() -> None:
    task = Task(smallest=0, largest=99_999, draw="lengths")
    drawn = task.sample(50_000, rng()).ravel()
    lengths = np.char.str_len(drawn.astype(str))
    shares = np.bincount(lengths, minlength=6)[1:] / len(drawn)
    assert np.abs(shares - 0.2).max() < 0.01
    assert (drawn == 0).any()


def test_drawing_over_numbers_makes_every_number_as_likely() -> None:
    drawn = Task(smallest=0, largest=9).sample(50_000, rng()).ravel()
    assert np.abs(np.bincount(drawn) / len(drawn) - 0.1).max() < 0.01


def test_drawing_over_lengths_respects_odd_limits() -> None:
    drawn = Task(smallest=37, largest=1_205, draw="lengths").sample(20_000, rng())
    assert drawn.min() == 37
    assert drawn.max() == 1_205


@pytest.mark.parametrize("power", range(1, 19))
def test_digits_are_exact_at_powers_of_ten(power: int) -> None:
    assert digits(10**power - 1) == power
    assert digits(10**power) == power + 1
    assert digits(10**power + 1) == power + 1


@pytest.mark.parametrize(
    ("task", "text", "sentence"),
    [
        (Task(), "", "there is nothing to solve; write a sum such as 3+10"),
        (Task(), "   ", "there is nothing to solve; write a sum such as 3+10"),
        (Task(), "=?", "there is nothing to solve; write a sum such as 3+10"),
        (Task(), "12+", '"12+" ends with an operator; write a number after it'),
        (Task(), "+12", '"+12" starts with an operator; write a number before it'),
        (Task(), "3++4", '"3++4" has two operators in a row; write a number between them'),
        (Task(), "abc", '"abc" has "a" in it; write only digits and +, as in 3+10'),
        (Task(), "3.5+2", '"3.5+2" has "." in it; write only digits and +, as in 3+10'),
        (Task(), "3*4", '"3*4" has "*" in it; write only digits and +, as in 3+10'),
        (Task(), "1+2+3", '"1+2+3" has 3 numbers; this network adds exactly 2, as in 3+10'),
        (Task(), "35", '"35" has 1 number; this network adds exactly 2, as in 3+10'),
        (Task(largest=100), "999+1", "999 is outside 1 to 100, the numbers this network was trained on"),
        (Task(), "0+3", "0 is outside 1 to 10, the numbers this network was trained on"),
        (Task(), "-3+5", '"-3+5" has a minus sign; this network only adds, and only numbers from 1 to 10'),
        (Task(), "5−3", '"5-3" has a minus sign; this network only adds, and only numbers from 1 to 10'),
        (Task(), "1+" * 5_000, "that is 10,000 characters long; write a sum such as 3+10"),
    ],
)
def test_a_bad_question_gets_its_sentence(task: Task, text: str, sentence: str) -> None:
    with pytest.raises(QuestionError) as caught:
        task.parse(text)
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
    ],
)
def test_a_question_may_be_written_in_many_ways(text: str, numbers: tuple[int, int]) -> None:
    assert Task().parse(text) == numbers


question_texts = st.text() | st.text("0123456789+-=? ０１＋−.", max_size=60) | st.integers(0, 10**18).map(str)


@given(tasks(), question_texts)
@example(Task(), "1" * 999)
@example(Task(), "1+" * 499 + "1")
@example(Task(), "\ufdfa" * 1_000)
@example(Task(largest=10**15, smallest=10**14, terms=10), "9" * 900)
@example(Task(largest=10**15, smallest=10**14, terms=10), "1+" * 400 + "a")
@example(Task(), "\ud800+1")
def test_any_text_is_read_or_refused_with_a_short_sentence(task: Task, text: str) -> None:
    started = time.perf_counter()
    try:
        numbers = task.parse(text)
    except QuestionError as error:
        assert 10 < len(str(error)) < 300  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert len(numbers) == task.terms
        assert all(task.smallest <= number <= task.largest for number in numbers)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("length", [1_001, 100_000, 10_000_000])
def test_a_huge_paste_is_refused_at_once(length: int) -> None:
    with pytest.raises(QuestionError, match="characters long") as caught:
        Task().parse("9" * length)
    assert len(str(caught.value)) < 100


@given(tasks(), st.data())
def test_what_a_task_writes_it_reads_back(task: Task, data: st.DataObject) -> None:
    number = st.integers(task.smallest, task.largest)
    numbers = tuple(data.draw(st.lists(number, min_size=task.terms, max_size=task.terms)))
    assert task.parse(task.text(numbers)) == numbers


@given(tasks())
def test_the_example_of_a_task_can_be_asked(task: Task) -> None:
    assert len(task.parse(task.example)) == task.terms


@pytest.mark.parametrize(
    ("settings", "field", "expected", "received"),
    [
        ({"largest": 0}, "task.largest", "a whole number from 1 to 1,000,000,000,000,000", 0),
        ({"largest": 10**15 + 1}, "task.largest", "a whole number from 1 to 1,000,000,000,000,000", 10**15 + 1),
        ({"largest": 9.5}, "task.largest", "a whole number from 1 to 1,000,000,000,000,000", 9.5),
        ({"largest": True}, "task.largest", "a whole number from 1 to 1,000,000,000,000,000", True),
        ({"largest": "10"}, "task.largest", "a whole number from 1 to 1,000,000,000,000,000", "10"),
        ({"smallest": -1}, "task.smallest", "a whole number from 0 to 10", -1),
        ({"smallest": 11}, "task.smallest", "a whole number from 0 to 10", 11),
        ({"terms": 1}, "task.terms", "a whole number from 2 to 10", 1),
        ({"terms": 11}, "task.terms", "a whole number from 2 to 10", 11),
        ({"draw": "normal"}, "task.draw", "one of numbers, lengths", "normal"),
        ({"held_out": 1.0}, "task.held_out", "a number from 0 to 0.9", 1.0),
        ({"held_out": -0.1}, "task.held_out", "a number from 0 to 0.9", -0.1),
        ({"held_out": float("inf")}, "task.held_out", "a number from 0 to 0.9", float("inf")),
        ({"held_out": 0.001}, "task.held_out", "0 or at least 0.01", 0.001),
        (
            {"smallest": 3, "largest": 3, "held_out": 0.5},
            "task.held_out",
            "a share that leaves some of the 1 distinct questions on either side",
            0.5,
        ),
    ],
)
def test_a_setting_that_cannot_work_is_refused(
    settings: dict[str, object], field: str, expected: str, received: object
) -> None:
    with pytest.raises(ExperimentError) as caught:
        Task(**settings)  # type: ignore[arg-type]
    error = caught.value
    assert (error.field, error.expected, error.received) == (field, expected, received)
    assert str(error) == f"{field} must be {expected}; received: {received!r}"


@pytest.mark.parametrize("largest", [10**400, 10**5_000], ids=["400 digits", "5,000 digits"])
def test_an_absurdly_large_number_is_refused_like_any_other(largest: int) -> None:
    with pytest.raises(ExperimentError, match=r"task\.largest must be a whole number") as caught:
        Task(largest=largest)
    assert len(str(caught.value)) < 300


def test_an_absurdly_large_share_is_refused_like_any_other() -> None:
    with pytest.raises(ExperimentError, match=r"task\.held_out must be a number from 0 to 0\.9"):
        Task(held_out=10**400)


def test_numpy_numbers_become_plain_ones() -> None:
    task = Task(smallest=np.int64(1), largest=np.int64(20), terms=np.int32(3))  # type: ignore[arg-type]
    assert task == Task(largest=20, terms=3)
    assert [type(value) for value in (task.smallest, task.largest, task.terms)] == [int, int, int]


def test_a_task_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Task().largest = 5  # type: ignore[misc]


def test_errors_share_one_root() -> None:
    assert issubclass(QuestionError, AdderError)
    assert issubclass(ExperimentError, AdderError)
    assert issubclass(ExperimentError, ValueError)
