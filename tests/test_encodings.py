from __future__ import annotations

import dataclasses
import re
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder import (
    ColumnsEncoding,
    Experiment,
    ExperimentError,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Task,
    TextEncoding,
    keras_script,
)
from adder.analysis.picture import picture
from adder.base.source import block
from adder.encodings import ENCODINGS, INPUTS, CharacterEncoding, Encoding, one_hot
from adder.encodings.encoding import MARKS, widened
from adder.tasks import AnyTask
from adder.tasks.numerals import DIGITS
from adder.tasks.questions import Questions, texts
from tests.experiments import character_encodings, encodings, random_solver, rules, tasks, text_encodings

PLAIN = TextEncoding()
BY_TERMS = TextEncoding(padding="terms")
TO_99 = Task(smallest=0, largest=99)
RAGGED = Task(smallest=0, largest=99, terms=3, fewest_terms=2)
DIFFERENCES = Task(smallest=0, largest=99, operators="-")
BRACKETS = Task(smallest=0, largest=99, terms=3, operators="+-*", brackets=1)
SQUARES = Task(smallest=0, largest=99, terms=1, operators="^")
BINARY = Task(smallest=0, largest=7, base=2)
PETS = Rule((("a cat", "tac"), ("dog", "god"), ("ox", "x o")))


def drawn(task: AnyTask, seed: int, n: int = 8) -> Questions:
    return task.sample(n, np.random.default_rng(seed), split="any")


def question_shown(task: AnyTask, encoding: TextEncoding, text: str) -> str:
    """What a network should read of a question, written with Python's own padding."""
    fill = "0" if encoding.fill == "zero" else " "
    width = max(task.longest_question, task.longest_answer) if encoding.full_length else task.longest_question
    if encoding.padding in ("right", "marks"):
        text = text.ljust(width)
    elif encoding.padding == "terms":
        assert isinstance(task, Task)
        longest = task.number_width
        terms = re.sub("[0-9A-F]+", lambda term: term[0].rjust(longest, fill), text.replace("^2", "²"))
        text = terms.replace("²", "^2").ljust(task.longest_question)
    text = text.rjust(width, fill)
    if encoding.marks:
        text = re.sub(r"(\S.*\S|\S)", r"<\1>", text)
    return (text[::-1] if encoding.question_order == "reversed" else text) * (1 + encoding.doubled)


def answer_shown(task: AnyTask, encoding: CharacterEncoding, answer: str) -> str:
    """The answer in human order."""
    length = encoding.answer_length(task)
    return answer.zfill(length) if encoding.fill == "zero" else answer.rjust(length)


@st.composite
def in_characters(draw: st.DrawFn) -> tuple[AnyTask, CharacterEncoding]:
    task = draw(tasks() | tasks() | rules())
    return task, draw(character_encodings(task))


@st.composite
def as_text(draw: st.DrawFn) -> tuple[AnyTask, TextEncoding]:
    task = draw(tasks() | tasks() | rules())
    return task, draw(text_encodings(task))


@st.composite
def in_any_encoding(draw: st.DrawFn) -> tuple[AnyTask, Encoding]:
    task = draw(tasks() | tasks() | rules())
    return task, draw(encodings(task))


@pytest.mark.parametrize(
    ("task", "text", "question", "answer"),
    [
        (Task(), "3+10", [11, 3, 10, 1, 0], [1, 3]),
        (Task(), "10+10", [1, 0, 10, 1, 0], [2, 0]),
        (Task(), "1+2", [11, 11, 1, 10, 2], [11, 3]),
        (Task(largest=100), "12+50", [11, 11, 1, 2, 10, 5, 0], [11, 6, 2]),
        (Task(smallest=0, largest=9, terms=3), "0+0+9", [0, 10, 0, 10, 9], [11, 9]),
        (Task(smallest=0), "0+0", [11, 11, 0, 10, 0], [11, 0]),
        (DIFFERENCES, "3-10", [11, 3, 12, 1, 0], [11, 12, 7]),
        (SQUARES, "12^2", [1, 2, 16, 2], [11, 1, 4, 4]),
        (Task(smallest=0, largest=15, base=16), "3+A", [3, 10, 17], [11, 20]),
    ],
)
def test_the_textbook_form_is_padded_on_the_left(task: Task, text: str, question: list[int], answer: list[int]) -> None:
    read = task.read([text])
    assert PLAIN.encode_questions(task, read).tolist() == [question]
    assert PLAIN.encode_answers(task, read).tolist() == [answer]


