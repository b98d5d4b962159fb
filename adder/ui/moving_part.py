"""A part of a page that redraws itself for as long as there is something to wait for."""

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

    st.fragment(moving, run_every=seconds)()
