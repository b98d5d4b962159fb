"""The room service that all boards and phones of this server share."""

from __future__ import annotations

import threading

from adder.rooms.service import RoomService

_services: list[RoomService] = []
_lock = threading.Lock()


def get() -> RoomService:
    """The one room service of this server; from the first call on, rooms whose time is over are deleted."""
    with _lock:
        if not _services:
            _services.append(RoomService())
            _services[0].start()
        return _services[0]


def close() -> None:
    """End the room service, if there is one: what waits is written, and phones are let go."""
    with _lock:
        while _services:
            _services.pop().close()
