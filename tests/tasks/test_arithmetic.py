from __future__ import annotations

import dataclasses
import itertools
import re
import time
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder import ExperimentError, QuestionError, Questions, Task
from adder.base.errors import AdderError
from adder.tasks.description import LARGEST_NUMBER
from adder.tasks.expression import parse, tree
from adder.tasks.numerals import digits
from adder.tasks.questions import ALPHABET, texts
from tests.experiments import filled, rearranged, same_questions, tasks, written

TO_99_HELD_OUT = Task(smallest=0, largest=99, held_out=0.1)
RAGGED = Task(smallest=0, largest=99, terms=4, fewest_terms=2)
MIXED = Task(smallest=0, largest=9, terms=3, fewest_terms=2, operators="+-*", brackets=1)
SQUARES = Task(smallest=0, largest=999, terms=1, operators="^")
HUGE = Task(smallest=0, largest=10**100 - 1, terms=3, operators="+-*", brackets=1)
BINARY = Task(smallest=0, largest=255, base=2)

SPLIT_TASKS = {
    "sums": TO_99_HELD_OUT,
    "few sums": Task(held_out=0.2),
    "three terms": Task(largest=30, terms=3, held_out=0.5),
    "over lengths": Task(largest=99_999, held_out=0.1, draw="lengths"),
    "two to four terms": dataclasses.replace(RAGGED, held_out=0.1),
    "differences": Task(smallest=0, largest=99, operators="-", held_out=0.3),
    "plus and minus": Task(smallest=0, largest=9, terms=3, fewest_terms=2, operators="+-", held_out=0.1),
    "products": Task(smallest=0, largest=99, operators="*", held_out=0.1),
    "brackets": dataclasses.replace(MIXED, held_out=0.1),
    "deep brackets": Task(smallest=0, largest=9, terms=4, operators="+-*", brackets=2, held_out=0.2),
    "squares": dataclasses.replace(SQUARES, held_out=0.1),
    "binary": dataclasses.replace(BINARY, held_out=0.1),
    "hexadecimal": Task(smallest=0, largest=0xFFFF, base=16, held_out=0.1),
    "a hundred digits": dataclasses.replace(HUGE, held_out=0.1),
}
splits = pytest.mark.parametrize("task", SPLIT_TASKS.values(), ids=SPLIT_TASKS)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def everything(task: Task) -> Questions:
    """Every question of a small world, in every order of its terms."""
    world = [task.spell(number) for number in range(task.smallest, task.largest + 1)]
    questions = []
    for form in task.forms:
        for row in itertools.product(world, repeat=form.count("n")):
            numbers = iter(row)
            questions.append("".join(next(numbers) if lexeme == "n" else lexeme for lexeme in form))
    return task.read(questions)


def asked_otherwise(task: Task, text: str, random: Random) -> str:
    """The same question with its terms in another order, as far as the task has such questions."""
    parsed = parse(text, task.base)
    other = written(rearranged(filled(tree(parsed.form), parsed.numbers), random), task.base)
    return other if parse(other, task.base).form in task.forms else text


def in_python(text: str, base: int) -> int:
    """What Python makes of a question."""
    number = re.sub("[0-9A-F]+", lambda match: str(int(match[0], base)), text.replace("^2", "²"))
    return int(eval(number.replace("²", "**2")))


