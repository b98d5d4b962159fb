"""The line of runs that wait for a worker: its order, its bounds, how long it takes, and who makes room for it.

Runs that somebody watches come before those that nobody does. People take turns, not runs: everyone's first waiting
run comes before anyone's second, and among those the addresses take turns. All of this is plain arithmetic without
threads or clocks; `now` is a time by `time.monotonic`, and the caller holds the lock of the runs.
"""

from __future__ import annotations

import heapq
import statistics
from collections import Counter, deque
from collections.abc import Iterable, Sequence

from adder.base.errors import RunError
from adder.base.messages import counted
from adder.runs.run import Run
from adder.runs.visitors import Visitor

MOST_QUEUED = 100  # Runs that nobody watches do not count.
MOST_PER_PERSON = 6
MOST_PER_ADDRESS = 60  # A whole class may share an address.
MOST_BEGUN_PER_PERSON = 30
MOST_BEGUN_PER_ADDRESS = 150
BEGUN_SECONDS = 60.0
TURN_SECONDS = 10.0  # A run gives its worker away after this long, if others wait.
LEAST_TRAINED_SECONDS = 3.0  # This much of a turn is training, however long the worker took to get ready.
NEARLY_OVER_SECONDS = 2.0  # A run that needs no longer than this keeps its worker.
_RUNS_REMEMBERED = 20


def refuse_more(runs: Iterable[Run], asker: Visitor) -> None:
    """Refuse another run if no more can wait.

    Raises:
        RunError: This person or address has as many runs as are allowed, or too many wait.
    """
    active = [run for run in runs if run.active]
    if asker.person and (n := sum(run.asker.person == asker.person for run in active)) >= MOST_PER_PERSON:
        raise RunError(
            counted(
                "you have {n} run waiting or in training already; stop it, or wait until it is done",
                "you have {n} runs waiting or in training already; stop one of them, or wait until one is done",
                n=n,
            )
        )
    there = "" if asker.crowded else asker.address
    if there and (n := sum(run.asker.address == there for run in active)) >= MOST_PER_ADDRESS:
        raise RunError(
            counted(
                "{n} run of your network is waiting or in training already; please try again in a few minutes",
                "{n} runs of your network are waiting or in training already; please try again in a few minutes",
                n=n,
            )
        )
    if sum(run.queued and run.watched for run in active) >= MOST_QUEUED:
        raise RunError(
            counted(
                "{n} run is waiting already; please try again in a few minutes",
                "{n} runs are waiting already; please try again in a few minutes",
                n=MOST_QUEUED,
            )
        )


def refuse_haste(begun: Sequence[Visitor], asker: Visitor) -> None:
    """Refuse another run of somebody who begins them too fast.

    Args:
        begun: Who has begun one in the last `BEGUN_SECONDS`.
        asker: Who wants to begin one.

    Raises:
        RunError: This person or address has begun as many as are allowed.
    """
    if asker.person and (n := sum(each.person == asker.person for each in begun)) >= MOST_BEGUN_PER_PERSON:
        raise RunError(
            counted(
                "you have begun {n} run within a minute; please wait a moment",
                "you have begun {n} runs within a minute; please wait a moment",
                n=n,
            )
        )
    there = "" if asker.crowded else asker.address
    if there and (n := sum(each.address == there for each in begun)) >= MOST_BEGUN_PER_ADDRESS:
        raise RunError(
            counted(
                "{n} run of your network was begun within a minute; please wait a moment",
                "{n} runs of your network were begun within a minute; please wait a moment",
                n=n,
            )
        )


class Pace:
    """How long runs take here, from the latest that came home.

    >>> Pace().speed, Pace().ready_seconds
    (1.0, 0.0)
    """

    def __init__(self) -> None:
        self._speeds: deque[float] = deque(maxlen=_RUNS_REMEMBERED)
        self._seconds: deque[float] = deque(maxlen=_RUNS_REMEMBERED)

    @property
    def speed(self) -> float:
        """The time that runs take here, as a multiple of what was expected."""
        return statistics.median(self._speeds) if self._speeds else 1.0

    @property
    def ready_seconds(self) -> float:
        """How long a worker usually takes to get ready for a run."""
        return statistics.median(self._seconds) if self._seconds else 0.0

    def came_home(self, run: Run) -> None:
        """Note how long the epochs of a run took."""
        if run.expected and run.epoch_seconds:
            self._speeds.append(run.epoch_seconds / run.expected * run.view.experiment.training.epochs)

    def got_ready(self, seconds: float) -> None:
        """Note how long it took from a worker to the first news of training."""
        self._seconds.append(seconds)


