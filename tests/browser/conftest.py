"""What the browser tests share: a process and a cache, and a page for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page


def arrived(browser: Browser, address: str) -> Page:
    """The first page of a visitor, who opens the others from it: they have its process, and what it loads and compiles.

    Motion is for the tests that ask for it.
    """
    first = browser.new_context(viewport={"width": 1440, "height": 1200}, reduced_motion="reduce").new_page()
    first.goto(f"{address}/_stcore/health")
    return first


def opened_from(first: Page) -> Page:
    with first.expect_popup() as opening:
        first.evaluate("() => { window.open() }")
    return opening.value


@pytest.fixture(scope="session")
def visitor(browser: Browser, address: str) -> Page:
    return arrived(browser, address)


@pytest.fixture(scope="session")
def other_visitor(browser: Browser, address: str) -> Page:
    return arrived(browser, address)


@pytest.fixture
def page(visitor: Page) -> Iterator[Page]:
    """A page on which the browser refuses nothing that the server's policy forbids."""
    opened, refused = opened_from(visitor), list[str]()
    opened.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield opened
    opened.close()
    assert refused == []


@pytest.fixture
def stranger(other_visitor: Page) -> Iterator[Page]:
    """A page of somebody else."""
    opened = opened_from(other_visitor)
    yield opened
    opened.close()
