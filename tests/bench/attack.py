"""What one visitor can do to the others: each attack on a server of its own, beside a while without it.

Innocent visitors go on all the time: some ask sums, and one trains one short run after another. Printed is what they
saw in the quiet while before the attack, and then during it: how long answers took, how long a first epoch took, the
memory of the app and of its workers, and what went wrong for them. The attacks stand in `tests.bench.attacks`; the
goal is printed beside the result, and nothing here fails.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from adder.base import validation
from tests.bench.attacks import ATTACKS
from tests.bench.attacks.stage import Attack, Stage
from tests.bench.session import Session, SessionError
from tests.bench.visitors import APP, DONE, TRAIN, ask, come, memory_of, percentiles, settle, train_and_watch, troubles
from tests.serving import Server, served

PARTS = tuple(ATTACKS)
WANTED = "answers p95 < 300 ms, a first epoch < 20 s, app < 600 MB, nobody's run lost"
ASKERS = 4
QUIET_SECONDS = 25.0
ATTACK_SECONDS = 150.0  # A longer attack is broken off.
_SHORT_RUN = "preset=seq2seq&training.epochs=3&seed={seed}"
_MEASURE_SECONDS = 0.5
_LOOK_SECONDS = 2.0  # Nobody may begin runs as fast as a script.


def run(*, as_json: bool, parts: tuple[str, ...] = (), size: int | None = None) -> None:
    """Attack a server in each of these ways, all by default; `size` is the attack's, in place of its own."""
    for part in parts:
        validation.choice("--part", part, PARTS)
    if not as_json:
        print(f"attack: on two workers; before -> meanwhile; wanted: {WANTED}")
    with tempfile.TemporaryDirectory(prefix="adder-attack-") as folder:
        (Path(folder) / "programs").mkdir()
        for name in parts or PARTS:
            print(f"attack {name}", file=sys.stderr)
            home = Path(folder) / name
            home.mkdir()
            (home / "xla").symlink_to(Path(folder) / "programs")
            with patch.dict(os.environ, ADDER_HOME=str(home)):
                figures = asyncio.run(_suffer(ATTACKS[name], home, size))
            if as_json:
                print(json.dumps({"bench": "attack", "attack": name, **figures}), flush=True)
            else:
                print(f"{name:16}{_told(figures)}", flush=True)


def _told(figures: dict[str, Any]) -> str:
    before, meanwhile = figures["before"], figures["meanwhile"]
    pairs = {name: f"{before[name]} -> {meanwhile[name]}" for name in before}
    return (
        f"{figures['attack_did']}\n{'':16}answers p95 {pairs['answers_p95_ms']} ms; first epoch "
        f"{pairs['first_epoch_seconds']} s; app {pairs['app_mb']} MB, workers {pairs['workers_mb']} MB; runs lost "
        f"{pairs['runs_lost']} of {pairs['runs']}; troubles {pairs['troubles']}; tracebacks "
        f"{figures['tracebacks_logged']}" + (f"\n{'':16}{figures['trouble']}" if "trouble" in figures else "")
    )


async def _suffer(attack: Attack, home: Path, size: int | None) -> dict[str, Any]:
    """What the innocent saw before an attack and during it, and what the attack did."""
    log = home / "log"
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(APP, log=log, ADDER_WORKERS="2"))
        await settle(server)
        askers = await come(stack, server, ["preset=two-digits"] * ASKERS)
        (trainer,) = await come(stack, server, [_SHORT_RUN.format(seed=1_000)])
        async with _watching(server, askers, trainer) as before:
            await asyncio.sleep(QUIET_SECONDS)
        async with _watching(server, askers, trainer) as meanwhile:
            stage = Stage(server, home, log, size)
            try:
                did = await _at_least(QUIET_SECONDS, asyncio.wait_for(attack(stage), ATTACK_SECONDS))
            except (AssertionError, OSError, SessionError, TimeoutError) as error:
                did = f"BROKE OFF: {type(error).__name__}: {error}"
            finally:
                await stage.leave()
        logged = troubles([*askers, trainer], home)["tracebacks_logged"]
    seen = [*before.troubles, *meanwhile.troubles]
    return {
        "attack_did": did,
        "before": before.figures(),
        "meanwhile": meanwhile.figures(),
        "tracebacks_logged": logged,
        **({"trouble": seen[0]} if seen else {}),
    }


async def _at_least(seconds: float, doing: Coroutine[Any, Any, str]) -> str:
    """What it returns, once so long is over, because the innocent need a while to see anything."""
    did, _ = await asyncio.gather(doing, asyncio.sleep(seconds))
    return did


@dataclass(slots=True)
class _Seen:
    """What the innocent saw."""

    answers: list[float] = field(default_factory=list)
    first_epochs: list[float] = field(default_factory=list)
    lost: int = 0
    troubles: list[str] = field(default_factory=list)
    most_mb: dict[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """Everything as figures."""
        return {
            "answers": len(self.answers),
            "answers_p95_ms": percentiles(self.answers).get("p95_ms"),
            "runs": len(self.first_epochs) + self.lost,
            "first_epoch_seconds": round(max(self.first_epochs), 1) if self.first_epochs else None,
            "runs_lost": self.lost,
            "app_mb": round(self.most_mb.get("app", 0)),
            "workers_mb": round(self.most_mb.get("workers", 0)),
            "troubles": len(self.troubles),
        }


@asynccontextmanager
async def _watching(server: Server, askers: list[Session], trainer: Session) -> AsyncIterator[_Seen]:
    """What the innocent see while the block lasts; a run that they have begun is waited for."""
    seen, over = _Seen(), asyncio.Event()

    async def going_on(doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except (SessionError, TimeoutError) as error:
            seen.troubles.append(f"{type(error).__name__}: {error}")

    tasks = [asyncio.create_task(going_on(ask(each, n, over, seen.answers))) for n, each in enumerate(askers)]
    tasks.append(asyncio.create_task(going_on(_train_on(trainer, seen, over))))
    tasks.append(asyncio.create_task(_measure(server, seen, over)))
    told = {id(each): len(each.troubles) for each in (*askers, trainer)}
    try:
        yield seen
    finally:
        over.set()
        await asyncio.gather(*tasks)
        seen.troubles += [trouble for each in (*askers, trainer) for trouble in each.troubles[told[id(each)] :]]


async def _train_on(session: Session, seen: _Seen, over: asyncio.Event) -> None:
    """Train short runs, each with a seed of its own, until it is over."""
    while not over.is_set():
        seen.lost += 1  # A run counts as lost until its end is seen.
        async with asyncio.timeout(ATTACK_SECONDS):
            watched = await train_and_watch(session, 0)
        if watched.end.startswith(DONE):
            seen.lost -= 1
            seen.first_epochs.append(watched.first - watched.pressed)
        await asyncio.sleep(_LOOK_SECONDS)
        session.press("New seed")
        await session.until(lambda page: TRAIN in page.buttons)


async def _measure(server: Server, seen: _Seen, over: asyncio.Event) -> None:
    """Note the most memory that the processes take."""
    while not over.is_set():
        for who, megabytes in (await asyncio.to_thread(memory_of, server)).items():
            seen.most_mb[who] = max(seen.most_mb.get(who, 0), megabytes)
        await asyncio.sleep(_MEASURE_SECONDS)
