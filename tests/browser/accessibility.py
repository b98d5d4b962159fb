"""What any page must be: without grave violations under axe-core, in light and dark, and no wider than a phone.

axe-core comes from npm (`make npm`); without it the rest is looked at. It does not look into charts, so the contrast of
their axes and legends is measured here. The elements below are drawn by Streamlit and cannot be changed from here.
"""

from __future__ import annotations

import itertools
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
)
"""Rule and a part of the element, or of its selector, in which Streamlit breaks it whatever an app does."""
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
SETTLE_MILLISECONDS = 700  # colours fade into one another, and charts are drawn anew
SIDEWAYS = "[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
PHONE = {"width": 390, "height": 844}
LEAST_CONTRAST = 4.5
FAINT = """least => {
  const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((each) => each / 255);
  const light = (colour) => channels(colour)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = light(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
  const contrast = (text) => {
    const own = light(getComputedStyle(text).fill);
    return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
  };
  const texts = ['axis-label', 'axis-title', 'legend-label', 'legend-title'].map((role) => `.role-${role} text`).join();
  return [...document.querySelectorAll(texts)].filter((text) => contrast(text) < least).map((text) => text.textContent);
}"""
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(each => Number(each.tagName[1]))"


def check_accessible(page: Page, name: str) -> None:
    """Hold what a page shows in the light scheme to it, and leave it in that scheme and as large as it was.

    Args:
        name: What the screenshot of a phone is called.
    """
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_function("document.querySelectorAll('[data-stale=true], [data-testid=stSkeleton]').length === 0")
    size, ground = page.viewport_size, page.evaluate(GROUND)
    light, faint = _grave(_violations(page)), page.evaluate(FAINT, LEAST_CONTRAST)
    headings = page.evaluate(HEADINGS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{GROUND} !== '{ground}'")
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    dark, faint_in_dark = _grave(_violations(page, *OF_COLOURS)), page.evaluate(FAINT, LEAST_CONTRAST)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    sideways = page.evaluate(SIDEWAYS)
    page.screenshot(path=SCREENSHOTS / f"phone-{name}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.wait_for_function(f"{GROUND} === '{ground}'")
    assert not light, light
    assert not dark, f"in the dark scheme: {dark}"
    assert (faint, faint_in_dark) == ([], []), "texts of charts"
    assert all(later <= before + 1 for before, later in itertools.pairwise(headings)), headings
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
