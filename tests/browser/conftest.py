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
    """A page on which the browser refuses nothing that the server's policy forbids."""
    opened, refused = visitor.new_page(), list[str]()
    opened.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield opened
    opened.close()
    assert refused == []
