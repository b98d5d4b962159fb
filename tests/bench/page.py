"""What a visitor waits for: the first load of each page, and the first paint beside an empty Streamlit page.

`load` opens pages in a browser that has cached nothing: what goes over the wire until a page can be used, how far its
parts move meanwhile (the layout shift of Core Web Vitals), and how long a slow phone takes until then. `paint` takes
the time from the navigation until the network on the stage is drawn with its answer, in turns with an empty page that
has one Altair chart: cold is the first page of a server that has just begun to answer, warm is every later one. `live`
trains a network and looks on: how smoothly the picture moves meanwhile, how late an epoch is on the screen, and how
many epochs are drawn in a second when somebody then drags the slider. `train` presses Train as soon as the page of a
server that has just begun to answer is there, and takes the time until the first epoch is on the screen, in turns with
an import of TensorFlow alone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from adder.base import validation
from adder.presets import DEFAULT_PRESET
from tests.bench import epoch_ends
from tests.serving import ROOT, served

PARTS = ("load", "paint", "live", "train")
ROUNDS = 3
WARM_LOADS = 5
SETTLE_SECONDS = 20
APPS = {"empty": Path(__file__).parent / "empty_page.py", "adder": ROOT / "app.py"}
DRAWN = {
    "empty": "[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas",
    "adder": ".stage .living-picture .written",
}
"""What is there once a page is drawn."""

_MAIN = "[data-testid=stMain]"
_EMPTY = "an empty page"
PAGES = {
    _EMPTY: ("/", DRAWN["empty"]),
    "playground": ("/", ".stage .ask input"),
    "look inside": ("/?panel=inside", ".st-key-drawer button"),
    "many questions": ("/?panel=batch", ".st-key-drawer textarea"),
    "quiz": ("/quiz", f"{_MAIN} button[kind=primary]"),
    "quiz by link": ("/quiz?opponent=two-digits@8&seed=3&length=5", f"{_MAIN} [data-testid=stTextInput] input"),
    **{
        f"lesson, step {number}": (f"/learn?step={number}", f"{_MAIN} [class*=st-key-lesson-guess-] [role=radio]")
        for number in range(1, 9)
    },
    "class": ("/class", f"{_MAIN} button[kind=primary]"),
    "about": ("/about", f"{_MAIN} h1"),
    "server status": ("/status", f"{_MAIN} [data-testid=stMetric]"),
}
"""Name -> its address, and what can be used once it is there."""
TO_REACH = {
    "megabytes": 1.3,
    "shift": 0.02,
    "phone_seconds": 6.0,
    "frames": 30,
    "late": 0.3,
    "dragged": 20,
    "train": 1.5,
}
PHONE = {"width": 390, "height": 844}
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER_CPU = 4
WATCHED_SECONDS = 15  # The run takes longer.
_AFTER_SECONDS = 3.0  # A page may still load and move after it can be used.
_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_WATCH = """async (stage, seconds) => {
  const frames = new Set(), shown = {}, until = performance.now() + 1000 * seconds;
  const picture = new MutationObserver(() => frames.add(document.timeline.currentTime));
  picture.observe(stage.querySelector('.living-picture'), { subtree: true, attributes: true, childList: true });
  const epochs = new MutationObserver(() => requestAnimationFrame(() => { // the frame that shows it is over
    if (stage.ariaBusy === 'false') shown[stage.dataset.epoch] ??= Date.now() / 1000;
  }));
  epochs.observe(stage, { attributes: true });
  while (performance.now() < until) {
    const play = stage.querySelector('.picture button');
    if (play.title === 'Watch it answer') play.click();
    await new Promise((done) => setTimeout(done, 50));
  }
  return [frames.size / seconds, shown];
}"""
"""Has the network answer again and again; tells the frames a second, and when each epoch was shown."""
_DRAG = """async (stage) => {
  const range = stage.querySelector('.track input'), began = performance.now();
  for (range.value = 0; ; range.value = Number(range.value) + 1) {
    range.dispatchEvent(new Event('input'));
    await new Promise(requestAnimationFrame);
    if (range.value === range.max) return (Number(range.max) + 1) / (performance.now() - began) * 1000;
  }
}"""
"""Drags the slider over all epochs; tells how many were drawn in a second."""


@dataclass(frozen=True, slots=True)
class Live:
    """A run that somebody watches.

    Attributes:
        frames: How often in a second the picture is drawn while the network answers and trains.
        late: The median of the seconds from the end of an epoch until all of it is on the screen.
        latest: The 95th percentile of the same.
        dragged: How many epochs are drawn in a second while the slider is dragged over them.
    """

    frames: float
    late: float
    latest: float
    dragged: float


@dataclass(frozen=True, slots=True)
class Load:
    """The first load of a page.

    Attributes:
        megabytes: What came over the wire, headers and the messages of the web socket included.
        requests: How many requests that took.
        shift: How far the parts of the page moved, as a share of the window: on a desk or a phone, where it was more.
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
    if "live" in parts:
        _tell_lives([_live(seed) for seed in range(1, size + 1)], as_json)
    if "train" in parts:
        _tell_first_epochs(_first_epochs(size), size, as_json)


