"""A whole class at once: real sessions over websockets, in this process, against a real server in another.

Each part starts a server of the app with an empty store, lets one run finish so that workers are up and compiled
programs are on disk, and then opens the sessions. Sessions and server share the machine, so the figures include what
the sessions take of it. The goal is printed beside the result; nothing here fails.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, closing, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil
from distributed import Client
from threadpoolctl import threadpool_limits

from adder import preset
from adder.base import validation
from adder.experiment import Experiment
from adder.networks.arrays import Weights
from adder.runs.dask_internals import security_of
from adder.runs.engine_process import EmbeddedEngine
from adder.runs.service import RunService
from adder.runs.status import Status
from adder.runs.store import Store
from adder.runs.worker import TOPIC
from adder.training.trainer import Trainer
from tests.bench import class_phones
from tests.bench.session import Session
from tests.bench.visitors import (
    APP,
    DONE,
    TRAIN,
    Row,
    Watched,
    asking,
    come,
    memory_of,
    percentiles,
    settle,
    spending,
    train_and_watch,
    troubles,
    workers_of,
)
from tests.machines import shown
from tests.serving import Server, served

PRESS_SECONDS = 10  # The class presses Train within this time.
IDLE_SECONDS = 60.0
KILLED_SEEDS = 12
_SEEDS = range(100, 1_100)


def run(*, as_json: bool, parts: tuple[str, ...] = (), size: int | None = None) -> None:
    """Measure parts; `size` is how many sessions, runs or kills, in place of each part's own.

    By default these are all but the one that waits for ten minutes.
    """
    chosen = parts or tuple(part for part in PARTS if part != class_phones.asleep.__name__)
    for part in chosen:
        validation.choice("--part", part, tuple(PARTS))
    if not as_json:
        print("class: sessions over websockets on the server's own machine; programs were compiled by an earlier run")
    with tempfile.TemporaryDirectory(prefix="adder-class-") as folder:
        for part in chosen:
            home = Path(folder) / part
            (Path(folder) / "programs").mkdir(exist_ok=True)
            home.mkdir()
            (home / "xla").symlink_to(Path(folder) / "programs")
            print(f"part {part}", file=sys.stderr)
            with patch.dict(os.environ, ADDER_HOME=str(home)):
                row = asyncio.run(PARTS[part](home, size))
            if as_json:
                print(json.dumps({"bench": "class", "part": part, "wanted": row.wanted, **row.figures}), flush=True)
            else:
                print(f"{part:10}{row.reached}\n{'':10}wanted: {row.wanted}", flush=True)


async def shared(home: Path, size: int | None) -> Row:
    """Everybody presses Train on the textbook preset."""
    people = size or 30
    rng = np.random.default_rng(1)
    heard: dict[str, dict[int, float]] = {}  # It is told when each epoch of each run ended.

    def hear(event: tuple[float, dict[str, Any]]) -> None:
        at, said = event
        for epoch, *_ in said.get("epochs", ()):
            heard.setdefault(said["run"], {}).setdefault(epoch, at)

    epochs = preset("seq2seq").training.epochs
    async with AsyncExitStack() as stack:
        engine = stack.enter_context(_engine(os.cpu_count() or 1))
        server = stack.enter_context(served(APP, log=home / "log", **_cluster(engine)))
        client = Client(engine.address, security=security_of(engine.certificate), set_as_default=False)
        stack.callback(client.close)
        client.subscribe_topic(TOPIC, hear)
        await settle(server)
        sessions = await come(stack, server, ["preset=seq2seq"] * people)
        with spending(server) as spent:
            watched = await _all_train(sessions, rng)
        figures = {**spent, **troubles(sessions, home)}
    runs = sorted({each.run for each in watched})
    first = min(heard[run][1] for run in runs)
    before = [each.first - first for each in watched if each.pressed < first]
    later = [each.first - each.pressed for each in watched if each.pressed >= first]
    saw_all = sum(each.epochs >= set(range(1, epochs + 1)) for each in watched)
    figures |= {
        "sessions": people,
        "runs": len(runs),
        "saw_every_epoch": saw_all,
        "pressed_before_first_epoch": len(before),
        "last_first_epoch_seconds": round(max(before), 3),
        "joined_later": len(later),
        "joined_later_seconds": round(max(later, default=0.0), 3),
        "epochs_seconds": round(max(heard[runs[0]].values()) - first, 2),
    }
    reached = (
        f"{people} sessions, runs: {len(runs)}; {saw_all} saw every epoch; of the {len(before)} that had "
        f"pressed before it, the last saw its first epoch {max(before):.2f} s after the run's; the {len(later)} that "
        f"came later saw one within {max(later, default=0.0):.2f} s"
    )
    return Row("one run, all see every epoch, the last its first < 2 s after the run's first", reached, figures)


async def seeds(home: Path, size: int | None) -> Row:
    """Everybody presses Train on the textbook preset with a seed of their own, while others ask.

    Then the same runs are trained without a service, by a process on each core.
    """
    people = size or 30
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(APP, log=home / "log"))
        await settle(server)
        figures = await _seeds(stack, server, home, people, askers=10)
    bare = _bare_seconds(people)
    ratio = figures["all_finished_seconds"] / bare
    figures |= {"bare_seconds": round(bare, 1), "ratio": round(ratio, 2)}
    reached = (
        f"{figures['finished']} of {people} finished in {figures['all_finished_seconds']} s, {ratio:.2f} times the "
        f"{bare:.1f} s that they take without a service; the longest wait for a first epoch was "
        f"{figures['longest_wait_seconds']} s; {figures['questions']} questions meanwhile: p50 {figures['p50_ms']} ms, "
        f"p95 {figures['p95_ms']} ms"
    )
    wanted = "all finish, in 1.5 times the bare time; the first epoch of each within 60 s; answers p95 < 300 ms"
    return Row(wanted, reached, figures)


def _bare_seconds(people: int) -> float:
    """How long the runs of so many people take in processes that do nothing else, once their program is ready."""
    cores = os.cpu_count() or 1
    spawned = multiprocessing.get_context("spawn")
    ready = spawned.Barrier(cores)
    with ProcessPoolExecutor(cores, spawned, _get_ready, (ready,)) as processes:
        list(processes.map(_train_bare, range(cores)))  # Every process has begun when the first of these is over.
        started = time.perf_counter()
        list(processes.map(_train_bare, _SEEDS[:people]))
        return time.perf_counter() - started


def _get_ready(ready: Barrier) -> None:
    threadpool_limits(1, user_api="blas")  # So it is in a worker.
    _train_bare(0)
    ready.wait()


def _train_bare(seed: int) -> None:
    for _ in Trainer(preset("seq2seq").replaced({"seed": seed})).run():
        pass


async def _seeds(stack: AsyncExitStack, server: Server, home: Path, people: int, askers: int) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    sessions = await come(stack, server, [f"preset=seq2seq&seed={seed}" for seed in _SEEDS[:people]])
    others = await come(stack, server, ["preset=two-digits"] * askers)
    with spending(server) as spent:
        async with asking(others) as latencies:
            watched = await _all_train(sessions, rng)
    first_pressed = min(each.pressed for each in watched)
    waits = [each.first - each.pressed for each in watched if each.first]
    return {
        "sessions": people,
        "runs": len({each.run for each in watched}),
        "finished": sum(each.end.startswith(DONE) for each in watched),
        "longest_wait_seconds": round(max(waits), 2),
        "median_wait_seconds": round(float(np.median(waits)), 2),
        "all_finished_seconds": round(max(each.ended for each in watched) - first_pressed, 1),
        **percentiles(latencies),
        **spent,
        **troubles([*sessions, *others], home),
    }


async def idle(home: Path, size: int | None) -> Row:
    """Many have the page open and do nothing, while some ask."""
    people, askers = size or 200, 20
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(APP, log=home / "log"))
        await settle(server)
        before = memory_of(server)["app"]
        idlers = await come(stack, server, ["preset=two-digits"] * people)
        others = await come(stack, server, ["preset=two-digits"] * askers)
        with spending(server) as spent:
            async with asking(others) as latencies:
                await asyncio.sleep(IDLE_SECONDS)
        each = (memory_of(server)["app"] - before) / (people + askers)
        figures = {
            "sessions": people,
            "asking": askers,
            "mb_a_session": round(each, 2),
            "app_mb_before": round(before),
            **percentiles(latencies),
            **spent,
            **troubles([*idlers, *others], home),
        }
    reached = (
        f"{people} idle sessions, {figures['questions']} questions of {askers} others: p50 {figures['p50_ms']} ms, "
        f"p95 {figures['p95_ms']} ms; {each:.1f} MB a session"
    )
    return Row("p95 < 500 ms; under 15 MB a session", reached, figures)


async def runs(home: Path, size: int | None) -> Row:
    """One run after another, each with a seed of its own, in one server."""
    total = size or 1_000
    after = max(1, total // 10)
    memory: dict[int, dict[str, float]] = {}
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(APP, log=home / "log"))
        await settle(server)
        (session,) = await come(stack, server, ["preset=mapping-mlp&training.epochs=2&seed=1000"])
        finished = 0
        with spending(server) as spent:
            for number in range(1, total + 1):
                finished += (await train_and_watch(session, 0)).end.startswith(DONE)
                if number % after == 0:
                    memory[number] = memory_of(server)
                    print(f"{number} of {total} runs: {memory[number]}", file=sys.stderr)
                session.press("New seed")
                await session.until(lambda page: TRAIN in page.buttons)
        figures = {**spent, **troubles([session], home)}
    growth = {who: memory[total][who] / memory[after][who] - 1 for who in ("app", "workers")}
    figures |= {
        "runs": total,
        "finished": finished,
        "app_growth": round(growth["app"], 4),
        "workers_growth": round(growth["workers"], 4),
        "memory_mb": memory,
    }
    reached = (
        f"{finished} of {total} runs; from the {after}th to the last the app grew by {growth['app']:.1%} to "
        f"{memory[total]['app']:.0f} MB, the workers by {growth['workers']:.1%} to {memory[total]['workers']:.0f} MB"
    )
    return Row(f"less than 10 % growth after the first {after}", reached, figures)


async def kills(home: Path, size: int | None) -> Row:
    """Worker processes are killed while they train; the service is driven without a page."""
    return await asyncio.to_thread(_kill_workers, home, size or 50)


def _kill_workers(home: Path, wanted: int) -> Row:
    rng = np.random.default_rng(3)
    experiment = preset("seq2seq").replaced({"training.epochs": 100})
    experiments = [experiment.replaced({"seed": seed}) for seed in range(1, KILLED_SEEDS + 1)]
    with closing(RunService(store=Store(home / "undisturbed"))) as service:
        undisturbed = [_weights(service, run) for run in _trained(service, experiments)]
    killed = lost = unequal = 0
    epochs_at_kill: dict[str, int] = {}
    started = time.perf_counter()
    with closing(RunService(store=Store(home / "killed"))) as service:
        asked: list[tuple[int, str]] = []
        while killed < wanted or any(service.view(run).active for _, run in asked):
            active = [run for _, run in asked if service.view(run).active]
            while killed < wanted and len(active) < 4:
                which = len(asked) % len(experiments)
                active.append(service.submit(experiments[which], again=True))
                asked.append((which, active[-1]))
            if killed < wanted and _all_got_further(service, active, epochs_at_kill):
                time.sleep(rng.uniform(0, 2))
                workers = workers_of(psutil.Process())
                if workers and _all_got_further(service, active, epochs_at_kill):
                    workers[rng.integers(len(workers))].kill()
                    killed += 1
                    epochs_at_kill = {run: len(service.view(run).events) for run in active}
                    print(f"{killed} of {wanted} killed, {len(asked)} runs asked for", file=sys.stderr)
            time.sleep(0.1)
        for which, run in asked:
            done = service.view(run).status == "done"
            lost += not done
            unequal += done and not _equal(_weights(service, run), undisturbed[which])
        gone_on = sum("worker was lost" in service.view(run).message for _, run in asked)
    figures = {
        "kills": killed,
        "runs": len(asked),
        "runs_lost": lost,
        "runs_with_other_weights": unequal,
        "runs_that_went_on_elsewhere": gone_on,
        "seconds": round(time.perf_counter() - started, 1),
    }
    reached = (
        f"{killed} kills during {len(asked)} runs, {gone_on} of which went on elsewhere: {lost} lost, {unequal} with "
        f"other weights than undisturbed ones"
    )
    return Row("0 lost, all weights equal", reached, figures)


def _all_got_further(service: RunService, runs: list[str], epochs_before: dict[str, int]) -> bool:
    """Whether workers train some of these runs, and each of those has more epochs than before.

    A run whose workers are killed again and again while they import TensorFlow gets no further, and is given up.
    """
    views = [service.view(run) for run in runs]
    running = [view for view in views if view.status is Status.RUNNING]
    return bool(running) and all(view.moving and len(view.events) > epochs_before.get(view.id, 0) for view in running)


async def cores(home: Path, size: int | None) -> Row:
    """The seeds' load on three workers that share one core, and then two."""
    seconds: dict[int, float] = {}
    figures: dict[str, Any] = {}
    for number in (1, 2):
        folder = home / f"{number}"
        async with AsyncExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, ADDER_HOME=str(folder)))
            folder.mkdir()
            (folder / "xla").symlink_to((home / "xla").resolve())
            allowed = sorted(os.sched_getaffinity(0))[-number:]
            engine = stack.enter_context(_engine(3, set(allowed)))
            server = stack.enter_context(served(APP, log=folder / "log", **_cluster(engine)))
            await settle(server)
            found = await _seeds(stack, server, folder, size or 30, askers=0)
        seconds[number] = found["all_finished_seconds"]
        figures |= {f"{name}_on_{number}": value for name, value in found.items()}
    speedup = seconds[1] / seconds[2]
    reached = f"{seconds[1]} s on one core, {seconds[2]} s on two: {speedup:.2f}x as fast"
    return Row("2x would be ideal", reached, {"speedup": round(speedup, 2), **figures})


