"""The line of runs that wait: its order, its bounds, how long it takes, and who makes room for it.

The rules are `adder.runs.fairness`'s; here they are applied to the runs of a service, whose lock the caller holds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.runs.fairness import Waiting, turns, waits
from adder.runs.run import Job

MOST_QUEUED = 100
MOST_EACH = 6  # runs of one asker that wait or are in training
TURN_SECONDS = 10.0  # after which a run gives its worker away, if others wait
NEARLY_OVER_SECONDS = 2.0  # a run that takes no longer than this any more keeps its worker


def refuse_more(jobs: Iterable[Job], asker: str) -> None:
    """Say so where no further run can wait.

    Raises:
        RunError: This asker has as many runs as anyone may have, or too many wait.
    """
    active = [job for job in jobs if job.active]
    own = sum(job.asker == asker for job in active) if asker else 0
    if own >= MOST_EACH:
        raise RunError(
            Sentence(
                "you have {n} runs waiting or in training already; stop one of them, or wait until one is done", n=own
            )
        )
    if sum(job.waiting for job in active) >= MOST_QUEUED:
        raise RunError(Sentence("{n} runs are waiting already; please try again in a few minutes", n=MOST_QUEUED))


def waiting_line(jobs: Iterable[Job]) -> list[Job]:
    """The runs that wait, in the order of their turns."""
    active = {job.id: job for job in jobs if job.active}
    training = Counter(job.asker for job in active.values() if job.training)
    waiting = [Waiting(job.id, job.asker, job.arrival) for job in active.values() if job.waiting]
    return [active[job_id] for job_id in turns(waiting, training)]


def expected_waits(jobs: Iterable[Job], line: Sequence[Job], slots: int, speed: float) -> list[float | None]:
    """How long each of a line will probably wait, in seconds; None where there is no worker yet.

    Args:
        jobs: All runs of the service.
        line: Those that wait, in the order of their turns.
        slots: How many workers the service may use.
        speed: What runs take here, as a multiple of what was expected.
    """
    now = time.monotonic()
    free_in = [0.0] * slots
    for number, job in enumerate([job for job in jobs if job.training][:slots]):
        turn = TURN_SECONDS - (now - job.turn_began if job.moving else 0.0)
        free_in[number] = max(0.0, min(turn, job.seconds_left(speed)))
    return [*waits([min(TURN_SECONDS, job.seconds_left(speed)) for job in line], free_in)] or [None] * len(line)


def whose_turn_is_over(jobs: Iterable[Job], slots: int, speed: float, *, background: bool) -> list[Job]:
    """The runs that are to give their workers away now, because others wait here or at another server.

    Args:
        jobs: All runs of the service.
        slots: How many workers it may use.
        speed: What runs take here, as a multiple of what was expected.
        background: Whether its runs give way to those that people wait for. Among themselves they need no turns, but
            where people want workers they give them away at once.
    """
    active = [job for job in jobs if job.active]
    training = [job for job in active if job.training]
    waiting = 0 if background else len(active) - len(training)
    wanted = len(training) + waiting - slots - sum(job.ending != "" for job in training)
    turn, now = 0.0 if background else TURN_SECONDS, time.monotonic()
    over = [
        job
        for job in sorted(training, key=lambda job: job.turn_began)
        if job.moving
        and not job.ending
        and now - job.turn_began >= turn
        and job.seconds_left(speed) > NEARLY_OVER_SECONDS
    ]
    return over[: max(0, wanted)]
