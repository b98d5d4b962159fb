"""A whole game: on a screen by keyboard alone and with reduced motion, and from a reload on in motion on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from adder import Task
from tests.browser.accessibility import PHONE, check_accessible, tab_to

pytestmark = pytest.mark.slow

TO_99 = Task(smallest=0, largest=99)
BOX = "Your answer"
MOVING = """document.getAnimations().filter(
  each => each instanceof CSSAnimation && each.effect.target.closest('.st-key-duel')).length"""

ENTER_TWICE = """async (box) => {
  for (let press = 0; press < 2; press += 1) {
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await null;
  }
}"""
"""Presses Enter a second time before anything can have come of the first."""


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


def expect_in_order(page: Page) -> None:
    tops = page.locator(".st-key-duel > *").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 1, "both answers stand side by side"
    box, duel = page.get_by_role("textbox").bounding_box(), page.locator(".st-key-duel").bounding_box()
    assert box is not None
    assert duel is not None
    assert duel["y"] + duel["height"] <= box["y"], "the keyboard of a phone covers no verdict"
    assert not page.get_by_test_id("InputInstructions").is_visible(), "nothing lies on the box"


def test_a_whole_game(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 1100})
    page.goto(f"{address}/quiz")
    expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=60_000)
    check_accessible(page)
    five = page.get_by_role("radio", name="5", exact=True)
    expect(five).to_be_attached()
    tab_to(page, r"INPUT radio")
    page.keyboard.press("ArrowLeft")
    expect(five).to_be_checked()
    tab_to(page, r"BUTTON .*Start$")
    page.keyboard.press("Enter")

    expect_ready(page, 1)
    entries = page.evaluate("history.length")
    expect(page.get_by_text("has its answer")).to_be_visible()
    assert page.evaluate(MOVING) == 0
    answer(page, truth(page))
    expect_judged(page, 1, "✓ right")
    page.keyboard.press("Enter")
    expect_ready(page, 2)
    page.keyboard.press("Enter")  # An empty box is not sent.
    answer(page, truth(page) + 1)
    expect_judged(page, 2, "✗ wrong")
    expect_in_order(page)
    check_accessible(page)
    page.get_by_role("textbox").focus()
    page.keyboard.press("Enter")
    expect_ready(page, 3)
    answer(page, "twenty")
    expect(page.get_by_text('"twenty" is no number; type digits alone, such as 62.')).to_be_visible()
    expect_ready(page, 3)

    asked = truth(page)
    page.set_viewport_size(PHONE)
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    expect_ready(page, 3)
    assert truth(page) == asked
    assert page.evaluate("document.activeElement.inputMode") == "numeric"
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).fontSize)") >= 16, "or iOS zooms in"
    for number in (3, 4, 5):
        page.keyboard.type(str(truth(page)))
        page.get_by_role("textbox").evaluate(ENTER_TWICE)
        expect_judged(page, number, "✓ right")
        expect_in_order(page)
        if number == 3:
            page.get_by_role("button", name="Next question").click()
        else:
            page.keyboard.press("Enter")
        if number < 5:
            expect_ready(page, number + 1)
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("You won|A draw|Max won"))
    expect(page.get_by_text("You got 4 of 5 right, Max")).to_be_visible()
    assert page.evaluate("history.length") == entries, "Back leads out of the quiz, not through its answers"
    expect(page.get_by_role("button", name="Play again with those you missed")).to_be_visible()
    for width in (PHONE["width"], 1440):
        page.set_viewport_size({"width": width, "height": 1900})
        expect(page.get_by_test_id("stTable")).to_have_count(3)
        expect(page.get_by_role("cell", name="Neither")).to_be_visible()
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - document.body.clientWidth")
        assert wide <= 0
    check_accessible(page)
