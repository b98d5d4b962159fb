"""The main job in a real browser: see a network that knows nothing, train, watch it learn, go back in time, ask."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from adder.query import to_query
from adder.ui.stage.story import SHIPPED, scene_of, story_of
from tests.browser.accessibility import MOST_SHIFTED, POLL, SHIFTS, check_accessible, tab_to
from tests.experiments import TINY_TEXT
from tests.runs.slow_epochs import ENDLESS_EPOCHS

pytestmark = pytest.mark.slow

PATIENCE = 180_000  # It is in milliseconds: a small, busy machine takes a minute to import TensorFlow.

HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"
FONTS = "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
COVERED = """selector => [...document.querySelectorAll(selector)].flatMap((each) => {
  const { x, y, width, height } = each.getBoundingClientRect();
  const above = document.elementFromPoint(x + width / 2, y + height / 2);
  return width === 0 || each.contains(above) ? [] : [`${each.textContent} is under ${above?.outerHTML.slice(0, 200)}`];
})"""
"""A single look at the page. A button that is on its way out is hidden, and has no size."""
CORNERS = """all => Object.fromEntries(all.map((each) => {
  const { x, y } = each.getBoundingClientRect();
  return [each.textContent, [x, y]];
}))"""
LINES = "all => all.map(each => each.getAttribute('d'))"
TOLD = """() => {
  window.told = [];
  const tell = () => told.push(document.querySelector('[data-testid=stProgress]')?.innerText ?? '');
  new MutationObserver(tell).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
"""Keeps what the line about a run says, in `window.told`."""
DASHES = """stage => {
  window.dashes = 0;
  const look = () => { if (stage.querySelector('.below').textContent.includes('–')) dashes += 1; };
  new MutationObserver(look).observe(stage, { childList: true, characterData: true, subtree: true });
}"""
"""Counts in `window.dashes` how often something below the slider is a dash."""
DRAG = """async (stage) => {
  const range = stage.querySelector('.track input');
  let fastest = 0;
  for (let round = 0; round < 10 && fastest < 20; round += 1) { // a machine that does other things too is slow at times
    const began = performance.now();
    for (let place = 0; place <= Number(range.max); place += 1) {
      range.value = place;
      range.dispatchEvent(new Event('input'));
      await new Promise(requestAnimationFrame);
    }
    fastest = Math.max(fastest, (Number(range.max) + 1) / (performance.now() - began) * 1000);
  }
  return fastest;
}"""
"""Drags the slider over all epochs, and tells how many were drawn in a second."""


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Ask it a question").fill(question)
    page.keyboard.press("Enter")


def stage_at(page: Page, epoch: int) -> Locator:
    """The stage, once it shows an epoch and has all of it."""
    found = page.locator(f".stage[data-epoch='{epoch}'][aria-busy=false]")
    expect(found).to_be_visible(timeout=30_000)
    return found


def epoch_shown(page: Page) -> int:
    found = re.search(r"Epoch (\d+) of", page.get_by_test_id("stProgress").inner_text())
    return int(found[1]) if found else 0


def wait_for_epoch(page: Page, epoch: int) -> None:
    page.wait_for_function(
        "epoch => Number((document.querySelector('[data-testid=stProgress]')?.innerText.match(/poch (\\d+)/) ?? [])[1])"
        " >= epoch",
        arg=epoch,
        polling=POLL,
        timeout=PATIENCE,
    )


def test_the_first_screen_knows_nothing_shows_every_epoch_as_it_was_and_keeps_its_language(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(SHIFTS)
    page.goto(address)
    stage = stage_at(page, 0)
    expect(stage.locator(".epoch")).to_have_text("Epoch 0: it has learned nothing yet")
    expect(stage.locator("svg.living-picture")).to_be_visible()
    assert page.evaluate(HEIGHT) <= 900, "all on one screen"
    assert page.evaluate("window.shifted") < MOST_SHIFTED
    heading, cells = page.get_by_role("heading", level=1).bounding_box(), stage.locator(".map svg").bounding_box()
    assert heading is not None
    assert heading["y"] < 90, "nothing empty above it"
    assert cells is not None
    assert cells["width"] == cells["height"]
    expect(stage.locator(".places .name")).to_have_count(0)
    assert stage.locator(".map text").all_text_contents() == [str(each) for n in range(1, 11) for each in (n, n)]
    corners = stage.locator(".map g").evaluate_all(CORNERS)
    (x, y), (_, below), (beside, _) = (corners[sum_] for sum_ in ("1+1", "2+1", "1+2"))
    assert below > y, "the first number goes down"
    assert beside > x, "the second goes across"
    assert not any(stage.locator(".places .later").evaluate_all(LINES)), "it does not tell how it will do"
    assert min(stage.locator(".tiles button").evaluate_all(FONTS)) >= 14, "the sums are no small print"

    ask(page, "12+")
    expect(stage.locator("p.answer")).to_have_text('"12+" ends with an operator; write a number after it.')
    ask(page, "7+8")
    told = story_of(SHIPPED, "seq2seq")
    assert told is not None
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    slider.focus()
    for key, epoch in (("End", 30), ("ArrowLeft", 29), ("Home", 0), ("ArrowRight", 1)):
        page.keyboard.press(key)
        stage, solver = stage_at(page, epoch), told.network(epoch)
        assert solver is not None
        expect(stage.locator(".epoch")).to_contain_text(f"Epoch {epoch}")
        shares = [math.floor(100 * share + 1e-6) for share in told.epochs[epoch - 1].by_place] if epoch else []
        by_place = "answer: ones {}%, tens {}%, whole".format(*shares) if epoch else "answer$"
        expect(stage.locator(".places svg")).to_have_attribute("aria-label", re.compile(by_place))
        expect(stage.locator("p.answer")).to_contain_text(f"7 + 8 = {solver.solve('7+8').unpadded}")
        twenty = scene_of(told.experiment).plain["twenty"]
        right = [solver.solve(question).correct for question, _ in twenty]
        expect(stage.locator(".tiles .right")).to_have_count(sum(map(bool, right)))
        cells = [solver.solve(f"{one}+{other}").correct for one in range(1, 11) for other in range(1, 11)]
        expect(stage.locator(".map .right")).to_have_count(sum(map(bool, cells)))
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".stage .time .label")).to_have_text("a replay")
    stage_at(page, 30)
    assert page.locator(".stage").evaluate(DRAG) >= 20
    check_accessible(page)
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="看神经网络学会加法")).to_be_visible()
    expect(page).to_have_url(re.compile("lang=zh"))
    page.reload()
    expect(page.get_by_role("heading", name="看神经网络学会加法")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Watch a neural network learn to add")).to_be_visible()
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_text("Present", exact=True).click()
    expect(page.get_by_role("link", name="Learn")).not_to_be_visible()
    page.wait_for_function(f"{HEIGHT} <= 768")
    page.goto(f"{address}/?preset=pen-and-paper&present=1")
    stage_at(page, 0)
    page.get_by_role("button", name="Replay").click()
    ask(page, f"{'9' * 100}+1")
    expect(page.locator(".stage p.answer strong")).to_have_text(re.compile("[0-9]{80}"))
    assert page.evaluate(HEIGHT) <= 768, "a long answer pushes nothing down"
    expect(page.locator(".undrawn")).to_be_empty()
    ask(page, f"{'9' * 300}+1")
    expect(page.locator(".undrawn")).to_have_text("This question has too many steps to draw; ask a shorter one.")
    assert page.evaluate(HEIGHT) <= 768, "nor does the sentence in place of a picture"


@pytest.mark.parametrize("path", ["?panel=errors&preset=two-digits", "?panel=inside&preset=nine-digits", "about"])
def test_a_page_has_no_grave_violation_and_fits_a_phone(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    check_accessible(page)
    if "panel" in path:
        expect(page.locator("[data-testid=stVegaLiteChart] canvas")).to_have_count(
            0
        )  # No text on it has a dark scheme.
        box, drawer = page.locator(".stage").bounding_box(), page.locator(".st-key-drawer").bounding_box()
        assert box is not None
        assert drawer is not None
        assert drawer["y"] < 100, "it opens beside what was there, not below"
        assert box["x"] + box["width"] <= drawer["x"]


def test_training_moves_the_curves_and_survives_a_reload_and_a_stranger(
    page: Page, stranger: Page, address: str
) -> None:
    longer = TINY_TEXT.replaced({"training.epochs": ENDLESS_EPOCHS})  # It lasts until all below is done.
    page.goto(f"{address}/?{to_query(longer)}")
    stage = page.locator(".stage")
    expect(stage.locator(".picture")).to_be_visible(timeout=PATIENCE)
    stage_at(page, 0)
    height = stage.bounding_box()
    stage.evaluate(DASHES)
    page.get_by_role("button", name="Train", exact=True).click()
    wait_for_epoch(page, 2)
    assert page.evaluate("window.dashes") == 0, "while its worker gets ready, nothing stands still as a dash"
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)
    assert page.evaluate(COVERED, ".st-key-transport button") == [], "nothing lies on the button that was pressed"
    stage.evaluate("stage => { stage.dataset.seen = 'yes' }")
    wait_for_epoch(page, epoch_shown(page) + 5)
    assert int(stage.get_attribute("data-epoch") or "0") >= 5
    assert stage.get_attribute("data-seen") == "yes", "the stage was made anew, which flickers"
    assert stage.bounding_box() == height, "nothing moves"
    ask(page, "7+8")
    expect(stage.locator("p.answer")).to_contain_text(re.compile("7 [+] 8 = "))
    page.get_by_role("button", name="One epoch back").click()
    frozen = stage.get_attribute("data-epoch")
    wait_for_epoch(page, epoch_shown(page) + 2)
    assert stage.get_attribute("data-epoch") == frozen, "the slider holds it"
    page.get_by_role("button", name="Now", exact=True).click()
    expect(stage).not_to_have_attribute("data-epoch", frozen or "")

    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("combobox", name="Learning rate").click()
    page.get_by_role("option", name="0.003", exact=True).click()
    page.wait_for_url(re.compile("training.changes=[0-9]+%3Alearning_rate%3D0.003"))
    expect(stage.locator(".places .said")).to_have_text("Learning rate 0.003")
    page.keyboard.press("Escape")

    before, run = epoch_shown(page), page.url
    stranger.set_viewport_size({"width": 1280, "height": 720})
    stranger.goto(run)
    stranger.get_by_role("button", name="Stop", exact=True).click()
    expect(stranger.get_by_test_id("stToast")).to_contain_text("your own copy")
    assert stranger.evaluate(COVERED, ".st-key-transport button, .st-key-closer button") == []
    stranger.wait_for_url(lambda url: "run=" in url and url != run)  # A stranger stops a copy.
    expect(stranger.get_by_text(re.compile("Stopped after epoch"))).to_be_visible(timeout=30_000)
    stranger.close()
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
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_text("Reset", exact=True).click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()


def epoch_shown_when_over(page: Page) -> int:
    found = re.search(r"after epoch (\d+) of", page.get_by_test_id("stProgress").inner_text())
    assert found
    return int(found[1])


def figures(page: Page, epoch: int) -> str:
    """The figures of a run at an epoch."""
    return stage_at(page, epoch).locator(".figures").inner_text()


def test_a_copied_link_brings_the_same_experiment_and_the_same_result(page: Page, stranger: Page, address: str) -> None:
    page.goto(f"{address}/?{to_query(TINY_TEXT)}&panel=files")
    check_accessible(page)
    tab_to(page, "BUTTON .*Train$")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    tab_to(page, "INPUT Epoch$")
    page.keyboard.press("ArrowLeft")
    stage_at(page, 2)
    page.keyboard.press("End")
    stage_at(page, 3)
    link = page.get_by_test_id("stCode").first.inner_text().strip()
    assert "run=" not in link
    stranger.goto(link)
    expect(stranger.get_by_text("Not your settings yet")).to_be_visible()
    stranger.get_by_role("button", name="Train", exact=True).click()
    expect(stranger.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    first = figures(page, 3)
    assert figures(stranger, 3) == first, "after a replay"
    expect(stranger).to_have_url(re.compile("run="))
    answered = stranger.url
    stranger.evaluate(TOLD)
    stranger.get_by_role("button", name="Train a new one", exact=True).click()
    expect(stranger).not_to_have_url(answered)
    expect(stranger.get_by_text("Done: 3 epochs in")).to_be_visible(timeout=PATIENCE)
    expect(stranger.get_by_role("button", name="Train a new one", exact=True)).to_be_visible(timeout=PATIENCE)
    assert figures(stranger, 3) == first
    told = stranger.evaluate("window.told")
    assert any("Done" in each for each in told)
    assert not [each for each in told if " left" in each], "how long a short run takes is not promised"


def test_the_buttons_of_a_run_that_is_over_fit_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?preset=seq2seq")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="30 more epochs")).to_be_visible(timeout=PATIENCE)
    last = page.locator(".st-key-transport button").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= 390
    words, slider = page.locator(".picture p").bounding_box(), page.locator(".time").bounding_box()
    assert words is not None
    assert slider is not None
    assert words["y"] + words["height"] <= slider["y"], "the slider covers no words of the picture"
