"""Every page under axe-core, in light and dark, and on a phone: nothing grave, and nothing that scrolls sideways.

axe-core comes from npm (`make npm`); the elements below are drawn by Streamlit and cannot be changed from here.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SCREENSHOTS
from tests.serving import ROOT

pytestmark = pytest.mark.slow

AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
STREAMLITS_OWN = (
    ("color-contrast", 'class="token'),  # the colours of highlighted code, which no theme setting reaches
    # The chosen one of a segmented control has the primary colour as its text in the dark scheme, and primary buttons
    # have it under white text: no colour gives both a contrast of 4.5. It is framed, too.
    ("color-contrast", '[data-selected="true"]'),
)
"""Rule and a part of the element, or of its selector, in which Streamlit breaks it whatever an app does."""
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
SETTLE_MILLISECONDS = 700  # colours fade into one another, and charts are drawn anew
SIDEWAYS = "[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/",
    "/?panel=errors&preset=two-digits",
    "/?panel=inside&preset=nine-digits",
    "/?panel=files",
    *(f"/learn?step={step}" for step in range(1, 9)),
    "/quiz",
    "/quiz?ask=10%2B13~7%2B8&answers=26_10",
    "/quiz?ask=10%2B13&answers=26_10",
    "/about",
)


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        if os.environ.get("CI"):
            raise FileNotFoundError(f"{AXE} is missing; `make npm` brings it")
        pytest.skip("axe-core is not installed; `make npm` brings it")
    return AXE.read_text("utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_grave_violation_and_fits_a_phone(page: Page, address: str, axe: str, path: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}{path}")
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_function("document.querySelectorAll('[data-stale=true], [data-testid=stSkeleton]').length === 0")
    page.evaluate(axe)
    found = {"light": page.evaluate("axe.run().then(results => results.violations)")}
    ground = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{GROUND} !== '{ground}'")
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    found["dark"] = page.evaluate("axe.run().then(results => results.violations)")
    assert not grave(found["light"])
    assert not grave(found["dark"])
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    assert page.evaluate(SIDEWAYS) == [0]
    page.screenshot(path=SCREENSHOTS / f"phone-{re.sub('[^a-z0-9]+', '-', path)}.png", full_page=True)


def grave(found: Any) -> str:
    """What is serious or critical and not Streamlit's own, a line each."""
    return "\n".join(
        f"{violation['id']}: {node['html'][:300]}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
        if not any(
            violation["id"] == rule and part in f"{node['html']} {node['target']}" for rule, part in STREAMLITS_OWN
        )
    )