def _loads(rounds: int) -> dict[str, Load]:
    from tests.browser.chromium import chromium  # No other benchmark needs a browser.

    found: dict[str, list[Load]] = {name: [] for name in PAGES}
    with chromium() as browser, served(APPS["empty"]) as empty, served(APPS["adder"]) as adder:
        for number in range(rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            for name in PAGES:
                load = _load(browser, empty.address if name == _EMPTY else adder.address, name)
                if number:  # The first time, the server imports and caches what the page needs.
                    found[name].append(load)
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
    page.add_init_script(_SHIFT)
    wire = phone.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    began = time.perf_counter()
    page.goto(f"{address}{path}", wait_until="commit", timeout=120_000)
    page.wait_for_selector(usable, timeout=120_000)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(1_000 * _AFTER_SECONDS)
    shift = max(shift, page.evaluate("window.shift"))
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
    """Medians of the seconds until it is drawn: cold and warm, of the empty page and of adder."""
    found: dict[str, list[float]] = {f"{kind}_{name}": [] for kind in ("cold", "warm") for name in APPS}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for name, app in APPS.items():
            first, later = _paints(app, DRAWN[name])
            found[f"cold_{name}"].append(first)
            found[f"warm_{name}"] += later
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _paints(app: Path, drawn: str) -> tuple[float, list[float]]:
    from tests.browser.chromium import chromium

    with chromium() as browser, served(app) as server:

        def paint() -> float:
            page = browser.new_page()
            started = time.perf_counter()
            page.goto(server.address, wait_until="commit")
            page.wait_for_selector(drawn, timeout=120_000)
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
    print(f"page: seconds until it is drawn, medians of {rounds} servers each and {WARM_LOADS} warm loads a server")
    print(f"{'':20}{'empty page':>12}{'adder':>12}{'ratio':>9}")
    for kind in ("cold", "warm"):
        empty, adder = figures[f"{kind}_empty"], figures[f"{kind}_adder"]
        print(f"{kind + ' server':20}{empty:>10.2f} s{adder:>10.2f} s{ratios[f'{kind}_ratio']:>8.2f}x")


def _live(seed: int) -> Live:
    from tests.browser.chromium import chromium

    with tempfile.TemporaryDirectory(prefix="adder-bench-") as home, chromium() as browser:
        ends = Path(home) / "ends"
        meanwhile = {"DASK_DISTRIBUTED__WORKER__PRELOAD": epoch_ends.__name__, epoch_ends.FILE: str(ends)}
        with served(APPS["adder"], ADDER_HOME=home, ADDER_WORKERS="1", ADDER_WARM_UP="off", **meanwhile) as server:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.address}/?preset=two-digits&seed={seed}")
            stage = page.locator(".stage[aria-busy=false]")
            page.get_by_role("button", name="Train", exact=True).click(timeout=120_000)
            page.locator(".stage[aria-busy=false]:not([data-epoch='0'])").wait_for(timeout=300_000)
            frames, shown = stage.evaluate(_WATCH, WATCHED_SECONDS)
            page.goto(server.address)
            stage.wait_for(timeout=60_000)
            page.locator(".stage .track input").hover()
            page.wait_for_timeout(1_000 * _AFTER_SECONDS)  # The answers of all epochs come then.
            dragged = statistics.median(stage.evaluate(_DRAG) for _ in range(5))
        ended = {epoch: float(at) for epoch, at in map(str.split, ends.read_text("utf-8").splitlines())}
    late = sorted(at - ended[epoch] for epoch, at in shown.items() if epoch in ended)
    return Live(frames, statistics.median(late), late[int(0.95 * len(late))], dragged)