@pytest.mark.parametrize(
    ("task", "settings", "text", "question", "answer"),
    [
        (TO_99, {"padding": "right"}, "3+10", "3+10 ", " 13"),
        (TO_99, {"padding": "terms"}, "3+10", " 3+10", " 13"),
        (TO_99, {"padding": "terms"}, "0+7", " 0+ 7", "  7"),
        (TO_99, {"padding": "terms", "fill": "zero"}, "0+7", "00+07", "007"),
        (TO_99, {"fill": "zero"}, "3+7", "003+7", "010"),
        (TO_99, {"question_order": "reversed"}, "3+10", "01+3 ", " 13"),
        (TO_99, {"answer_order": "reversed"}, "30+40", "30+40", "07 "),
        (TO_99, {"answer_order": "reversed"}, "3+10", " 3+10", "31 "),
        (TO_99, {"answer_order": "reversed", "fill": "zero"}, "3+10", "03+10", "310"),
        (TO_99, {"doubled": True}, "3+10", " 3+10 3+10", " 13"),
        (TO_99, {"doubled": True, "question_order": "reversed"}, "3+10", "01+3 01+3 ", " 13"),
        (TO_99, {"padding": "marks"}, "3+10", "<3+10> ", " 13"),
        (TO_99, {"padding": "marks", "question_order": "reversed"}, "3+1", "  >1+3<", "  4"),
        (TO_99, {"full_length": True}, "3+10", " 3+10", "   13"),
        (TO_99, {"full_length": True, "answer_order": "reversed"}, "3+10", " 3+10", "31   "),
        (SQUARES, {"full_length": True}, "99^2", "99^2", "9801"),
        (SQUARES, {"padding": "terms", "fill": "zero"}, "7^2", "07^2", "0049"),
        (
            Task(smallest=0, largest=99, operators="*"),
            {"padding": "terms", "full_length": True, "fill": "zero"},
            "7*99",
            "07*99",
            "00693",
        ),
        (Task(largest=9, operators="*", terms=3), {"full_length": True}, "9*9*9", "9*9*9", "  729"),
        (DIFFERENCES, {"fill": "zero"}, "3-10", "03-10", "-07"),
        (DIFFERENCES, {"fill": "zero"}, "10-3", "010-3", "007"),
        (DIFFERENCES, {"answer_order": "reversed"}, "3-10", " 3-10", "7- "),
        (RAGGED, {}, "3+10", "    3+10", " 13"),
        (RAGGED, {"padding": "right"}, "3+10", "3+10    ", " 13"),
        (RAGGED, {"padding": "terms"}, "3+10", " 3+10   ", " 13"),
        (RAGGED, {"padding": "terms", "fill": "zero"}, "3+10", "03+10   ", "013"),
        (RAGGED, {"padding": "terms", "fill": "zero"}, "3+10+0", "03+10+00", "013"),
        (RAGGED, {"fill": "zero"}, "3+10", "00003+10", "013"),
        (BRACKETS, {}, "(3+10)*2", "  (3+10)*2", "    26"),
        (BRACKETS, {"padding": "right"}, "(3+10)*2", "(3+10)*2  ", "    26"),
        (BRACKETS, {"fill": "zero"}, "2-10*99", "0002-10*99", "-00988"),
        (BINARY, {"padding": "terms", "fill": "zero"}, "11+110", "011+110", "1001"),
        (PETS, {}, "dog", "  dog", "god"),
        (PETS, {}, "a cat", "a cat", "tac"),
        (PETS, {"padding": "right"}, "ox", "ox   ", "x o"),
        (PETS, {"full_length": True, "answer_order": "reversed"}, "ox", "   ox", "o x  "),
        (Rule((("2", "two"), ("10", "ten"))), {"padding": "right", "full_length": True}, "2", "2  ", "two"),
        (PETS, {"question_order": "reversed", "doubled": True}, "a cat", "tac atac a", "tac"),
    ],
)
def test_what_a_network_reads_and_writes(
    task: AnyTask, settings: dict[str, Any], text: str, question: str, answer: str
) -> None:
    encoding = TextEncoding(**settings)
    assert encoding.refusal(task) is None
    read = task.read([text])
    known = task.alphabet + (MARKS if encoding.marks else "")
    assert texts(encoding.encode_questions(task, read), known) == [question]
    assert texts(encoding.encode_answers(task, read), task.alphabet) == [answer]


