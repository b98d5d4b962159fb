"""A teacher's board and two phones through a whole game, in real browsers, against a network that really learns."""

from __future__ import annotations

import csv
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from adder.presets import PRESETS
from adder.rooms import results
from adder.rooms.room import Room
from adder.rooms.service import RoomService
from tests.browser.accessibility import PHONE, check_accessible
from tests.browser.test_page import PATIENCE

pytestmark = pytest.mark.slow

AT_REST = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
KEEP_WHAT_STANDS_TWICE = """
const controls = document.getElementsByClassName("st-key-class-controls");
document.addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  if (controls.length > 1) sessionStorage.twice = controls.length;
}).observe(document.body, { childList: true, subtree: true }));
"""
SUMS = ("7+8", "1+1", "3+9")
SKIPPED = "1+1"
ROUNDS = len(SUMS) - 1


def phone(browser: Browser, address: str, code: str, name: str, said: str = "You are in.") -> Page:
    page = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}/j/{code}")
    page.get_by_label("Your name").fill(name)
    go_in(page, said)
    return page


def go_in(page: Page, said: str = "You are in.") -> None:
    page.get_by_role("button", name="Go in").tap()
    expect(page.get_by_text(said)).to_be_visible()


def open_box(board: Page) -> None:
    box = board.get_by_role("button", name="Room", exact=True)
    expect(box).to_be_visible(timeout=PATIENCE)
    box.click()
    expect(board.get_by_text("It is deleted by itself after eight hours.")).to_be_visible()


def close_box(board: Page) -> None:
    board.keyboard.press("Escape")
    expect(board.get_by_text("It is deleted by itself after eight hours.")).to_be_hidden()


def elsewhere(board: Page, browser: Browser) -> Page:
    """The board on another machine, opened by the link that the room makes for it."""
    open_box(board)
    board.get_by_role("button", name="Link for another machine").click()
    link = board.locator("[data-testid=stCode]").inner_text(timeout=PATIENCE).strip()
    close_box(board)
    other = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark").new_page()
    here, there = urlsplit(board.url), urlsplit(link)  # Phones reach the machine by another address than this browser.
    other.goto(here._replace(path=there.path, query=f"{there.query}&lang=zh").geturl())
    return other


def answer(page: Page, typed: int) -> None:
    for digit in str(typed):
        page.get_by_role("button", name=digit, exact=True).tap()
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_text(f"Your answer is in: {typed}")).to_be_visible()


def lead_on(board: Page, button: str) -> None:
    """Press the key that leads on, once the button says what it leads to."""
    expect(board.get_by_role("button", name=button)).to_be_visible(timeout=PATIENCE)
    board.evaluate("document.activeElement.blur()")
    board.keyboard.press("ArrowRight")


