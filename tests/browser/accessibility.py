"""What any page must be: without grave violations under axe-core, in light and dark, and no wider than a phone.

axe-core comes from npm (`make npm`); without it only the width is looked at. The elements below are drawn by
Streamlit and cannot be changed from here.
"""

from __future__ import annotations

import json
import os
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import SCREENSHOTS
from tests.serving import ROOT

AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that look at colours: all that another scheme can change."""
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


def check_accessible(page: Page, name: str) -> None:
    """Hold what a page shows in the light scheme to it, and leave it in that scheme and as large as it was.

    Args:
        name: What the screenshot of a phone is called.
    """
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_function("document.querySelectorAll('[data-stale=true], [data-testid=stSkeleton]').length === 0")
    size, ground = page.viewport_size, page.evaluate(GROUND)
    light = _grave(_violations(page))
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{GROUND} !== '{ground}'")
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    dark = _grave(_violations(page, *OF_COLOURS))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    sideways = page.evaluate(SIDEWAYS)
    page.screenshot(path=SCREENSHOTS / f"phone-{name}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.wait_for_function(f"{GROUND} === '{ground}'")
    assert not light, light
    assert not dark, f"in the dark scheme: {dark}"
    assert sideways == [0]


def _violations(page: Page, *rules: str) -> Any:
    """What violates these rules, or any rule."""
    if not AXE.exists():
        if os.environ.get("CI"):
            raise FileNotFoundError(f"{AXE} is missing; `make npm` brings it")
        return []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    return page.evaluate(f"axe.run({json.dumps(options)}).then(results => results.violations)")


def _grave(found: Any) -> str:
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
