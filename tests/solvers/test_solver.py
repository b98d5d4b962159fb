from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from adder import (
    ColumnsEncoding,
    Experiment,
    ExperimentError,
    QuestionError,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Solver,
    Tagger,
    Task,
    TextEncoding,
    Transformer,
    shipped_solver,
)
from adder.encodings import ORDERS, PADDINGS
from adder.networks import Network
from adder.solvers.predictions import Predictions
from adder.tasks.questions import ALPHABET
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, adding_solver, carrying_solver, random_solver


def test_an_answer_on_characters_holds_every_probability(text_solver: Solver) -> None:
    answer = text_solver.solve(" 3 + 10 =")
    assert answer.question == "3+10"
    assert answer.expected == "13"
    assert answer.number is None
    assert answer.text == "".join(character.char for character in answer.characters)
    assert answer.correct == (answer.text == "13")
    for character in answer.characters:
        assert len(character.distribution) == 12
        assert sum(character.distribution) == pytest.approx(1, abs=1e-5)
        assert character.probability == max(character.distribution)
        assert ALPHABET[int(np.argmax(character.distribution))] == character.char
    product = np.prod([character.probability for character in answer.characters])
    assert answer.confidence == pytest.approx(product)


def test_a_reversed_answer_is_shown_in_human_order() -> None:
    questions = TINY_FAST.task.read(["12+50"])
    outputs = np.zeros((1, 3, 12), np.float32)
    outputs[0, [0, 1, 2], [2, 6, 11]] = 1  # It writes 2, then 6, then a space.
    encoding = TINY_FAST.encoding
    assert encoding.read_answers(TINY_FAST.task, outputs.argmax(axis=-1)) == [" 62"]  # type: ignore[union-attr]
    random = random_solver(TINY_FAST, seed=3)
    assert random.predict(questions).expected == [" 62"]
    answer = random.solve("12+50")
    steps = random.predict(questions).outputs[0]
    assert [character.probability for character in answer.characters] == [float(step.max()) for step in steps[::-1]]


LOOKING = Seq2Seq(encoder_units=6, decoder_units=6, attention="dot", masking=True)
ATTENTIVE: list[Network] = [
    LOOKING,
    dataclasses.replace(LOOKING, attention="additive", feedback=True),
    Transformer(width=6, heads=2, layers=1, feedforward=6, masking=True),
]


@pytest.mark.parametrize("network", ATTENTIVE, ids=["dot", "additive", "transformer"])
@pytest.mark.parametrize("doubled", [False, True])
@pytest.mark.parametrize("question_order", ORDERS)
@pytest.mark.parametrize("answer_order", ORDERS)
def test_attention_is_shown_in_human_order_and_adds_up_to_one(
    network: Network, doubled: bool, question_order: str, answer_order: str
) -> None:
    encoding = TextEncoding(question_order=question_order, answer_order=answer_order, doubled=doubled)
    solver = random_solver(Experiment(task=Task(largest=100), encoding=encoding, network=network), scale=0.5)
    answer = solver.solve("3+10")
    assert "".join(answer.steps) == "   3+10" * (1 + doubled)
    assert len(answer.attention) == len(answer.text) == 3
    for row in answer.attention:
        assert sum(row) == pytest.approx(1, abs=1e-5)
        assert [looked > 0 for looked in row] == [label != " " for label in answer.steps]  # It masks padding.
    predictions = solver.predict(solver.experiment.task.read(["3+10"]))
    assert predictions.attention is not None
    written = predictions.attention[0][:: 1 if answer_order == "written" else -1]
    assert np.array_equal(np.sort(answer.attention), np.sort(written))


def test_attention_over_columns_names_the_digits_of_each_place() -> None:
    solver = random_solver(Experiment(task=Task(largest=99), encoding=ColumnsEncoding(), network=LOOKING))
    answer = solver.solve("12+5")
    assert answer.steps == (" + ", "1+ ", "2+5")
    assert all(row[0] == 0 for row in answer.attention)


def test_a_network_without_attention_shows_none(text_solver: Solver) -> None:
    answer = text_solver.solve("3+10")
    assert answer.attention == ()
    assert "".join(answer.steps) == " 3+10"
    assert random_solver(TINY_SCALED).solve("3+10").steps == ()


@pytest.mark.parametrize("padding", PADDINGS)
def test_the_steps_of_an_answer_are_the_question_as_it_was_padded(padding: str) -> None:
    experiment = Experiment(task=Task(largest=100), encoding=TextEncoding(padding=padding))
    shown = {"left": "   3+10", "right": "3+10   ", "terms": "  3+ 10", "marks": "<3+10>   "}
    assert "".join(random_solver(experiment).solve("3+10").steps) == shown[padding]


def test_an_answer_on_numbers_holds_the_number_before_rounding() -> None:
    solver = adding_solver()
    answer = solver.solve("12+50")
    assert (answer.text, answer.expected, answer.value, answer.correct) == ("62", "62", 62, True)
    assert answer.number == pytest.approx(62, abs=1e-4)
    assert answer.characters == ()
    assert isinstance(solver.experiment.encoding, ScaledEncoding)


