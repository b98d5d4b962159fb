"""What a visitor waits for: the first load of each page, and the first paint beside an empty Streamlit page.

`load` opens pages in a browser that has cached nothing: what goes over the wire until a page can be used, how far its
parts move meanwhile (the layout shift of Core Web Vitals), and how long a slow phone takes until then. `paint` takes
the time from the navigation to the first chart, in turns with an empty page that has one Altair chart: cold is the
first page of a server that has just begun to answer, warm is every later one.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from adder.base import validation
from tests.serving import ROOT, served

PARTS = ("load", "paint")
ROUNDS = 3
WARM_LOADS = 5
SETTLE_SECONDS = 20
APPS = {"empty": Path(__file__).parent / "empty_page.py", "adder": ROOT / "app.py"}

_MAIN = "[data-testid=stMain]"
PAGES = {
    "playground": ("/", f"{_MAIN} input:visible"),
    "quiz by link": ("/quiz?opponent=two-digits@8&seed=3&length=5", f"{_MAIN} input:visible"),
    "lesson, step 5": ("/learn?step=5", f"{_MAIN} button"),
    "about": ("/about", f"{_MAIN} button"),
}
"""Name -> its address, and what can be used once it is there."""
TO_REACH = {"megabytes": 1.3, "shift": 0.02, "phone_seconds": 6.0}
PHONE = {"width": 390, "height": 844}
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER_CPU = 4
_AFTER_SECONDS = 3.0  # that a page may still load and move once it can be used
_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass(frozen=True, slots=True)
class Load:
    """The first load of a page.

    Attributes:
        megabytes: What came over the wire, headers and the messages of the web socket included.
        requests: How many requests that took.
        shift: How far the parts of the page moved, as a share of the window.
        phone_seconds: How long a slow phone took until the page could be used.
    """

    megabytes: float
    requests: int
    shift: float
    phone_seconds: float


def run(*, as_json: bool, parts: Sequence[str] = PARTS, size: int = ROUNDS) -> None:
    """Measure and print; `size` is the number of rounds."""
    for part in parts:
        validation.choice("--part", part, PARTS)
    if "load" in parts:
        _tell_loads(_loads(size), as_json)
    if "paint" in parts:
        _tell_paints(_paints_in_turns(size), size, as_json)


def _loads(rounds: int) -> dict[str, Load]:
    from tests.browser.chromium import chromium  # the only benchmark that needs a browser

    found: dict[str, list[Load]] = {name: [] for name in PAGES}
    with chromium() as browser, served(APPS["adder"]) as server:
        for name in PAGES:
            _load(browser, server.address, name)  # the server has imported and cached what the page needs
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            for name in PAGES:
                found[name].append(_load(browser, server.address, name))
    return {name: _median(loads) for name, loads in found.items()}


def _median(loads: Sequence[Load]) -> Load:
    """The median of each figure on its own."""
    return Load(*map(statistics.median, zip(*map(astuple, loads), strict=True)))


def _load(browser: Any, address: str, name: str) -> Load:
    path, usable = PAGES[name]
    desk = browser.new_context(viewport={"width": 1440, "height": 900})
    page = desk.new_page()
    page.add_init_script(_SHIFT)
    sent: list[float] = []
    asked: list[str] = []
    wire = desk.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    wire.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda event: sent.append(_frame_bytes(event["response"])))
    page.goto(f"{address}{path}")
    page.wait_for_selector(usable, timeout=120_000)
    page.wait_for_timeout(1_000 * _AFTER_SECONDS)
    shift = page.evaluate("window.shift")
    desk.close()
    phone = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = phone.new_page()
    wire = phone.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    began = time.perf_counter()
    page.goto(f"{address}{path}", wait_until="commit", timeout=120_000)
    page.wait_for_selector(usable, timeout=120_000)
    seconds = time.perf_counter() - began
    phone.close()
    over_http = [url for url in asked if url.startswith("http")]
    return Load(sum(sent) / 10**6, len(over_http), shift, seconds)


def _frame_bytes(frame: dict[str, Any]) -> float:
    """The bytes of a message; a binary one is told in base 64."""
    payload: str = frame["payloadData"]
    return len(payload) * 3 / 4 if frame["opcode"] == 2 else len(payload.encode())


def _tell_loads(loads: dict[str, Load], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"bench": "page", "part": "load", **{name: asdict(load) for name, load in loads.items()}}))
        return
    print("page: the first load, with nothing cached; a slow phone has 1.6 Mbit/s, 150 ms and a quarter of this CPU")
    print(f"{'':16}{'over the wire':>14}{'requests':>10}{'layout shift':>14}{'slow phone':>12}")
    for name, load in loads.items():
        print(f"{name:16}{load.megabytes:>11.2f} MB{load.requests:>10}{load.shift:>14.3f}{load.phone_seconds:>10.1f} s")
    print(
        f"{'to reach':16}{TO_REACH['megabytes']:>11.2f} MB{'':10}{TO_REACH['shift']:>14.3f}"
        f"{TO_REACH['phone_seconds']:>10.1f} s"
    )


def _paints_in_turns(rounds: int) -> dict[str, float]:
    """Medians of the seconds to the first chart: cold and warm, of the empty page and of adder."""
    found: dict[str, list[float]] = {f"{kind}_{name}": [] for kind in ("cold", "warm") for name in APPS}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for name, app in APPS.items():
            first, later = _paints(app)
            found[f"cold_{name}"].append(first)
            found[f"warm_{name}"] += later
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _paints(app: Path) -> tuple[float, list[float]]:
    from tests.browser.chromium import CHART, chromium

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


def _tell_paints(figures: dict[str, float], rounds: int, as_json: bool) -> None:
    ratios = {f"{kind}_ratio": figures[f"{kind}_adder"] / figures[f"{kind}_empty"] for kind in ("cold", "warm")}
    if as_json:
        print(json.dumps({"bench": "page", "part": "paint", "rounds": rounds, **figures, **ratios}))
        return
    print(f"page: seconds to the first chart, medians of {rounds} servers each and {WARM_LOADS} warm loads a server")
    print(f"{'':20}{'empty page':>12}{'adder':>12}{'ratio':>9}")
    for kind in ("cold", "warm"):
        empty, adder = figures[f"{kind}_empty"], figures[f"{kind}_adder"]
        print(f"{kind + ' server':20}{empty:>10.2f} s{adder:>10.2f} s{ratios[f'{kind}_ratio']:>8.2f}x")