def test_a_class_plays_a_whole_game(browser: Browser, page: Page, address: str) -> None:
    board = page
    board.add_init_script(KEEP_WHAT_STANDS_TWICE)
    board.set_viewport_size({"width": 1024, "height": 768})
    board.goto(f"{address}/class?present=1")
    expect(board.get_by_role("slider", name="Rounds")).to_be_visible(timeout=PATIENCE)
    board.get_by_role("combobox", name="Network").click()
    board.get_by_role("option", name=PRESETS["seq2seq"].label).click()  # Its epochs are the shortest.
    board.get_by_role("combobox", name="Sums").click()
    board.get_by_role("option", name="A list of your own").click()
    board.get_by_role("textbox", name="Your sums, one a line").fill("\n".join(SUMS))
    board.get_by_role("button", name="Open the room").click()
    board.wait_for_url(re.compile("room="))
    [code] = parse_qs(urlsplit(board.url).query)["room"]
    assert "key" not in board.url, "the class can read the address"
    expect(board.get_by_text(f"{code[:3]} {code[3:]}").first).to_be_visible(timeout=PATIENCE)
    expect(board.locator(".st-key-class_way")).not_to_contain_text(re.compile(r"(localhost|127\.0\.0\.1)[:/]"))
    mia, tom = (phone(browser, address, code, name) for name in ("Mia", "Tom"))
    expect(board.get_by_text("Tom")).to_be_visible(timeout=PATIENCE)
    open_box(board)
    lock, hide = board.get_by_text("Nobody else may come in"), board.get_by_text("Show numbers for names")
    lock.click()
    hide.click()
    expect(board.get_by_text("No. 2")).to_be_visible(timeout=PATIENCE)
    eve = phone(browser, address, code, "Eve", "this room is locked; ask your teacher to open it")
    lock.click()
    hide.click()
    expect(board.get_by_text("Tom", exact=True)).to_be_visible(timeout=PATIENCE)
    go_in(eve)
    hide.click()
    expect(board.get_by_text("No. 3")).to_be_visible(timeout=PATIENCE)
    board.wait_for_function(AT_REST)
    somebody = board.get_by_role("combobox", name="Take somebody out")
    somebody.click()
    board.get_by_role("option", name="3 · Eve").click()
    expect(somebody).to_have_value("3 · Eve")
    board.get_by_role("button", name="Take out").click(timeout=PATIENCE)
    expect(eve.get_by_text("Your teacher has taken you out of this room.")).to_be_visible(timeout=PATIENCE)
    eve.context.close()
    hide.click()
    expect(board.get_by_text("Tom", exact=True)).to_be_visible(timeout=PATIENCE)
    close_box(board)
    for number, question in enumerate(SUMS, start=1):
        lead_on(board, "First sum" if number == 1 else "Next sum")
        shown = board.locator(".st-key-class_sum")
        expect(shown).to_have_text(re.compile(r"\d+ \+ \d+ ="), timeout=PATIENCE)
        first, second = map(int, question.split("+"))
        assert shown.inner_text().startswith(f"{first} + {second} =")
        expect(mia.get_by_text(f"{first} + {second} = ?")).to_be_visible()
        answer(mia, first + second)
        if question == SKIPPED:
            board.get_by_role("button", name="Skip").click()
            for screen in (board, mia):
                expect(screen.get_by_text("This sum was left out.")).to_be_visible(timeout=PATIENCE)
            continue
        if number == 1:
            board.reload()  # The browser's cookie finds the room again.
            mia.reload()
            expect(mia.get_by_text("Your answer is in")).to_be_visible()
        answer(tom, first + second + 1)
        expect(board.get_by_text("2 of 2 have answered")).to_be_visible(timeout=PATIENCE)
        lead_on(board, "Show the answers")
        expect(board.get_by_text("1 of 2 right: 50%")).to_be_visible(timeout=PATIENCE)
        expect(mia.get_by_text("Right!")).to_be_visible()
        expect(tom.get_by_text("Not this time")).to_be_visible()
        if number == 1:
            board.get_by_role("button", name="Hide the answers again").click()
            expect(mia.get_by_text("Your answer is in")).to_be_visible()
            lead_on(board, "Show the answers")
            expect(mia.get_by_text("Right!")).to_be_visible()
            other = elsewhere(board, browser)
            expect(other.get_by_text("让它练习")).to_be_visible(timeout=PATIENCE)
            other.get_by_text("让它练习").click()
            expect(board.get_by_text(re.compile("You are ahead|has overtaken you"))).to_be_visible(timeout=PATIENCE)
            other.context.close()
    lead_on(board, "See the result")
    expect(board.get_by_text(re.compile("The class had 50% of its answers right"))).to_be_visible(timeout=PATIENCE)
    expect(mia.get_by_text(f"{ROUNDS} of {ROUNDS} right: place 1 of 2")).to_be_visible()
    expect(tom.get_by_text(f"0 of {ROUNDS} right: place 2 of 2")).to_be_visible()
    board.set_viewport_size({"width": 1440, "height": 900})
    check_accessible(board)
    with board.expect_download() as download:
        board.get_by_role("button", name="Download as CSV").click()
    table = download.value.path().read_text("utf-8")
    assert table.startswith("\ufeff"), "a spreadsheet reads it as UTF-8"
    assert [row[:2] for row in csv.reader(table[1:].splitlines())][1:] == [
        [str(number), each] for number, each in enumerate((SUMS[0], SUMS[2]), start=1) for _ in (mia, tom)
    ]
    assert "Mia" not in table
    board.emulate_media(color_scheme="dark")
    printed = board.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    board.emulate_media(media="print")
    expect(board.get_by_text("Round by round")).to_have_css("color", "rgb(0, 0, 0)")
    board.emulate_media(media="screen")
    assert board.evaluate("sessionStorage.twice") is None, "no button is there twice, not even for a moment"

    service = RoomService()  # It stands for another app on the same database.
    told = Room.of(code, service.events(code))
    service.close()
    assert (len(told.counted), results.share_of(told.counted)) == (ROUNDS, 0.5)
    assert told.progress, "the network learned meanwhile"
    expect(board.get_by_text(f"{results.network_right(told)} of {ROUNDS}")).to_be_visible()
    for each in (mia, tom):
        each.context.close()