@pytest.mark.parametrize(
    ("task", "count"),
    [
        (Task(smallest=1, largest=10), 55),
        (Task(smallest=1, largest=100), 5_050),
        (Task(smallest=0, largest=99), 5_050),
        (Task(smallest=0, largest=9, terms=3), 220),
        (Task(smallest=4, largest=4), 1),
        (Task(smallest=0, largest=9, operators="-"), 100),
        (Task(smallest=0, largest=9, operators="+-*"), 55 + 100 + 55),
        (Task(smallest=0, largest=9, terms=3, fewest_terms=2), 55 + 220),
        (Task(smallest=0, largest=99, terms=1, operators="^"), 100),
        (BINARY, 32_896),
        (Task(smallest=0, largest=9, terms=3, brackets=2), 220),
        (Task(smallest=0, largest=10**100 - 1), 10**100 * (10**100 + 1) // 2),
    ],
)
def test_distinct_questions_count_a_question_and_its_mirror_once(task: Task, count: int) -> None:
    assert task.distinct_questions == count


@pytest.mark.parametrize(
    "task",
    [
        Task(smallest=3, largest=12),
        Task(smallest=0, largest=5, terms=3, fewest_terms=2, operators="+-*", brackets=1),
        Task(smallest=0, largest=3, terms=4, operators="+-", brackets=2),
        Task(smallest=0, largest=5, terms=4, fewest_terms=2),
        Task(smallest=0, largest=20, base=3, operators="*"),
        Task(smallest=0, largest=99, terms=1, operators="^"),
    ],
)
def test_in_a_small_world_every_distinct_question_has_a_key_of_its_own(task: Task) -> None:
    every = everything(task)
    assert len(np.unique(every.keys)) == task.distinct_questions
    held = dataclasses.replace(task, held_out=0.3)
    assert held.held_out_questions == len(np.unique(every.keys[held.is_held_out(every)]))
    assert 0.5 < held.held_out_questions / (task.distinct_questions * 0.3) < 1.5


@pytest.mark.parametrize("task", [TO_99_HELD_OUT, Task(held_out=0.2), Task(largest=30, terms=3, held_out=0.5)])
def test_held_out_questions_are_counted_exactly_in_a_small_world(task: Task) -> None:
    world = range(task.smallest, task.largest + 1)
    every = task.of(list(itertools.combinations_with_replacement(world, task.terms)))
    assert len(every) == task.distinct_questions
    assert task.held_out_questions == int(task.is_held_out(every).sum())
    assert 0.6 < task.held_out_questions / (task.distinct_questions * task.held_out) < 1.4


def test_held_out_questions_are_expected_in_a_large_world() -> None:
    task = Task(largest=10**6, held_out=0.25)
    assert task.held_out_questions == round(task.distinct_questions * 0.25)
    assert abs(task.is_held_out(task.sample(100_000, rng(), split="any")).mean() - 0.25) < 0.01


def test_nothing_is_held_out_by_default() -> None:
    assert Task().held_out_questions == 0
    assert not Task().is_held_out(Task().sample(1_000, rng())).any()


@splits
def test_held_out_questions_are_never_drawn_for_training(task: Task) -> None:
    most = 2_000 if task.largest > 10**18 else 100_000
    for seed in (0, 7):
        drawn = task.sample(most, rng(seed))
        assert len(drawn) == most
        assert not task.is_held_out(drawn).any()


@splits
def test_the_held_out_split_draws_only_held_out_questions(task: Task) -> None:
    drawn = task.sample(2_000, rng(), split="held_out")
    assert len(drawn) == 2_000
    assert task.is_held_out(drawn).all()


@splits
def test_no_order_of_its_terms_leaks_a_held_out_question_into_training(task: Task) -> None:
    random = Random(1)
    for split in ("train", "held_out"):
        drawn = task.sample(300, rng(), split=split)
        questions = task.texts(drawn)
        others = [asked_otherwise(task, question, random) for question in questions]
        mirrored = task.read(others)
        assert np.array_equal(mirrored.keys, drawn.keys)
        assert np.array_equal(mirrored.values, drawn.values)  # type: ignore[arg-type]
        assert set(task.is_held_out(mirrored).tolist()) == {split == "held_out"}
        assert (others != questions) or task.operators in ("-", "^")


def test_every_held_out_question_is_drawn_sooner_or_later() -> None:
    drawn = TO_99_HELD_OUT.sample(20_000, rng(), split="held_out")
    assert len(np.unique(drawn.keys)) == TO_99_HELD_OUT.held_out_questions


def test_training_meets_every_question_that_is_not_held_out() -> None:
    seen = np.unique(TO_99_HELD_OUT.sample(100_000, rng()).keys)
    assert len(seen) == TO_99_HELD_OUT.distinct_questions - TO_99_HELD_OUT.held_out_questions


@given(st.data(), st.lists(st.integers(0, 10**15), min_size=2, max_size=6))
def test_a_question_and_its_mirror_are_held_out_together(data: st.DataObject, terms: list[int]) -> None:
    task = Task(smallest=0, largest=10**15, terms=6, fewest_terms=2)
    mirrored = data.draw(st.permutations(terms))
    first, second = task.of([terms, mirrored]).keys
    assert first == second


def test_the_split_is_the_same_on_every_machine_and_for_ever() -> None:
    keys = Task(smallest=0, largest=99).read(["3+10", "0+0", "99+99"]).keys
    assert keys.tolist() == [7088723081602902580, 814277273372256191, 7137916308229574072]


@pytest.mark.parametrize("task", [Task(smallest=0, largest=10**30), Task(smallest=0, largest=99, base=16), RAGGED])
def test_a_question_has_the_same_key_in_every_task(task: Task) -> None:
    assert task.of([[3, 10]]).keys.tolist() == Task().of([[3, 10]]).keys.tolist()


def test_a_larger_share_holds_out_all_that_a_smaller_one_does() -> None:
    every = everything(Task(smallest=0, largest=99))
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
@splits
def test_no_questions_are_an_empty_table(task: Task, split: str) -> None:
    drawn = task.sample(0, rng(), split=split)
    assert drawn.symbols.shape == (0, task.longest_question)
    assert drawn.answers.shape == (0, task.longest_answer)
    assert task.texts(drawn) == []


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
    "task", [HUGE, Task(largest=LARGEST_NUMBER), Task(largest=2**61), Task(largest=10**30, base=7)]
)
def test_large_numbers_are_drawn_alike_over_their_whole_range(task: Task) -> None:
    numbers = task.sample(1_000, rng()).numbers
    assert numbers is not None
    counts, _ = np.histogram((numbers.ravel() / task.largest).astype(np.float64), bins=5, range=(0, 1))
    share = counts / numbers.size
    assert np.abs(share - 0.2).max() < 0.04


