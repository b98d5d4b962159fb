"""A whole class at once: real sessions over websockets, from a process of their own, against a real server.

Each part starts a server of the app with an empty store, lets one run go through so that workers are up and compiled
programs are on disk, and then sends the class in. Sessions and server share the machine, and the sessions' own share
of its time is among the figures. What was wanted stands beside what was reached; nothing here fails.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import psutil
from distributed import Client

from adder import checks, preset
from adder.embedded import EmbeddedEngine
from adder.worker import TOPIC
from tests.bench.session import Session, opened
from tests.serving import ROOT, Server, served

ASK = "Ask it a question"
TRAIN = "Train"
PRESS_SECONDS = 10  # within which the class presses Train
ASKING_SECONDS = (2.0, 4.0)  # between an answer and the next question of the same person
PATIENCE_SECONDS = 900.0
_LOSS = "Loss by epoch"
_OVER = ("Done:", "Reached its target", "Stopped after", "Failed after")


@dataclass(frozen=True, slots=True)
class Row:
    """What one part found: a line for people, and all figures."""

    wanted: str
    reached: str
    figures: dict[str, Any] = field(default_factory=dict)


def run(*, as_json: bool, parts: tuple[str, ...] = (), size: int | None = None) -> None:
    """Measure the parts, all by default; `size` is how many sessions, runs or kills, in place of each part's own."""
    chosen = parts or tuple(PARTS)
    for part in chosen:
        checks.choice("--part", part, PARTS)
    if not as_json:
        print("class: sessions over websockets on the server's own machine; programs were compiled by an earlier run")
    with tempfile.TemporaryDirectory(prefix="adder-class-") as folder:
        for part in chosen:
            home = Path(folder) / part
            (Path(folder) / "programs").mkdir(exist_ok=True)
            home.mkdir()
            (home / "xla").symlink_to(Path(folder) / "programs")
            with _environment(ADDER_HOME=str(home)):
                row = asyncio.run(PARTS[part](home, size))
            if as_json:
                print(json.dumps({"bench": "class", "part": part, "wanted": row.wanted, **row.figures}), flush=True)
            else:
                print(f"{part:8}{row.reached}\n{'':8}wanted: {row.wanted}", flush=True)
                print(f"{'':8}" + json.dumps(row.figures), flush=True)


async def shared(home: Path, size: int | None) -> Row:
    """Everybody presses Train on the textbook preset."""
    people = size or 30
    rng = np.random.default_rng(1)
    heard: dict[str, dict[int, float]] = {}  # when the engine told of each epoch

    def hear(event: tuple[float, dict[str, Any]]) -> None:
        at, said = event
        if "epoch" in said:
            heard.setdefault(said["job"], {}).setdefault(said["epoch"]["epoch"], at)

    epochs = preset("seq2seq").training.epochs
    async with AsyncExitStack() as stack:
        scheduler = stack.enter_context(_engine(os.cpu_count() or 1))
        server = stack.enter_context(served(ROOT / "app.py", log=home / "log", ADDER_SCHEDULER=scheduler))
        client = Client(scheduler, set_as_default=False)
        stack.callback(client.close)
        client.subscribe_topic(TOPIC, hear)
        await _settled(server)
        sessions = await _class(stack, server, ["preset=seq2seq"] * people)
        with _spent(server) as spent:
            watched = await asyncio.gather(
                *(_train_and_watch(each, rng.uniform(0, PRESS_SECONDS)) for each in sessions)
            )
    runs = sorted({each.run for each in watched})
    first = min(heard[run][1] for run in runs)
    before = [each.first - first for each in watched if each.pressed < first]
    later = [each.first - each.pressed for each in watched if each.pressed >= first]
    saw_all = sum(each.epochs >= set(range(1, epochs + 1)) for each in watched)
    figures = {
        "sessions": people,
        "runs": len(runs),
        "saw_every_epoch": saw_all,
        "pressed_before_first_epoch": len(before),
        "last_first_epoch_seconds": round(max(before), 3),
        "joined_later": len(later),
        "joined_later_seconds": round(max(later, default=0.0), 3),
        "run_seconds": round(heard[runs[0]][max(heard[runs[0]])] - first, 2),
        **spent,
        **_troubles(sessions, home),
    }
    reached = (
        f"{people} sessions, {len(runs)} run; {saw_all} saw every epoch; of the {len(before)} that had pressed before, "
        f"the last saw its first epoch {max(before):.2f} s after it was over; the {len(later)} that came later waited "
        f"up to {max(later, default=0.0):.2f} s"
    )
    return Row("one run, all see every epoch, the last its first < 2 s after the run's first", reached, figures)


