from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import ExperimentError, ScaledEncoding, Task, TextEncoding
from adder.encoding import ALPHABET, ENCODINGS, PLUS, SPACE, number_in, one_hot
from tests.experiments import tasks, text_encodings

PLAIN = TextEncoding()


@st.composite
def questions(draw: st.DrawFn) -> tuple[Task, tuple[int, ...]]:
    task = draw(tasks())
    numbers = st.lists(st.integers(task.smallest, task.largest), min_size=task.terms, max_size=task.terms)
    return task, tuple(draw(numbers))


def padded(task: Task, encoding: TextEncoding, numbers: tuple[int, ...]) -> str:
    width = len(str(task.largest))
    if encoding.padding == "terms":
        return "+".join(str(number).rjust(width) for number in numbers)
    return "+".join(map(str, numbers)).rjust(task.terms * width + task.terms - 1)


def test_the_alphabet_is_twelve_symbols_in_a_fixed_order() -> None:
    assert ALPHABET == "0123456789+ "
    assert (PLUS, SPACE) == (10, 11)


@pytest.mark.parametrize(
    ("task", "numbers", "question", "answer"),
    [
        (Task(), (3, 10), [11, 3, 10, 1, 0], [1, 3]),
        (Task(), (10, 10), [1, 0, 10, 1, 0], [2, 0]),
        (Task(), (1, 2), [11, 11, 1, 10, 2], [11, 3]),
        (Task(largest=100), (12, 50), [11, 11, 1, 2, 10, 5, 0], [11, 6, 2]),
        (Task(smallest=0, largest=9, terms=3), (0, 0, 9), [0, 10, 0, 10, 9], [11, 9]),
        (Task(smallest=0), (0, 0), [11, 11, 0, 10, 0], [11, 0]),
    ],
)
def test_the_textbook_form_is_padded_on_the_left(
    task: Task, numbers: tuple[int, ...], question: list[int], answer: list[int]
) -> None:
    assert PLAIN.encode_questions(task, np.array([numbers])).tolist() == [question]
    assert PLAIN.encode_answers(task, np.array([sum(numbers)])).tolist() == [answer]


def test_each_term_may_be_padded_on_its_own() -> None:
    encoding = TextEncoding(padding="terms")
    grid = encoding.encode_questions(Task(smallest=0, largest=99), np.array([[3, 10], [0, 7]]))
    assert encoding.read(grid) == [" 3+10", " 0+ 7"]


def test_an_answer_may_be_written_last_digit_first() -> None:
    encoding = TextEncoding(answer_order="reversed")
    grid = encoding.encode_answers(Task(largest=100), np.array([62, 150]))
    assert grid.tolist() == [[2, 6, 11], [0, 5, 1]]
    assert encoding.read(grid) == ["26 ", "051"]
    assert encoding.read_answers(grid) == [" 62", "150"]


@pytest.mark.parametrize(
    ("task", "question_length", "answer_length"),
    [
        (Task(largest=10), 5, 2),
        (Task(largest=9), 3, 2),
        (Task(smallest=0, largest=4), 3, 1),
        (Task(largest=99), 5, 3),
        (Task(largest=100), 7, 3),
        (Task(largest=499), 7, 3),
        (Task(largest=500), 7, 4),
        (Task(largest=999, terms=3), 11, 4),
        (Task(largest=10**15), 33, 16),
        (Task(largest=10**15 - 1), 31, 16),
        (Task(largest=10**15, terms=10), 169, 17),
    ],
)
def test_lengths_follow_from_the_task(task: Task, question_length: int, answer_length: int) -> None:
    assert PLAIN.question_length(task) == question_length
    assert PLAIN.answer_length(task) == answer_length


@given(questions(), text_encodings)
def test_an_encoded_question_reads_as_its_padded_text(
    question: tuple[Task, tuple[int, ...]], encoding: TextEncoding
) -> None:
    task, numbers = question
    grid = encoding.encode_questions(task, np.array([numbers]))
    assert grid.shape == (1, encoding.question_length(task))
    assert grid.dtype == np.int32
    text = encoding.read(grid)[0]
    assert text == padded(task, encoding, numbers)
    assert task.parse(text) == numbers


