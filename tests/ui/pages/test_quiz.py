"""The quiz as a person sees it."""

from __future__ import annotations

import gettext
import re

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.base import language
from adder.runs.visitors import Visitor
from adder.tasks.arithmetic import Task
from adder.tasks.expression import tree, work_out
from tests.ui.fake_runs import FakeRuns, click, drawn
from tests.ui.fake_runs import opened as opened_page

TO_99 = Task(smallest=0, largest=99)


def opened(**address: str) -> AppTest:
    return opened_page("quiz", **address)


def answer(page: AppTest, typed: str) -> AppTest:
    """Answer the question, and look at both answers."""
    page.text_input(key="quiz_answer").input(typed)
    return click(page, "Answer")


def answer_and_go_on(page: AppTest, typed: str) -> AppTest:
    page = answer(page, typed)
    return click(page, next(each.label for each in page.button if each.label in ("Next question", "See the result")))


def duel(page: AppTest) -> str:
    """What stands in the lanes of both sides."""
    lanes = [each.value for each in (*page.markdown, *page.caption) if not each.value.startswith(("level", "It never"))]
    return "\n".join(re.sub(r":\w+\[(.*?)\]", r"\1", each) for each in lanes)


def question(page: AppTest) -> str:
    """The question on the page, as it would be typed."""
    shown = page.header[0].value.removesuffix(" =")
    return shown.replace(" ", "").replace("×", "*").replace("−", "-").replace("²", "^2")


def truth(page: AppTest) -> str:
    parsed = TO_99.parse(question(page))
    return str(work_out(tree(parsed.form), parsed.numbers))


def shown(page: AppTest) -> str:
    """All texts of the page, in one."""
    elements = [*page.markdown, *page.caption, *page.success, *page.error, *page.warning, *page.subheader]
    return "\n".join(element.value for element in elements)


@pytest.mark.parametrize("ask", ["10+13~7+8", "10 13~7 8", "10%2B13~7%2B8"])
def test_a_bare_plus_in_the_address_is_a_plus(ask: str) -> None:
    page = opened(opponent="two-digits", ask=ask)
    assert page.header[0].value == "10 + 13 ="


def address(page: AppTest) -> dict[str, str]:
    return {key: values[0] if isinstance(values, list) else values for key, values in page.query_params.items()}


def test_the_defaults_begin_a_game_with_one_press() -> None:
    page = opened()
    assert [box.label for box in page.selectbox] == ["Opponent", "Difficulty"]
    assert page.selectbox[0].format_func(page.selectbox[0].value) == "Max: medium, 72% right"
    page = click(page, "Start")
    assert TO_99.parse(question(page))
    assert address(page)["opponent"] == "two-digits@8"
    assert page.text_input(key="quiz_answer").label == "Your answer"


def test_both_answers_stand_with_their_question_until_the_person_goes_on() -> None:
    page = opened(opponent="plus-minus", ask="10+13~5-9")
    assert "has its answer" in duel(page)
    assert "23" not in duel(page), "it keeps its answer to itself"
    page = answer(page, "26")
    assert page.header[0].value == "10 + 13 is 23"
    assert "You **0**\n**26**\nPlus and minus, 2 or 3 numbers **1**\n**23**" in duel(page)
    assert re.search(r"✗ wrong · 0\.\d s\n✗\n✓ right · \d+(\.\d)?% sure\n✓", duel(page))
    assert page.text_input(key="quiz_answer").label == "Press Enter to go on"
    page = click(page, "Next question")
    assert page.header[0].value == "5 − 9 ="
    page = answer(page, " －４ ")
    assert page.header[0].value == "5 − 9 is −4"
    assert "You **1**\n**−4**" in duel(page)
    page = click(page, "See the result")
    assert page.header[0].value in ("You won", "A draw", "Plus and minus, 2 or 3 numbers won")


def test_what_is_no_answer_is_refused_kindly_and_costs_nothing() -> None:
    page = opened(opponent="two-digits", ask="10+13")
    for typed, refusal in (
        ("", "There is no answer yet; type one and press Enter."),
        ("$x$", "is no number"),
        ("10+13", "still has to be worked out"),
    ):
        page = answer(page, typed)
        assert refusal in page.warning[0].value
        assert question(page) == "10+13"
        assert "answers" not in address(page)
    page = answer(page, "23")
    assert not page.warning
    page = click(page, "See the result")
    assert page.header[0].value == "A draw"


