from __future__ import annotations

import pytest
from streamlit import config, runtime
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat, StatsManager

from adder.ui.streamlit_internals import connected_sessions, keep_theme


class Server:
    """The part of Streamlit's runtime that counts sessions, with three of them."""

    def __init__(self) -> None:
        self.stats_mgr = StatsManager()
        self.stats_mgr.register_provider(self)

    @property
    def stats_families(self) -> tuple[str, ...]:
        return (ACTIVE_SESSIONS_FAMILY,)

    def get_stats(self, family_names: object = None) -> dict[str, list[GaugeStat]]:
        return {ACTIVE_SESSIONS_FAMILY: [GaugeStat(ACTIVE_SESSIONS_FAMILY, 3)]}


def test_connected_sessions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connected_sessions() == 0  # There is no server.
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", Server)
    assert connected_sessions() == 3


def test_the_theme_is_the_same_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def filled_in() -> CustomThemeConfig:
        theme = CustomThemeConfig()
        app_session._populate_theme_msg(theme)
        app_session._populate_theme_msg(theme.light, "theme.light")
        app_session._populate_theme_msg(theme.light.sidebar, "theme.light.sidebar")
        return theme

    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)  # It is put back.
    before = filled_in()
    assert before.light.primary_color
    keep_theme()
    assert filled_in() == before
    monkeypatch.delattr(config, "get_options_for_section")
    assert filled_in() == before
