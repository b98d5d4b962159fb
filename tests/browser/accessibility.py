"""What any page must be: without grave violations under axe-core, in light and dark, no wider than a phone, within the
reach of a keyboard, and standing still while it comes.

axe-core comes from npm (`make npm`); without it the rest is looked at. It does not look into charts, so the contrast of
their axes and legends is measured here. The elements below are drawn by Streamlit and cannot be changed from here.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from typing import Any

from playwright.sync_api import Page

from tests.serving import ROOT

AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
MILD = """Object.fromEntries(axe._audit.rules.filter(({ impact }) => ['moderate', 'minor'].includes(impact))
  .map(({ id }) => [id, { enabled: false }]))"""
"""The rules of axe-core that find nothing grave, switched off."""
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that look at colours: all that another scheme can change."""
STREAMLITS_OWN = (
    ("color-contrast", 'class="token'),  # No theme setting reaches the colours of highlighted code.
)
"""Rule and a part of the element, or of its selector, in which Streamlit breaks it whatever an app does."""
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
STILL = "document.getAnimations().every(each => !(each instanceof CSSTransition))"  # Colours fade.
POLL = 50  # A look at each frame would have the browser draw sixty in a second.
PATIENCE = 5.0
CHARTS = "document.querySelectorAll('.role-axis-label').length"
SIDEWAYS = "(main => main.scrollWidth - main.clientWidth)(document.querySelector('[data-testid=stMain]'))"
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


SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
"""Adds up how far the parts of a page move by themselves, in `window.shifted`."""
MOST_SHIFTED = 0.02
MOST_STOPS = 40
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return `${at.tagName} ${at.ariaLabel || at.textContent || at.type}`;
}"""


def focused(page: Page) -> str:
    """The name of what the keyboard would reach."""
    name: str = page.evaluate(FOCUSED)
    return name


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what the keyboard would reach has this name, a pattern."""
    for _ in range(MOST_STOPS):
        if re.match(name, focused(page)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def check_accessible(page: Page) -> None:
    """Hold what a page shows to it in the scheme that it is in and in the other one, in which it is left."""
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_function(
        "document.querySelectorAll('[data-stale=true], [data-testid=stSkeleton]').length === 0", polling=POLL
    )
    size, ground, dark = page.viewport_size, page.evaluate(GROUND), page.evaluate(DARK)
    found, faint = grave(page), _settled(page, FAINT, LEAST_CONTRAST)
    headings, charts = page.evaluate(HEADINGS), page.evaluate(CHARTS)
    page.emulate_media(color_scheme="light" if dark else "dark")
    page.wait_for_function(f"{GROUND} !== '{ground}' && {STILL} && {CHARTS} >= {charts}", polling=POLL)
    in_the_other, faint_there = grave(page, *OF_COLOURS), _settled(page, FAINT, LEAST_CONTRAST)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sideways = _settled(page, SIDEWAYS)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    assert not found, f"in the {'dark' if dark else 'light'} scheme: {found}"
    assert not in_the_other, f"in the {'light' if dark else 'dark'} scheme: {in_the_other}"
    assert (faint, faint_there) == ([], []), "texts of charts"
    assert all(later <= before + 1 for before, later in itertools.pairwise(headings)), headings
    assert sideways == 0


def _settled(page: Page, look: str, given: Any = None) -> Any:
    """What a look at a page finds wrong, once there is nothing or no more patience: charts are drawn anew."""
    deadline = time.monotonic() + PATIENCE
    while (wrong := page.evaluate(look, given)) and time.monotonic() < deadline:
        page.wait_for_timeout(POLL)
    return wrong


def grave(page: Page, *rules: str) -> str:
    """What violates these rules, or any, is serious or critical, and not Streamlit's own, a line each."""
    return "\n".join(
        f"{violation['id']}: {node['html'][:300]}"
        for violation in _violations(page, *rules)
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
        if not any(
            violation["id"] == rule and part in f"{node['html']} {node['target']}" for rule, part in STREAMLITS_OWN
        )
    )


def _violations(page: Page, *rules: str) -> Any:
    if not AXE.exists():
        if os.environ.get("CI"):
            raise FileNotFoundError(f"{AXE} is missing; `make npm` brings it")
        return []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    chosen = f"runOnly: {json.dumps(rules)}" if rules else f"rules: {MILD}"
    return page.evaluate(f"axe.run({{ resultTypes: ['violations'], {chosen} }}).then(results => results.violations)")
