"""Which runs the app drops from its memory first, and of which it drops only what they have learned."""

from __future__ import annotations

import time
from collections.abc import Sequence

from adder.base.messages import Sentence
from adder.runs.run import Run
from adder.runs.saver import Saver

MOST_IDLE_RUNS = 300  # Of runs that nobody watches, the oldest are dropped first.
MOST_SAVED_IDLE_RUNS = 30
MEMORY_BYTES = 60_000_000  # The textbook's run takes 6 MB.
MOST_MEMORY_BYTES = 240_000_000  # Runs that were looked at just now, or cannot be saved, may take this much.
JUST_NOW_SECONDS = 2.0  # A run that was looked at just now stays in memory.


def spare(runs: Sequence[Run], line: Sequence[Run], saver: Saver | None, but: str = "") -> list[str]:
    """Drop what runs have learned, beginning with those that need it last, until the rest fits.

    Args:
        runs: All runs in memory.
        line: The runs that wait and are not next for a free worker, in the order of their turns.
        saver: What keeps them on disk; None if runs are only in memory.
        but: The id of a run that stays.

    Returns:
        The ids of the runs that are complete on disk and need not be in memory any more.
    """
    taken = sum(run.bytes for run in runs if not run.training)
    if taken <= MEMORY_BYTES:
        return []
    gone = []
    idle = [run for run in runs if not run.active and run.awaited is None and run.id != but]
    idle.sort(key=lambda run: run.looked_at)
    for run in idle:
        if taken > MOST_MEMORY_BYTES and run.snapshots is not None and _is_never_saved(run, saver):
            taken -= run.snapshots.array_bytes  # Snapshots go before anything that a run has learned.
            run.look_back_at(None)
    for run in (*idle, *reversed(line)):
        saved = saver is not None and saver.is_saved(run.id)
        never = _is_never_saved(run, saver)
        just_now = not run.active and time.monotonic() - run.looked_at < JUST_NOW_SECONDS
        most = MOST_MEMORY_BYTES if never or just_now else MEMORY_BYTES
        if not run.bytes or taken <= most or (never and run.active):
            continue
        taken -= run.bytes  # A run that is not saved yet counts too, since it goes as soon as it is.
        if saved and run.active:
            run.put_away()
        elif saved:
            gone.append(run.id)
        elif never:
            run.lose(Sentence("What this run has learned is lost: the server keeps only so much in memory"))
    return gone


def too_many(idle: Sequence[str], saver: Saver | None) -> list[str]:
    """The ids of the oldest runs that need not be in memory, if there are too many.

    Args:
        idle: The ids of those that are neither active nor watched, the oldest first.
        saver: What keeps them on disk; None if runs are only in memory.
    """
    saved = [run_id for run_id in idle if saver is not None and saver.is_saved(run_id)]
    dropped = saved[: max(0, len(saved) - MOST_SAVED_IDLE_RUNS)]
    left = [run_id for run_id in idle if run_id not in set(dropped)]
    return [*dropped, *left[: max(0, len(left) - MOST_IDLE_RUNS)]]


def _is_never_saved(run: Run, saver: Saver | None) -> bool:
    """Whether a run is only in memory, and stays so."""
    return saver is None or (bool(saver.trouble) and not saver.is_saved(run.id))