PARTS: dict[str, Callable[[Path, int | None], Coroutine[Any, Any, Row]]] = {
    part.__name__: part for part in (shared, seeds, idle, runs, kills, cores, *class_phones.PARTS)
}


async def _all_train(sessions: list[Session], rng: np.random.Generator) -> list[Watched]:
    """Everybody presses Train within the first seconds."""
    return await asyncio.gather(*(train_and_watch(each, rng.uniform(0, PRESS_SECONDS)) for each in sessions))


def _trained(service: RunService, experiments: list[Experiment]) -> list[str]:
    """The runs of these experiments, once all are over."""
    asked = [service.submit(each) for each in experiments]
    while any(service.view(run).active for run in asked):
        time.sleep(0.2)
    return asked


def _weights(service: RunService, run: str) -> Weights:
    solver = service.solver(run)
    assert solver is not None, service.view(run)
    return solver.weights


def _equal(some: Weights, others: Weights) -> bool:
    return some.keys() == others.keys() and all(np.array_equal(some[name], others[name]) for name in some)


@contextmanager
def _engine(workers: int, cores: set[int] | None = None) -> Iterator[EmbeddedEngine]:
    """An engine; `cores` are all that its processes may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or allowed)
    try:
        engine = EmbeddedEngine(workers)
    finally:
        os.sched_setaffinity(0, allowed)
    try:
        yield engine
    finally:
        engine.close()


def _cluster(engine: EmbeddedEngine) -> dict[str, str]:
    """The environment of an app that uses an engine as a cluster."""
    return {"ADDER_SCHEDULER": engine.address, **shown(engine.certificate)}