def _tell_lives(lives: Sequence[Live], as_json: bool) -> None:
    live = Live(*map(statistics.median, zip(*map(astuple, lives), strict=True)))
    if as_json:
        print(json.dumps({"bench": "page", "part": "live", **asdict(live)}))
        return
    print("page: a run of two-digits that is watched while it trains on the same cores, medians")
    print(f"{'':44}{'measured':>10}{'to reach':>10}")
    for said, figure, reach in (
        ("frames a second of the picture", f"{live.frames:.1f}", TO_REACH["frames"]),
        ("seconds from an epoch's end to the screen", f"{live.late:.2f}", TO_REACH["late"]),
        ("the same, 95 of 100 epochs", f"{live.latest:.2f}", ""),
        ("epochs a second, dragging the slider", f"{live.dragged:.1f}", TO_REACH["dragged"]),
    ):
        print(f"{said:44}{figure:>10}{reach:>10}")


def _first_epochs(rounds: int) -> dict[str, float]:
    """Medians of the seconds that importing TensorFlow takes, and of those from pressing Train to the first epoch.

    The very first server compiles the networks, and has a figure of its own.
    """
    found: dict[str, list[float]] = {"importing": [], "first_epoch": []}
    with tempfile.TemporaryDirectory(prefix="adder-bench-") as home:
        compiling = _first_epoch(home, 1)
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import tensorflow"], check=True, stderr=subprocess.DEVNULL)
            found["importing"].append(time.perf_counter() - began)
            found["first_epoch"].append(_first_epoch(home, 1 + number))
    return {name: statistics.median(seconds) for name, seconds in found.items()} | {"compiling": compiling}


def _first_epoch(home: str, seed: int) -> float:
    from tests.browser.chromium import chromium

    with chromium() as browser, served(APPS["adder"], ADDER_HOME=home) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.address}/?preset={DEFAULT_PRESET}&seed={seed}")
        train = page.get_by_role("button", name="Train", exact=True)
        train.wait_for(timeout=120_000)
        began = time.perf_counter()
        train.click()
        page.locator(".stage[aria-busy=false]:not([data-epoch='0'])").wait_for(timeout=300_000)
        return time.perf_counter() - began


def _tell_first_epochs(figures: dict[str, float], rounds: int, as_json: bool) -> None:
    ratio = figures["first_epoch"] / figures["importing"]
    if as_json:
        print(json.dumps({"bench": "page", "part": "train", "rounds": rounds, **figures, "ratio": ratio}))
        return
    print(f"page: Train is pressed as soon as the page of a new server is there, medians of {rounds} servers")
    print(f"{'importing TensorFlow alone':44}{figures['importing']:>8.2f} s")
    print(f"{'the first epoch on the screen':44}{figures['first_epoch']:>8.2f} s{ratio:>8.2f}x")
    print(f"{'to reach':44}{'':10}{TO_REACH['train']:>8.2f}x")
    print(f"{'on the very first server, which compiles':44}{figures['compiling']:>8.2f} s")
