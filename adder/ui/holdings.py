"""Bounds what sessions hold in memory beside their pages: uploaded files, and what was read from them.

There is a limit for each person, and one for all together. The oldest uploaded files give way to later ones; what was
read from files does not, so it is refused if there is no room. Everything goes a moment after its session has gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from adder.base.errors import AdderError
from adder.base.messages import marked
from adder.runs.visitors import Visitor

MOST_BYTES_EACH = 40_000_000
MOST_BYTES = 200_000_000
GONE_SECONDS = 30.0  # A browser that has lost its connection may come back within this time.


@dataclass(frozen=True, slots=True)
class _Held:
    who: str
    size: int
    let_go: Callable[[], None] | None


class Holdings:
    """How much each session and each person holds.

    Args:
        connected: Tells whether a session is connected now.
    """

    def __init__(self, connected: Callable[[str], bool]) -> None:
        self._connected = connected
        self._held: dict[tuple[str, str], _Held] = {}  # The oldest come first.
        self._gone_since: dict[str, float] = {}
        self._lock = threading.Lock()

    def hold(self, visitor: Visitor, name: str, size: int, let_go: Callable[[], None] | None = None) -> None:
        """Note that a session holds something, in place of what it held by this name.

        Args:
            visitor: The session.
            name: What it holds.
            size: The bytes that it takes.
            let_go: Drops it; given only if it may give way to something else.

        Raises:
            AdderError: There is no room for it.
        """
        with self._lock:
            self._held.pop((visitor.session, name), None)
            self._make_room(visitor.turn, size)
            self._held[visitor.session, name] = _Held(visitor.turn, size, let_go)

    def total(self, who: str | None = None) -> int:
        """The bytes that one person holds, or that all hold."""
        return sum(each.size for each in list(self._held.values()) if who is None or each.who == who)

    def gone(self) -> list[str]:
        """The sessions that held something and have gone; they are forgotten here."""
        now = time.monotonic()
        with self._lock:
            sessions = {session for session, _ in self._held}
            self._gone_since = {
                session: self._gone_since.get(session, now) for session in sessions if not self._connected(session)
            }
            gone = [session for session, since in self._gone_since.items() if now - since >= GONE_SECONDS]
            self._held = {key: each for key, each in self._held.items() if key[0] not in gone}
        return gone

    def _make_room(self, who: str, size: int) -> None:
        while self.total(who) + size > MOST_BYTES_EACH:
            if not self._let_go_of_the_oldest(who):
                raise AdderError(marked("your tabs hold as many uploaded files as they may; please close some of them"))
        while self.total() + size > MOST_BYTES:
            most = max((each.who for each in self._held.values() if each.let_go), key=self.total, default="")
            if not self._let_go_of_the_oldest(most):
                raise AdderError(marked("the server holds as many uploaded files as it can; please try again later"))

    def _let_go_of_the_oldest(self, who: str) -> bool:
        for key, each in self._held.items():
            if each.who == who and each.let_go is not None:
                each.let_go()
                del self._held[key]
                return True
        return False
