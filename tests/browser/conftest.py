"""What the browser tests share: one Chromium, one served app with one worker, and a page for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium, chromium_path
from tests.needs import needed
from tests.serving import ROOT, served

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    needed(chromium_path)
    SCREENSHOTS.mkdir(exist_ok=True)
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(ROOT / "app.py", ADDER_WORKERS="1") as running:
        yield running.address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 1200})
    yield opened
    opened.close()
