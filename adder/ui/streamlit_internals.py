"""The one place that uses names Streamlit does not document; a new version may move them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit import cli_util, runtime
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat
from streamlit.web.server import server_util
from streamlit.web.server.starlette.starlette_websocket import StarletteClientContext


def connected_sessions() -> int:
    """How many browsers are connected to this process; 0 outside a server."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]).get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(stat.value for stat in found if isinstance(stat, GaugeStat))


def is_connected(session: str) -> bool:
    """Whether a session's browser is connected to this process now."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def session_id() -> str:
    """The name of this session."""
    context = get_script_run_ctx()
    return "" if context is None else context.session_id


def upload_bytes(session: str, file: str) -> int:
    """How large a file is that a session has uploaded; 0 if there is none."""
    found = runtime.get_instance().uploaded_file_mgr.get_files(session, [file]) if runtime.exists() else []
    return sum(len(each.data) for each in found)


def forget_upload(session: str, file: str) -> None:
    """Drop a file that a session has uploaded."""
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    manager.remove_file(session, file)


def close_session(session: str) -> None:
    """End a session and drop all that it holds; only the thread of the server's event loop calls this."""
    runtime.get_instance().close_session(session)


def connection() -> StarletteClientContext | None:
    """What this session's browser sent when it connected; None while it is not, and outside a server."""
    client = runtime.get_instance().get_client(session_id()) if runtime.exists() else None
    context = None if client is None else client.client_context
    return context if isinstance(context, StarletteClientContext) else None  # A test of a page has only a stand-in.


def keep_theme() -> None:
    """Have Streamlit read the colours of its settings once.

    It reads them again at every redraw of every session, on the thread that answers everybody: an eighth of all that
    the app did while a hundred visitors came.
    """
    read = app_session._populate_theme_msg

    @lru_cache
    def kept(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        read(theme, section)
        return theme

    def fill_in(msg: CustomThemeConfig, section: str = "theme") -> None:
        if (theme := kept(section)).ByteSize():
            msg.MergeFrom(theme)

    app_session._populate_theme_msg = fill_in


def static_folder() -> Path:
    """Where Streamlit's document and its scripts, styles and fonts lie."""
    return Path(st.__file__).parent / "static"


def base_path() -> str:
    """What all addresses of this server begin with, without slashes; usually nothing."""
    path: str = st.get_option("server.baseUrlPath")
    return path.strip("/")


def query_string() -> str:
    """The query of the page's address as the browser has it; `st.query_params` has lost which `+` was a blank."""
    context = get_script_run_ctx()
    return "" if context is None else context.query_string


def open_browser() -> None:
    """Show the server's first page in the browser of the machine, as Streamlit does for an app without `st.App`."""
    address = st.get_option("server.address")
    cli_util.open_browser(server_util.get_url(server_util.get_display_address(address) if address else "localhost"))
