from __future__ import annotations

import csv
import dataclasses
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adder import Experiment, ExperimentError, Game, Quiz, QuizError, Rule, Seq2Seq, Solver, Task, TextEncoding
from adder import shipped_solver as shipped
from adder.quiz.difficulty import LEVELS
from adder.quiz.game import FIRST_LEVEL, MOST_TURNS
from adder.quiz.score import RECENT_TURNS
from adder.quiz.turn import OUTCOMES
from adder.quiz.written import CSV_COLUMNS
from tests.experiments import TINY_TRAINING, adding_solver, random_solver, rules, tasks

TO_99 = Task(smallest=0, largest=99)
TWO_DIGITS = shipped("two-digits")
WORDS = Rule((("1", "one"), ("2", "two"), ("3", "three"), ("10", "1"), ("a_b~c", "x_y~z"), ("猫", "-5")))


def tiny(task: Task | Rule) -> Solver:
    encoding = TextEncoding(padding="left")
    network = Seq2Seq(encoder_units=2, decoder_units=2)
    return random_solver(Experiment(task=task, encoding=encoding, network=network, training=TINY_TRAINING))


def right(game: Game) -> str:
    """The true answer to the present question."""
    assert game.question is not None
    expected = game.solver.solve(game.question).expected
    assert expected is not None
    return game.solver.experiment.encoding.unpadded(expected)


def wrong(game: Game) -> str:
    truth = right(game)
    return next(str(digit) for digit in range(10) if str(digit) != truth and digit < _base(game))


def _base(game: Game) -> int:
    task = game.solver.experiment.task
    return task.base if isinstance(task, Task) else 10


def play(game: Game, answers: str) -> Game:
    """Answer right for each `r`, wrong for each `w`."""
    for each in answers:
        game = game.answered(right(game) if each == "r" else wrong(game))
    return game


QUIZZES = st.builds(
    Quiz, seed=st.integers(0, 2**31 - 1), length=st.integers(1, 15), level=st.none() | st.integers(1, LEVELS)
)
TYPED = st.one_of(
    st.sampled_from(["right", "right", "", "  ", "word", "+23", "23.0", "２３", "-5", "007", "1,234", "2_3~4", "1e5"]),
    st.integers(-300, 300).map(str),
    st.text(max_size=8),
)
SECONDS = st.floats(0, 1e5)


@settings(max_examples=20)
@given(quiz=QUIZZES, inputs=st.lists(st.tuples(TYPED, SECONDS), max_size=20), task=st.sampled_from([TO_99, WORDS]))
def test_any_game_is_read_back_from_its_texts(quiz: Quiz, inputs: list[tuple[str, float]], task: Task | Rule) -> None:
    game = Game(tiny(task), quiz)
    for typed, seconds in inputs:
        before = game
        try:
            game = game.answered(right(game) if typed == "right" and not game.over else typed, seconds)
        except QuizError:
            game = before
        assert len(game.turns) == len(before.turns) or len(game.turns) == len(before.turns) + 1
        assert Game.from_dict(game.solver, game.to_dict()) == game
    assert sum(game.tally.values()) == len(game.turns) <= quiz.length
    assert game.tally["both"] + game.tally["human"] == game.human_right
    assert game.tally["both"] + game.tally["network"] == game.network_right
    assert game.best_streak <= game.human_right
    assert sum(each.asked for each in game.by_kind) == len(game.turns)
    assert sum(each.human for each in game.by_kind) == len(game.turns) - game.human_right
    assert sum(each.network for each in game.by_kind) == len(game.turns) - game.network_right
    assert tuple(game.tally) == OUTCOMES


@settings(max_examples=10)
@given(task=tasks(largest=10**6) | rules(), quiz=QUIZZES)
def test_every_kind_of_task_can_be_played_to_its_end(task: Task | Rule, quiz: Quiz) -> None:
    game = Game(tiny(task), quiz)
    while not game.over:
        assert game.question is not None
        assert task.read([game.question]).answered
        game = game.answered(right(game))
    assert game.human_right == quiz.length
    assert game.question is None
    assert Game.from_dict(game.solver, game.to_dict()) == game


@pytest.mark.parametrize("name", ["seq2seq", "mapping-lstm", "five-digits", "nine-digits", "squares", "smallest"])
def test_any_kind_of_solver_is_an_opponent(name: str) -> None:
    game = play(Game(shipped(name), Quiz(seed=5, length=6)), "rwrrrw")
    assert [turn.right for turn in game.turns] == [True, False, True, True, True, False]
    assert all(turn.truth for turn in game.turns)
    assert Game.from_dict(game.solver, game.to_dict()) == game


def test_a_whole_game_is_short_enough_for_an_address() -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=2**31 - 1, length=MOST_TURNS)), "r" * MOST_TURNS)
    assert sum(map(len, game.to_dict().values())) < 500


# Questions and difficulty


