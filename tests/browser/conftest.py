"""What the browser tests share: one Chromium with its cache, and a page for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import SCREENSHOTS, chromium, chromium_path
from tests.needs import needed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    needed(chromium_path)
    SCREENSHOTS.mkdir(exist_ok=True)
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> BrowserContext:
    """A visitor who comes back: what the first page loads, the others have."""
    return browser.new_context(viewport={"width": 1440, "height": 1200})


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    opened = visitor.new_page()
    yield opened
    opened.close()