@given(questions(), text_encodings)
def test_an_encoded_answer_reads_as_its_padded_text(
    question: tuple[Task, tuple[int, ...]], encoding: TextEncoding
) -> None:
    task, numbers = question
    answers = np.array([task.answer(numbers)])
    grid = encoding.encode_answers(task, answers)
    assert grid.shape == (1, encoding.answer_length(task))
    assert grid.dtype == np.int32
    text = encoding.read_answers(grid)[0]
    assert text == str(answers[0]).rjust(encoding.answer_length(task))
    assert number_in(text) == answers[0]
    assert (encoding.read(grid)[0] == text[::-1]) or encoding.answer_order == "written"


@given(tasks(), text_encodings, st.integers(0, 100))
def test_many_questions_are_encoded_as_each_alone(task: Task, encoding: TextEncoding, seed: int) -> None:
    numbers = task.sample(5, np.random.default_rng(seed), split="any")
    together = encoding.encode_questions(task, numbers)
    alone = [encoding.encode_questions(task, row[None])[0] for row in numbers]
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("encoding", [*(kind() for kind in ENCODINGS.values())])
def test_no_questions_encode_to_an_empty_grid(encoding: TextEncoding | ScaledEncoding) -> None:
    task = Task()
    empty = np.empty((0, 2), np.int64)
    assert encoding.encode_questions(task, empty).shape == (0, encoding.question_length(task))
    assert len(encoding.encode_answers(task, task.answers(empty))) == 0


@given(text_encodings)
def test_turning_to_human_order_twice_changes_nothing(encoding: TextEncoding) -> None:
    steps = np.arange(24).reshape(2, 4, 3)
    assert np.array_equal(encoding.human_order(encoding.human_order(steps)), steps)


def test_scaled_numbers_lie_between_0_and_1() -> None:
    scaled, task = ScaledEncoding(), Task(largest=100)
    inputs = scaled.encode_questions(task, np.array([[12, 50], [100, 100]]))
    assert np.allclose(inputs, [[0.06, 0.25], [0.5, 0.5]])
    assert np.allclose(scaled.encode_answers(task, np.array([62, 200])), [0.31, 1.0])
    assert (scaled.question_length(Task(terms=3)), scaled.answer_length(task)) == (3, 1)


@given(tasks(largest=100_000), st.integers(0, 100))
def test_scaling_back_and_rounding_gives_the_sum(task: Task, seed: int) -> None:
    numbers = task.sample(20, np.random.default_rng(seed), split="any")
    scaled = ScaledEncoding()
    inputs = scaled.encode_questions(task, numbers)
    targets = scaled.encode_answers(task, task.answers(numbers))
    assert inputs.dtype == targets.dtype == np.float32
    assert inputs.min() >= 0
    assert targets.max() <= 1
    assert np.allclose(inputs.sum(axis=1), targets, atol=1e-6)
    assert np.array_equal(scaled.decode_answers(task, targets).round(), task.answers(numbers))


def test_one_hot_marks_each_symbol_in_its_own_column() -> None:
    picture = one_hot(np.array([[11, 3, 10]]))
    assert picture.shape == (1, 3, 12)
    assert picture.argmax(axis=-1).tolist() == [[11, 3, 10]]
    assert np.array_equal(picture.sum(axis=-1), [[1, 1, 1]])


@pytest.mark.parametrize(
    ("text", "number"),
    [("13", 13), (" 62", 62), ("007", 7), ("26 ", 26), ("6 2", None), ("   ", None), ("1+3", None), ("", None)],
)
def test_a_text_spells_a_number_or_none(text: str, number: int | None) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"padding": "left"}, "encoding.padding must be one of question, terms; received: 'left'"),
        ({"answer_order": 1}, "encoding.answer_order must be one of written, reversed; received: 1"),
    ],
)
def test_an_unknown_form_is_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        TextEncoding(**settings)  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_encodings_are_registered_under_their_names_and_frozen() -> None:
    assert {name: kind.name for name, kind in ENCODINGS.items()} == {"text": "text", "scaled": "scaled"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        TextEncoding().padding = "terms"  # type: ignore[misc]
