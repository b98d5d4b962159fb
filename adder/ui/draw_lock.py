"""Draws moving parts of pages one session after another, so that a busy server can send what it has drawn.

Streamlit draws each session on a thread of its own, and one more thread sends the messages of all sessions. Python
runs one thread at a time, so drawing twenty sessions at once is no faster than one by one. But the sending thread then
waits behind all of them before each message, falls behind, and soon nobody receives anything.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec

SWITCH_SECONDS = 0.0005  # With Python's own 0.005, a thread that sends a message waits for too long.

_Given = ParamSpec("_Given")
_lock = threading.Lock()


def shorten_switch_interval() -> None:
    """Let threads of this process switch more often; called once, when the server starts."""
    sys.setswitchinterval(SWITCH_SECONDS)


def one_at_a_time(draw: Callable[_Given, None]) -> Callable[_Given, None]:
    """A drawing function that waits until no other session is being drawn.

    It is for parts that redraw themselves; what a visitor asked for must not wait.
    """

    @functools.wraps(draw)
    def drawn(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        with _lock:
            draw(*args, **kwargs)

    return drawn
