"""Looks at what moves are drawn one after another, so that a server with many who look can send what it has drawn.

Streamlit draws each session on a thread of its own, and sends every message of every session from one more. Threads of
Python take turns, so drawing twenty looks at once is no faster than one by one; but the thread that sends waits for
its turn behind all of them, before each message. With twenty that look, a message every 100 ms is less than they are
sent, and soon nobody hears of anything any more.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec

SWITCH_SECONDS = 0.0005  # after which a busy thread lets another one in; Python's own 0.005 is long beside a message

_Given = ParamSpec("_Given")
_turn = threading.Lock()


def shorten_switch_interval() -> None:
    """Let the threads of this process take shorter turns; called once, where the server begins."""
    sys.setswitchinterval(SWITCH_SECONDS)


def one_at_a_time(draw: Callable[_Given, None]) -> Callable[_Given, None]:
    """What draws a look, so that it waits until no other session's look is being drawn.

    For what redraws itself; what a person has asked for need not wait behind it.
    """

    @functools.wraps(draw)
    def drawn(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        with _turn:
            draw(*args, **kwargs)

    return drawn
