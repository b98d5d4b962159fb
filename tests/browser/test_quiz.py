"""A whole game by keyboard alone, with a reload in the middle, on a screen and on a phone.

Screenshots are written to `tests/screenshots`, for looking.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adder import Task
from tests.browser.accessibility import check_accessible
from tests.browser.chromium import SCREENSHOTS

pytestmark = pytest.mark.slow

TO_99 = Task(smallest=0, largest=99)
BOX = "Your answer"


def focused(page: Page) -> str:
    """The name of what the keyboard would reach."""
    name: str = page.evaluate(
        "(at => `${at.tagName} ${at.ariaLabel || at.textContent || at.type}`)(document.activeElement)"
    )
    return name


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what the keyboard would reach has this name, a pattern."""
    for _ in range(30):
        if re.match(name, focused(page)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def truth(page: Page) -> int:
    question = page.get_by_role("heading", level=2).first.inner_text()
    return TO_99.answer(question.removesuffix("="))


def expect_ready(page: Page, number: int, label: str = BOX) -> None:
    """Question `number` is there, and the keyboard is in an empty box."""
    expect(page.get_by_text(f"Question {number} of 5")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("textbox", name=label)).to_be_visible()
    # The number stands above the question and arrives before it.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_role("textbox", name=label)).to_be_focused()
    expect(page.get_by_role("textbox", name=label)).to_have_value("")


def answer(page: Page, typed: int | str) -> None:
    page.keyboard.type(str(typed))
    page.keyboard.press("Enter")


def expect_judged(page: Page, number: int, verdict: str) -> None:
    """Both answers to question `number` are there, with what they were to, and the keyboard is still in the box."""
    expect_ready(page, number, "Press Enter to go on")
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile(r" is \d+$"))
    expect(page.locator(".st-key-answer_you")).to_contain_text(verdict)
    expect(page.locator(".st-key-answer_it")).to_contain_text(re.compile("(right|wrong) · .* sure"))
    expect(page.locator(".st-key-live_quiz")).to_have_attribute("aria-live", "polite")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 1100, "light"), (390, 844, "dark")])
def test_a_whole_game_by_keyboard_alone(page: Page, address: str, width: int, height: int, scheme: Any) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}/quiz")
    expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=60_000)
    page.screenshot(path=SCREENSHOTS / f"quiz-start-{width}.png")
    if scheme == "light":
        check_accessible(page, "quiz-start")
    five = page.get_by_role("radio", name="5", exact=True)
    expect(five).to_be_attached()
    tab_to(page, r"INPUT radio")
    page.keyboard.press("ArrowLeft")
    expect(five).to_be_checked()
    tab_to(page, r"BUTTON .*Start$")
    page.keyboard.press("Enter")

    expect_ready(page, 1)
    entries = page.evaluate("history.length")
    assert page.evaluate("document.activeElement.inputMode") == "numeric"
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).fontSize)") >= 16, "or iOS zooms in"
    expect(page.get_by_text("has its answer")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"quiz-asked-{width}.png")
    answer(page, truth(page))
    expect_judged(page, 1, "✓ right")
    page.keyboard.press("Enter")
    expect_ready(page, 2)
    answer(page, truth(page) + 1)
    page.keyboard.press("Enter")  # once too often: the answer counts once, and an empty box is not sent
    expect_judged(page, 2, "✗ wrong")
    tops = page.locator(".st-key-duel > *").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 1, "both answers stand side by side"
    page.screenshot(path=SCREENSHOTS / f"quiz-judged-{width}.png")
    if scheme == "light":
        check_accessible(page, "quiz-judged")
        page.get_by_role("textbox").focus()
    page.get_by_role("button", name="Next question").click()
    expect_ready(page, 3)
    answer(page, "twenty")
    expect(page.get_by_text('"twenty" is no number; type digits alone, such as 62.')).to_be_visible()
    expect_ready(page, 3)

    asked = truth(page)
    page.reload()
    expect_ready(page, 3)
    assert truth(page) == asked
    for number in (3, 4, 5):
        answer(page, truth(page))
        expect_judged(page, number, "✓ right")
        page.keyboard.press("Enter")
        if number < 5:
            expect_ready(page, number + 1)
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("You won|A draw|Max won"))
    expect(page.get_by_text("You got 4 of 5 right, Max")).to_be_visible()
    assert page.evaluate("history.length") == entries, "Back leads out of the quiz, not through its answers"
    expect(page.get_by_role("button", name="Play again with those you missed")).to_be_visible()
    page.set_viewport_size({"width": width, "height": 1900})
    expect(page.get_by_test_id("stTable")).to_have_count(3)
    expect(page.get_by_role("cell", name="Neither")).to_be_visible()
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - document.body.clientWidth")
    assert wide <= 0
    page.screenshot(path=SCREENSHOTS / f"quiz-summary-{width}.png")
    if scheme == "light":
        check_accessible(page, "quiz-summary")