@splits
def test_equal_seeds_draw_equal_questions_and_others_do_not(task: Task) -> None:
    first, again, other = (task.sample(50, rng(seed)) for seed in (1, 1, 2))
    assert same_questions(first, again)
    assert not same_questions(first, other)


@pytest.mark.parametrize(("base", "largest"), [(10, 99_999), (2, 31), (16, 0xFFFFF), (10, 10**30 - 1)])
def test_drawing_over_lengths_makes_every_length_as_likely(base: int, largest: int) -> None:
    task = Task(smallest=0, largest=largest, draw="lengths", base=base)
    numbers = task.sample(5_000, rng()).numbers
    assert numbers is not None
    counted = Counter(digits(number, base) for number in numbers.ravel().tolist())
    lengths = digits(largest, base)
    assert sorted(counted) == list(range(1, lengths + 1))
    assert max(abs(count / 10_000 - 1 / lengths) for count in counted.values()) < 0.015
    assert (numbers == 0).any()


def test_drawing_over_numbers_makes_every_number_as_likely() -> None:
    numbers = Task(smallest=0, largest=9).sample(50_000, rng()).numbers
    assert numbers is not None
    assert np.abs(np.bincount(numbers.ravel()) / numbers.size - 0.1).max() < 0.01


@pytest.mark.parametrize("operators", ["+", "+-*"])
def test_drawing_ends_makes_neither_end_rare(operators: str) -> None:
    task = Task(smallest=5, largest=9_999, terms=3, operators=operators, draw="ends")
    numbers = task.sample(20_000, rng()).numbers
    assert numbers is not None
    assert numbers.min() == 5
    assert numbers.max() == 9_999
    near_low, near_high = (numbers < 5 + 100).all(axis=1), (numbers > 9_999 - 100).all(axis=1)
    assert near_low.mean() > 0.02
    assert near_high.mean() > 0.02
    assert (numbers == 9_999).all(axis=1).sum() > 5
    middle = (numbers > 1_000) & (numbers < 9_000)
    assert 0.3 < middle.mean() < 0.6