@given(as_text(), st.integers(0, 100))
def test_an_encoded_question_reads_as_its_padded_text(pair: tuple[AnyTask, TextEncoding], seed: int) -> None:
    task, encoding = pair
    questions = drawn(task, seed)
    grid = encoding.encode_questions(task, questions)
    assert grid.shape == (8, encoding.question_length(task))
    assert grid.dtype == np.int32
    known = task.alphabet + (MARKS if encoding.marks else "")
    assert texts(grid, known) == [question_shown(task, encoding, text) for text in task.texts(questions)]
    for row, text in enumerate(task.texts(questions)):
        human = question_shown(task, dataclasses.replace(encoding, question_order="written"), text)
        assert "".join(encoding.step_labels(task, questions[row : row + 1])) == human


@given(in_characters(), st.integers(0, 100))
def test_an_encoded_answer_reads_back_as_the_true_one_in_human_order(
    pair: tuple[AnyTask, CharacterEncoding], seed: int
) -> None:
    task, encoding = pair
    questions = drawn(task, seed)
    grid = encoding.encode_answers(task, questions)
    assert grid.shape == (8, encoding.answer_length(task))
    assert grid.dtype == np.int32
    written = encoding.read_answers(task, grid)
    if isinstance(task, Task):
        assert questions.values is not None
        assert [task.value(text) for text in written] == questions.values.tolist()
        true = [task.spell(value) for value in questions.values.tolist()]
    else:
        true = [dict(task.pairs)[text] for text in task.texts(questions)]
    assert written == [answer_shown(task, encoding, answer) for answer in true]
    in_order = texts(grid, task.alphabet)
    assert in_order == [text[::-1] if encoding.answer_order == "reversed" else text for text in written]


@given(as_text(), st.integers(0, 100))
def test_no_two_questions_look_alike(pair: tuple[AnyTask, TextEncoding], seed: int) -> None:
    task, encoding = pair
    questions = drawn(task, seed, 40)
    grid = encoding.encode_questions(task, questions)
    assert len(np.unique(grid, axis=0)) == len(set(task.texts(questions)))


@given(in_any_encoding(), st.integers(0, 100))
def test_many_questions_are_encoded_as_each_alone(pair: tuple[AnyTask, Encoding], seed: int) -> None:
    task, encoding = pair
    questions = drawn(task, seed, 5)
    together = encoding.encode_questions(task, questions), encoding.encode_answers(task, questions)
    for row in range(5):
        alone = questions[row : row + 1]
        assert np.array_equal(encoding.encode_questions(task, alone)[0], together[0][row])
        assert np.array_equal(encoding.encode_answers(task, alone)[0], together[1][row])


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
        (DIFFERENCES, 5, 3),
        (BRACKETS, 10, 6),
        (SQUARES, 4, 4),
        (BINARY, 7, 4),
        (PETS, 5, 3),
    ],
)
def test_lengths_follow_from_the_task(task: AnyTask, question_length: int, answer_length: int) -> None:
    assert PLAIN.question_length(task) == question_length
    assert PLAIN.answer_length(task) == answer_length
    longer = TextEncoding(full_length=True)
    assert longer.question_length(task) == longer.answer_length(task) == max(question_length, answer_length)
    assert TextEncoding(doubled=True).question_length(task) == 2 * question_length
    assert PLAIN.channels(task) == 1


@pytest.mark.parametrize(
    ("task", "fill", "text", "columns", "answer"),
    [
        (TO_99, "space", "3+10", ["3+0", " +1", " + "], "31 "),
        (TO_99, "zero", "3+10", ["3+0", "0+1", "0+0"], "310"),
        (RAGGED, "space", "95+7", ["5+7+ ", "9+ + ", " + + "], "201"),
        (RAGGED, "zero", "95+7", ["5+7+0", "9+0+0", "0+0+0"], "201"),
        (BINARY, "zero", "11+110", ["1+0", "1+1", "0+1", "0+0"], "1001"),
    ],
)
def test_columns_stand_as_on_paper_least_significant_first(
    task: Task, fill: str, text: str, columns: list[str], answer: str
) -> None:
    encoding = ColumnsEncoding(fill=fill)
    read = task.read([text])
    grid = encoding.encode_questions(task, read)
    assert grid.shape == (1, task.longest_answer, task.terms)
    assert ["+".join(task.alphabet[symbol] for symbol in column) for column in grid[0]] == columns
    assert encoding.step_labels(task, read) == columns[::-1]
    assert texts(encoding.encode_answers(task, read), task.alphabet) == [answer]
    assert encoding.read_answers(task, encoding.encode_answers(task, read)) == [answer[::-1]]
    assert encoding.channels(task) == task.terms


