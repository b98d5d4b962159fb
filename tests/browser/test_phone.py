"""A phone in a class from the code to the summary: it is reloaded, loses its network, and comes back.

The teacher is in this process, which shares the database of the served app.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from adder.presets import preset
from adder.rooms.events import Asked, BreakBegan, Ended, NamesHidden, Revealed
from adder.rooms.service import RoomService
from tests.browser.accessibility import OF_COLOURS, PHONE, grave

pytestmark = pytest.mark.slow

SMALL = """[...document.querySelectorAll('button, input')]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.textContent || each.id)"""


@pytest.fixture
def service(address: str) -> Iterator[RoomService]:
    teacher = RoomService()
    yield teacher
    teacher.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    yield context
    context.close()


def look(page: Page) -> None:
    """Hold what a phone shows to what it must be, in light and dark and at twice the size."""
    for scheme, rules in (("light", ()), ("dark", OF_COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert not grave(page, *rules)
    assert page.evaluate(SMALL) == []
    for width in (PHONE["width"] // 2, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def said(page: Page, text: str) -> None:
    expect(page.locator("#said")).to_have_text(text, timeout=10_000)


def type_on_pad(page: Page, digits: str) -> None:
    for each in digits:
        page.locator("#pad").get_by_role("button", name=each, exact=True).tap()


def test_a_phone_from_the_code_to_the_summary(phone: BrowserContext, address: str, service: RoomService) -> None:
    key = service.open(preset("two-digits"), planned=3)
    page, refused = phone.new_page(), list[str]()
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.goto(f"{address}/join")
    look(page)
    page.get_by_label("The code on the board").fill(f"{key.code[:3]} {key.code[3:].lower()}")
    page.get_by_role("button", name="Go in").tap()
    expect(page.get_by_label("Your name")).not_to_have_value("")
    look(page)
    page.get_by_label("Your name").fill("Mia")
    page.get_by_role("button", name="Go in").tap()
    said(page, "You are in.")
    assert page.locator("#said").get_attribute("role") == "status"

    service.tell(key.code, Asked(1, "12+50", "62", seconds=240), secret=key.secret)
    said(page, "12 + 50 = ?")
    assert page.evaluate("document.activeElement.inputMode") == "none", "the phone's own keys would cover the sum"
    type_on_pad(page, "627")
    page.get_by_role("button", name="Delete the last character").tap()
    look(page)
    page.get_by_role("button", name="Send").tap()
    said(page, "Your answer is in: 62")
    page.reload()
    said(page, "Your answer is in: 62")
    service.tell(key.code, Revealed(1, "60", False), secret=key.secret)
    said(page, "Right! 12 + 50 is 62.")
    expect(page.get_by_text("1 of 1 right: place 1 of 1")).to_be_visible()
    look(page)
    service.tell(key.code, BreakBegan(), secret=key.secret)
    said(page, "The network practises. Watch the board!")

    service.tell(key.code, Asked(2, "7+8", "15"), secret=key.secret)
    said(page, "7 + 8 = ?")
    phone.set_offline(True)
    page.keyboard.type("16")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No connection. Trying again …")).to_be_visible()
    page.close()  # What it has not sent yet is kept.
    page = phone.new_page()
    phone.set_offline(False)
    page.goto(f"{address}/j/{key.code}")
    said(page, "Your answer is in: 16")
    service.tell(key.code, Revealed(2, "15", True), secret=key.secret)
    said(page, "Not this time: 7 + 8 is 15. You wrote 16.")
    look(page)

    service.tell(key.code, Asked(3, "Which sums?", kind="cells", smallest=0, largest=9, most=2), secret=key.secret)
    said(page, "Which sums?")
    page.get_by_role("button", name="3 + 4", exact=True).tap()
    expect(page.get_by_role("button", name="3 + 4", exact=True, pressed=True)).to_be_visible()
    page.get_by_role("button", name="9 + 9", exact=True).tap()
    page.get_by_role("button", name="1 + 1", exact=True).tap()
    look(page)
    page.get_by_role("button", name="Send").tap()
    said(page, "Your answer is in: 3 + 4, 9 + 9")
    service.tell(key.code, Revealed(3), secret=key.secret)
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 4"><circle cx="4" cy="2" r="2"/></svg>'
    options = ("It grows", "It stays")
    guess = Asked(4, "What does it do?", "1", kind="guess", options=options, picture=picture, described="A dot")
    service.tell(key.code, guess, secret=key.secret)
    expect(page.get_by_role("img", name="A dot")).to_be_visible()
    page.get_by_role("button", name="It grows").tap()
    page.get_by_role("button", name="It stays").tap()
    look(page)
    page.get_by_role("button", name="Send").tap()
    said(page, "Your answer is in: It stays")
    service.tell(key.code, Revealed(4), secret=key.secret)
    service.tell(key.code, NamesHidden(True), secret=key.secret)
    service.tell(key.code, Ended(), secret=key.secret)
    said(page, "The game is over. Thank you for playing!")
    expect(page.get_by_role("row")).to_have_count(3)
    look(page)
    assert [player.name for player in service.room(key.code).present] == ["Mia"], "it never joined twice"
    service.forget(key.code, key.secret)
    expect(page.locator("#said")).to_contain_text("There is no room")
    assert refused == []
