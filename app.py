"""The picture frame: the server, page settings, navigation and nothing else. The pages live in `adder/ui/pages`.

streamlit run app.py
"""

from __future__ import annotations

import streamlit as st

from adder.base.paths import ASSETS
from adder.ui import server
from adder.ui.language import say


def main() -> None:
    """Show the page that the address asks for."""
    from adder.ui import watched_run  # what these cache needs the server, which imports this file first
    from adder.ui.lesson import lesson_runs
    from adder.ui.menu import PAGES, UNLISTED

    st.set_page_config(page_title="adder", page_icon=str(ASSETS / "icon.png"), layout="wide")
    pages = [
        st.Page(page.show, title=say(page.TITLE), icon=page.ICON, url_path=page.PATH, visibility=visibility)
        for listed, visibility in ((PAGES, "visible"), (UNLISTED, "hidden"))
        for page in listed
    ]
    st.navigation(pages, position="top").run()
    watched_run.hold(lesson_runs.held())


if __name__ == "__main__":  # Streamlit runs this file whenever it draws a page
    main()
else:  # and its server imports it once
    app = st.App(__file__, middleware=server.MIDDLEWARE, lifespan=server.lifespan)
