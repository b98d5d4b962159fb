"""The lesson from end to end in a real browser: by keyboard alone with reduced motion, for a projector, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from adder.ui.lesson.steps import STEPS
from tests.browser.accessibility import MOST_SHIFTED, MOST_STOPS, PHONE, POLL, SHIFTS, check_accessible, tab_to
from tests.browser.test_page import PATIENCE, wait_for_epoch

pytestmark = pytest.mark.slow

DESK, PROJECTOR = ViewportSize(width=1440, height=900), ViewportSize(width=1024, height=768)
MAIN = "document.querySelector('[data-testid=stMain]')"
STOP = re.compile("(Stop|Train a new one)$")
HIDDEN_BELOW = f"{MAIN}.scrollHeight - {MAIN}.clientHeight"


def settle(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"{number}. {STEPS[number - 1].TITLE}")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')", polling=POLL)


def guess(page: Page) -> None:
    page.get_by_role("radiogroup").last.get_by_role("radio").first.click()


def guess_by_keyboard(page: Page) -> None:
    for _ in range(MOST_STOPS):
        if page.evaluate("[...document.querySelectorAll('[role=radiogroup]')].at(-1).contains(document.activeElement)"):
            page.keyboard.press("Space")
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not reach the guess")


def test_each_step_fits_a_screen_and_tells_what_to_notice_last(page: Page, address: str) -> None:
    page.set_viewport_size(DESK)
    page.add_init_script(SHIFTS)
    page.goto(f"{address}/learn?step=1")
    below: dict[str, int] = {}
    for number in range(1, len(STEPS) + 1):
        settle(page, number)
        expect(page).to_have_url(re.compile(rf"step={number}\b"))
        below[f"{number} before"] = page.evaluate(HIDDEN_BELOW)
        if number == 1:
            assert page.evaluate("window.shifted") < MOST_SHIFTED
        guess_by_keyboard(page)
        train = page.get_by_role("button", name=re.compile("^Train"))
        if number == 5:
            tab_to(page, "BUTTON .*Train$")
            page.keyboard.press("Enter")
            # It may be over before it is stopped, which is as well. Another button then stands in its place.
            expect(page.get_by_role("button", name=STOP)).to_be_visible(timeout=PATIENCE)
            tab_to(page, f"BUTTON .*{STOP.pattern}")
            wait_for_epoch(page, 1)
            page.evaluate("/Stop$/.test(document.activeElement.textContent) && document.activeElement.click()")
        expect(train if number == 6 else page.get_by_text("What to notice.")).to_be_visible(timeout=PATIENCE)
        if number in (7, 8):
            answered = page.get_by_role("slider", name="Moment of the answer")
            expect(answered).to_have_attribute("aria-valuetext", re.compile("^It answers .* Right.$"))
        below[f"{number} after"] = page.evaluate(HIDDEN_BELOW)
        check_accessible(page)
        page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile("/quiz"), timeout=PATIENCE)
    assert not {step: pixels for step, pixels in below.items() if pixels > 0}


def test_a_projector_and_a_phone_are_led_by_keys_and_begin_at_the_top(page: Page, address: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{address}/learn?present=1")
    below: dict[str, int] = {}
    ends = set()
    for number, key in enumerate(
        ["PageDown", "ArrowRight", " ", "PageDown", "PageDown", "PageDown", "PageDown", ""], 1
    ):
        settle(page, number)
        if key:
            ends.add(page.get_by_role("button", name="Next").evaluate("each => each.getBoundingClientRect().right"))
        below[f"{number} before"] = page.evaluate(HIDDEN_BELOW)
        guess(page)
        if number not in (5, 6):
            expect(page.get_by_text("What to notice.")).to_be_visible(timeout=PATIENCE)
        below[f"{number} after"] = page.evaluate(HIDDEN_BELOW)
        page.evaluate("document.activeElement.blur()")
        if key:
            page.keyboard.press(key)
    assert len(ends) == 1, "Next stands where it stood"
    expect(page.get_by_role("link", name="Playground")).not_to_be_visible()
    page.keyboard.press("PageUp")
    settle(page, 7)
    page.set_viewport_size(PHONE)
    for number in (6, 5):
        page.evaluate(f"{MAIN}.scrollTo(0, 9999)")
        page.get_by_role("button", name="Back").click()
        settle(page, number)
        assert page.evaluate(f"{MAIN}.scrollTop") == 0
    assert not {step: pixels for step, pixels in below.items() if pixels > 0}