@given(tasks().filter(lambda task: ColumnsEncoding().refusal(task) is None), st.integers(0, 100))
def test_every_column_holds_the_digits_of_one_place(task: Task, seed: int) -> None:
    questions = drawn(task, seed)
    assert questions.numbers is not None
    grid = ColumnsEncoding(fill="zero").encode_questions(task, questions)
    assert grid.shape == (8, task.longest_answer, task.terms)
    places = np.vectorize(lambda symbol: DIGITS.index(task.alphabet[symbol]))(grid)
    powers = np.array([task.base**place for place in range(task.longest_answer)], object)
    assert np.array_equal((places * powers[:, None]).sum(axis=1), questions.numbers)


def test_columns_may_be_as_long_as_the_question_asked() -> None:
    task = TO_99.widened(10**100)
    numbers = [10**99 + 7, 10**100]
    read = task.of([numbers])
    encoding = ColumnsEncoding()
    grid = encoding.encode_questions(task, read)
    assert grid.shape == (1, 101, 2)
    assert task.value(encoding.read_answers(task, encoding.encode_answers(task, read))[0]) == sum(numbers)


@pytest.mark.parametrize("encoding", [kind() for kind in ENCODINGS.values()], ids=ENCODINGS)
def test_no_questions_encode_to_an_empty_grid(encoding: Encoding) -> None:
    task = Task()
    empty = task.read([])
    assert encoding.encode_questions(task, empty).shape[:2] == (0, encoding.question_length(task))
    assert len(encoding.encode_answers(task, empty)) == 0


@given(in_characters(), st.integers(0, 2**31 - 1))
def test_padding_is_what_stands_outside_an_answer(pair: tuple[AnyTask, CharacterEncoding], seed: int) -> None:
    task, encoding = pair
    questions = drawn(task, seed)
    padding = encoding.human_order(encoding.pads(task, encoding.encode_answers(task, questions)))
    for text, pads in zip(encoding.true_texts(task, questions), padding, strict=True):
        counted = "".join(np.array(list(text))[~pads])
        assert encoding.unpadded(counted) == encoding.unpadded(text)
        # With what says where it begins.
        assert len(counted) == min(len(encoding.unpadded(text)) + 1 + task.widest_gap, len(text))


@given(in_characters())
def test_turning_to_human_order_twice_changes_nothing(pair: tuple[AnyTask, CharacterEncoding]) -> None:
    _, encoding = pair
    steps = np.arange(24).reshape(2, 4, 3)
    for turn, order in (
        (encoding.human_order, encoding.answer_order),
        (encoding.question_human_order, getattr(encoding, "question_order", "reversed")),
    ):
        assert np.array_equal(turn(turn(steps)), steps)
        assert np.array_equal(turn(steps), steps[:, ::-1] if order == "reversed" else steps)


def test_scaled_numbers_lie_between_0_and_1() -> None:
    scaled, task = ScaledEncoding(), Task(largest=100)
    read = task.of([[12, 50], [100, 100]])
    assert np.allclose(scaled.encode_questions(task, read), [[0.06, 0.25], [0.5, 0.5]])
    assert np.allclose(scaled.encode_answers(task, read), [0.31, 1.0])
    assert (scaled.question_length(Task(terms=3)), scaled.answer_length(task)) == (3, 1)


def test_numbers_can_be_handed_over_in_reverse() -> None:
    task = Task(largest=100)
    swapped = ScaledEncoding(question_order="reversed").encode_questions(task, task.of([[12, 50]]))
    assert np.array_equal(swapped, ScaledEncoding().encode_questions(task, task.of([[50, 12]])))


@pytest.mark.parametrize(
    ("task", "scale"),
    [
        (Task(largest=100), 200),
        (Task(largest=100, terms=3), 300),
        (DIFFERENCES, 99),
        (Task(smallest=50, largest=60, operators="-"), 60),
        (Task(smallest=0, largest=99, operators="-", terms=3), 198),
        (Task(largest=12, operators="*"), 144),
        (SQUARES, 9_801),
    ],
)
def test_numbers_are_divided_by_the_largest_there_is(task: Task, scale: int) -> None:
    assert ScaledEncoding().scale(task) == scale


