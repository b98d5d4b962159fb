"""The lesson from end to end in a real browser, and on a projector."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from adder.ui.lesson.steps import STEPS
from tests.browser.accessibility import check_accessible
from tests.browser.chromium import SCREENSHOTS
from tests.browser.test_page import PATIENCE

pytestmark = pytest.mark.slow


def settle(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"{number}. {STEPS[number - 1].TITLE}")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")


def test_the_lesson_goes_from_the_task_to_a_hundred_digits(page: Page, address: str) -> None:
    page.goto(f"{address}/learn")
    settle(page, 1)
    before = page.get_by_role("table").first.inner_text()
    page.get_by_role("button", name="Draw others").click()
    expect(page.get_by_role("table").first).not_to_have_text(before)
    for number in range(1, len(STEPS) + 1):
        settle(page, number)
        expect(page).to_have_url(re.compile(rf"step={number}\b"))
        check_accessible(page, f"lesson-{number}")
        if number == 2:
            page.get_by_role("button", name="Train both").click()
            expect(page.get_by_text(re.compile("Trained here"))).to_be_visible(timeout=PATIENCE)
        page.screenshot(path=SCREENSHOTS / f"lesson-{number}.png", full_page=True)
        expect(page.get_by_text("What to notice.").first).to_be_visible()
        if number < len(STEPS):
            page.get_by_role("button", name=f"Next: {STEPS[number].TITLE}").click()
    page.get_by_text("A hundred digits").click()
    expect(page.get_by_text("right in all").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=re.compile("Previous: ")).click()
    settle(page, len(STEPS) - 1)
    page.reload()
    settle(page, len(STEPS) - 1)


def test_a_projector_gets_larger_type_and_no_menu(page: Page, address: str) -> None:
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    page.goto(f"{address}/learn?step=4")
    settle(page, 4)
    usual = page.evaluate(size)
    page.goto(f"{address}/learn?step=4&present=1")
    settle(page, 4)
    page.wait_for_function(f"{size} > {1.3 * usual}")
    expect(page.get_by_role("link", name="Playground")).not_to_be_visible()
    page.screenshot(path=SCREENSHOTS / "lesson-present.png")
    page.get_by_text("Present", exact=True).click()
    expect(page.get_by_role("link", name="Playground")).to_be_visible()
