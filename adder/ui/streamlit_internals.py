"""The one place that uses names Streamlit does not document; a new version may move them."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat


def connected_sessions() -> int:
    """How many browsers are connected to this process; 0 outside a server."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]).get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(stat.value for stat in found if isinstance(stat, GaugeStat))