def test_carries_run_under_either_number_where_the_other_is_blank() -> None:
    numbers = Task(smallest=0, largest=99_999, draw="carries").sample(4_000, rng()).numbers
    assert numbers is not None
    first, second = numbers.T
    shorter_first = (first < 10) & (second >= 1_000)
    nines = second // 10 % 1_000 == 999
    assert (shorter_first & nines).sum() > 0
    turned = (second < 10) & (first >= 1_000) & (first // 10 % 1_000 == 999)
    assert turned.sum() > 0


@pytest.mark.parametrize("base", [2, 10, 16])
def test_drawing_carries_makes_most_columns_of_half_the_questions_pass_one_on(base: int) -> None:
    task = Task(smallest=0, largest=base**6 - 1, draw="carries", base=base)
    plain, chained = (
        dataclasses.replace(task, draw=draw).sample(4_000, rng()).numbers for draw in ("lengths", "carries")
    )
    assert plain is not None
    assert chained is not None

    def passing(numbers: NDArray[Any]) -> float:
        columns = [(numbers // base**place % base).sum(axis=1) == base - 1 for place in range(6)]
        within = [numbers[:, 1] >= base**place for place in range(6)]
        return float(np.sum(np.logical_and(columns, within)) / np.sum(within))

    assert passing(plain) < 1.5 / base
    assert passing(chained) > passing(plain) + 0.1
    assert chained.min() >= 0
    assert chained.max() <= task.largest


def test_drawing_over_lengths_respects_odd_limits() -> None:
    numbers = Task(smallest=37, largest=1_205, draw="lengths").sample(20_000, rng()).numbers
    assert numbers is not None
    assert (numbers.min(), numbers.max()) == (37, 1_205)


def test_every_number_of_terms_is_drawn_alike_and_so_is_every_form_of_it() -> None:
    task = Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-", brackets=1)
    counted = Counter(task.parse(text).form for text in task.texts(task.sample(20_000, rng())))
    assert set(counted) == set(task.forms)
    for terms in task.term_counts:
        counts = [count for form, count in counted.items() if form.count("n") == terms]
        assert abs(sum(counts) / 20_000 - 1 / 3) < 0.02
        assert max(abs(count / sum(counts) - 1 / len(counts)) for count in counts) < 0.03


def test_drawing_over_forms_makes_every_form_as_likely() -> None:
    task = Task(smallest=0, largest=9, terms=3, fewest_terms=2, operators="+-", brackets=1, draw="forms")
    drawn = task.sample(20_000, rng())
    counted = Counter(task.parse(text).form for text in task.texts(drawn))
    assert set(counted) == set(task.forms)
    assert max(abs(count / 20_000 - 1 / len(task.forms)) for count in counted.values()) < 0.01
    assert drawn.numbers is not None
    assert np.abs(np.bincount(drawn.numbers[:, 0]) / 20_000 - 0.1).max() < 0.01


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
        (Task(), [[1, 2]], "*", "operator must be one of +; received: '*'"),
        (Task(), [[1, 2]], "", "operator must be one of +; received: ''"),
        (Task(), [[1.0, 2.0]], None, "each number in row 1 must be a whole number from 1 to 10; received: 1.0"),
        (Task(), [[1, 2], ["1", "2"]], None, "each number in row 2 must be a whole number from 1 to 10; received: '1'"),
        (Task(), ["12"], None, "each number in row 1 must be a whole number from 1 to 10; received: '1'"),
        (Task(), [[True, 2]], None, "each number in row 1 must be a whole number from 1 to 10; received: True"),
        (Task(), [[1, -1]], None, "each number in row 1 must be a whole number from 1 to 10; received: -1"),
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


def test_lists_of_numbers_may_be_arrays() -> None:
    assert Task().texts(Task().of(np.array([[1, 2], [3, 10]]))) == ["1+2", "3+10"]  # type: ignore[arg-type]


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


def test_the_levels_of_five_digits() -> None:
    task = Task(smallest=0, largest=99_999, terms=3, fewest_terms=2)
    assert [task.at_level(level).largest for level in range(1, 6)] == [9, 99, 999, 9_999, 99_999]
    assert [task.at_level(level).terms for level in range(1, 6)] == [2, 3, 3, 3, 3]


@given(tasks().filter(lambda task: task.levels > 1), st.integers(0, 2**31 - 1))
def test_questions_are_drawn_at_the_levels_asked_for(task: Task, seed: int) -> None:
    levels = rng(seed).integers(1, task.levels, 30, endpoint=True)
    drawn = task.sample(30, rng(seed), split="any", levels=levels)
    assert task.texts(drawn) == task.texts(task.read(task.texts(drawn)))
    for text, level in zip(task.texts(drawn), levels.tolist(), strict=True):
        numbers = task.parse(text).numbers
        easier = task.at_level(level)
        assert len(numbers) in easier.term_counts
        assert all(task.smallest <= number <= easier.largest for number in numbers)


@splits
def test_no_level_leaks_a_held_out_question_into_training(task: Task) -> None:
    most = 100 if task.largest > 10**18 else 2_000
    levels = np.arange(most) % task.levels + 1
    drawn = task.sample(most, rng(), levels=levels)
    assert not task.is_held_out(drawn).any()
    assert same_questions(drawn, task.sample(most, rng(), levels=levels))


def test_a_level_that_is_wholly_held_out_draws_from_all_the_others() -> None:
    task = Task(smallest=1, largest=255, base=2, held_out=0.9)
    assert task.is_held_out(task.read(["1+1"])).all()
    drawn = task.sample(20, rng(), levels=np.ones(20, np.int64))
    assert len(drawn) == 20
    assert not task.is_held_out(drawn).any()


def test_a_wider_task_asks_the_same_with_longer_numbers() -> None:
    task = Task(smallest=3, largest=99, terms=3, operators="+-", held_out=0.1, base=12)
    wider = task.widened(10**100)
    assert wider == Task(smallest=0, largest=10**100, terms=3, operators="+-", base=12)
    assert task.widened(5).largest == 99


@pytest.mark.parametrize(
    ("task", "text", "sentence"),
    [
        (Task(), "", "there is nothing to solve; write a question such as 3+10"),
        (Task(), "   ", "there is nothing to solve; write a question such as 3+10"),
        (Task(), "=?", "there is nothing to solve; write a question such as 3+10"),
        (Task(), "12+", '"12+" ends with an operator; write a number after it'),
        (Task(), "+12", '"+12" starts with an operator; write a number before it'),
        (Task(), ")", '")" starts with a bracket; write a number before it'),
        (Task(), "3++4", '"3++4" has two operators in a row at character 3; write a number between them'),
        (Task(), "abc", '"abc" has "a" in it at character 1; in base 10 the digits are 0 to 9'),
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
            '"5-3" has a minus sign; this network only adds, and only numbers from 1 to 10, as in 3+10',
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
        (Task(), "0+3", "0 is outside 1 to 10, the numbers this network was trained on"),
        (Task(largest=9_999), "0+3", "0 is outside 1 to 9,999, the numbers this network was trained on"),
        (
            BINARY,
            "100000000+1",
            "100000000 is outside 0 to 11111111 in base 2, the numbers this network was trained on",
        ),
        (BINARY, "2+1", '"2+1" has "2" in it at character 1; in base 2 the digits are 0 to 1'),
        (Task(), "-3+5", '"-3+5" starts with a minus sign; every number in a question is 0 or more'),
        (Task(), "1+" * 5_000, "that is 10,000 characters long; write a question such as 3+10"),
        (Task(), 35, "a question must be text, such as '3+10'; received: 35"),
    ],
)
def test_a_bad_question_gets_its_sentence(task: Task, text: Any, sentence: str) -> None:
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
        ("(3+10)", (3, 10)),
        ("(3)+((10))", (3, 10)),
    ],
)
def test_a_question_may_be_written_in_many_ways(text: str, numbers: tuple[int, int]) -> None:
    assert Task().parse(text).numbers == numbers


question_texts = st.text() | st.text("0123456789+-*()^=? ０１＋−.²×AF", max_size=60) | st.integers(0, 10**18).map(str)


@given(tasks(), question_texts)
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


@pytest.mark.parametrize("length", [1_100, 100_000, 10_000_000])
def test_a_huge_paste_is_refused_at_once(length: int) -> None:
    with pytest.raises(QuestionError, match="characters long") as caught:
        Task().parse("9" * length)
    assert len(str(caught.value)) < 100


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


SO_FEW = "so few that there are at most 5,000 forms of questions (with operators {} deep there are {})"


@pytest.mark.parametrize(
    ("settings", "field", "expected", "received"),
    [
        ({"largest": 0}, "task.largest", "a whole number from 1 to a number of 1,000 digits", 0),
        ({"largest": 10**1_000}, "task.largest", "a whole number from 1 to a number of 1,000 digits", 10**1_000),
        ({"largest": 9.5}, "task.largest", "a whole number from 1 to a number of 1,000 digits", 9.5),
        ({"largest": True}, "task.largest", "a whole number from 1 to a number of 1,000 digits", True),
        ({"largest": "10"}, "task.largest", "a whole number from 1 to a number of 1,000 digits", "10"),
        ({"smallest": -1}, "task.smallest", "a whole number from 0 to 10", -1),
        ({"smallest": 11}, "task.smallest", "a whole number from 0 to 10", 11),
        ({"terms": 1}, "task.terms", "a whole number from 2 to 10", 1),
        ({"terms": 11}, "task.terms", "a whole number from 2 to 10", 11),
        ({"operators": "^"}, "task.terms", "1", 2),
        ({"operators": "^", "terms": 1, "brackets": 1}, "task.brackets", "0", 1),
        ({"terms": 4, "fewest_terms": 5}, "task.fewest_terms", "a whole number from 2 to 4", 5),
        ({"terms": 4, "fewest_terms": 1}, "task.fewest_terms", "a whole number from 2 to 4", 1),
        ({"operators": "+/"}, "task.operators", "some of +-*, each once, or ^ for squares", "+/"),
        ({"operators": "++"}, "task.operators", "some of +-*, each once, or ^ for squares", "++"),
        ({"operators": "+^"}, "task.operators", "some of +-*, each once, or ^ for squares", "+^"),
        ({"operators": ""}, "task.operators", "some of +-*, each once, or ^ for squares", ""),
        ({"operators": 5}, "task.operators", "some of +-*, each once, or ^ for squares", 5),
        ({"brackets": 4}, "task.brackets", "a whole number from 0 to 3", 4),
        ({"base": 1}, "task.base", "a whole number from 2 to 16", 1),
        ({"base": 17}, "task.base", "a whole number from 2 to 16", 17),
        ({"terms": 9, "operators": "+-*"}, "task.terms", SO_FEW.format("+-* and brackets 0", "6,561"), 9),
        (
            {"largest": 10**500, "terms": 8, "operators": "*"},
            "task.largest",
            "so small that answers have at most 4,000 digits",
            10**500,
        ),
        ({"draw": "normal"}, "task.draw", "one of numbers, lengths, forms, ends, carries", "normal"),
        (
            {"draw": "carries", "terms": 3},
            "task.draw",
            "one for this task; carries is for sums of exactly 2 numbers",
            "carries",
        ),
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
    settings: dict[str, Any], field: str, expected: str, received: object
) -> None:
    with pytest.raises(ExperimentError) as caught:
        Task(**settings)
    error = caught.value
    assert (error.field, error.expected, error.received) == (field, expected, received)
    assert str(error).startswith(f"{field} must be {expected}; received: {repr(received)[:39]}")


@pytest.mark.parametrize("largest", [10**1_001, 10**5_000], ids=["1,001 digits", "5,000 digits"])
def test_an_absurdly_large_number_is_refused_like_any_other(largest: int) -> None:
    with pytest.raises(ExperimentError, match=r"task\.largest must be a whole number") as caught:
        Task(largest=largest)
    assert len(str(caught.value)) < 300


def test_an_absurdly_large_share_is_refused_like_any_other() -> None:
    with pytest.raises(ExperimentError, match=r"task\.held_out must be a number from 0 to 0\.9"):
        Task(held_out=10**400)


def test_one_task_has_one_way_to_say_it() -> None:
    assert Task(operators=" * + -") == Task(operators="+-*")
    assert Task(terms=3, fewest_terms=3) == Task(terms=3)
    assert Task(terms=3).term_counts == range(3, 4)
    assert Task(terms=4, fewest_terms=2).term_counts == range(2, 5)


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
