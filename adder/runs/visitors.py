"""Who asks for runs, and who watches which of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FORGET_SECONDS = 180.0  # A session that has lost its connection may come back within this time.
ELSEWHERE_SECONDS = 30.0  # What another app tells of its watchers counts for this long.
JOIN, LEAVE = "join", "leave"
TAB_PREFIX = "tab "  # It begins the name of a person who is known only while a tab is open.


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for something; without a session, it is nobody in particular.

    Attributes:
        session: One tab of a browser.
        browser: The browser, as its cookie names it; empty if it keeps no cookie.
        address: Where the visitor comes from; addresses take turns.
        crowded: Whether a whole class may share the address, so that it has no limits of its own.
    """

    session: str = ""
    browser: str = ""
    address: str = ""
    crowded: bool = False

    @property
    def person(self) -> str:
        """The name of whoever owns runs: the browser's, or else the tab's."""
        return self.browser or (self.session and f"{TAB_PREFIX}{self.session}")

    @property
    def turn(self) -> str:
        """Who takes turns: a browser, or all tabs without a cookie that come from one address."""
        return self.browser or self.address or self.session


NOBODY = Visitor()


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody watches a run at one app that another app trains.

    Attributes:
        run_id: The run.
        person: Who watches it.
        wish: What they want of the run: to `JOIN` or `LEAVE` it, or the status that it is to have; mostly nothing.
    """

    run_id: str
    person: str
    wish: str = ""


class Watching:
    """Which sessions watch which runs. A session watches for as long as it is connected.

    Args:
        connected: Tells whether a session is connected now; None if there are no sessions, as in a sweep, so that
            every run counts as watched.
    """

    def __init__(self, connected: Callable[[str], bool] | None) -> None:
        self._connected = connected
        self._runs_of: dict[str, frozenset[str]] = {}
        self._watchers_of: dict[str, dict[str, Visitor]] = {}
        self._last_connected: dict[str, float] = {}
        self._watched_elsewhere_at: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def put(self, visitor: Visitor, runs: Iterable[str]) -> None:
        """Note that a session watches these runs, and no others."""
        with self._lock:
            self._set(visitor, frozenset(runs))

    def add(self, visitor: Visitor, run_id: str) -> None:
        """Note that a session watches this run too."""
        with self._lock:
            self._set(visitor, self._runs_of.get(visitor.session, frozenset()) | {run_id})

    def remove(self, visitor: Visitor, run_id: str) -> None:
        """Note that a session does not watch this run any more."""
        with self._lock:
            self._set(visitor, self._runs_of.get(visitor.session, frozenset()) - {run_id})

    def watchers(self, run_id: str) -> list[Visitor]:
        """The connected sessions that watch a run."""
        if self._connected is None:
            return []
        with self._lock:
            watchers = list(self._watchers_of.get(run_id, {}).values())
        return [each for each in watchers if self._connected(each.session)]

    def see(self, visit: Visit) -> None:
        """Note that somebody watches a run at another app."""
        with self._lock:
            self._watched_elsewhere_at.setdefault(visit.run_id, {})[visit.person] = time.monotonic()

    def people(self, run_id: str) -> set[str]:
        """Who watches a run, here or at another app."""
        since = time.monotonic() - ELSEWHERE_SECONDS
        with self._lock:
            told = {person for person, at in self._watched_elsewhere_at.get(run_id, {}).items() if at > since}
        return told | {visitor.person for visitor in self.watchers(run_id)}

    def watched(self, run_id: str) -> bool:
        """Whether anybody watches a run."""
        return self._connected is None or bool(self.people(run_id))

    def forget_the_gone(self) -> None:
        """Drop the sessions that have not been connected for long."""
        if self._connected is None:
            return
        now = time.monotonic()
        with self._lock:
            for run_id, people in list(self._watched_elsewhere_at.items()):
                if max(people.values()) < now - ELSEWHERE_SECONDS:
                    del self._watched_elsewhere_at[run_id]
            for session in list(self._runs_of):
                if self._connected(session):
                    self._last_connected[session] = now
                elif now - self._last_connected.setdefault(session, now) > FORGET_SECONDS:
                    self._set(Visitor(session), frozenset())

    def _set(self, visitor: Visitor, runs: frozenset[str]) -> None:
        session = visitor.session
        if not session:
            return
        for gone in self._runs_of.pop(session, frozenset()) - runs:
            self._watchers_of[gone].pop(session)
            if not self._watchers_of[gone]:
                del self._watchers_of[gone]
        for run_id in runs:
            self._watchers_of.setdefault(run_id, {})[session] = visitor
        if runs:
            self._runs_of[session] = runs
        else:
            self._last_connected.pop(session, None)