@given(tasks(largest=100_000), st.integers(0, 100))
def test_scaling_back_and_rounding_gives_the_answer(task: Task, seed: int) -> None:
    scaled = ScaledEncoding()
    assume(scaled.refusal(task) is None)
    assume(scaled.scale(task) < 2**22)  # Beyond this, float32 is not exact.
    questions = drawn(task, seed, 20)
    inputs, targets = scaled.encode_questions(task, questions), scaled.encode_answers(task, questions)
    assert inputs.shape == (20, scaled.question_length(task))
    assert inputs.dtype == targets.dtype == np.float32
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert np.abs(targets).max() <= 1
    assert np.array_equal(scaled.to_numbers(task, targets).round(), questions.values)  # type: ignore[arg-type]
    if task.operators == "+":
        assert np.allclose(inputs.sum(axis=1), targets, atol=1e-6)


def test_one_hot_marks_each_symbol_in_its_own_column() -> None:
    picture = one_hot(np.array([[11, 3, 10]]), 12)
    assert picture.shape == (1, 3, 12)
    assert picture.argmax(axis=-1).tolist() == [[11, 3, 10]]
    assert np.array_equal(picture.sum(axis=-1), [[1, 1, 1]])


@pytest.mark.parametrize(
    ("encoding", "task", "why"),
    [
        (
            BY_TERMS,
            BRACKETS,
            "encoding.padding=terms needs every number at a place of its own, and here brackets stand anywhere",
        ),
        (
            BY_TERMS,
            PETS,
            "encoding.padding=terms needs every number at a place of its own, and here a list of questions has no num",
        ),
        (
            TextEncoding(fill="zero"),
            PETS,
            "encoding.fill=zero writes leading zeros, which only numbers have; fill with space",
        ),
        (
            TextEncoding(fill="zero", padding="right"),
            TO_99,
            "encoding.fill=zero with encoding.padding=right would turn 3+1 into 3+10; pad left or terms",
        ),
        (
            TextEncoding(doubled=True, full_length=True),
            TO_99,
            "encoding.doubled reads more characters than are written, which encoding.full_length forbids",
        ),
        (ColumnsEncoding(), DIFFERENCES, "columns line up the digits of sums"),
        (ColumnsEncoding(), SQUARES, "columns line up the digits of sums"),
        (ColumnsEncoding(), Task(brackets=1), "columns line up the digits of sums"),
        (ColumnsEncoding(), PETS, "columns line up the digits of sums"),
        (ScaledEncoding(), PETS, "scaled numbers need a task of numbers; a list of questions is characters"),
        (
            ScaledEncoding(),
            RAGGED,
            "scaled numbers hand over numbers alone, so every question must have the same form, as a+b",
        ),
        (ScaledEncoding(), Task(operators="+-"), "scaled numbers hand over numbers alone"),
        (ScaledEncoding(), Task(largest=2**52), "scaled numbers must be exact, so answers must stay under 2**53"),
    ],
)
def test_what_cannot_be_written_down_is_refused_in_one_sentence(encoding: Encoding, task: AnyTask, why: str) -> None:
    refusal = encoding.refusal(task)
    assert refusal is not None
    assert refusal.startswith(why)
    assert len(refusal.splitlines()) == 1


