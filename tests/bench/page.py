"""First paint of the page beside an empty Streamlit page with one Altair chart, in Chromium, in turns.

The time runs from the navigation to the first chart on the screen, in a browser that has cached nothing. Cold is the
first page of a server that has just begun to answer. Warm is every later one, after both servers have been left
alone for a while.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from tests.serving import ROOT, served

ROUNDS = 3
WARM_LOADS = 5
SETTLE_SECONDS = 20
PAGES = {"empty": Path(__file__).parent / "empty_page.py", "adder": ROOT / "app.py"}


def run(*, as_json: bool) -> None:
    """Measure in turns and print medians and ratios."""
    cold: dict[str, list[float]] = {name: [] for name in PAGES}
    warm: dict[str, list[float]] = {name: [] for name in PAGES}
    for number in range(1, ROUNDS + 1):
        print(f"round {number} of {ROUNDS}", file=sys.stderr)
        for name, app in PAGES.items():
            first, later = _paints(app)
            cold[name].append(first)
            warm[name] += later
    figures = {
        f"{kind}_{name}": statistics.median(seconds[name])
        for kind, seconds in (("cold", cold), ("warm", warm))
        for name in PAGES
    }
    ratios = {f"{kind}_ratio": figures[f"{kind}_adder"] / figures[f"{kind}_empty"] for kind in ("cold", "warm")}
    if as_json:
        print(json.dumps({"bench": "page", "rounds": ROUNDS, **figures, **ratios}))
        return
    print(f"page: seconds to the first chart, medians of {ROUNDS} servers each and {WARM_LOADS} warm loads a server")
    print(f"{'':20}{'empty page':>12}{'adder':>12}{'ratio':>9}")
    for kind in ("cold", "warm"):
        empty, adder = figures[f"{kind}_empty"], figures[f"{kind}_adder"]
        print(f"{kind + ' server':20}{empty:>10.2f} s{adder:>10.2f} s{ratios[f'{kind}_ratio']:>8.2f}x")


def _paints(app: Path) -> tuple[float, list[float]]:
    from tests.browser.chromium import CHART, chromium  # the only benchmark that needs a browser

    with chromium() as browser, served(app) as server:

        def paint() -> float:
            page = browser.new_page()
            started = time.perf_counter()
            page.goto(server.address, wait_until="commit")
            page.wait_for_selector(CHART, timeout=120_000)
            seconds = time.perf_counter() - started
            page.close()
            return seconds

        first = paint()
        time.sleep(SETTLE_SECONDS)
        return first, [paint() for _ in range(WARM_LOADS)]
