"""axe-core on every page, in light and dark: no serious or critical violation, but for Streamlit's own shell.

axe-core comes from npm (`make npm`); the elements below are drawn by Streamlit and cannot be changed from here.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.sync_api import Browser

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
def test_a_page_has_no_grave_violation(browser: Browser, address: str, axe: str, path: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1200}, color_scheme="light")
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
    page.close()
    assert not grave(found["light"])
    assert not grave(found["dark"])


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
