"""Attacks on the machine under the server: its file descriptors, its engine, its settings and its end."""

from __future__ import annotations

import asyncio
import resource

from tests.bench.attacks.stage import Attack, Stage

DESCRIPTOR_TABS = 300  # of four descriptors each; many machines allow 1,024 at first


async def descriptors(stage: Stage) -> str:
    """More tabs stay open than file descriptors last for where nobody raises the limit."""
    tabs = stage.size or DESCRIPTOR_TABS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for this side of the connections
    try:
        coming = asyncio.Semaphore(8)

        async def come() -> None:
            async with coming:
                await stage.tab("preset=two-digits")

        await asyncio.gather(*(come() for _ in range(tabs)))
        await stage.leave()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return f"{tabs} tabs were open at once"


ATTACKS: tuple[Attack, ...] = (descriptors,)