def test_an_answer_that_spells_no_number_has_no_value(text_solver: Solver) -> None:
    answers = [text_solver.solve(f"{a}+{b}") for a in range(1, 11) for b in range(1, 11)]
    for answer in answers:
        spelled = answer.text.strip()
        assert answer.value == (int(spelled) if spelled.isdigit() else None)
    assert len({answer.text for answer in answers}) > 1


@pytest.mark.parametrize(
    ("task", "question", "expected", "value"),
    [
        (Task(smallest=0, largest=99, operators="+-"), "5-12", " -7", -7),
        (Task(smallest=0, largest=99, operators="*"), "99*99", "9801", 9_801),
        (Task(smallest=0, largest=255, base=16), "FF+1", "100", 256),
        (Task(smallest=0, largest=255, base=2), "101+11", "     1000", 8),
        (Task(largest=99, terms=1, operators="^"), "12^2", " 144", 144),
        (Task(smallest=0, largest=9, terms=4, operators="+-*", brackets=2), "2*(3-(4+5))", "  -12", -12),
        (Rule((("cat", "tac"), ("do", "od"))), "do", " od", None),
    ],
)
def test_the_true_answer_is_known_of_every_kind_of_question(
    task: Task | Rule, question: str, expected: str, value: int | None
) -> None:
    experiment = Experiment(task=task, network=Seq2Seq(encoder_units=2, decoder_units=2))
    answer = random_solver(experiment).solve(question)
    assert answer.question == question
    assert answer.expected is not None
    assert answer.expected.strip() == expected.strip()
    assert len(answer.expected) == len(answer.text) == experiment.task.longest_answer
    assert task.value(answer.expected) == value
    assert experiment.encoding.true_texts(task, task.read([question])) == [answer.expected]


def test_the_true_answer_to_a_question_that_is_not_in_the_list_is_not_known() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    solver = random_solver(Experiment(task=rule, network=Seq2Seq(encoder_units=2, decoder_units=2)))
    answer = solver.solve("tag")
    assert (answer.question, answer.expected, answer.correct) == ("tag", None, None)
    assert len(answer.characters) == 3
    assert solver.solve("dog").expected == "god"
    with pytest.raises(QuestionError, match='"dig" has "i" in it at character 2; this network has never seen that one'):
        solver.solve("dig")


@pytest.mark.parametrize(
    "question",
    ["12+5", "9" * 60 + "+1", "1+" + "9" * 60, "5" * 300 + "+" + "7" * 300, "0+0"],
    ids=lambda question: f"{len(question)} characters",
)
def test_a_network_of_any_length_answers_longer_questions_than_it_was_trained_on(question: str) -> None:
    answer = carrying_solver().solve(question)
    assert answer.value == sum(map(int, question.split("+")))
    assert answer.correct
    assert len(answer.characters) == len(answer.text) == len(answer.steps)


def test_any_length_still_ends_at_a_thousand_digits() -> None:
    solver = carrying_solver()
    assert solver.solve("9" * 1_000 + "+0").correct
    with pytest.raises(QuestionError, match=r"^a number may have at most 1,000 digits; this one has 1,001$"):
        solver.solve("9" * 1_001 + "+0")
    assert solver.solve("0" * 1_001 + "12+50").correct
    assert solver.solve("１２３４５６７８９０１２ + 1").correct
    with pytest.raises(QuestionError, match='has "a" in it at character 1'):
        solver.solve("a" * 1_001 + "+1")


def test_a_question_of_the_usual_length_is_read_as_in_training() -> None:
    solver = carrying_solver()
    assert solver.read(["12+50"])[0] == solver.experiment.task
    task, questions = solver.read(["12+50", "123+4"])
    assert isinstance(task, Task)
    assert task.largest == 999
    assert solver.predict(questions, task).texts == ["0062", "0127"]


def test_a_network_of_one_length_refuses_longer_questions(text_solver: Solver) -> None:
    with pytest.raises(QuestionError, match="999 is outside 1 to 10, the numbers this network was trained on"):
        text_solver.solve("999+1")


# Reads back what it wrote, so that a whole answer may be likelier than the one its likeliest beginning leads to.
FEEDING_BACK = Experiment(network=Seq2Seq(encoder_units=4, decoder_units=4, feedback=True))


