"""What every page has that Streamlit's lack: seen on a phone whose browser speaks Chinese."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.accessibility import MOST_SHIFTED, PHONE, SHIFTS

pytestmark = pytest.mark.slow

MENU = "[data-testid=stSidebar][data-collapsed=false]"
SMALL = """[...document.querySelectorAll('[data-testid=stMain] :is(button, input, summary)')]
  .filter(each => each.checkVisibility() && each.type !== 'file' && !each.closest('label, [data-testid=stTooltipIcon]'))
  .filter(each => each.getBoundingClientRect().height < 44).map(each => each.outerHTML.slice(0, 120))"""
NO_ICONS = """[...document.querySelectorAll('[data-testid=stIconMaterial]')]
  .filter(each => each.offsetWidth > 1.5 * each.offsetHeight).map(each => each.textContent)"""
BROKEN = """[...document.querySelectorAll('td:not(:last-child) > code')]
  .filter(each => each.getClientRects().length > 1).map(each => each.textContent)"""
MOST_BYTES = 1_300_000
PATIENCE = 60_000  # It is in milliseconds, for nothing is cached yet.


def open_menu(page: Page) -> None:
    page.get_by_test_id("stExpandSidebarButton").tap()
    expect(page.locator(MENU)).to_be_visible()


def test_a_phone_loads_little_and_speaks_chinese(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN")
    page, answers = context.new_page(), list[Response]()
    wire, sent = context.new_cdp_session(page), list[float]()
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    page.on("response", lambda answer: answers.append(answer))

    page.add_init_script(SHIFTS)
    page.goto(f"{address}/quiz?opponent=two-digits@8&seed=3")
    expect(page.get_by_role("textbox", name="你的答案")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page).to_have_title("人机对战 · adder")
    page.wait_for_load_state("networkidle")
    assert sum(sent) < MOST_BYTES
    assert page.evaluate("window.shifted") < MOST_SHIFTED
    scripts = [each for each in answers if each.url.endswith((".js", ".css")) and "/static/" in each.url]
    assert scripts
    assert {each.headers.get("content-encoding") for each in scripts} == {"gzip"}
    assert all("immutable" in each.headers["cache-control"] for each in scripts)
    assert not [each.url for each in answers if "/quiz/" in each.url], "the server is found without a search"

    page.goto(f"{address}/?panel=batch")
    uploader = page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("上传", timeout=PATIENCE)
    expect(uploader).not_to_have_text(re.compile("Upload|per file"))
    assert page.evaluate(SMALL) == []
    assert page.evaluate(NO_ICONS) == []

    open_menu(page)
    page.keyboard.press("Escape")
    expect(page.locator(MENU)).not_to_be_visible()
    open_menu(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="关于").tap()
    expect(page).to_have_title("关于 · adder")
    expect(page.locator(MENU)).not_to_be_visible()
    page.get_by_role("button", name="English").tap()
    expect(page).to_have_title("About · adder")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("Settings", exact=True).tap()
    expect(page.locator("td > code").first).to_have_text("task.smallest")
    assert page.evaluate(BROKEN) == [], "a name stands on one line"
    context.close()
