"""The one place that uses names Streamlit does not document; a new version may move them."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat


def connected_sessions() -> int:
    """How many browsers are connected to this process; 0 outside a server."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]).get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(stat.value for stat in found if isinstance(stat, GaugeStat))


def query_string() -> str:
    """The query of the page's address as the browser has it; `st.query_params` has lost which `+` was a blank."""
    context = get_script_run_ctx()
    return "" if context is None else context.query_string
