"""The button that gives a network away as one web page (see `adder.pocket`)."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from adder.pocket import web_page
from adder.query import nearest_preset
from adder.solvers.solver import Solver
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.streamlit_internals import base_path


def show(key: str, solver: Solver) -> None:
    """Draw the button where files are not hidden; the page is made when it is pressed.

    Args:
        key: Tells this button from others on the page.
        solver: The network.
    """
    if not shows("files"):
        return
    url = urlsplit(st.context.url or "")
    address = f"{url.scheme}://{url.netloc}/{base_path()}".rstrip("/")
    st.download_button(
        say("Take it home"),
        lambda: web_page(solver, address),
        f"{nearest_preset(solver.experiment)}.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        key=f"take home {key}",
        help=say("One file that answers and plays without a network, on a computer or a phone."),
    )