def test_equal_quizzes_ask_the_same_of_any_opponent_of_one_task() -> None:
    games = [Game(solver, Quiz(seed=4)) for solver in (TWO_DIGITS, tiny(TWO_DIGITS.experiment.task))]
    assert len({play(game, "rrwrr").question for game in games}) == 1
    assert Game(TWO_DIGITS, Quiz(seed=5)).question != games[0].question


def test_no_question_is_asked_twice_unless_it_was_missed() -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=40)), "r" * 40)
    assert len({turn.question for turn in game.turns}) == 40
    assert not any(turn.again for turn in game.turns)


@pytest.mark.parametrize(
    ("answers", "levels"),
    [("rrrrrrrrr", [2, 2, 3, 3, 4, 4, 5, 5, 5]), ("wwrwrrwrr", [2, 1, 1, 1, 1, 1, 2, 1, 1])],
)
def test_two_right_answers_lead_up_a_level_and_a_wrong_one_down(answers: str, levels: list[int]) -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=30)), answers)
    asked = [turn.level for turn in game.turns if not turn.again]
    followed = [FIRST_LEVEL, *(_level_after(game, number) for number in range(1, 9))]
    assert followed == levels
    assert asked == [level for level, turn in zip(levels, game.turns, strict=True) if not turn.again]


def _level_after(game: Game, number: int) -> int:
    return dataclasses.replace(game, turns=game.turns[:number]).level


@pytest.mark.parametrize("level", range(1, LEVELS + 1))
def test_a_chosen_level_stays(level: int) -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=8, level=level)), "rrrrrr")
    assert {turn.level for turn in game.turns} == {level} == {game.level}


def test_a_missed_question_comes_again_until_it_is_right() -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=12)), "wrrr")
    missed = game.turns[0].question
    assert game.question == missed
    game = play(game, "wrrr")
    assert game.turns[4].again
    assert game.question == missed
    game = play(game, "rrrr")
    assert game.over
    assert [turn.question for turn in game.turns].count(missed) == 3
    assert game.missed == (missed,)


def test_a_quiz_of_those_missed_asks_just_them() -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=6)), "wrwrrr")
    again = Game(game.solver, Quiz(questions=game.missed))
    assert again.quiz.length == len(game.missed) == 2
    again = play(again, "rr")
    assert tuple(turn.question for turn in again.turns) == game.missed
    assert Game.from_dict(again.solver, again.to_dict()) == again


def test_questions_of_ones_own_may_be_longer_than_any_trained_on_where_the_network_reads_them() -> None:
    game = play(Game(shipped("columns"), Quiz(questions=("9" * 30 + "+1", "12+50"))), "rr")
    assert [turn.carries for turn in game.turns] == [30, 0]
    assert [turn.level for turn in game.turns] == [5, pytest.approx(2, abs=1)]
    assert game.network_right == 2


def test_a_games_own_questions_may_be_written_as_people_write_them() -> None:
    game = Game(TWO_DIGITS, Quiz(questions=("１０ ＋ 13 = ?", "7 plus 8")))
    assert game.quiz.questions == ("10+13", "7+8")
    assert game == Game(TWO_DIGITS, Quiz(questions=("10+13", "7+8")))
    calculator = Game(shipped("calculator"), Quiz(questions=("2 x (3+4)", "2(3+4)")))
    assert calculator.quiz.questions == ("2*(3+4)", "2*(3+4)")


@pytest.mark.parametrize(
    ("solver", "question", "why"),
    [
        (TWO_DIGITS, "100+1", "100 is outside 0 to 99"),
        (TWO_DIGITS, "1+", "ends with an operator"),
        (TWO_DIGITS, "", "nothing to solve"),
        (tiny(WORDS), "12", "nobody knows the true answer to 12"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(solver: Solver, question: str, why: str) -> None:
    with pytest.raises(QuizError, match=why):
        Game(solver, Quiz(questions=(question,)))


def test_a_question_says_whether_the_network_was_trained_on_it() -> None:
    task = TWO_DIGITS.experiment.task
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=40)), "r" * 40)
    held_out = task.is_held_out(task.read([turn.question for turn in game.turns])).tolist()
    assert [turn.held_out for turn in game.turns] == held_out
    assert 0 < sum(held_out) < 20
    assert play(Game(shipped("seq2seq"), Quiz()), "r").turns[0].held_out is None


# Answers


def test_what_is_no_answer_is_refused_and_costs_no_turn() -> None:
    game = Game(TWO_DIGITS, Quiz())
    with pytest.raises(QuizError, match="is between two whole numbers"):
        game.answered("23.5")
    assert game.answered("1").number == 2


@pytest.mark.parametrize(("typed", "given", "right"), [("26", "26", False), ("+23.0", "23", True)])
@pytest.mark.parametrize("opponent", [TWO_DIGITS, adding_solver()], ids=["on characters", "on numbers"])
def test_a_turn_holds_both_answers_and_the_truth(typed: str, given: str, right: bool, opponent: Solver) -> None:
    turn = Game(opponent, Quiz(questions=("10+13",))).answered(typed).turns[0]
    assert (turn.given, turn.right, turn.written, turn.truth) == (given, right, "23", "23")


