"""Takes a screenshot of every page and state, in each size, scheme and language, for looking.

    python -m tests.browser.screenshots [NAME…] [KIND…]

They are written to `tests/screenshots`, those that were there before are overwritten. It prints how many pixels of a
page lie below the window, and how many beside it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from adder import PRESETS, shipped_solver, web_page
from adder.presets import preset
from adder.rooms.events import Answered, Asked, BreakBegan, Ended, Joined, Revealed
from adder.rooms.room import player_of
from adder.rooms.service import RoomService
from adder.ui.guides import guide_headings
from adder.ui.lesson.steps import STEPS
from adder.ui.panels import PANELS
from tests.browser.chromium import SCREENSHOTS, chromium
from tests.serving import ROOT, served

MAIN = "[data-testid=stMain]"
PRIMARY = f"{MAIN} button[kind=primary]"
BUSY = "[data-stale=true], [data-testid=stSkeleton], [data-testid=stApp][data-test-script-state=running]"
OUTSIDE = """() => {
  const main = document.querySelector('[data-testid=stMain]') ?? document.documentElement;
  return [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth];
}"""
PATIENCE = 600_000  # This is in milliseconds.
SETTLE = 1_500  # In these milliseconds charts are drawn, and what moves comes to rest.
TALLEST = 6_000  # This is in pixels.

DESK, PROJECTOR, PHONE = (ViewportSize(width=w, height=h) for w, h in ((1440, 900), (1024, 768), (390, 844)))
KINDS = {"desk": DESK, "present": PROJECTOR, "phone": PHONE, "desk-zh": DESK, "phone-zh": PHONE}
"""Name -> the size of the window. Those of a projector are opened with `present=1`, those in `zh` in Chinese."""

Journey = Callable[[Page], Iterator[str]]
"""Leads a page from state to state, and yields what to call each."""


def once(page: Page) -> Iterator[str]:
    yield ""


def settle(page: Page) -> None:
    page.wait_for_function(f"!document.querySelector('{BUSY}')")
    page.wait_for_timeout(SETTLE)


def press(page: Page, selector: str = PRIMARY) -> None:
    page.locator(selector).first.click()
    settle(page)


def trained(page: Page) -> Iterator[str]:
    yield "fresh"
    page.locator(".st-key-transport button").first.click()
    page.locator(".stage[aria-busy=false]:not([data-epoch='0'])").wait_for()
    yield "training"
    page.locator(".stage[data-epoch='30'][aria-busy=false]").wait_for()
    yield "trained"
    press(page, "[data-testid=stPopover] button")
    yield "change"


def batch(page: Page) -> Iterator[str]:
    page.locator("textarea").first.fill("3+10\n3+\n7+8,16\n9+9")
    page.keyboard.press("Control+Enter")
    settle(page)
    yield ""


def step(page: Page) -> Iterator[str]:
    yield "before"
    page.get_by_role("radiogroup").last.get_by_role("radio").first.click()
    settle(page)
    if (train := page.locator(PRIMARY).filter(has_text=re.compile("Train|训练"))).count():
        train.first.click()
        page.wait_for_timeout(8_000)
        settle(page)
    yield "after"


def game(page: Page) -> Iterator[str]:
    def answer() -> None:
        page.get_by_role("textbox").fill("12")
        page.keyboard.press("Enter")
        settle(page)

    yield "asked"
    answer()
    yield "judged"
    for _ in range(4):
        page.get_by_role("textbox").press("Enter")
        settle(page)
        answer()
    page.get_by_role("textbox").press("Enter")
    settle(page)
    yield "over"


def board(page: Page) -> Iterator[str]:
    service = RoomService()  # The served app has the same database.
    yield "opening"
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    press(page)
    page.wait_for_url(re.compile("room="))
    code = re.findall("room=([^&]+)", page.url)[0]
    for name in ("Mia", "Tom", "Ada", "Ines Müller-Lüdenscheidt"):
        service.tell(code, Joined(player_of(name), name))
    settle(page)
    yield "lobby"
    for number in range(1, 6):
        press(page)
        for name, given in (("Mia", "12"), ("Tom", "100"), ("Ada", "62")):
            service.tell(code, Answered(player_of(name), number, given))
        if number == 1:
            yield "asked"
        press(page)
        if number == 1:
            yield "revealed"
        press(page)
        if number == 1:
            page.wait_for_timeout(10_000)
            yield "break"
    yield "over"
    service.close()


def phone(page: Page) -> Iterator[str]:
    service = RoomService()
    key = service.open(preset("two-digits"), language="zh" if "lang=zh" in page.url else "en", planned=3)
    page.goto(page.url.replace("/join", f"/j/{key.code}"))
    yield "name"
    page.locator("#name").fill("Mia")
    page.locator("#join button").click()
    page.wait_for_timeout(SETTLE)
    yield "in"
    for name, event in {
        "asked": Asked(1, "12+50", "62", seconds=240),
        "revealed": Revealed(1, "60", False),
        "break": BreakBegan(),
        "cells": Asked(2, "Which sums?", kind="cells", smallest=0, largest=9, most=2),
        "cells-over": Revealed(2),
        "over": Ended(),
    }.items():
        service.tell(key.code, event, secret=key.secret)
        page.wait_for_timeout(SETTLE)
        yield name
    service.close()


JOURNEYS: dict[str, tuple[str, Journey]] = {
    "playground": ("/", trained),
    **{f"preset-{name}": (f"/?preset={name}", once) for name in PRESETS},
    **{f"panel-{name}": (f"/?panel={name}", batch if name == "batch" else once) for name in PANELS},
    **{f"lesson-{number}": (f"/learn?step={number}", step) for number in range(1, len(STEPS) + 1)},
    "quiz": ("/quiz", once),
    "game": ("/quiz?opponent=two-digits@8&seed=3&length=5", game),
    "class": ("/class", board),
    "join": ("/join", phone),
    "about": ("/about", once),
    **{f"guide-{name}": (f"/about?guide={name}", once) for name in guide_headings()},
    "status": ("/status", once),
}
"""Name -> the address that it begins with, and how it goes on."""


def main() -> None:
    """Take those whose names begin with what was given, or all, in the kinds that were given, or all."""
    kinds = [each for each in sys.argv[1:] if each in KINDS] or list(KINDS)
    names = tuple(each for each in sys.argv[1:] if each not in KINDS) or ""
    chosen = {name: each for name, each in JOURNEYS.items() if name.startswith(names)}
    SCREENSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="adder-screenshots-") as home, chromium() as browser:
        os.environ["ADDER_HOME"] = home
        with served(ROOT / "app.py", ADDER_WORKERS="1", ADDER_WARM_UP="off") as server:
            for name, (path, journey) in chosen.items():
                for kind in kinds:
                    _take(browser, server.address + path, journey, name, kind)
        pocket = Path(home) / "pocket.html"
        pocket.write_text(web_page(shipped_solver("two-digits")), "utf-8")
        for kind in ("desk", "phone"):
            _take(browser, pocket.as_uri(), once, "pocket", kind)


def _take(browser: Browser, address: str, journey: Journey, name: str, kind: str) -> None:
    beside = {"present": "present=1", "desk-zh": "lang=zh", "phone-zh": "lang=zh"}.get(kind)
    size, phone = KINDS[kind], kind.startswith("phone")
    context = browser.new_context(viewport=size, has_touch=phone, is_mobile=phone)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address + (f"{'&' if '?' in address else '?'}{beside}" if beside else ""))
    page.locator("h1").first.wait_for()
    settle(page)
    for state in journey(page):
        called = "-".join(filter(None, (name, state, kind)))
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(SETTLE)
        page.screenshot(path=SCREENSHOTS / f"{called}-dark.png")
        page.emulate_media(color_scheme="light")
        page.wait_for_timeout(SETTLE)
        page.screenshot(path=SCREENSHOTS / f"{called}.png")
        below, aside = page.evaluate(OUTSIDE)
        print(f"{called}: {below} below, {aside} beside", flush=True)
        if below > 0:
            page.set_viewport_size({"width": size["width"], "height": min(TALLEST, size["height"] + below)})
            page.wait_for_timeout(SETTLE)
            page.screenshot(path=SCREENSHOTS / f"{called}-whole.png")
            page.set_viewport_size(size)
    context.close()


if __name__ == "__main__":
    main()
