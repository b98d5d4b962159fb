"""How the servers of one cluster divide its workers: each tells the scheduler what it could use, and takes its share.

Runs that people wait for come first. A sweep's runs are in the background and take what is left.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from adder.runs.fairness import shares

if TYPE_CHECKING:
    from distributed import Client

_KEY = "adder-demands"
SILENT_SECONDS = 5.0  # a server that has said nothing for so long is gone


class Demands:
    """What one server has told the others of its cluster, and has heard of them.

    Args:
        background: Whether its runs give way to those that people wait for.
    """

    def __init__(self, *, background: bool) -> None:
        self._background = background
        self._name = secrets.token_hex(8)
        self._beat = 0
        self._heard: dict[str, tuple[int, float]] = {}

    def share(self, client: Client, workers: int, demand: int) -> int:
        """How many workers this server may use now.

        Args:
            client: Of the cluster.
            workers: How many it has.
            demand: How many this server could use: its runs that wait or are in training.
        """
        self._beat += 1
        client.set_metadata([_KEY, self._name], [self._beat, self._background, demand])
        said = client.get_metadata([_KEY])
        alive = sorted(name for name in said if name == self._name or self._is_alive(name, said[name][0]))
        people = [name for name in alive if not said[name][1]]
        given = dict(zip(people, shares(workers, [said[name][2] for name in people]), strict=True))
        rest = [name for name in alive if said[name][1]]
        left = workers - sum(given.values())
        given |= dict(zip(rest, shares(left, [said[name][2] for name in rest]), strict=True))
        return given[self._name]

    def leave(self, client: Client) -> None:
        """Ask for nothing any more."""
        client.set_metadata([_KEY, self._name], [self._beat + 1, self._background, 0])

    def _is_alive(self, name: str, beat: int) -> bool:
        now = time.monotonic()
        before, at = self._heard.get(name, (-1, now))
        if beat != before:
            self._heard[name] = (beat, now)
            return True
        return now - at < SILENT_SECONDS
