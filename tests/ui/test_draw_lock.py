from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from adder.ui import draw_lock


@pytest.fixture(autouse=True)
def _interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_looks_are_drawn_one_after_another() -> None:
    drawn: list[str] = []

    @draw_lock.one_at_a_time
    def draw(name: str) -> None:
        drawn.append(f"{name} begins")
        time.sleep(0.02)
        drawn.append(f"{name} ends")

    looks = [threading.Thread(target=draw, args=(name,)) for name in "abc"]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    pairs = list(zip(drawn[::2], drawn[1::2], strict=True))
    assert sorted(pairs) == [(f"{name} begins", f"{name} ends") for name in "abc"]


def test_a_look_that_fails_lets_the_next_one_in() -> None:
    @draw_lock.one_at_a_time
    def draw(fails: bool) -> None:
        if fails:
            raise ValueError("as a rerun does")

    with pytest.raises(ValueError, match="rerun"):
        draw(fails=True)
    draw(fails=False)


def test_a_server_lets_its_threads_take_short_turns() -> None:
    draw_lock.shorten_switch_interval()
    assert sys.getswitchinterval() == pytest.approx(draw_lock.SWITCH_SECONDS)
