from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import ExperimentError, QuestionError, QuestionFileError, Rule
from adder.tasks.pairs import MOST_CSV_CHARACTERS, MOST_PAIRS, MOST_QUESTION_CHARACTERS, MOST_SYMBOLS, read_pairs
from tests.experiments import rules

DOUBLES = tuple((f"{number} twice", str(2 * number)) for number in range(300))
HALF = Rule(DOUBLES, held_out=0.5)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(rules())
def test_a_rule_survives_csv(rule: Rule) -> None:
    assert Rule.from_csv(rule.to_csv()) == rule
    assert rule.to_csv().startswith("question,answer\n")


@pytest.mark.parametrize(
    "text",
    [
        "question,answer\ncat,tac\ndog,god\n",
        "cat,tac\ndog,god",
        "Question , ANSWER\r\n cat , tac \r\ndog,god\r\n",
        "\ufeffquestion,answer\ncat,tac\ndog,god\n",
        '"cat","tac"\n\n  ,\ndog,god\n\n',
        "cat,tac\ndog,god\ncat,tac\n",
    ],
    ids=["heading", "no heading", "spaces and Windows", "byte order mark", "blank rows", "a row twice"],
)
def test_a_list_may_be_written_in_many_ways(text: str) -> None:
    assert Rule.from_csv(text).pairs == (("cat", "tac"), ("dog", "god"))


def test_only_the_first_row_is_a_heading() -> None:
    rule = Rule.from_csv("a,b\nquestion,answer\n")
    assert rule.pairs == (("a", "b"), ("question", "answer"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1+1,2\n2+2,4\n1+1,3", 'row 3 answers "1+1" with "3", but row 1 answers it with "2"'),
        ("question,answer\na,b\nc,d\n\na,c\n", 'row 5 answers "a" with "c", but row 2 answers it with "b"'),
        ("a,b\nc\n", "row 2 must have a question and an answer; it has only one cell"),
        (
            "q\na,b\n",
            "row 1 must have a question and an answer; it has only one cell; a heading must be question,answer",
        ),
        ("a,b\nc,d,e\n", "row 2 must have a question and an answer; it has 3 cells"),
        ("a,b\nc,\n", "the answer in row 2 is empty"),
        ("a,b\n ,d\n", "the question in row 2 is empty"),
        (f"a,b\nc,{'d' * 41}\n", "the answer in row 2 has 41 characters; it may have 40"),
        (f"a,b\n{'c' * 65},d\n", "the question in row 2 has 65 characters; it may have 64"),
        ("a,b\nc,d\x07e\n", "the answer in row 2 has a character that cannot be shown, U+0007, at character 2"),
        ('a,b\nc,"d\ne"\n', "the answer in row 2 has a character that cannot be shown, U+000A, at character 2"),
        ("", "the list must have at least 2 different questions, each with its answer"),
        ("question,answer\n", "the list must have at least 2 different questions, each with its answer"),
        ("a,b\na,b\n", "the list must have at least 2 different questions, each with its answer"),
        ('a,b\nc,"d', "the list must be CSV, a question and its answer a row (unexpected end of data)"),
        (
            "a" * (MOST_CSV_CHARACTERS + 1),
            f"the list may have {MOST_CSV_CHARACTERS:,} characters; it has {MOST_CSV_CHARACTERS + 1:,}",
        ),
    ],
    ids=lambda text: text[:30],
)
def test_a_list_that_cannot_be_read_is_refused_by_its_row(text: str, sentence: str) -> None:
    with pytest.raises(QuestionFileError) as caught:
        Rule.from_csv(text)
    assert str(caught.value) == sentence


def test_rows_that_repeat_others_are_named() -> None:
    text = "question,answer\na,b\nc,d\n\n a ,b\na,b\nc,d\n"
    assert tuple((later.row, before.row) for later, before in read_pairs(text).repeats) == ((5, 2), (6, 2), (7, 3))
    assert Rule.from_csv(text).pairs == (("a", "b"), ("c", "d"))
    assert read_pairs("a,b\nb,a\n").repeats == ()


def test_the_space_that_pads_is_none_of_the_different_characters() -> None:
    pairs = tuple((chr(200 + place), chr(200 + place)) for place in range(MOST_SYMBOLS))
    assert len(Rule(pairs).alphabet) == MOST_SYMBOLS + 1
    with pytest.raises(ExperimentError, match=r"of at most 96 different characters; received: 97 of them$"):
        Rule((*pairs, ("x", "x")))


def test_a_list_may_have_twenty_thousand_questions_and_no_more() -> None:
    rows = [f"{number},{number % 7}" for number in range(MOST_PAIRS + 1)]
    assert len(Rule.from_csv("\n".join(rows[:-1])).pairs) == MOST_PAIRS
    with pytest.raises(QuestionFileError, match=r"the list may have 20,000 different questions; row 20001 is one more"):
        Rule.from_csv("\n".join(rows))


