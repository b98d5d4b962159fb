"""Attacks on the processors and the memory: runs and evaluations that are dear, and runs that go wrong."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import parse_qsl

from tests.bench.attacks.stage import Attack, Stage
from tests.bench.session import Session

STOP_SECONDS = 2.0
AWAY_SECONDS = 5.0  # Two runs as large as these are on the disk alone by then.
EVALUATED_SECONDS = 60.0
EVALUATING_TABS = 6
_LONG = f"preset=seq2seq&task.largest={'9' * 160}"
_LARGE = "&network.encoder_units=512&network.decoder_units=512&network.encoder_layers={layers}"
_ONCE = "&network.bidirectional=True&training.batch_size=1&training.samples={samples}&training.epochs=1&seed={seed}"
_DEAR = f"{_LONG}{_LARGE}{_ONCE}"
_HEADS = (
    f"{_LONG}&network.name=transformer&network.width=16&network.heads=16&network.layers=4&network.feedforward=1"
    "&training.samples=1&training.batch_size=1&training.epochs=1"
)


async def dear_runs(stage: Stage) -> str:
    """Two tabs ask for days of training, which is refused; then they train, stop and continue the dearest allowed."""
    refused = await stage.tab(_DEAR.format(layers=4, samples=100_000, seed=1))
    assert "would fit" in refused.text, "days of training are not refused before they are asked for"
    refused.press("Train")
    await asyncio.sleep(2)
    assert "Stop" not in refused.buttons, "days of training were begun"
    tabs = [await stage.tab(_DEAR.format(layers=1, samples=10_000, seed=seed)) for seed in (2, 3)]
    for tab in tabs:
        tab.press("Train")
    await asyncio.sleep(45)
    took = await asyncio.gather(*map(_stop, tabs))
    assert max(took) < STOP_SECONDS, f"Stop took {max(took):.1f} s"
    await asyncio.sleep(AWAY_SECONDS)
    started = time.perf_counter()
    tabs[0].press("Continue")
    await tabs[0].until(lambda page: "of the next" in page.text, 90)
    waited = time.perf_counter() - started
    said = f"two of the dearest that are allowed stopped within {max(took):.1f} s, and one went on after {waited:.1f} s"
    return f"days of training refused; {said}"


async def _stop(tab: Session) -> float:
    started = time.perf_counter()
    tab.press("Stop")
    await tab.until(lambda page: "Stopped after" in page.text)
    return time.perf_counter() - started


async def dear_evaluations(stage: Stage) -> str:
    """A small file with much attention; many tabs ask for its mistakes at once, and are closed."""
    first = await stage.tab(_HEADS)
    first.press("Train")
    await first.until(lambda page: "Done:" in page.text, 120)
    run = dict(parse_qsl(first.query))["run"]
    started = time.perf_counter()
    tabs = [await stage.tab(f"{_HEADS}&run={run}&panel=errors") for _ in range(stage.size or EVALUATING_TABS)]
    shown = [tab.until(lambda page: "right on" in page.text, EVALUATED_SECONDS) for tab in tabs]
    await asyncio.gather(*shown)
    took = time.perf_counter() - started
    await stage.leave()
    return f"{len(tabs)} tabs saw its mistakes within {took:.1f} s"


ATTACKS: tuple[Attack, ...] = (dear_runs, dear_evaluations)
