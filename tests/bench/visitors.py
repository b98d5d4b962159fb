"""People in front of a real server, over websockets, and what they take of the machine; benchmarks share this."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import psutil

from tests.bench.session import Session, opened
from tests.serving import ROOT, Server

APP = ROOT / "app.py"
TRAIN = "Train"
ASKING_SECONDS = (2.0, 4.0)  # A person thinks so long before the next question.
PATIENCE_SECONDS = 900.0
_LOADING = ThreadPoolExecutor(max_workers=64, thread_name_prefix="browser")
SETTLE_SECONDS = 120.0
FORKED = "multiprocessing.forkserver"  # The process that workers are forked from is called so, and they are, too.
DONE = ("Done:", "Reached its target")
_OVER = (*DONE, "Stopped after", "Failed after")


@dataclass(frozen=True, slots=True)
class Row:
    """What one part measured: its goal and its result in words, and all figures."""

    wanted: str
    reached: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Watched:
    """What one session saw of its run; times are those of the clock on the wall."""

    pressed: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    run: str = ""
    end: str = ""
    epochs: set[int] = field(default_factory=set)


async def train_and_watch(session: Session, after: float) -> Watched:
    """Press Train some seconds from now, and watch until the run is over."""
    await asyncio.sleep(after)
    seen = Watched(pressed=time.time())
    session.press(TRAIN)
    await session.until(lambda page: "run=" in page.query, PATIENCE_SECONDS)
    seen.run = dict(parse_qsl(session.query))["run"]
    watching = asyncio.create_task(_watch(session, seen))

    def over(page: Session) -> bool:
        seen.end = next((line for line in page.text.splitlines() if line.startswith(_OVER)), "")
        # A busy server may tell of the end before it has sent all of the page.
        return bool(seen.end) and TRAIN in " ".join(page.buttons)

    await session.until(over, PATIENCE_SECONDS)
    await watching
    seen.ended = time.time()
    return seen


async def _watch(session: Session, seen: Watched) -> None:
    """Load what the stage of a browser loads, until the run is over."""
    active, newest = True, -1
    lacking: dict[str, str] = {}
    moments: set[int] = set()
    while active or lacking:
        known = {"figures": str(len(seen.epochs)), "newest": str(newest), "wait": "1", **lacking}
        found = await loaded(session, f"run/{seen.run}", question="3+10", **known)
        seen.epochs |= {each["epoch"] for each in found["figures"]}
        if seen.epochs and not seen.first:
            seen.first = time.time()
        active, newest = found["active"], max(found["kept"], default=-1)
        moments |= {each["epoch"] for each in found["moments"]}
        missing = {*found["kept"]} - moments  # Passed-over epochs come once it has learned.
        lacking = {"wanted": ",".join(map(str, sorted(missing)))} if missing and not active else {}


async def loaded(session: Session, network: str, **query: str) -> dict[str, Any]:
    """What the server tells the stage of a browser of a network."""
    address = f"{session.address}/stage/look/{network}?{urlencode(query)}"

    def load() -> dict[str, Any]:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.get_running_loop().run_in_executor(_LOADING, load)


@asynccontextmanager
async def asking(sessions: list[Session]) -> AsyncIterator[list[float]]:
    """While the block lasts, sessions ask sums; the list has the seconds of every answer once it is over."""
    over = asyncio.Event()
    latencies: list[float] = []
    asking = [asyncio.create_task(ask(each, number, over, latencies)) for number, each in enumerate(sessions)]
    try:
        yield latencies
    finally:
        over.set()
        await asyncio.gather(*asking)


async def ask(session: Session, seed: int, over: asyncio.Event, latencies: list[float]) -> None:
    """Ask sums until it is over, and note the seconds of every answer."""
    rng = np.random.default_rng(seed)
    await asyncio.sleep(rng.uniform(0, ASKING_SECONDS[1]))
    while not over.is_set():
        one, other = rng.integers(10, 100, 2)
        started = time.perf_counter()
        (answer,) = (await loaded(session, "shipped/two-digits", question=f"{one}+{other}"))["answers"]
        assert int(answer["expected"]) == one + other
        latencies.append(time.perf_counter() - started)
        await asyncio.sleep(rng.uniform(*ASKING_SECONDS))


async def come(stack: AsyncExitStack, server: Server, queries: list[str]) -> list[Session]:
    """Sessions that have drawn their page, a few coming at a time."""
    coming = asyncio.Semaphore(4)

    async def come(query: str) -> Session:
        async with coming:
            return await stack.enter_async_context(opened(server.address, query))

    return await asyncio.gather(*map(come, queries))


async def settle(server: Server) -> None:
    """Let one run go through, and wait until workers have compiled what they compile by themselves."""
    async with opened(server.address, "preset=seq2seq&seed=99") as session:
        await train_and_watch(session, 0)
    until = time.monotonic() + SETTLE_SECONDS
    quiet = 0
    while quiet < 3 and time.monotonic() < until:
        before = _cpu_seconds(server)["engine"]
        await asyncio.sleep(1)
        quiet = quiet + 1 if _cpu_seconds(server)["engine"] - before < 0.2 else 0


@contextmanager
def spending(server: Server) -> Iterator[dict[str, Any]]:
    """Figures that are there once the block is over: what it took of the machine's time, by whom."""
    spent: dict[str, Any] = {}
    started, before, own = time.perf_counter(), _cpu_seconds(server), time.process_time()
    yield spent
    seconds = time.perf_counter() - started
    spent["seconds"] = round(seconds, 1)
    after = _cpu_seconds(server)
    spent |= {f"{who}_cores": round((after[who] - before[who]) / seconds, 2) for who in after}
    spent["sessions_cores"] = round((time.process_time() - own) / seconds, 2)