@given(st.text(max_size=60) | st.text('ab,"\n\r\0 ', max_size=40))
@example("a,b\r\rc,d")
@example("\ud800,b\nc,d")
def test_any_text_is_a_rule_or_refused_with_a_sentence(text: str) -> None:
    try:
        rule = Rule.from_csv(text)
    except (QuestionFileError, ExperimentError) as error:
        assert 10 < len(str(error)) < 300  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert Rule.from_csv(rule.to_csv()) == rule


@pytest.mark.parametrize(
    ("settings", "field", "expected"),
    [
        ({"pairs": 5}, "task.pairs", "pairs of a question and its answer"),
        ({"pairs": "ab"}, "task.pairs", "pairs of a question and its answer"),
        ({"pairs": (("a", "b"),)}, "task.pairs", "2 to 20,000 pairs"),
        ({"pairs": ()}, "task.pairs", "2 to 20,000 pairs"),
        ({"pairs": (("a", "b"), "cd")}, "task.pairs, pair 2", "a question and its answer, both texts"),
        ({"pairs": (("a", "b"), ("c",))}, "task.pairs, pair 2", "a question and its answer, both texts"),
        ({"pairs": (("a", 1), ("c", "d"))}, "task.pairs, pair 1", "a question and its answer, both texts"),
        (
            {"pairs": (("a", "b"), ("c", " "))},
            "task.pairs, pair 2",
            "plain characters, 1 to 64 in a question and 1 to 40 in an answer",
        ),
        (
            {"pairs": (("a", "b"), ("c" * (MOST_QUESTION_CHARACTERS + 1), "d"))},
            "task.pairs, pair 2",
            "plain characters, 1 to 64 in a question and 1 to 40 in an answer",
        ),
        ({"pairs": (("a", "b"), ("a ", "c"))}, "task.pairs, pair 2", "a question that no pair before it asks"),
        (
            {"pairs": tuple((chr(200 + place), "x") for place in range(MOST_SYMBOLS + 1))},
            "task.pairs",
            "of at most 96 different characters",
        ),
        ({"held_out": 0.95}, "task.held_out", "a number from 0 to 0.9"),
        ({"held_out": 0.001}, "task.held_out", "0 or at least 0.01"),
        (
            {"held_out": 0.01},
            "task.held_out",
            "a share that leaves some of the 3 distinct questions to train on and some to hold out",
        ),
    ],
)
def test_a_setting_that_cannot_work_is_refused(settings: dict[str, Any], field: str, expected: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Rule(**settings)
    assert (caught.value.field, caught.value.expected) == (field, expected)


def test_the_pairs_are_plain_tuples_without_spaces_around() -> None:
    rule = Rule([[" a", "b "], ("c", "d")])  # type: ignore[arg-type]
    assert rule == Rule((("a", "b"), ("c", "d")))
    assert hash(rule) == hash(Rule((("a", "b"), ("c", "d"))))
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.held_out = 0.5  # type: ignore[misc]


def test_alphabet_and_lengths_are_found_in_the_list() -> None:
    rule = Rule((("3 cats", "7"), ("a dog", "twelve")))
    assert rule.alphabet == "".join(sorted("3catsdogw7elv")) + " "
    assert rule.alphabet[rule.blank] == " "
    assert (rule.longest_question, rule.longest_answer) == (6, 6)
    assert (rule.example, rule.aligned, rule.levels, rule.distinct_questions) == ("3 cats", False, 1, 2)


@given(rules(), st.integers(0, 100))
def test_what_is_drawn_is_in_the_list_with_its_answer(rule: Rule, seed: int) -> None:
    drawn = rule.sample(30, rng(seed), split="any")
    assert drawn.symbols.shape == (30, rule.longest_question)
    assert drawn.answers.shape == (30, rule.longest_answer)
    assert (drawn.numbers, drawn.values, drawn.answered) == (None, None, True)
    answers = ["".join(rule.alphabet[each] for each in row) for row in drawn.answers]
    for question, answer in zip(rule.texts(drawn), answers, strict=True):
        assert answer == dict(rule.pairs)[question].rjust(rule.longest_answer)


@given(rules())
def test_every_listed_question_is_read_with_its_answer(rule: Rule) -> None:
    questions = [question for question, _ in rule.pairs]
    read = rule.read([f" {question} " for question in questions])
    assert rule.texts(read) == questions
    assert read.answered
    assert len(set(read.keys.tolist())) == len(questions)


def test_a_question_that_is_not_in_the_list_has_no_true_answer() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    read = rule.read(["cat", "tag"])
    assert not read.answered
    assert (read.answers == rule.blank).all()
    assert rule.texts(read) == ["cat", "tag"]


def test_an_answer_that_is_given_is_the_true_one_of_a_question_that_is_not_in_the_list() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    read = rule.read(["tag", "cat"], {"tag": "gat", "cat": "cat"})
    assert read.answered
    assert ["".join(rule.alphabet[each] for each in row) for row in read.answers] == ["gat", "tac"]
    with pytest.raises(QuestionError, match="the answer is 4 characters long; the longest this network writes is 3"):
        rule.read(["tag"], {"tag": "gato"})
    with pytest.raises(QuestionError, match='"xyz" has "x" in it at character 1'):
        rule.read(["tag"], {"tag": "xyz"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there is nothing to answer; write a question such as cat"),
        ("  ", "there is nothing to answer; write a question such as cat"),
        ("dogcat", "that is 6 characters long; the longest this network reads is 3"),
        ("c7t", '"c7t" has "7" in it at character 2; this network has never seen that one'),
        ("CAT", '"CAT" has "C" in it at character 1; this network has never seen that one'),
        (5, "a question must be text, such as 'cat'; received: 5"),
    ],
)
def test_a_bad_question_gets_its_sentence(text: Any, sentence: str) -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    for refuse in (lambda: rule.read(["dog", text]), lambda: rule.check_question(text)):
        with pytest.raises(QuestionError) as caught:
            refuse()
        assert str(caught.value) == sentence


@pytest.mark.parametrize("seed", [0, 1])
def test_held_out_questions_are_never_drawn_for_training(seed: int) -> None:
    train, held = (HALF.sample(20_000, rng(seed), split=split) for split in ("train", "held_out"))
    assert not HALF.is_held_out(train).any()
    assert HALF.is_held_out(held).all()
    seen, kept = set(HALF.texts(train)), set(HALF.texts(held))
    assert not seen & kept
    assert seen | kept == {question for question, _ in DOUBLES}
    assert len(kept) == HALF.held_out_questions
    assert 100 < HALF.held_out_questions < 200


def test_the_split_goes_by_the_question_alone() -> None:
    shuffled = Rule(tuple((question, "x") for question, _ in reversed(DOUBLES)), held_out=0.5)
    questions = [question for question, _ in DOUBLES]
    held, again = HALF.is_held_out(HALF.read(questions)), shuffled.is_held_out(shuffled.read(questions))
    assert np.array_equal(held, again)
    more = Rule(DOUBLES, held_out=0.7)
    assert more.is_held_out(more.read(questions))[held].all()


def test_the_split_is_the_same_on_every_machine_and_for_ever() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    assert rule.read(["cat", "dog"]).keys.tolist() == [0x77AF778B51ABD4A3, 0xCD6357EFDD966DE8]


def test_every_question_is_drawn_alike_and_reproducibly() -> None:
    rule = Rule(DOUBLES[:10])
    drawn = rule.texts(rule.sample(20_000, rng(1)))
    assert drawn == rule.texts(rule.sample(20_000, rng(1)))
    assert drawn != rule.texts(rule.sample(20_000, rng(2)))
    shares = [drawn.count(question) / len(drawn) for question, _ in rule.pairs]
    assert max(abs(share - 0.1) for share in shares) < 0.01


def test_nothing_is_held_out_by_default() -> None:
    rule = Rule()
    assert rule.held_out_questions == 0
    assert not rule.is_held_out(rule.sample(50, rng())).any()
    with pytest.raises(ExperimentError, match=r"task\.held_out must be over 0"):
        rule.sample(5, rng(), split="held_out")
    with pytest.raises(ExperimentError, match="split must be one of train, held_out, any"):
        rule.sample(5, rng(), split="test")


@pytest.mark.parametrize("split", ["train", "held_out", "any"])
def test_no_questions_are_an_empty_table(split: str) -> None:
    assert HALF.sample(0, rng(), split=split).symbols.shape == (0, HALF.longest_question)


@pytest.mark.parametrize(
    ("text", "number"),
    [("13", 13), (" 7", 7), ("-5", -5), ("007", 7), ("", None), ("-", None), ("1 3", None), ("tac", None), ("²", None)],
)
def test_an_answer_may_spell_a_number(text: str, number: int | None) -> None:
    assert Rule().value(text) == number


def test_a_characters_order_does_not_depend_on_the_lists() -> None:
    pairs = DOUBLES[:3]
    assert len({Rule(order).alphabet for order in itertools.permutations(pairs)}) == 1


def test_a_list_has_no_numbers_to_draw_to_carry_or_to_lay_out() -> None:
    rule = Rule((("1+2", "3"), ("2+3", "5")))
    assert rule.carries(rule.read(["1+2"])) is None
    assert rule.grid is None
    assert rule.drawn_as("lengths") is rule.widened_for(["10+20"]) is rule.of_digits(5) is rule
    assert rule.knows("1+2")
    assert not rule.knows("1+1")
    with pytest.raises(QuestionError, match="a list of questions has no numbers"):
        rule.of([[1, 2]])


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("12+50", "12+50"),
        ("12 + 50 = ?", "12+50"),
        ("１２＋５０", "12+50"),
        ("12 plus 50", "12+50"),
        ("50+12", "50+12"),
        ("12+50\t62", "12+50"),
        ("12\u200b+50", "12+50"),
        ("5 x 2", "5x2"),
        ("ab\u00a0 cd\t17", "ab cd"),
        ("abcd", "abcd"),
    ],
)
def test_a_question_is_asked_as_the_list_writes_it(text: str, question: str) -> None:
    rule = Rule((("12+50", "62"), ("5x2", "10"), ("Cat", "1"), ("ab cd", "17")))
    assert rule.texts(rule.read([text])) == [question]
