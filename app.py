"""The app: page settings, navigation, and the server that shows the pages in `adder/ui/pages`.

streamlit run app.py
"""

from __future__ import annotations

import streamlit as st

from adder.base.paths import ASSETS
from adder.ui import server
from adder.ui.language import say
from adder.ui.markdown import plain
from adder.ui.phones import routes as phones
from adder.ui.stage import routes as stage


def main() -> None:
    """Show the page that the address asks for."""
    from adder.ui import watched_run  # What these cache needs the server, which imports this file first.
    from adder.ui.board import opponent
    from adder.ui.lesson import lesson_runs
    from adder.ui.menu import PAGES, UNLISTED

    st.set_page_config(page_icon=str(ASSETS / "icon.png"), layout="wide")
    pages = [
        st.Page(page.show, title=say(page.TITLE), icon=page.ICON, url_path=page.PATH, visibility=visibility)
        for listed, visibility in ((PAGES, "visible"), (UNLISTED, "hidden"))
        for page in listed
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · adder")
    if refused := server.refusal():
        told = say("{field} must be {expected}", field=refused.field, expected=say(refused.expected))
        st.error(say("This server is set up wrongly: {told}. Its log says more.", told=plain(told)))
        return
    page.run()
    watched_run.hold([*lesson_runs.held(), *opponent.held()])


if __name__ == "__main__":  # Every session runs this file as a script, to draw its pages.
    main()
else:  # `streamlit run` imports this file once, for its server.
    app = st.App(
        __file__, routes=[*stage.routes(), *phones.routes()], lifespan=server.lifespan, middleware=server.MIDDLEWARE
    )
