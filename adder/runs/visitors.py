"""Who asks for runs, and who has which of them before their eyes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FORGET_SECONDS = 180.0  # after which a session without a connection is gone; it may come back until then
ELSEWHERE_SECONDS = 30.0  # for which another app's word counts that somebody has a run before them there
JOIN, LEAVE = "join", "leave"
TAB = "tab "  # begins the name of a person who is known only for as long as a tab is open


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for something. Without a session, nobody in particular.

    Attributes:
        session: One tab of a browser.
        browser: The browser, as its cookie names it; empty where it keeps no cookie.
        address: Where the visitor comes from; addresses take turns.
        crowded: Whether a whole class may seem to come from there, so that the address has no limits of its own.
    """

    session: str = ""
    browser: str = ""
    address: str = ""
    crowded: bool = False

    @property
    def person(self) -> str:
        """Whose runs are one person's own: those of a browser, or else of a tab."""
        return self.browser or (self.session and f"{TAB}{self.session}")

    @property
    def turn(self) -> str:
        """Who takes turns: a browser, or all tabs without a cookie that come from one address."""
        return self.browser or self.address or self.session


NOBODY = Visitor()


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody has a run before them at one app that another app trains.

    Attributes:
        run_id: The run.
        person: Who.
        wish: What they want of the run: to `JOIN` or `LEAVE` it, or the status that it is to have; mostly nothing.
    """

    run_id: str
    person: str
    wish: str = ""


class Watching:
    """Which sessions have which runs before them. A session watches for as long as it is connected.

    Args:
        connected: Tells whether a session is connected now; None where there are no sessions, as in a sweep, so that
            every run counts as watched.
    """

    def __init__(self, connected: Callable[[str], bool] | None) -> None:
        self._connected = connected
        self._runs: dict[str, frozenset[str]] = {}  # of each session
        self._watchers: dict[str, dict[str, Visitor]] = {}  # of each run, by session
        self._seen: dict[str, float] = {}  # when each session was last connected
        self._elsewhere: dict[str, dict[str, float]] = {}  # of each run, when which people were last told of
        self._lock = threading.Lock()

    def put(self, visitor: Visitor, runs: Iterable[str]) -> None:
        """Note that a session has these runs before it, and no others."""
        with self._lock:
            self._set(visitor, frozenset(runs))

    def add(self, visitor: Visitor, run_id: str) -> None:
        """Note that a session has this run before it too."""
        with self._lock:
            self._set(visitor, self._runs.get(visitor.session, frozenset()) | {run_id})

    def remove(self, visitor: Visitor, run_id: str) -> None:
        """Note that a session does not have this run before it any more."""
        with self._lock:
            self._set(visitor, self._runs.get(visitor.session, frozenset()) - {run_id})

    def watchers(self, run_id: str) -> list[Visitor]:
        """The connected sessions that have a run before them."""
        if self._connected is None:
            return []
        with self._lock:
            watchers = list(self._watchers.get(run_id, {}).values())
        return [each for each in watchers if self._connected(each.session)]

    def see(self, visit: Visit) -> None:
        """Take another app's word that somebody has a run before them there."""
        with self._lock:
            self._elsewhere.setdefault(visit.run_id, {})[visit.person] = time.monotonic()

    def people(self, run_id: str) -> set[str]:
        """Who has a run before them, here or at another app."""
        since = time.monotonic() - ELSEWHERE_SECONDS
        with self._lock:
            told = {person for person, at in self._elsewhere.get(run_id, {}).items() if at > since}
        return told | {visitor.person for visitor in self.watchers(run_id)}

    def watched(self, run_id: str) -> bool:
        """Whether anybody has a run before them."""
        return self._connected is None or bool(self.people(run_id))

    def forget_the_gone(self) -> None:
        """Drop the sessions that have not been connected for long."""
        if self._connected is None:
            return
        now = time.monotonic()
        with self._lock:
            for run_id, people in list(self._elsewhere.items()):
                if max(people.values()) < now - ELSEWHERE_SECONDS:
                    del self._elsewhere[run_id]
            for session in list(self._runs):
                if self._connected(session):
                    self._seen[session] = now
                elif now - self._seen.setdefault(session, now) > FORGET_SECONDS:
                    self._set(Visitor(session), frozenset())

    def _set(self, visitor: Visitor, runs: frozenset[str]) -> None:
        session = visitor.session
        if not session:
            return
        for gone in self._runs.pop(session, frozenset()) - runs:
            self._watchers[gone].pop(session)
            if not self._watchers[gone]:
                del self._watchers[gone]
        for run_id in runs:
            self._watchers.setdefault(run_id, {})[session] = visitor
        if runs:
            self._runs[session] = runs
        else:
            self._seen.pop(session, None)