def _engines(server: Server) -> list[psutil.Process]:
    """The engine that the app has started, or that was started for it here."""
    app = psutil.Process(server.process_id)
    return [*app.children(), *(each for each in psutil.Process().children() if each.pid != app.pid)]


def workers_of(parent: psutil.Process) -> list[psutil.Process]:
    """The worker processes below another."""
    found = []
    for each in parent.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if FORKED in " ".join(each.cmdline()) and FORKED in " ".join(each.parent().cmdline()):
                found.append(each)
    return found


def _cpu_seconds(server: Server) -> dict[str, float]:
    """Seconds of a core that the app and the engine have used so far."""
    engine = [each for parent in _engines(server) for each in (parent, *parent.children(recursive=True))]
    used = {"app": 0.0, "engine": 0.0}
    for who, processes in (("app", [psutil.Process(server.process_id)]), ("engine", engine)):
        for each in processes:
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                used[who] += times.user + times.system
    return used


def memory_of(server: Server) -> dict[str, float]:
    """MB of the app, of the engine without its workers, and of the workers; what processes share is divided."""
    engines = _engines(server)
    workers = [worker for engine in engines for worker in workers_of(engine)]
    engine = [each for parent in engines for each in (parent, *parent.children(recursive=True)) if each not in workers]
    mine = {"app": [psutil.Process(server.process_id)], "engine": engine, "workers": workers}
    return {who: round(sum(map(_bytes, processes)) / 1e6, 1) for who, processes in mine.items()}


def _bytes(process: psutil.Process) -> int:
    try:
        held: int = process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    return held


def percentiles(seconds: list[float]) -> dict[str, int]:
    """How many answers there were, and their median, 95th percentile and most, in milliseconds."""
    if not seconds:
        return {"questions": 0}
    p50, p95, most = np.percentile(np.array(seconds) * 1_000, [50, 95, 100])
    return {"questions": len(seconds), "p50_ms": round(p50), "p95_ms": round(p95), "most_ms": round(most)}


def troubles(sessions: list[Session], home: Path) -> dict[str, Any]:
    """What went wrong on a page, and tracebacks in the server's log."""
    shown = [trouble for session in sessions for trouble in session.troubles]
    logged = (home / "log").read_text("utf-8", "replace").count("Traceback (most recent call last)")
    return {"troubles_shown": len(shown), "tracebacks_logged": logged, **({"trouble": shown[0]} if shown else {})}