@pytest.mark.parametrize(
    ("encoding", "task"),
    [
        (BY_TERMS, RAGGED),
        (BY_TERMS, SQUARES),
        (BY_TERMS, DIFFERENCES),
        (TextEncoding(fill="zero"), BRACKETS),
        (PLAIN, PETS),
        (ColumnsEncoding(), RAGGED),
        (ColumnsEncoding(), BINARY),
        (ScaledEncoding(), DIFFERENCES),
        (ScaledEncoding(), SQUARES),
        (ScaledEncoding(), Task(largest=2**52 - 1)),
    ],
)
def test_what_can_be_written_down_is_not_refused(encoding: Encoding, task: AnyTask) -> None:
    assert encoding.refusal(task) is None


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (
            TextEncoding,
            {"padding": "both"},
            "encoding.padding must be one of left, right, terms, marks; received: 'both'",
        ),
        (TextEncoding, {"answer_order": 1}, "encoding.answer_order must be one of written, reversed; received: 1"),
        (
            TextEncoding,
            {"question_order": "shuffled"},
            "encoding.question_order must be one of written, reversed; received: 'shuffled'",
        ),
        (TextEncoding, {"fill": "0"}, "encoding.fill must be one of space, zero; received: '0'"),
        (TextEncoding, {"input": "binary"}, f"encoding.input must be one of {', '.join(INPUTS)}; received: "),
        (TextEncoding, {"embedding_size": 0}, "encoding.embedding_size must be a whole number from 1 to 256; "),
        (TextEncoding, {"embedding_size": 257}, "encoding.embedding_size must be a whole number from 1 to 256; "),
        (TextEncoding, {"doubled": 1}, "encoding.doubled must be true or false; received: 1"),
        (TextEncoding, {"full_length": "yes"}, "encoding.full_length must be true or false; received: 'yes'"),
        (ColumnsEncoding, {"fill": None}, "encoding.fill must be one of space, zero; received: None"),
        (ColumnsEncoding, {"input": "scaled"}, f"encoding.input must be one of {', '.join(INPUTS)}; received: "),
        (
            ScaledEncoding,
            {"question_order": ""},
            "encoding.question_order must be one of written, reversed; received: ",
        ),
        (ColumnsEncoding, {"embedding_size": 2.5}, "encoding.embedding_size must be a whole number from 1 to 256; "),
    ],
)
def test_an_unknown_form_is_refused(kind: Any, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        kind(**settings)
    assert str(caught.value).startswith(sentence)


def test_encodings_are_registered_under_their_names_and_frozen() -> None:
    assert {TextEncoding, ColumnsEncoding, ScaledEncoding} <= set(ENCODINGS.values())
    assert all(kind.name == name and kind.label for name, kind in ENCODINGS.items())
    with pytest.raises(dataclasses.FrozenInstanceError):
        TextEncoding().padding = "terms"  # type: ignore[misc]


def test_the_default_is_the_textbooks_form() -> None:
    assert TextEncoding() == TextEncoding(
        padding="left",
        fill="space",
        question_order="written",
        answer_order="written",
        input="one-hot",
        doubled=False,
        full_length=False,
    )


def test_scaled_numbers_are_labelled_in_human_order_and_turned_to_the_networks() -> None:
    encoding, task = ScaledEncoding(question_order="reversed"), Task(largest=100)
    labels = encoding.step_labels(task, task.read(["12+50"]))
    assert labels == ["12", "50"]
    assert encoding.question_human_order(np.array([labels])).tolist() == [["50", "12"]]


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbours(CharacterEncoding):
    """Each character with the one after it."""

    name: ClassVar[str] = "neighbours"
    label: ClassVar[str] = "Neighbours"
    in_columns: ClassVar[bool] = True

    def refusal(self, task: AnyTask) -> None:
        return None

    def channels(self, task: AnyTask) -> int:
        return 2

    def question_length(self, task: AnyTask) -> int:
        return task.longest_question

    def encode_questions(self, task: AnyTask, questions: Questions) -> NDArray[Any]:
        grid = widened(questions.symbols, task.longest_question + 1, task.blank, left=False)
        return np.stack([grid[:, :-1], grid[:, 1:]], axis=2)

    def reading(self, task: AnyTask) -> str:
        return block('''
            def columns(question):
                """Each character with the one after it."""
                return zip(text(question).ljust(WIDTH), text(question)[1:].ljust(WIDTH), strict=True)
        ''')


@pytest.mark.slow
def test_an_encoding_may_give_several_characters_at_each_step_of_any_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENCODINGS, Neighbours.name, Neighbours)
    listed = Experiment(Rule((("1+2", "c"), ("dog", "god"))), Neighbours(), Seq2Seq(encoder_units=2, decoder_units=2))
    assert picture(random_solver(listed), "1+2").read == (("1", "+"), ("+", "2"), ("2", " "))
    defined: dict[str, Any] = {"__name__": "script"}
    exec(compile(keras_script(listed), "script.py", "exec"), defined)
    inputs, _ = defined["encode"](defined["PAIRS"])
    assert np.array_equal(inputs, listed.encoding.encode_questions(listed.task, listed.task.read(["1+2", "dog"])))
    assert defined["build_model"]().input_shape == (None, 3, 2)