def turn_began(run: Run, now: float) -> float:
    """When the turn of a run began that trains from now on: its worker's getting ready counts, but not for all of it.

    >>> from adder import preset
    >>> run = Run.new(preset("seq2seq"), handed_at=100.0)
    >>> turn_began(run, 102.0), turn_began(run, 130.0)
    (100.0, 123.0)
    """
    ready = min(now - run.handed_at, TURN_SECONDS - LEAST_TRAINED_SECONDS)
    return now - max(run.turn_seconds, ready)


def waiting_line(runs: Iterable[Run]) -> list[Run]:
    """The runs that wait, in the order in which workers take them.

    People who have the fewest runs come first, then addresses that have the fewest, and then the earliest run. Runs
    that nobody watches are last.

    >>> from adder import preset
    >>> from adder.runs.visitors import NOBODY
    >>> ann, bob = Visitor(browser="ann"), Visitor(browser="bob")
    >>> asked = [(1, ann), (2, ann), (3, bob), (4, NOBODY)]
    >>> runs = [Run.new(preset("seq2seq"), asker=asker, arrival=arrival) for arrival, asker in asked]
    >>> [run.arrival for run in waiting_line(runs)]
    [1, 3, 4, 2]
    """
    active = [run for run in runs if run.active]
    training = [run.asker for run in active if run.training]
    have = Counter(asker.turn for asker in training)
    have_there = Counter((0, asker.address) for asker in training)
    ranked: list[tuple[tuple[bool, int, int, int], Run]] = []
    for run in sorted((run for run in active if run.queued), key=lambda run: (not run.watched, run.arrival)):
        turn, address = run.asker.turn, run.asker.address
        rank = have[turn] if turn else 0
        there = have_there[rank, address] if address else 0
        ranked.append(((not run.watched, rank, there, run.arrival), run))
        have[turn] += 1
        have_there[rank, address] += 1
    return [run for _, run in sorted(ranked, key=lambda each: each[0])]


def expected_waits(
    runs: Iterable[Run], line: Sequence[Run], slots: int, speed: float, now: float, *, ready: float = 0.0
) -> list[float | None]:
    """The expected wait of each run in a line, in seconds; None while there is no worker.

    Args:
        runs: All runs of the service.
        line: Those that wait, in the order of their turns.
        slots: How many workers the service may use.
        speed: The time that runs take here, as a multiple of what was expected.
        now: The time, by `time.monotonic`.
        ready: How long a worker takes to get ready, before a run's turn begins.
    """
    if not slots:
        return [None] * len(line)
    free_in_seconds = [0.0] * slots
    for number, run in enumerate([run for run in runs if run.training][:slots]):
        waited = 0.0 if run.view.moving else max(0.0, ready - (now - run.handed_at))
        turn = TURN_SECONDS - (now - run.moving_since if run.view.moving else 0.0) if run.watched else 0.0
        free_in_seconds[number] = waited + max(0.0, min(turn, run.seconds_left(speed)))
    heapq.heapify(free_in_seconds)
    waits: list[float | None] = []
    for run in line:
        start = heapq.heappop(free_in_seconds)
        waits.append(start)
        heapq.heappush(free_in_seconds, start + ready + min(TURN_SECONDS, run.seconds_left(speed)))
    return waits


def whose_turn_is_over(runs: Iterable[Run], slots: int, speed: float, now: float, *, background: bool) -> list[Run]:
    """The runs that give their workers away now, because others wait here or at another server.

    Args:
        runs: All runs of the service.
        slots: How many workers it may use.
        speed: The time that runs take here, as a multiple of what was expected.
        now: The time, by `time.monotonic`.
        background: Whether its runs give way to those that people wait for. Among themselves such runs take no turns,
            but they give their workers away at once where people want them.
    """
    if not slots and not background:
        return []  # All workers were lost and will be replaced; nobody else could have them meanwhile.
    active = [run for run in runs if run.active]
    training = [run for run in active if run.training]
    waiting = [] if background else [run for run in active if run.queued]
    wanted = _wanted(training, waiting, slots)
    watched = [run for run in waiting if run.watched]
    over = [
        run
        for run in sorted(training, key=lambda run: run.moving_since)
        if run.view.moving
        and run.asked is None
        and now - run.moving_since >= (0.0 if background or (watched and run.is_left(now)) else TURN_SECONDS)
        and run.seconds_left(speed) > NEARLY_OVER_SECONDS
    ]
    unwatched = [run for run in over if not run.watched][:wanted]
    wanted_by_watched = _wanted([run for run in training if run.watched], watched, slots)
    return unwatched + [run for run in over if run.watched][: min(wanted - len(unwatched), wanted_by_watched)]


def _wanted(training: Sequence[Run], waiting: Sequence[Run], slots: int) -> int:
    """How many more of those in training are to give their workers away."""
    return max(0, len(training) + len(waiting) - slots - sum(run.asked is not None for run in training))
