from __future__ import annotations

import pytest
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat, StatsManager

from adder.ui.streamlit_internals import connected_sessions


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
    assert connected_sessions() == 0  # outside a server
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", Server)
    assert connected_sessions() == 3
