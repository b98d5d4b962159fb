"""The people behind runs: who may begin how many, who watches which, and what their owners want of them.

An app that trains a run hears from the other apps on the same store who watches it there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from adder.base.messages import Sentence
from adder.runs.registry import Registry
from adder.runs.run import Run
from adder.runs.status import Status
from adder.runs.visitors import JOIN, LEAVE, Visit, Visitor
from adder.runs.waiting_line import BEGUN_SECONDS, MOST_QUEUED, refuse_haste, refuse_more, waiting_line


class Askers:
    """The people of one service. Callers hold the registry's lock, except for `visits` and `on_visit`.

    Args:
        registry: The runs.
        on_wish: Called with a run and the status that its only owner wants it to have.

    Attributes:
        registry: The runs.
    """

    def __init__(self, registry: Registry, on_wish: Callable[[Run, Status], None]) -> None:
        self.registry = registry
        self._watching = registry.watching
        self._on_wish = on_wish
        self._begun_lately: deque[tuple[float, Visitor]] = deque()
        if registry.saver is not None:
            registry.saver.visitors = self

    def refuse_more(self, asker: Visitor) -> None:
        """Refuse another run of this asker if no more can wait.

        Raises:
            RunError: This asker has as many runs as are allowed, or begins them too fast, or too many wait.
        """
        self._refuse_haste(asker)
        refuse_more(self._noted(time.monotonic()), asker)

    def begin(self, run: Run, asker: Visitor) -> None:
        """Put somebody's run in the line; if the line is full, a run that nobody watches makes room."""
        now = time.monotonic()
        self._begun_lately.append((now, asker))
        line = waiting_line(self.registry)
        if len(line) >= MOST_QUEUED and not line[-1].watched:
            self.registry.rest(line[-1], Sentence("Nobody watched it, and many others wait"))
        run.asker = asker
        self._watching.add(asker, run.id)
        run.look(now, watched=True)
        self.registry.enqueue(run)

    def abandoned(self, now: float) -> list[Run]:
        """The runs that wait or are in training and that nobody has watched for long."""
        self._watching.forget_the_gone()
        return [run for run in self._noted(now) if run.is_abandoned(now)]

    def copy(self, run: Run, asker: Visitor) -> Run:
        """A paused copy of a run as of its last checkpoint, which belongs to the asker in place of the run.

        Raises:
            RunError: This asker begins runs too fast; a copy counts as one.
            RunLoading: The checkpoint is only on disk.
        """
        self.registry.require(run)
        self._refuse_haste(asker)
        self._begun_lately.append((time.monotonic(), asker))
        if run.status is not Status.DONE:
            self.leave(run, asker)
        copy = run.copy(asker)
        self._watching.add(asker, copy.id)
        self.registry.changed(copy)
        return copy

    def join(self, run_id: str, asker: Visitor) -> None:
        """Make a run that others have asked for somebody's own too."""
        self._watching.add(asker, run_id)
        if (run := self.registry.get(run_id)) is not None:
            if asker.person in run.owners:
                return
            run.join(asker)
        self._told(run_id, run, asker, JOIN)

    def leave(self, run: Run, asker: Visitor) -> None:
        """Take a run from somebody who does not want it any more; it goes on for the others."""
        self._watching.remove(asker, run.id)
        if run.elsewhere or asker.person in run.owners:
            run.leave(asker)
            self._told(run.id, run, asker, LEAVE)

    def wish(self, run: Run, asker: Visitor, status: Status, message: str) -> None:
        """Ask the process that trains a run to end it."""
        run.update(message=message)
        self._told(run.id, run, asker, status)

    def visits(self) -> list[Visit]:
        """Who watches runs here that other processes train."""
        away = [run.id for run in self.registry if run.elsewhere and run.status.active]
        return [Visit(run_id, visitor.person) for run_id in away for visitor in self._watching.watchers(run_id)]

    def on_visit(self, visit: Visit) -> bool:
        """Note that somebody watches a run at another process, and return whether a wish of theirs was granted."""
        with self.registry.lock:
            run, asker = self.registry.get(visit.run_id), Visitor(browser=visit.person)
            if run is None or run.elsewhere:
                return False
            self._watching.see(visit)
            if not visit.wish:
                return False
            if visit.wish == JOIN:
                run.join(asker)
            elif visit.wish == LEAVE or not run.is_own_alone(asker):
                run.leave(asker)
            else:
                self._on_wish(run, Status(visit.wish))
            self.registry.changed(run)
            return True

    def _refuse_haste(self, asker: Visitor) -> None:
        while self._begun_lately and time.monotonic() - self._begun_lately[0][0] > BEGUN_SECONDS:
            self._begun_lately.popleft()
        refuse_haste([each for _, each in self._begun_lately], asker)

    def _noted(self, now: float) -> list[Run]:
        """The runs that wait or are in training, with a note whether somebody watches them."""
        active = [run for run in self.registry if run.active]
        for run in active:
            run.look(now, watched=not run.asker.session or self._watching.watched(run.id))
        return active

    def _told(self, run_id: str, run: Run | None, asker: Visitor, wish: str) -> None:
        """Have a change saved, or told to the process that trains the run."""
        if run is not None and not run.elsewhere:
            self.registry.changed(run, soon=False)
        elif self.registry.saver is not None and asker.person:
            self.registry.saver.visit(Visit(run_id, asker.person, wish))