def test_a_game_goes_to_its_summary_and_those_missed_are_played_again() -> None:
    page = opened(opponent="two-digits", seed="3", length="4")
    missed = question(page)
    page = answer_and_go_on(page, "0")
    for _ in range(3):
        page = answer_and_go_on(page, truth(page))
    assert page.header[0].value == "Two digits won"
    assert "You got **3** of 4 right, Two digits **4**." in shown(page)
    turns, outcomes, by_carries = (table.value for table in page.table)
    assert outcomes["Questions"].tolist() == [3, 0, 1, 0]
    assert by_carries["You missed"].sum() == 1
    assert turns["You"].str[0].tolist() == ["✗", "✓", "✓", "✓"]
    assert page.get("download_button")
    page = click(page, "Play again with those you missed")
    assert question(page) == missed
    page = answer_and_go_on(page, truth(page))
    assert page.header[0].value == "A draw"
    assert not [button for button in page.button if button.label == "Play again with those you missed"]
    before = address(page)
    page = click(page, "Play again")
    assert address(page) != before
    assert "answers" not in address(page)


def test_a_game_is_as_long_and_as_hard_as_was_chosen() -> None:
    page = opened()
    page.radio[0].set_value(5)
    page.selectbox[1].select_index(2)
    page = click(page, "Start")
    assert (address(page)["length"], address(page)["level"]) == ("5", "2")


def test_a_session_that_was_dropped_finds_its_game_again() -> None:
    page = opened(opponent="two-digits@6", seed="3", length="5", level="2")
    for _ in range(3):
        page = answer_and_go_on(page, truth(page))
    again = opened(**address(page))
    assert question(again) == question(page)
    assert duel(again) == duel(page)
    assert "You **3**" in duel(again)
    assert address(again) == address(page)


@pytest.mark.parametrize(
    "given",
    [
        {"opponent": "two-digits@x"},
        {"opponent": "run lost"},
        {"opponent": "uploaded"},
        {"answers": "1_2~x"},
    ],
)
def test_an_address_that_describes_no_game_says_so_and_offers_one(given: dict[str, str], runs: FakeRuns) -> None:
    page = opened(**given)
    assert page.warning[0].value.startswith("The address describes no game that can be played. ")
    assert TO_99.parse(question(click(page, "Start")))


def test_a_game_can_be_left_for_another() -> None:
    page = click(opened(opponent="two-digits", seed="3"), "End this game")
    assert page.selectbox[0].label == "Opponent"
    assert address(page) == {}


def test_a_teachers_link_hides_choices() -> None:
    page = opened(hide="opponent,length,difficulty")
    assert not page.selectbox
    assert TO_99.parse(question(click(page, "Start")))


def test_a_run_is_played_against_as_it_was_when_the_game_began(runs: FakeRuns) -> None:
    run = runs.submit(adder.preset("two-digits"), asker=Visitor("somebody"))
    runs.trained = adder.shipped_solver("two-digits", 6)
    runs.show("running", 6)
    page = opened_page("quiz", runs=run)
    page = click(drawn(page.selectbox[0].select(f"run {run}").run()), "Start")
    assert address(page)["opponent"] == f"run {run}@6"
    page = answer_and_go_on(page, "1")
    said = duel(page)
    assert "Your network" in said
    runs.trained = adder.shipped_solver("two-digits", 10)
    again = opened(**address(page))
    assert duel(again) == said
    assert question(again) == question(page)


@pytest.mark.parametrize("opponent", ["mapping-mlp", "calculator", "binary", "squares"])
def test_every_kind_of_task_has_its_page(opponent: str) -> None:
    page = opened(opponent=opponent, seed="2", length="2")
    page = answer_and_go_on(answer_and_go_on(page, "1"), "1")
    assert page.header[0].value.endswith(("won", "draw"))
    if opponent == "calculator":
        assert "Level" in page.table[2].value.columns


def test_the_chart_of_an_answer_is_drawn_when_it_is_opened() -> None:
    page = answer(opened(opponent="two-digits", ask="10+13~7+8"), "23")
    assert not page.get("vega_lite_chart")
    page.session_state["quiz_symbols"] = True
    page = drawn(page.run())
    assert page.get("vega_lite_chart")


class Marking(gettext.NullTranslations):
    """A catalogue that puts every text it is asked for between two marks."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"


def test_every_text_is_looked_up_in_the_sessions_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda code: Marking())
    page = opened(lang="zh")
    assert {box.label for box in page.selectbox} == {"«Opponent»", "«Difficulty»"}
    page = opened(lang="zh", opponent="two-digits", ask="10+13")
    page.text_input(key="quiz_answer").input("")
    page = click(page, "«Answer»")
    assert page.warning[0].value == "«There is no answer yet; type one and press Enter»«.»".replace("«T", "«t")
    page.text_input(key="quiz_answer").input("26")
    page = click(page, "«Answer»")
    assert page.header[0].value == "«10 + 13 is 23»"
    page = click(page, "«See the result»")
    assert page.header[0].value == "««Two digits» won»"
    labels = [element.label for element in page.button if element.label != "English"]
    assert all(label.startswith("«") for label in labels)
    assert all(column.startswith("«") for table in page.table for column in table.value.columns)
    assert address(page)["lang"] == "zh"
