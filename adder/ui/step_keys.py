"""Keys that lead from step to step, also those of a clicker, and F for the whole screen; a step begins at its top."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_step_keys", js=_SCRIPT)


def listen(step: str, ways: Sequence[str], back: str) -> None:
    """Let keys press the buttons of this step that lead to its neighbours.

    Args:
        step: Names the step.
        ways: The keys of the buttons that lead on, of which one is on the page.
        back: The key of the button that leads back.
    """
    on, before = (
        ":is(" + ", ".join(f".st-key-{key.replace(' ', '-')}" for key in keys) + ") button" for keys in (ways, [back])
    )
    _component()(data={"step": step, "next": on, "back": before}, key="step keys", height=1)