@pytest.mark.parametrize("experiment", [FEEDING_BACK, TINY_TEXT, TINY_FAST], ids=["feedback", "text", "reversed"])
def test_a_beam_of_one_is_the_answer(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    answer = solver.solve("3+10")
    assert solver.solve("3+10", beam=1) == answer
    (candidate,) = solver.candidates("3+10", beam=1)
    assert candidate.text == answer.text
    assert candidate.probability == pytest.approx(answer.confidence, rel=1e-5)


@pytest.mark.parametrize("experiment", [FEEDING_BACK, TINY_TEXT, TINY_FAST], ids=["feedback", "text", "reversed"])
def test_candidates_are_different_answers_likeliest_first(experiment: Experiment) -> None:
    candidates = random_solver(experiment).candidates("3+10", beam=8)
    chances = [candidate.probability for candidate in candidates]
    assert len({candidate.text for candidate in candidates}) == 8
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-6
    assert all(len(candidate.text) == experiment.task.longest_answer for candidate in candidates)


def test_a_beam_finds_a_likelier_whole_answer_than_the_greedy_one() -> None:
    better = []
    for seed in range(20):
        solver = random_solver(FEEDING_BACK, seed)
        greedily, searched = solver.solve("3+10"), solver.solve("3+10", beam=12)
        assert searched.confidence >= greedily.confidence * (1 - 1e-6)  # With 12 beginnings it misses none.
        assert searched.text == solver.candidates("3+10", beam=12)[0].text
        assert searched.confidence == pytest.approx(solver.candidates("3+10", beam=12)[0].probability, rel=1e-4)
        better.append(searched.text != greedily.text)
    assert any(better)
    assert not all(better)


def test_an_answer_can_be_had_without_its_padding() -> None:
    zeros = carrying_solver().solve("12+7")
    assert (zeros.text, zeros.unpadded, zeros.expected_unpadded) == ("019", "19", "19")
    spaces = shipped_solver("two-digits").solve("3+10")
    assert (spaces.text, spaces.unpadded, spaces.expected_unpadded) == (" 13", "13", "13")
    number = adding_solver().solve("3+10")
    assert (number.text, number.unpadded) == ("13", "13")
    unknown = dataclasses.replace(spaces, expected=None)
    assert unknown.expected_unpadded is None


@pytest.mark.parametrize("beam", [0, -3, 101, 2.5, True])
def test_a_beam_that_cannot_be_followed_is_refused(beam: int, text_solver: Solver) -> None:
    with pytest.raises(ExperimentError, match="beam must be a whole number from 1 to 100"):
        text_solver.candidates("3+10", beam=beam)
    with pytest.raises(ExperimentError, match="beam must be a whole number from 1 to 100"):
        text_solver.solve("3+10", beam=beam)


def test_a_network_on_numbers_has_no_candidates() -> None:
    with pytest.raises(ExperimentError, match="beam must be for a network that writes characters; received: 'scaled'"):
        adding_solver().candidates("3+10")
    assert adding_solver().solve("3+10", beam=5).text == "13"


def test_a_bad_question_is_refused(text_solver: Solver) -> None:
    with pytest.raises(QuestionError, match="ends with an operator"):
        text_solver.solve("3+")


MANY_KINDS = {
    "text": TINY_TEXT,
    "fast": TINY_FAST,
    "scaled": TINY_SCALED,
    "attention": Experiment(task=Task(operators="+-", terms=3, fewest_terms=2), network=ATTENTIVE[1]),
    "transformer": Experiment(task=Task(terms=3, brackets=1, operators="+-"), network=ATTENTIVE[2]),
    "columns": Experiment(task=Task(largest=99), encoding=ColumnsEncoding(), network=Tagger(units=4)),
    "rule": Experiment(task=Rule(), network=LOOKING),
}


@pytest.mark.parametrize("experiment", MANY_KINDS.values(), ids=MANY_KINDS)
def test_many_questions_are_answered_as_each_alone(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    questions = experiment.task.sample(30, np.random.default_rng(0), split="any")
    together = solver.predict(questions)
    alone = [solver.solve(text) for text in experiment.task.texts(questions)]
    assert together.texts == [answer.text for answer in alone]
    assert together.expected == [answer.expected for answer in alone]
    assert list(together.values) == [answer.value for answer in alone]
    assert together.correct.tolist() == [answer.correct for answer in alone]


@pytest.mark.parametrize("experiment", [TINY_TEXT, MANY_KINDS["attention"]], ids=["text", "attention"])
def test_batches_of_predictions_join_to_the_whole(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    questions = experiment.task.sample(20, np.random.default_rng(0))
    whole = solver.predict(questions)
    joined = Predictions.joined([solver.predict(questions[:7]), solver.predict(questions[7:])])
    assert (joined.texts, joined.expected, list(joined.values)) == (whole.texts, whole.expected, list(whole.values))
    assert np.allclose(joined.outputs, whole.outputs, atol=1e-6)
    assert (joined.attention is None) == (whole.attention is None)
    if joined.attention is not None and whole.attention is not None:
        assert np.allclose(joined.attention, whole.attention, atol=1e-6)


def test_texts_are_compared_character_by_character() -> None:
    matches = Predictions.compare(["13", "7", "120"], ["18", "7", "12"])
    assert matches.tolist() == [[True, False, True], [True, True, True], [True, True, False]]


def test_weights_too_small_for_a_normal_number_are_flushed() -> None:
    tiny = np.float32(1e-40)
    solver = random_solver(TINY_TEXT)
    weights = {name: weight.copy() for name, weight in solver.weights.items()}
    weights["character/bias"][:2] = tiny, -tiny
    loaded = Solver.from_bytes(dataclasses.replace(solver, weights=weights).to_bytes())
    assert not loaded.weights["character/bias"][:2].any()
    weights["character/bias"][:2] = 0
    assert all(np.array_equal(loaded.weights[name], weights[name]) for name in weights)
