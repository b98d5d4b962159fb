from __future__ import annotations

from random import Random

import numpy as np
import pytest

from adder import QuestionFileError, Rule
from adder.tasks.list_canonical import Canonical
from adder.tasks.pairs import read_pairs

SUMS = tuple((f"{a}+{b}", str(a + b)) for a in range(12) for b in range(12))


def sides(rule: Rule) -> dict[str, bool]:
    questions = [question for question, _ in rule.pairs]
    return dict(zip(questions, rule.is_held_out(rule.read(questions)).tolist(), strict=True))


@pytest.mark.parametrize("twin", [lambda a, b: f"{b}+{a}", lambda a, b: f"{a} + {b}", lambda a, b: f"{a.upper()}+{b}"])
def test_random_words_that_are_listed_twice_fall_on_one_side(twin: object) -> None:
    random = Random(1)
    words = ["".join(random.choices("abcdefgh", k=5)) for _ in range(300)]
    rows = [(f"{a}+{b}", str(random.randrange(100))) for a, b in zip(words[::2], words[1::2], strict=True)]
    twins = [(twin(*question.split("+")), answer) for question, answer in rows]  # type: ignore[operator]
    rule = Rule((*rows, *twins), held_out=0.3)
    side = sides(rule)
    assert all(side[first] == side[second] for (first, _), (second, _) in zip(rows, twins, strict=True))
    assert rule.distinct_questions == 150
    assert 20 < rule.held_out_questions < 70
    trained = set(rule.sample(5_000, np.random.default_rng(1)).keys.tolist())
    held = set(rule.sample(5_000, np.random.default_rng(1), split="held_out").keys.tolist())
    assert not trained & held


def test_blanks_and_composed_letters_make_no_other_question() -> None:
    rule = Rule.from_csv("ab cd,17\nab  cd,17\ne\u0301,1\né,1\nab\u00a0cd,17\n")
    assert rule.pairs == (("ab cd", "17"), ("é", "1"))


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("12+50", "50+12", True),
        ("12+50", "12 + 50 =", True),
        ("12+50", "12+050", True),
        ("2×3", "3*2", True),
        ("2x3", "3*2", True),
        ("12 plus 50", "50+12", True),
        ("What is 12 + 50?", "50+12", True),
        ("12加50", "50加12等于多少", True),
        ("二加三", "三加二", True),
        ("二加三", "二减三", False),
        ("ax5", "5xa", False),
        ("surplus", "plussur", False),
        ("(8-1)*(8-5)", "(1-8)*(5-8)", True),
        ("12-50", "50-12", False),
        ("a+b", "b+a", True),
        ("cat+dog", "Dog + Cat", True),
        ("twenty-one", "one-twenty", False),
        ("ab cd", "cd ab", False),
        ("a b+c", "ab+c", False),
        ("1", "01", False),
        ("Straße", "STRASSE", True),
    ],
)
def test_what_is_one_question_of_a_list_and_what_is_two(first: str, second: str, one: bool) -> None:
    keys = Canonical(cased=False, arithmetic=True).keys([first, second])
    assert (keys[0] == keys[1]) is one


def test_a_list_tells_cases_apart_by_its_answers() -> None:
    assert not Canonical.of([("Cat", "1"), ("cat", "1"), ("dog", "2")]).cased
    assert Canonical.of([("Cat", "1"), ("cat", "2")]).cased
    assert Rule.from_csv("A,65\na,97\nb,98\n").distinct_questions == 3


def test_a_list_is_arithmetic_if_its_answers_do_not_say_otherwise() -> None:
    joined = [(f"{a}+{b}", f"{a}{b}") for a in range(1, 9) for b in range(1, 9)]
    modular = [(question, str(int(answer) % 7)) for question, answer in SUMS]
    assert Canonical.of(SUMS).arithmetic
    assert Canonical.of(modular).arithmetic
    assert not Canonical.of(joined).arithmetic
    assert Rule(tuple(joined)).distinct_questions == 64
    assert Rule(SUMS).distinct_questions == 78


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3+4,7\n1+1,2\n4+3,8\n", 'row 3 answers "4+3" with "8", but row 1 answers "3+4" with "7"'),
        ("ab cd,17\nab  cd,18\n", 'row 2 answers "ab cd" with "18", but row 1 answers it with "17"'),
    ],
)
def test_two_ways_to_ask_one_question_must_have_one_answer(text: str, sentence: str) -> None:
    with pytest.raises(QuestionFileError) as caught:
        Rule.from_csv(text)
    assert str(caught.value) == sentence


def test_rows_that_ask_the_same_are_told_by_their_numbers() -> None:
    read = read_pairs("3+4,7\n4+3,7\n3 + 4,7\nCat,1\ncat,1\n")
    assert [(later.row, before.row) for later, before in read.repeats] == [(2, 1), (3, 1), (5, 4)]
    assert read.rule().distinct_questions == 2


def test_a_question_asked_otherwise_has_the_answer_of_the_list() -> None:
    rule = Rule((("12+50", "62"), ("3+4", "7")))
    read = rule.read(["50+12", "3 + 4"])
    assert read.answered
    assert rule.knows("4+3")
    assert ["".join(rule.alphabet[each] for each in row).strip() for row in read.answers] == ["62", "7"]
