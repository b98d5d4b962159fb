"""Parts of a page that are drawn again without the rest of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def show(draw: Callable[[], None], interval: Callable[[], float | None], seconds: float | None) -> None:
    """Draw a part of the page, and draw it again every so many seconds.

    Streamlit sets how often a fragment runs when the page is drawn, and a button in a fragment draws the fragment
    alone. So before it draws itself again, the part asks for the seconds once more, and if they have changed, it has
    the whole page drawn, which sets them.

    Args:
        draw: Draws the part.
        interval: Tells the seconds between two redraws now; None if there is nothing to wait for.
        seconds: What `interval` told when the page was begun, so that no part of it keeps an earlier state.
    """

    def moving() -> None:
        wanted = interval()
        if (wanted and seconds and not seconds / 2 < wanted < 2 * seconds) or bool(wanted) != bool(seconds):
            st.rerun()
        draw()

    alone(moving, seconds)


def alone(draw: Callable[[], None], seconds: float | None = None) -> None:
    """Draw a part of the page that can be drawn again without the rest.

    It stands in a container of its own. If it is drawn again right after the whole page, before anything was sent,
    Streamlit sends the later drawing alone, after the page. In between, the browser would take its place away, move
    all that stands below up by one, and draw the part over the first of it. The container is sent with the page and
    keeps the place.

    Args:
        draw: Draws the part.
        seconds: After how many seconds it is drawn again each time; None if only a widget in it has it drawn.
    """
    with st.container():
        st.fragment(draw, run_every=seconds)()
