"""A table of the hundred sums of two digits, on which people choose those that a network never sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from adder.ui.charts.style import AMBER, BLUE, ORANGE
from adder.ui.language import say

KEY = "lesson map"
_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
_STYLE = f"""
.pairs {{ max-width: min(100%, 54vh); margin: 0 auto; font-family: var(--st-font); }}
.pairs > div {{ display: grid; grid-template-columns: 0.7fr repeat(10, 1fr); gap: 3px; margin-bottom: 3px; }}
.pairs span, .pairs button {{ display: grid; place-items: center; font: inherit; color: inherit; padding: 0; }}
.pairs span {{ font-weight: 600; }}
.pairs button {{
  aspect-ratio: 1.15; border: 3px solid transparent; border-radius: 5px; font-size: 0.85em; cursor: pointer;
  background: color-mix(in srgb, currentColor 9%, transparent); font-variant-numeric: tabular-nums;
}}
.pairs button.right {{ background: color-mix(in srgb, {BLUE} 30%, transparent); font-weight: 600; }}
.pairs button.wrong {{ background: color-mix(in srgb, {ORANGE} 85%, black); color: white; font-weight: 600; }}
.pairs button.away {{ border-color: {AMBER}; border-style: dashed; }}
.pairs button:focus-visible {{ outline: 3px solid var(--st-primary-color); outline-offset: 1px; }}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_pair_map", css=_STYLE, js=_SCRIPT)


def show(away: Sequence[str], written: Sequence[str], *, most: int, locked: bool, chosen: Callable[[], None]) -> None:
    """Draw the table.

    Args:
        away: The sums that are kept away at first, as `3+4`, the smaller number first.
        written: What a network writes for each of the hundred, row by row; empty where there is none.
        most: How many sums may be kept away.
        locked: Whether none can be chosen now.
        chosen: Called when others were chosen, which are `away` of the session's `KEY` then.
    """
    texts = {"away": say("kept away"), "right": say("✓ right"), "wrong": say("✗ wrong")}
    _component()(
        data={"away": list(away), "written": list(written), "most": most, "locked": locked, "texts": texts},
        default={"away": list(away)},
        key=KEY,
        on_away_change=chosen,
    )
