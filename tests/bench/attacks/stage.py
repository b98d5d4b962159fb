"""What an attack acts on: a real server, with tabs of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.session import Session, opened
from tests.serving import Server


@dataclass(frozen=True, slots=True)
class Stage:
    """A server under attack.

    Attributes:
        server: The server that the innocent visit too.
        home: Its `ADDER_HOME`.
        log: What it has written.
        size: How many tabs, files or whatever the attack counts; None for as many as it likes.
    """

    server: Server
    home: Path
    log: Path
    size: int | None = None
    _tabs: AsyncExitStack = field(default_factory=AsyncExitStack, repr=False)

    async def tab(self, query: str = "", *, page: str = "", cookie: str = "") -> Session:
        """A tab that has drawn its page; it stays open until `leave`, or until the attack is over."""
        return await self._tabs.enter_async_context(opened(self.server.address, query, page=page, cookie=cookie))

    async def leave(self) -> None:
        """Close all tabs."""
        await self._tabs.aclose()


Attack = Callable[[Stage], Coroutine[Any, Any, str]]