async def seeds(home: Path, size: int | None) -> Row:
    """Everybody presses Train on the textbook preset with a seed of their own, while others ask."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(ROOT / "app.py", log=home / "log"))
        await _settled(server)
        figures, reached = await _thirty_seeds(stack, server, home, size or 30)
    return Row("all finish; the first epoch of each within 60 s; answers p95 < 300 ms", reached, figures)


async def _thirty_seeds(stack: AsyncExitStack, server: Server, home: Path, people: int) -> tuple[dict[str, Any], str]:
    rng = np.random.default_rng(2)
    queries = [f"preset=seq2seq&seed={seed}" for seed in range(100, 100 + people)]
    sessions = await _class(stack, server, queries)
    askers = await _class(stack, server, ["preset=two-digits"] * 10)
    with _spent(server) as spent:
        over = asyncio.Event()
        asking = [asyncio.create_task(_ask(each, number, over)) for number, each in enumerate(askers)]
        started = time.time()
        watched = await asyncio.gather(*(_train_and_watch(each, rng.uniform(0, PRESS_SECONDS)) for each in sessions))
        over.set()
        latencies = [seconds for asked in await asyncio.gather(*asking) for seconds in asked]
    waits = [each.first - each.pressed for each in watched if each.first]
    p50, p95 = _percentiles(latencies)
    finished = sum(each.end.startswith(("Done:", "Reached")) for each in watched)
    figures = {
        "sessions": people,
        "runs": len({each.run for each in watched}),
        "finished": finished,
        "longest_wait_seconds": round(max(waits), 2),
        "median_wait_seconds": round(float(np.median(waits)), 2),
        "all_finished_seconds": round(max(each.ended for each in watched) - started, 1),
        "questions": len(latencies),
        "p50_ms": p50,
        "p95_ms": p95,
        "most_ms": round(max(latencies) * 1_000),
        **spent,
        **_troubles([*sessions, *askers], home),
    }
    reached = (
        f"{finished} of {people} finished in {figures['all_finished_seconds']} s, the longest wait for a first epoch "
        f"was {max(waits):.1f} s; {len(latencies)} questions meanwhile, p50 {p50} ms, p95 {p95} ms"
    )
    return figures, reached


PARTS: dict[str, Callable[[Path, int | None], Awaitable[Row]]] = {"shared": shared, "seeds": seeds}


@dataclass(slots=True)
class _Watched:
    """What one session saw of its run; times are those of the clock on the wall."""

    pressed: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    run: str = ""
    end: str = ""
    epochs: set[int] = field(default_factory=set)


async def _train_and_watch(session: Session, after: float) -> _Watched:
    """Press Train some seconds from now, and watch until the run is over."""
    await asyncio.sleep(after)
    seen = _Watched(pressed=time.time())
    session.press(TRAIN)

    def look(page: Session) -> bool:
        text = page.text
        seen.epochs |= page.values(_LOSS, "epoch")
        counted = re.search(r"Epoch (\d+) of", text)
        if not seen.first and (seen.epochs or (counted and int(counted[1]))):
            seen.first = time.time()
        seen.end = next((line for line in text.splitlines() if line.startswith(_OVER)), "")
        return bool(seen.end) and TRAIN in " ".join(page.buttons)  # the page was drawn once more

    await session.until(look, PATIENCE_SECONDS)
    seen.ended = time.time()
    seen.run = dict(parse_qsl(session.query)).get("run", "")
    return seen


async def _ask(session: Session, seed: int, over: asyncio.Event) -> list[float]:
    """Ask sums every few seconds until it is over, and say how many seconds each answer took."""
    rng = np.random.default_rng(seed)
    latencies: list[float] = []
    await asyncio.sleep(rng.uniform(0, ASKING_SECONDS[1]))
    while not over.is_set():
        one, other = rng.integers(10, 100, 2)
        shown = f"### {one} + {other} = "
        if shown not in session.text:
            started = time.perf_counter()
            session.type(ASK, f"{one}+{other}")
            await session.until(lambda page, shown=shown: shown in page.text)
            latencies.append(time.perf_counter() - started)
        await asyncio.sleep(rng.uniform(*ASKING_SECONDS))
    return latencies


async def _class(stack: AsyncExitStack, server: Server, queries: list[str]) -> list[Session]:
    """Sessions that have drawn their page, a few coming at a time."""
    coming = asyncio.Semaphore(5)

    async def come(query: str) -> Session:
        async with coming:
            return await stack.enter_async_context(opened(server.address, query))

    return [await come(query) for query in queries]


async def _settled(server: Server) -> None:
    """Let one run go through, and wait until workers have compiled what they compile by themselves."""
    async with opened(server.address, "preset=seq2seq&seed=99") as session:
        await _train_and_watch(session, 0)
    quiet = 0
    while quiet < 3:
        before = _cpu_seconds(server)
        await asyncio.sleep(2)
        quiet = quiet + 1 if sum(_cpu_seconds(server).values()) - sum(before.values()) < 0.4 else 0


@contextmanager
def _spent(server: Server) -> Iterator[dict[str, Any]]:
    """Figures that are there once the block is over: what it took of the machine's time, by whom."""
    spent: dict[str, Any] = {}
    started, before, own = time.perf_counter(), _cpu_seconds(server), _own_seconds()
    yield spent
    seconds = time.perf_counter() - started
    spent["seconds"] = round(seconds, 1)
    after = _cpu_seconds(server)
    spent |= {f"{who}_cores": round((after[who] - before[who]) / seconds, 2) for who in after}
    spent["sessions_cores"] = round((_own_seconds() - own) / seconds, 2)


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu_seconds(server: Server) -> dict[str, float]:
    """Seconds of a core that the app and the engine have used so far."""
    app = psutil.Process(server.process_id)
    engines = [*app.children(), *(each for each in psutil.Process().children() if each.pid != app.pid)]
    workers = [each for engine in engines for each in (engine, *engine.children(recursive=True))]
    return {"app": _used(app), "engine": sum(map(_used, workers))}


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _percentiles(seconds: list[float]) -> tuple[int, int]:
    """The median and the 95th percentile, in milliseconds."""
    p50, p95 = np.percentile(np.array(seconds) * 1_000, [50, 95])
    return round(p50), round(p95)


def _troubles(sessions: list[Session], home: Path) -> dict[str, Any]:
    """What went wrong on a page, and tracebacks in the server's log."""
    shown = [trouble for session in sessions for trouble in session.troubles]
    logged = (home / "log").read_text("utf-8", "replace").count("Traceback (most recent call last)")
    return {"troubles_shown": len(shown), "tracebacks_logged": logged, **({"trouble": shown[0]} if shown else {})}


@contextmanager
def _engine(workers: int, cores: set[int] | None = None) -> Iterator[str]:
    """The address of an engine's scheduler; `cores` are all that its processes may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or allowed)
    try:
        engine = EmbeddedEngine(workers)
    finally:
        os.sched_setaffinity(0, allowed)
    try:
        yield engine.address
    finally:
        engine.close()


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
