"""Keys that lead through the lesson, those of a clicker too, and F for the whole screen; a step begins at its top."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_step_keys", js=_SCRIPT)


def listen(step: int) -> None:
    """Let keys press the buttons of this step that lead to its neighbours."""
    _component()(data={"step": step}, key="lesson keys", height=1)
