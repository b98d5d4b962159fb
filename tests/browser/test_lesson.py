"""The lesson from end to end in a real browser: on a desk, for a projector, on a phone, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from adder.ui.lesson.steps import STEPS
from tests.browser.accessibility import PHONE, check_accessible
from tests.browser.chromium import SCREENSHOTS
from tests.browser.test_page import PATIENCE

pytestmark = pytest.mark.slow

DESK, PROJECTOR = ViewportSize(width=1440, height=900), ViewportSize(width=1024, height=768)
MAIN = "document.querySelector('[data-testid=stMain]')"
BELOW = f"{MAIN}.scrollHeight - {MAIN}.clientHeight"  # what one would have to scroll to


def settle(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"{number}. {STEPS[number - 1].TITLE}")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")


def guess(page: Page) -> None:
    page.get_by_role("radiogroup").last.get_by_role("radio").first.click()


def test_each_step_fits_a_screen_and_tells_what_to_notice_last(page: Page, address: str) -> None:
    page.set_viewport_size(DESK)
    page.goto(f"{address}/learn")
    below: dict[str, int] = {}
    for number in range(1, len(STEPS) + 1):
        settle(page, number)
        expect(page).to_have_url(re.compile(rf"step={number}\b"))
        below[f"{number} before"] = page.evaluate(BELOW)
        guess(page)
        train = page.get_by_role("button", name=re.compile("^Train"))
        if number == 5:
            train.click()
        expect(train if number == 6 else page.get_by_text("What to notice.")).to_be_visible(timeout=PATIENCE)
        below[f"{number} after"] = page.evaluate(BELOW)
        page.screenshot(path=SCREENSHOTS / f"lesson-{number}.png")
        check_accessible(page, f"lesson-{number}")
        page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile("/quiz"), timeout=PATIENCE)
    assert not {step: pixels for step, pixels in below.items() if pixels > 0}


def test_a_projector_and_a_phone_are_led_by_keys_and_begin_at_the_top(page: Page, address: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{address}/learn?present=1")
    below: dict[str, int] = {}
    for number, key in enumerate(
        ["PageDown", "ArrowRight", " ", "PageDown", "PageDown", "PageDown", "PageDown", ""], 1
    ):
        settle(page, number)
        below[f"{number} before"] = page.evaluate(BELOW)
        guess(page)
        if number not in (5, 6):
            expect(page.get_by_text("What to notice.")).to_be_visible(timeout=PATIENCE)
        below[f"{number} after"] = page.evaluate(BELOW)
        page.screenshot(path=SCREENSHOTS / f"lesson-present-{number}.png")
        page.evaluate("document.activeElement.blur()")
        if key:
            page.keyboard.press(key)
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
