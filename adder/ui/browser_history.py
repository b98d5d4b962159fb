"""Keeps the browser's history to one entry a page: Back leads to the page before, not to the answer before.

Streamlit adds an entry each time the address changes, also on the same page, and offers no other way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

_SCRIPT = """
export default function () {
  if (window.adderKeepsHistoryShort) return;
  window.adderKeepsHistoryShort = true;
  const push = window.history.pushState;
  window.history.pushState = (state, title, url) => {
    const samePage = new URL(url ?? "", document.baseURI).pathname === window.location.pathname;
    const change = samePage ? window.history.replaceState : push;
    change.call(window.history, state, title, url);
  };
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_history", js=_SCRIPT)


def keep_short() -> None:
    """Let a changed address take the place of the one before it, as long as the page is the same."""
    _component()(key="history", height=1)