# Scores


def test_the_scores_count_what_happened() -> None:
    game = Game(adding_solver(), Quiz(seed=3, length=20))
    assert (game.recent_accuracy, game.median_seconds, game.best_streak) == (None, None, 0)
    game = play(game, "wwrrrwrrrr")
    assert (game.human_right, game.network_right, game.best_streak) == (7, 10, 4)
    assert game.tally == {"both": 7, "human": 0, "network": 3, "neither": 0}
    assert game.recent_accuracy == 0.7
    assert play(game, "r" * RECENT_TURNS).recent_accuracy == 1
    assert play(Game(adding_solver(), Quiz(seed=3, length=4)), "rwww").best_streak == 1


def test_who_was_right_when_they_differ() -> None:
    game = play(Game(tiny(TO_99), Quiz(seed=3, length=4)), "rwrw")
    assert game.tally == {"both": 0, "human": 2, "network": 0, "neither": 2}
    assert [turn.outcome for turn in game.turns] == ["human", "neither", "human", "neither"]


def test_time_is_counted_to_a_tenth_and_a_phone_that_slept_was_not_thinking() -> None:
    game = Game(TWO_DIGITS, Quiz(length=5))
    for seconds in (2.04, 1e9, -3.0):
        game = game.answered(right(game), seconds)
    assert [turn.seconds for turn in game.turns] == [2.0, 3_600.0, 0.0]
    assert game.median_seconds == 2.0


def test_a_second_submit_of_one_answer_changes_nothing() -> None:
    game = Game(TWO_DIGITS, Quiz(length=2))
    once = game.answered("1", number=1)
    assert once.answered("1", number=1) is once
    assert once.answered("1", number=3) is once
    over = once.answered("1", number=2)
    assert over.over
    assert over.answered("1", number=2) is over.answered("1", number=3) is over.answered("1") is over


def test_missed_questions_are_told_apart_by_carries() -> None:
    questions = ("12+50", "1+2", "19+3", "99+1")
    game = Game(tiny(TO_99), Quiz(questions=questions))
    game = play(game, "rwrw")
    assert [(each.kind, each.asked, each.human, each.network) for each in game.by_kind] == [
        (0, 2, 1, 2),
        (1, 1, 0, 1),
        (2, 1, 1, 1),
    ]


def test_missed_questions_of_other_tasks_are_told_apart_by_level() -> None:
    game = play(Game(shipped("calculator"), Quiz(seed=1, length=6)), "r" * 6)
    assert {turn.carries for turn in game.turns} == {None}
    assert [each.kind for each in game.by_kind] == sorted({turn.level for turn in game.turns})


def test_the_game_as_csv_has_a_row_for_each_turn() -> None:
    game = play(Game(TWO_DIGITS, Quiz(seed=3, length=5)), "rw")
    rows = list(csv.DictReader(io.StringIO(game.to_csv())))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["question"] for row in rows] == [turn.question for turn in game.turns]
    assert [row["human_right"] for row in rows] == ["True", "False"]
    assert float(rows[0]["network_confidence"]) == pytest.approx(game.turns[0].network.confidence, abs=1e-5)
    numbers = play(Game(adding_solver(), Quiz()), "r").to_csv().splitlines()[1].split(",")
    assert numbers[CSV_COLUMNS.index("network_confidence")] == numbers[CSV_COLUMNS.index("held_out")] == ""


# Texts of a game, which anyone may write


@pytest.mark.parametrize(
    "texts",
    [
        {"seed": "x"}, {"seed": "-1"}, {"seed": "99999999999"}, {"length": "0"}, {"length": "51"}, {"level": "6"},
        {"level": "adaptive"}, {"seed": "1", "fun": "yes"}, {"answers": "x_1"}, {"answers": "5"}, {"answers": "5_x"},
        {"answers": "_"}, {"answers": "~"}, {"length": "1", "answers": "5_1~5_1"}, {"ask": ""}, {"ask": "1"},
        {"ask": "~".join(["1+1"] * 51)}, {"answers": "9" * 9_000 + "_1"}, {"seed": "١"},
    ],
)  # fmt: skip
def test_texts_that_describe_no_game_are_refused(texts: dict[str, str]) -> None:
    with pytest.raises(QuizError):
        Game.from_dict(TWO_DIGITS, texts)


def test_no_texts_describe_a_new_game() -> None:
    assert Game.from_dict(TWO_DIGITS, {}) == Game(TWO_DIGITS, Quiz())


@pytest.mark.parametrize("settings", [{"seed": -1}, {"length": 0}, {"length": 51}, {"level": 0}, {"seed": 1.5}])
def test_a_quiz_that_cannot_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ExperimentError, match=next(iter(settings))):
        Quiz(**settings)
