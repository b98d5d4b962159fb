"""Phones of a class by socket, each with a stream and a connection of its own, against real servers of the app.

A phone here does what `phone.js` does: it listens, answers when a question comes, sends again what was lost, and comes
back when the server was away.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np

from adder.rooms.events import AnyEvent, written

PATIENCE_SECONDS = 180.0
_LOST = (OSError, EOFError, TimeoutError, ValueError)


@dataclass(slots=True)
class Phone:
    """One phone.

    Attributes:
        address: The server that it asks.
        code: The room.
        lost: The share of requests that are lost on the way, half of them on the way back.
        views: What it was told to show, with the times.
        shown: What it shows.
        awake: Whether it reads what comes.
    """

    address: str
    code: str
    lost: float = 0.0
    seed: int = 0
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    player: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    views: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    _wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Task[None] | None = None
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self.awake.set()

    async def join(self, name: str) -> None:
        """Come into the room, and listen from then on."""
        told = await self.sent("join", {"key": self.key, "name": name})
        self.player = told["player"]
        self.listen()

    async def answer(self, number: int, typed: str) -> float:
        """Answer, and return the seconds until that was acknowledged."""
        began = time.perf_counter()
        await self.sent("answer", {"key": self.key, "number": number, "typed": typed})
        return time.perf_counter() - began

    async def sent(self, what: str, told: dict[str, Any]) -> dict[str, Any]:
        """Send until the server has it."""
        until, wait = time.monotonic() + PATIENCE_SECONDS, 0.3
        while time.monotonic() < until:
            try:
                async with asyncio.timeout(6):
                    status, found = await self._post(what, told)
            except _LOST:
                self._hang_up()
                status, found = 503, {}
            if status == 200:
                self._show(found["view"])
                return found
            if status < 500 and status != 429:
                raise RuntimeError(f"{what}: {status} {found}")
            await asyncio.sleep(wait * self._rng.uniform(0.7, 1.3))
            wait = min(4.0, 1.6 * wait)
        raise TimeoutError(f"{what} was not taken")

    async def _post(self, what: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        fate = self._rng.random()
        if fate < self.lost / 2:
            raise ConnectionResetError("lost on the way")
        if self._wire is None:
            self._wire = await _connected(self.address)
        reader, writer = self._wire
        body = json.dumps(told).encode()
        writer.write(_head(f"POST /j/{self.code}/{what}", self.address, f"Content-Length: {len(body)}") + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length: ")[1].split("\r\n")[0])
        found = json.loads(await reader.readexactly(size))
        if fate < self.lost:
            raise ConnectionResetError("lost on the way back")
        return int(head.split()[1]), found

    def _hang_up(self) -> None:
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None

    def listen(self) -> None:
        """Listen, and come back whenever the stream ends."""
        self._listening = asyncio.create_task(self._listen())

    async def sleep(self) -> None:
        """Hear nothing from now on."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        self._hang_up()

    async def _listen(self) -> None:
        while True:
            with suppress(*_LOST):
                reader, writer = await _connected(self.address)
                try:
                    writer.write(_head(f"GET /j/{self.code}/events?player={self.player}", self.address))
                    while line := await reader.readline():
                        await self.awake.wait()
                        if line.startswith(b"data: "):
                            self._show(json.loads(line[6:]))
                finally:
                    writer.close()
            await asyncio.sleep(self._rng.uniform(0.2, 0.6))

    def _show(self, view: dict[str, Any]) -> None:
        if view.get("version", 0) >= self.shown.get("version", 0) or view["phase"] == "gone":
            self.shown = view
            self.views.append((time.time(), view))
            self._changed.set()

    async def until(self, phase: str, number: int = 0) -> float:
        """Wait until this is shown, of a round if one is named, and return when it was first."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for at, view in self.views:
                    if view["phase"] == phase and number in (0, view.get("number")):
                        return at
                self._changed.clear()
                await self._changed.wait()


def _head(request: str, address: str, *more: str) -> bytes:
    host = urlsplit(address).netloc
    lines = (f"{request} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Content-Type: application/json", *more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    place = urlsplit(address)
    return await asyncio.open_connection(place.hostname, place.port)


@dataclass(frozen=True, slots=True)
class Board:
    """A room, as its teacher has it in an app that `tests/bench/board.py` serves."""

    address: str
    code: str
    secret: str

    @classmethod
    async def opened(cls, address: str) -> Board:
        return cls(address, **await asyncio.to_thread(_asked, f"{address}/open", b""))

    async def tell(self, event: AnyEvent) -> float:
        """Have something happen, and return when the app began with it."""
        query = urlencode({"code": self.code, "secret": self.secret})
        found = await asyncio.to_thread(_asked, f"{self.address}/tell?{query}", written(event).encode())
        began: float = found["began"]
        return began


def _asked(address: str, body: bytes) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(address, body), timeout=PATIENCE_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


async def all_in(phones: Sequence[Phone], at_once: int = 50) -> None:
    """Let all phones join, so many at a time."""
    turns = asyncio.Semaphore(at_once)

    async def come(number: int, phone: Phone) -> None:
        async with turns:
            await phone.join(f"Phone {number}")

    await asyncio.gather(*(come(number, phone) for number, phone in enumerate(phones)))
    await asyncio.gather(*(phone.until("waiting") for phone in phones))


async def all_answer(phones: Sequence[Phone], number: int, typed: Sequence[str], within: float) -> list[float]:
    """Let all phones answer within so many seconds, and return how long each waited for its acknowledgement."""

    async def one(phone: Phone, text: str) -> float:
        await asyncio.sleep(phone._rng.uniform(0, within))
        return await phone.answer(number, text)

    return await asyncio.gather(*(one(phone, text) for phone, text in zip(phones, typed, strict=True)))
