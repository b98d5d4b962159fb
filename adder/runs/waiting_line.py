"""The line of runs that wait for a worker: its order, its bounds, how long it takes, and who makes room for it.

People take turns, not runs: everyone's first waiting run comes before anyone's second. All of this is plain arithmetic
without threads or clocks; `now` is a time by `time.monotonic`, and the caller holds the lock of the runs.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence

from adder.base.errors import RunError
from adder.base.messages import counted
from adder.runs.run import Run

MOST_QUEUED = 100
MOST_EACH = 6  # runs of one asker that wait or are in training
TURN_SECONDS = 10.0  # after which a run gives its worker away, if others wait
NEARLY_OVER_SECONDS = 2.0  # a run that needs no longer than this keeps its worker


def refuse_more(runs: Iterable[Run], asker: str) -> None:
    """Refuse a further run where no more can wait.

    Raises:
        RunError: This asker has as many runs as anyone may have, or too many wait.
    """
    active = [run for run in runs if run.active]
    own = sum(run.asker == asker for run in active) if asker else 0
    if own >= MOST_EACH:
        raise RunError(
            counted(
                "you have {n} run waiting or in training already; stop it, or wait until it is done",
                "you have {n} runs waiting or in training already; stop one of them, or wait until one is done",
                n=own,
            )
        )
    if sum(run.queued for run in active) >= MOST_QUEUED:
        raise RunError(
            counted(
                "{n} run is waiting already; please try again in a few minutes",
                "{n} runs are waiting already; please try again in a few minutes",
                n=MOST_QUEUED,
            )
        )


def waiting_line(runs: Iterable[Run]) -> list[Run]:
    """The runs that wait, in the order in which workers take them.

    Runs of the askers who have least come first, and among equals the run that came first.

    >>> from adder import preset
    >>> asked = [(1, "ann"), (2, "ann"), (3, "bob"), (4, "")]
    >>> runs = [Run.new(preset("seq2seq"), asker=asker, arrival=arrival) for arrival, asker in asked]
    >>> [run.arrival for run in waiting_line(runs)]
    [1, 3, 4, 2]
    """
    active = [run for run in runs if run.active]
    have = Counter(run.asker for run in active if run.training)
    ranked: list[tuple[int, int, Run]] = []
    for run in sorted((run for run in active if run.queued), key=lambda run: run.arrival):
        ranked.append((have[run.asker] if run.asker else 0, run.arrival, run))
        have[run.asker] += 1
    return [run for *_, run in sorted(ranked, key=lambda each: each[:2])]


def expected_waits(
    runs: Iterable[Run], line: Sequence[Run], slots: int, speed: float, now: float
) -> list[float | None]:
    """The expected wait of each run in a line, in seconds; None while there is no worker.

    Args:
        runs: All runs of the service.
        line: Those that wait, in the order of their turns.
        slots: How many workers the service may use.
        speed: The time that runs take here, as a multiple of what was expected.
        now: The time.
    """
    if not slots:
        return [None] * len(line)
    free_in = [0.0] * slots  # for each worker, when it will be free
    for number, run in enumerate([run for run in runs if run.training][:slots]):
        turn = TURN_SECONDS - (now - run.moving_since if run.view.moving else 0.0)
        free_in[number] = max(0.0, min(turn, run.seconds_left(speed)))
    heapq.heapify(free_in)
    waits: list[float | None] = []
    for run in line:
        start = heapq.heappop(free_in)
        waits.append(start)
        heapq.heappush(free_in, start + min(TURN_SECONDS, run.seconds_left(speed)))
    return waits


def whose_turn_is_over(runs: Iterable[Run], slots: int, speed: float, now: float, *, background: bool) -> list[Run]:
    """The runs that give their workers away now, because others wait here or at another server.

    Args:
        runs: All runs of the service.
        slots: How many workers it may use.
        speed: The time that runs take here, as a multiple of what was expected.
        now: The time.
        background: Whether its runs give way to those that people wait for. Among themselves such runs take no turns,
            but they give their workers away at once where people want them.
    """
    if not slots and not background:
        return []  # all workers were lost and will be replaced; nobody else could have them meanwhile
    active = [run for run in runs if run.active]
    training = [run for run in active if run.training]
    waiting = 0 if background else len(active) - len(training)
    wanted = len(training) + waiting - slots - sum(run.asked is not None for run in training)
    turn = 0.0 if background else TURN_SECONDS
    over = [
        run
        for run in sorted(training, key=lambda run: run.moving_since)
        if run.view.moving
        and run.asked is None
        and now - run.moving_since >= turn
        and run.seconds_left(speed) > NEARLY_OVER_SECONDS
    ]
    return over[: max(0, wanted)]
