from __future__ import annotations

from pathlib import Path

from tests.bench.session import Session, completed, opened
from tests.serving import served

APP = """
import streamlit as st
from adder.ui import moving_part

state = st.session_state


def interval():
    return state.seconds if state.drawn < state.until else None


def draw():
    state.drawn += 1
    st.text(f"drawn {state.drawn} times")
    st.button("Start", on_click=lambda: state.update(until=state.drawn + 5))
    st.button("Slow down", on_click=lambda: state.update(seconds=60, until=1_000))


if "drawn" not in state:
    state.update(drawn=0, until=0, seconds=0.05, pages=0)
state.pages += 1
st.text(f"page {state.pages}")
moving_part.show(draw, interval, interval())
st.text("below")
"""


def test_a_part_moves_from_the_press_of_a_button_in_it_until_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")

    async def watch(address: str) -> Session:
        async with opened(address) as session:
            assert not session.intervals
            session.press("Start")
            # The page is drawn anew when there is something to wait for, and when there is no longer.
            await session.until(lambda page: "page 3" in page.text and not page.intervals)
            assert int(session.text.split()[3]) > 5
            session.press("Slow down")
            await session.until(lambda page: "page 4" in page.text and page.intervals == [60])
            return session

    with served(tmp_path / "app.py") as server:
        session = completed(watch(server.address))
    assert session.troubles == []
    # If this part comes later than the page, the browser still needs its place, or what is below moves up into it.
    assert [each.fragment for each in session._root.children[0].children.values()] == ["", "", ""]
