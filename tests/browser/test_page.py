"""The main job in a real browser: see an answer, train, watch the curves move, ask, reload, stop, go on.

Screenshots are written to `tests/screenshots`, for looking.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from adder.query import to_query
from tests.browser.accessibility import check_accessible
from tests.browser.chromium import CHART, SCREENSHOTS
from tests.experiments import TINY_TEXT
from tests.runs.slow_epochs import LONG_EPOCHS
from tests.runs.support import LONG

pytestmark = pytest.mark.slow

PATIENCE = 180_000  # milliseconds; a small machine that does other things too imports TensorFlow in a minute


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Ask it a question").fill(question)
    page.keyboard.press("Enter")


def epoch_shown(page: Page) -> int:
    found = re.search(r"Epoch (\d+) of", page.get_by_test_id("stProgress").inner_text())
    return int(found[1]) if found else 0


def wait_for_epoch(page: Page, epoch: int) -> None:
    page.wait_for_function(
        "epoch => Number((document.querySelector('[data-testid=stProgress]')?.innerText.match(/poch (\\d+)/) ?? [])[1])"
        " >= epoch",
        arg=epoch,
        timeout=PATIENCE,
    )


def test_the_first_screen_answers_and_refuses_kindly(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(CHART)
    expect(page.get_by_text("3 + 10 = 13")).to_be_visible()
    expect(page.get_by_text("undefined")).to_have_count(0)
    ask(page, "12+")
    expect(page.get_by_text('"12+" ends with an operator; write a number after it.')).to_be_visible()
    ask(page, "7+8")
    expect(page.get_by_text("7 + 8 = 15")).to_be_visible()
    expect(page.get_by_text("Predicted 15, expected 15")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "first-screen.png", full_page=True)
    check_accessible(page, "first-screen")


@pytest.mark.parametrize("path", ["?panel=errors&preset=two-digits", "?panel=inside&preset=nine-digits", "about"])
def test_a_page_has_no_grave_violation_and_fits_a_phone(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    check_accessible(page, re.sub("[^a-z0-9]+", "-", path).strip("-"))


def test_training_moves_the_curves_and_survives_a_reload_and_a_stranger(
    browser: Browser, page: Page, address: str
) -> None:
    longer = LONG.replaced({"training.epochs": 5 * LONG_EPOCHS})  # it lasts until all below has been done
    page.goto(f"{address}/?{to_query(longer)}")
    page.get_by_role("button", name="Train", exact=True).click()
    wait_for_epoch(page, 2)
    curves = "[data-testid=stVegaLiteChart] svg >> nth=1"
    page.wait_for_selector(curves)
    page.eval_on_selector(curves, "svg => { svg.dataset.seen = 'yes' }")
    first = page.eval_on_selector(curves, "svg => svg.innerHTML")
    height = page.eval_on_selector(curves, "svg => svg.getBoundingClientRect().top")
    wait_for_epoch(page, epoch_shown(page) + 5)
    page.wait_for_function(
        "first => document.querySelectorAll('[data-testid=stVegaLiteChart] svg')[1].innerHTML != first", arg=first
    )
    assert page.eval_on_selector(curves, "svg => svg.dataset.seen") == "yes", "the chart was drawn anew, which flickers"
    assert page.eval_on_selector(curves, "svg => svg.getBoundingClientRect().top") == height
    expect(
        page.get_by_text("fresh questions (nothing is held out, so training may have seen them), after epoch")
    ).to_be_visible()
    ask(page, "7+8")
    expect(page.get_by_text(re.compile("7 [+] 8 = "))).to_be_visible()
    expect(page.get_by_text(re.compile("Answered by your network after epoch"))).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "training.png", full_page=True)

    before, run = epoch_shown(page), page.url
    stranger = browser.new_context().new_page()
    stranger.goto(run)
    stranger.get_by_role("button", name="Stop", exact=True).click()
    stranger.wait_for_url(lambda url: "run=" in url and url != run)  # a copy
    expect(stranger.get_by_text(re.compile("Stopped after epoch"))).to_be_visible(timeout=30_000)
    stranger.context.close()
    page.reload()
    wait_for_epoch(page, before)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text(re.compile("Paused after epoch"))).to_be_visible(timeout=30_000)
    assert page.url == run, "the run itself, not a copy"
    paused = epoch_shown_when_over(page)
    page.get_by_role("button", name="Continue", exact=True).click()
    wait_for_epoch(page, paused + 3)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile("Stopped after epoch"))).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="One epoch", exact=True).click()
    expect(page.get_by_text(re.compile("Paused after epoch"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()


def epoch_shown_when_over(page: Page) -> int:
    found = re.search(r"after epoch (\d+) of", page.get_by_test_id("stProgress").inner_text())
    assert found
    return int(found[1])


def figures(page: Page) -> list[str]:
    """The figures of a run that has just ended: the last to be drawn, and those of its last epoch."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stMetricValue")).to_have_count(3)
    return page.get_by_test_id("stMetricValue").all_inner_texts()


def test_a_copied_link_brings_the_same_experiment_and_the_same_result(
    browser: Browser, page: Page, address: str
) -> None:
    page.goto(f"{address}/?{to_query(TINY_TEXT)}&panel=files")
    check_accessible(page, "files")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    link = page.get_by_test_id("stCode").inner_text().strip()
    assert "run=" not in link
    stranger = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    stranger.goto(link)
    expect(stranger.get_by_text("Changed from: Textbook sequence to sequence, 1 to 10.")).to_be_visible()
    stranger.get_by_role("button", name="Train", exact=True).click()
    expect(stranger.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    first = figures(page)
    expect(stranger.get_by_test_id("stMetricValue")).to_have_text(first)
    expect(stranger).to_have_url(re.compile("run="))
    answered = stranger.url
    stranger.get_by_role("button", name="Train again", exact=True).click()
    expect(stranger).not_to_have_url(answered)
    expect(stranger.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    expect(stranger.get_by_role("button", name="Train again", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(stranger.get_by_test_id("stMetricValue")).to_have_text(first, timeout=PATIENCE)
    stranger.context.close()


def test_the_language_is_switched_and_stays(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="看神经网络学会加法")).to_be_visible()
    expect(page).to_have_url(re.compile("lang=zh"))
    page.reload()
    expect(page.get_by_role("heading", name="看神经网络学会加法")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "chinese.png", full_page=True)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Watch a neural network learn to add")).to_be_visible()
